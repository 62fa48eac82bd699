//! Typed handles of splits: a field an input, and in it a field a split, so that a misspelt name does not compile.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::parse::Experiment;
use super::phase::Kind;
use crate::names::{pascal, text};

/// The splits that are written in an experiment, by input in the order of the statements. What a splitter of one's own
/// makes is known where a statement names it.
fn splits(experiment: &Experiment) -> Vec<(Ident, Vec<Ident>)> {
    let mut all: Vec<(Ident, Vec<Ident>)> = Vec::new();
    let mut add = |input: &Ident, split: &Ident| {
        let place = all.iter().position(|(known, _)| known == input).unwrap_or_else(|| {
            all.push((input.clone(), Vec::new()));
            all.len() - 1
        });
        if !all[place].1.contains(split) {
            all[place].1.push(split.clone());
        }
    };
    for split in &experiment.splits {
        split.of.iter().chain(split.splitter.named_arguments()).for_each(|name| add(&split.input, name));
    }
    for phase in &experiment.phases {
        for feed in &phase.feeds {
            add(&feed.input, &feed.split);
            if let Kind::Train(train) = &phase.kind
                && let Some(val) = &train.val
            {
                add(&feed.input, &val.split);
            }
        }
    }
    all
}

/// The names of the types of handles.
pub(super) fn type_names(experiment: &Experiment) -> Vec<(String, String)> {
    let of_input = |(input, _): (Ident, Vec<Ident>)| {
        (of_input(experiment, &input).to_string(), format!("the splits of `{input}`"))
    };
    let whole = (format!("{}Splits", experiment.name), "all splits".to_owned());
    std::iter::once(whole).chain(splits(experiment).into_iter().map(of_input)).collect()
}

fn of_input(experiment: &Experiment, input: &Ident) -> Ident {
    format_ident!("{}{}Splits", experiment.name, pascal(&text(input)))
}

/// The types of handles, and the constant that holds them.
pub(super) fn handles(experiment: &Experiment) -> TokenStream {
    let (visibility, name) = (&experiment.visibility, &experiment.name);
    let all = splits(experiment);
    let whole = format_ident!("{name}Splits");
    let doc = format!("The splits of [`{name}`], by input.");
    let (inputs, types): (Vec<_>, Vec<_>) = all.iter().map(|(input, _)| (input, of_input(experiment, input))).unzip();
    let docs = inputs.iter().map(|input| format!("The splits of `{input}`."));
    let structs = all.iter().zip(&types).map(|((input, splits), of_input)| {
        let doc = format!("The splits of the input `{input}` of [`{name}`].");
        let docs = splits.iter().map(|split| format!("The rows of `{input}` in `{split}`."));
        quote! {
            #[doc = #doc]
            #[derive(Clone, Copy, Debug)]
            #[allow(dead_code)]
            #visibility struct #of_input {
                #(#[doc = #docs] pub #splits: ::modularml::experiment::SplitHandle,)*
            }
        }
    });
    let values = all.iter().zip(&types).map(|((input, splits), of_input)| {
        let (input_name, names) = (text(input), splits.iter().map(text));
        quote! {
            #input: #of_input {
                #(#splits: ::modularml::experiment::SplitHandle::new(#input_name, #names),)*
            }
        }
    });
    quote! {
        #[doc = #doc]
        #[derive(Clone, Copy, Debug)]
        #[allow(dead_code)]
        #visibility struct #whole {
            #(#[doc = #docs] pub #inputs: #types,)*
        }

        #(#structs)*

        #[automatically_derived]
        #[allow(dead_code, unreachable_pub)]
        impl #name {
            /// The splits by input, for [`Self::split`].
            pub const SPLITS: #whole = #whole { #(#values,)* };
        }
    }
}
