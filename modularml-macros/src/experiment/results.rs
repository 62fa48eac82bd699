//! Typed results: a field a phase, and in it a field a metric, so that a misspelt name does not compile.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::parse::Experiment;
use super::phase::{Eval, Kind, Phase, Train};
use super::splits;
use crate::names::{pascal, text};

/// The study and its results.
pub(super) fn structs(experiment: &Experiment) -> TokenStream {
    let Experiment { docs, visibility, name, .. } = experiment;
    let results = format_ident!("{name}Results");
    let (phases, _) = phases(experiment);
    let phase_structs = phases.iter().map(|(_, phase)| phase_struct(experiment, phase));
    let (fields, types): (Vec<_>, Vec<_>) =
        phases.iter().map(|(_, phase)| (&phase.name, type_name(experiment, phase))).unzip();
    let places = phases.iter().map(|(place, _)| place);
    let field_docs = phases.iter().map(|(_, phase)| format!("What `{}` reports.", phase.name));
    let handles = splits::handles(experiment);
    let study_doc = format!("Its results are [`{results}`].");
    let results_doc = format!("What the phases of [`{name}`] report.");
    quote! {
        #(#docs)*
        ///
        #[doc = #study_doc]
        #visibility struct #name {
            session: ::modularml::experiment::Session,
        }

        #[doc = #results_doc]
        #[derive(Clone, Debug)]
        #[allow(dead_code)]
        #visibility struct #results {
            #(#[doc = #field_docs] pub #fields: #types,)*
        }

        #[automatically_derived]
        impl ::core::convert::TryFrom<::std::vec::Vec<::modularml::experiment::PhaseResult>> for #results {
            type Error = ::modularml::Error;

            #[allow(unused_variables)]
            fn try_from(
                results: ::std::vec::Vec<::modularml::experiment::PhaseResult>,
            ) -> ::modularml::Result<Self> {
                ::core::result::Result::Ok(Self {
                    #(#fields: ::core::convert::TryFrom::try_from(::modularml::experiment::result_of(&results, #places)?)?,)*
                })
            }
        }

        #(#phase_structs)*

        #handles
    }
}

/// Refuses phases whose types would have the name of another type that is generated.
pub(super) fn refuse_equal_types(experiment: &mut Experiment) {
    let (_, mistakes) = phases(experiment);
    for (name, message) in mistakes {
        experiment.errors.add(&name, message);
    }
}

/// The phases that report, each with its place.
type Reporting<'a> = Vec<(usize, &'a Phase)>;

/// The phases that report, and why others cannot: a type of theirs would have the name of an
/// earlier one. Of phases of one name, which a rule refuses, the first reports.
fn phases(experiment: &Experiment) -> (Reporting<'_>, Vec<(Ident, String)>) {
    let mut taken = splits::type_names(experiment);
    taken.push((format!("{}Results", experiment.name), "the results of all phases".to_owned()));
    let mut seen = std::collections::HashSet::new();
    let (mut reporting, mut mistakes) = (Vec::new(), Vec::new());
    for (place, phase) in experiment.phases.iter().enumerate() {
        if matches!(phase.kind, Kind::Fit(_)) || !seen.insert(text(&phase.name)) {
            continue;
        }
        let name = type_name(experiment, phase).to_string();
        let val = matches!(&phase.kind, Kind::Train(train) if train.val.is_some());
        let mut types = vec![(name.clone(), format!("what `{}` reports", phase.name))];
        types.extend(val.then(|| (format!("{name}Val"), format!("what `{}` measures by `val`", phase.name))));
        let equal = types.iter().find_map(|new| Some((new, taken.iter().find(|earlier| earlier.0 == new.0)?)));
        if let Some(((name, new), (_, earlier))) = equal {
            let message =
                format!("the types of {earlier} and of {new} would both be called `{name}`; rename the phase");
            mistakes.push((phase.name.clone(), message));
        } else {
            taken.extend(types);
            reporting.push((place, phase));
        }
    }
    (reporting, mistakes)
}

fn type_name(experiment: &Experiment, phase: &Phase) -> Ident {
    format_ident!("{}{}", experiment.name, pascal(&text(&phase.name)))
}

fn phase_struct(experiment: &Experiment, phase: &Phase) -> TokenStream {
    let (visibility, name) = (&experiment.visibility, type_name(experiment, phase));
    match &phase.kind {
        Kind::Eval(eval) => {
            let names = measured(eval);
            let texts: Vec<_> = names.iter().map(text).collect();
            let docs = texts.iter().map(|text| format!("The value of `{text}`."));
            let doc = format!("What eval `{}` measured.", phase.name);
            let phase_docs = &phase.docs;
            quote! {
                #[doc = #doc]
                #(#phase_docs)*
                #[derive(Clone, Debug)]
                #[allow(dead_code)]
                #visibility struct #name {
                    #(#[doc = #docs] pub #names: f64,)*
                }

                #[automatically_derived]
                impl ::core::convert::TryFrom<&::modularml::experiment::PhaseResult> for #name {
                    type Error = ::modularml::Error;

                    #[allow(unused_variables)]
                    fn try_from(result: &::modularml::experiment::PhaseResult) -> ::modularml::Result<Self> {
                        ::core::result::Result::Ok(Self { #(#names: result.measured(#texts)?,)* })
                    }
                }
            }
        }
        Kind::Train(train) => train_struct(experiment, phase, train, &name),
        Kind::Fit(_) => TokenStream::new(),
    }
}

fn train_struct(experiment: &Experiment, phase: &Phase, train: &Train, name: &Ident) -> TokenStream {
    let visibility = &experiment.visibility;
    let doc = format!("What train `{}` reports.", phase.name);
    let phase_docs = &phase.docs;
    let val = train.val.as_ref().map(|val| {
        let (word, val_name, names) = (&val.word, format_ident!("{name}Val"), measured(&val.eval));
        let texts: Vec<_> = names.iter().map(text).collect();
        let docs = texts.iter().map(|text| format!("`{text}` at each evaluation, in order."));
        let doc = format!("What the evaluations during train `{}` measured.", phase.name);
        let item = quote! {
            #[doc = #doc]
            #[derive(Clone, Debug)]
            #[allow(dead_code)]
            #visibility struct #val_name {
                #(#[doc = #docs] pub #names: ::std::vec::Vec<f64>,)*
            }
        };
        let field = quote!(#[doc = #doc] pub #word: #val_name,);
        let value = quote!(#word: #val_name { #(#names: result.history(#texts)?,)* },);
        (item, field, value)
    });
    let (item, field, value) = val.unwrap_or_default();
    quote! {
        #item

        #[doc = #doc]
        #(#phase_docs)*
        #[derive(Clone, Debug)]
        #[allow(dead_code)]
        #visibility struct #name {
            /// The loss of each epoch, the mean over its rows.
            pub loss: ::std::vec::Vec<f64>,
            /// How many epochs ran.
            pub epochs: usize,
            /// The epoch, counted from 0, at which the watched value was best; only with early stopping.
            pub best_epoch: ::core::option::Option<usize>,
            #field
        }

        #[automatically_derived]
        impl ::core::convert::TryFrom<&::modularml::experiment::PhaseResult> for #name {
            type Error = ::modularml::Error;

            fn try_from(result: &::modularml::experiment::PhaseResult) -> ::modularml::Result<Self> {
                let result = result.trained()?;
                ::core::result::Result::Ok(Self {
                    loss: result.loss.clone(),
                    epochs: result.epochs,
                    best_epoch: result.best_epoch,
                    #value
                })
            }
        }
    }
}

/// The names of what an evaluation measures; one that is declared twice is refused by a rule.
fn measured(eval: &Eval) -> Vec<Ident> {
    let mut names: Vec<Ident> = Vec::new();
    if !eval.loss.is_empty() || eval.own_loss.is_some() {
        names.push(format_ident!("loss"));
    }
    for metric in &eval.metrics {
        if !names.contains(&metric.name) {
            names.push(metric.name.clone());
        }
    }
    names
}
