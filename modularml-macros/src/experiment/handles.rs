//! Typed handles of splits and phases: a field a name, so that a misspelt one does not compile.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::parse::Experiment;
use super::phase::Kind;
use crate::declaration::{record, refused_type, refused_value};
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
        split.of.iter().chain(split.made()).for_each(|name| add(&split.input, name));
    }
    for phase in &experiment.phases {
        for feed in &phase.feeds {
            add(&feed.input, &feed.split);
            let Kind::Train(train) = &phase.kind else { continue };
            for validation in &train.validations {
                add(&feed.input, &validation.split);
                validation.feeds.iter().for_each(|feed| add(&feed.input, &feed.split));
            }
        }
    }
    for (input, _) in &experiment.broken.splits {
        if !all.iter().any(|(known, _)| known == input) {
            all.push((input.clone(), Vec::new()));
        }
    }
    all
}

/// The names of the types of handles.
pub(super) fn type_names(experiment: &Experiment) -> Vec<(String, String)> {
    let of_input = |(input, _): (Ident, Vec<Ident>)| {
        (of_input(experiment, &input).to_string(), format!("the splits of `{input}`"))
    };
    let all = [("Splits", "all splits"), ("Phases", "the handles of all phases")];
    let all = all.map(|(what, meaning)| (format!("{}{what}", experiment.name), meaning.to_owned()));
    all.into_iter().chain(splits(experiment).into_iter().map(of_input)).collect()
}

fn of_input(experiment: &Experiment, input: &Ident) -> Ident {
    format_ident!("{}{}Splits", experiment.name, pascal(&text(input)))
}

/// The types of handles, and the constants that hold them; `reports` are the phases with the types of what they report.
pub(super) fn handles(experiment: &Experiment, reports: &[(&Ident, TokenStream)]) -> (TokenStream, TokenStream) {
    let Experiment { name, visibility, .. } = experiment;
    let head =
        |docs: String, name: &Ident| quote!(#[doc = #docs] #[derive(Clone, Copy, Debug)] #visibility struct #name);
    let handle = quote!(::modularml::experiment::SplitHandle);
    let all = splits(experiment);
    let types: Vec<_> = all.iter().map(|(input, _)| of_input(experiment, input)).collect();
    let refused = |input: &Ident| experiment.broken.splits.iter().find(|(broken, _)| broken == input);
    let structs = all.iter().zip(&types).map(|((input, splits), of_input)| {
        if let Some((_, error)) = refused(input) {
            return refused_type(visibility, of_input, error);
        }
        let head = head(format!("The splits of the input `{input}` of `{name}`."), of_input);
        let docs = |split: &Ident| format!("The rows of `{input}` in `{split}`.");
        record(&head, splits.iter().map(|split| (docs(split), split, &handle)))
    });
    let values = all.iter().zip(&types).map(|((input, splits), of_input)| {
        if refused(input).is_some() {
            let value = refused_value();
            return quote!(#input: #value);
        }
        let (input_name, names) = (text(input), splits.iter().map(text));
        quote!(#input: #of_input { #(#splits: #handle::new(#input_name, #names),)* })
    });
    let (splits, phases) = (format_ident!("{name}Splits"), format_ident!("{name}Phases"));
    let inputs = all.iter().zip(&types).map(|((input, _), ty)| (format!("The splits of `{input}`."), input, ty));
    let splits_struct = record(&head(format!("The splits of `{name}`, by input."), &splits), inputs);
    let handle = quote!(::modularml::experiment::PhaseHandle);
    let fields = reports.iter().map(|(phase, ty)| (format!("The phase `{phase}`."), *phase, quote!(#handle<#ty>)));
    let is_known = experiment.broken.unnamed.is_none();
    let phases_struct = is_known.then(|| record(&head(format!("The phases of `{name}`."), &phases), fields));
    let phase_values = reports.iter().map(|(phase, _)| {
        let text = text(phase);
        quote!(#phase: #handle::new(#text))
    });
    let all_phases = if is_known { quote!(#phases { #(#phase_values,)* }) } else { refused_value() };
    let constants = quote! {
        /// The splits by input, for [`Self::split`].
        #[allow(unreachable_code, reason = "only where a statement is refused")]
        pub const SPLITS: #splits = #splits { #(#values,)* };

        /// The phases, for [`Self::run_phase`].
        pub const PHASES: #phases = #all_phases;
    };
    (quote!(#splits_struct #(#structs)* #phases_struct), constants)
}
