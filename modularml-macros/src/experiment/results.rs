//! Typed results: a field a phase, and in it a field a metric, so that a misspelt name does not compile.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::Attribute;

use super::parse::Experiment;
use super::phase::{Eval, Kind, Phase, Train};
use super::terms::Metric;
use super::told::{self, TermsField, types_of_terms};
use super::unread::Unread;
use super::{handles, parametrised};
use crate::declaration::{also_refused, record, refused_type};
use crate::names::{pascal, text};

/// The study, its results and its handles.
pub(super) fn structs(experiment: &Experiment) -> TokenStream {
    let Experiment { docs, visibility, name, .. } = experiment;
    let results = format_ident!("{name}Results");
    let (phases, _) = phases(experiment);
    let mut reports: Vec<_> = phases.iter().map(|(_, phase)| (&phase.name, reported(experiment, phase))).collect();
    let broken: Vec<_> = experiment.broken_phases().map(|(name, _)| (name, type_of(experiment, name))).collect();
    reports.extend(broken.iter().map(|(name, ty)| (*name, ty.to_token_stream())));
    let (types, constants) = handles::handles(experiment, &reports);
    let reporting = || phases.iter().zip(&reports).filter(|((_, phase), _)| !matches!(phase.kind, Kind::Fit(_)));
    let fields = reporting().map(|(_, (phase, ty))| (*phase, ty.clone()));
    let fields = fields.chain(broken.iter().map(|(name, ty)| (*name, ty.to_token_stream())));
    let fields = fields.map(|(phase, ty)| (format!("What `{phase}` reports."), phase, ty));
    let docs_of_results = format!("What the phases of `{name}` report.");
    let head = quote!(#[doc = #docs_of_results] #[derive(Clone, Debug)] #visibility struct #results);
    let record_of_results = record(&head, fields);
    let values = reporting().map(|((place, phase), _)| {
        let name = &phase.name;
        let result = quote!(::modularml::experiment::result_of(&results, #place)?);
        quote!(#name: ::core::convert::TryFrom::try_from(#result)?)
    });
    let values = values.chain(broken.iter().map(|(name, _)| {
        let result = quote!(::modularml::experiment::result_of(&results, 0)?);
        quote!(#name: ::core::convert::TryFrom::try_from(#result)?)
    }));
    let refused = experiment.broken_phases().zip(&broken);
    let refused = refused.map(|((_, error), (_, ty))| refused_type(visibility, ty, error));
    let results_struct = if let Some(error) = &experiment.broken.unnamed {
        let refused = refused_type(visibility, &results, error);
        let phases = also_refused(visibility, &results, [format_ident!("{name}Phases")]);
        quote!(#refused #phases)
    } else {
        quote! {
            #record_of_results

            #[automatically_derived]
            impl ::core::convert::TryFrom<::std::vec::Vec<::modularml::experiment::PhaseResult>> for #results {
                type Error = ::modularml::Error;

                #[allow(unused_variables)]
                fn try_from(
                    results: ::std::vec::Vec<::modularml::experiment::PhaseResult>,
                ) -> ::modularml::Result<Self> {
                    ::core::result::Result::Ok(Self { #(#values,)* })
                }
            }
        }
    };
    let phase_structs = phases.iter().map(|(_, phase)| phase_struct(experiment, phase));
    let parameters = parametrised::own_struct(experiment);
    let study_doc = format!("Its results are [`{results}`].");
    quote! {
        #parameters
        #(#docs)*
        ///
        #[doc = #study_doc]
        #visibility struct #name {
            session: ::modularml::experiment::Session,
        }

        #[automatically_derived]
        #[allow(dead_code, unreachable_pub)]
        impl #name {
            #constants
        }

        #results_struct
        #(#refused)*
        #(#phase_structs)*
        #types
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
pub(super) type Reporting<'a> = Vec<(usize, &'a Phase)>;

/// The phases that report, and why others cannot: a type of theirs would have the name of an
/// earlier one. Of phases of one name, which a rule refuses, the first reports.
pub(super) fn phases(experiment: &Experiment) -> (Reporting<'_>, Vec<(Ident, String)>) {
    let mut taken = handles::type_names(experiment);
    taken.push((format!("{}Results", experiment.name), "the results of all phases".to_owned()));
    taken.extend(
        experiment.has_folds().then(|| (format!("{}Folds", experiment.name), "the results of all folds".to_owned())),
    );
    let mut seen = std::collections::HashSet::new();
    let (mut reporting, mut mistakes) = (Vec::new(), Vec::new());
    for (place, phase) in experiment.phases.iter().enumerate() {
        if !seen.insert(text(&phase.name)) {
            continue;
        }
        if matches!(phase.kind, Kind::Fit(_)) {
            reporting.push((place, phase));
            continue;
        }
        let name = type_name(experiment, phase).to_string();
        let val = matches!(&phase.kind, Kind::Train(train) if train.val.is_some());
        let mut types = vec![(name.clone(), format!("what `{}` reports", phase.name))];
        types.extend(val.then(|| (format!("{name}Val"), format!("what `{}` measures by `val`", phase.name))));
        types.extend(types_of_terms(phase).into_iter().map(|(suffix, what)| {
            (format!("{name}{suffix}"), format!("the terms of the loss {what} of `{}`", phase.name))
        }));
        let over_folds = experiment.has_folds() && matches!(phase.kind, Kind::Eval(_));
        types.extend(
            over_folds.then(|| (format!("{name}Folds"), format!("what `{}` measures in all folds", phase.name))),
        );
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
    type_of(experiment, &phase.name)
}

pub(super) fn type_of(experiment: &Experiment, phase: &Ident) -> Ident {
    format_ident!("{}{}", experiment.name, pascal(&text(phase)))
}

/// The type of what a phase reports.
fn reported(experiment: &Experiment, phase: &Phase) -> TokenStream {
    match phase.kind {
        Kind::Fit(_) => quote!(::modularml::experiment::FitResult),
        Kind::Train(_) | Kind::Eval(_) => type_name(experiment, phase).to_token_stream(),
    }
}

/// What a phase reports, and how it is read out of what the engine gives.
fn phase_struct(experiment: &Experiment, phase: &Phase) -> TokenStream {
    let (name, visibility) = (type_name(experiment, phase), &experiment.visibility);
    let (types, start, values) = match &phase.kind {
        Kind::Fit(_) => return TokenStream::new(),
        Kind::Eval(Eval { unfinished: Some(error), .. }) => return refused_type(visibility, &name, error),
        Kind::Eval(eval) => {
            let (types, values) = of_eval(experiment, phase, eval);
            (types, None, values)
        }
        Kind::Train(train) => {
            let (types, values) = of_train(experiment, phase, train);
            (types, Some(quote!(let result = result.trained()?;)), values)
        }
    };
    quote! {
        #types

        #[automatically_derived]
        impl ::core::convert::TryFrom<&::modularml::experiment::PhaseResult> for #name {
            type Error = ::modularml::Error;

            #[allow(unused_variables)]
            fn try_from(result: &::modularml::experiment::PhaseResult) -> ::modularml::Result<Self> {
                #start
                ::core::result::Result::Ok(Self { #values })
            }
        }
    }
}

/// The head of a struct of results.
fn head(experiment: &Experiment, docs: &str, more: &[Attribute], name: &Ident) -> TokenStream {
    let visibility = &experiment.visibility;
    quote!(#[doc = #docs] #(#more)* #[derive(Clone, Debug)] #visibility struct #name)
}

/// What an eval phase reports: its types, and the values of its fields.
fn of_eval(experiment: &Experiment, phase: &Phase, eval: &Eval) -> (TokenStream, TokenStream) {
    let name = type_name(experiment, phase);
    let head = head(experiment, &format!("What eval `{}` measured.", phase.name), &phase.docs, &name);
    let (names, texts) = measured(eval);
    let type_of = |name| type_of_value(eval, name).unwrap_or_else(|| quote!(f64));
    let fields = names.iter().map(|name| (format!("The value of `{name}`."), name, type_of(name)));
    let (table, value) = predictions(eval);
    let terms = told::of_eval(&experiment.visibility, &name, eval, &names);
    let types = record(&head, fields.chain(table).chain(terms.field()));
    let TermsField { types: of_terms, value: terms, .. } = &terms;
    (quote!(#of_terms #types), quote!(#(#names: result.value(#texts)?,)* #value #terms))
}

/// The types of what the evaluations of a train phase measured, and the value of the field that has it.
fn of_val(
    experiment: &Experiment,
    train: &Train,
    word: &Ident,
    name: &Ident,
    docs: &str,
) -> Option<(TokenStream, TokenStream)> {
    let visibility = &experiment.visibility;
    let refused = match &train.val {
        Some(val) => val.eval.unfinished.as_ref(),
        None => train.broken_val.as_ref(),
    };
    if let Some(error) = refused {
        let value = quote!(#word: ::core::convert::TryFrom::try_from(result)?,);
        return Some((refused_type(visibility, name, error), value));
    }
    let val = train.val.as_ref()?;
    let (names, texts) = measured(&val.eval);
    let field = |name| (format!("`{name}` at each evaluation, in order."), name, quote!(::std::vec::Vec<f64>));
    let terms = told::of_val(visibility, name, (train, val), &names);
    let types = record(&head(experiment, docs, &[], name), names.iter().map(field).chain(terms.field()));
    let TermsField { types: of_terms, value: terms, .. } = &terms;
    let value = quote!(#word: #name { #(#names: result.history(#texts)?,)* #terms },);
    Some((quote!(#of_terms #types), value))
}

/// What a train phase reports: its types, and the values of its fields.
fn of_train(experiment: &Experiment, phase: &Phase, train: &Train) -> (TokenStream, TokenStream) {
    let name = type_name(experiment, phase);
    let val_name = format_ident!("{name}Val");
    let word = train.val.as_ref().map_or_else(|| Ident::new("val", phase.name.span()), |val| val.word.clone());
    let docs = format!("What the evaluations during train `{}` measured.", phase.name);
    let val = of_val(experiment, train, &word, &val_name, &docs);
    let field = val.is_some().then(|| quote!(#[doc = #docs] pub #word: #val_name,));
    let (val_type, value) = val.unwrap_or_default();
    let head = head(experiment, &format!("What train `{}` reports.", phase.name), &phase.docs, &name);
    let chooses = phase.chooses_an_epoch() || !experiment.callbacks.is_empty();
    let best = chooses.then(|| {
        let field = quote! {
            /// The epoch, counted from 0, that was best for what chooses one; none where nothing was measured.
            pub best_epoch: ::core::option::Option<usize>,
        };
        (field, quote!(best_epoch: result.best_epoch,))
    });
    let (best_field, best_value) = best.unwrap_or_default();
    let steps = train.step_loss.then(|| {
        let field = quote! {
            /// The loss of each step of all epochs, before the change that it caused.
            pub step_loss: ::std::vec::Vec<f64>,
        };
        (field, quote!(step_loss: result.step_loss.clone(),))
    });
    let (steps_field, steps_value) = steps.unwrap_or_default();
    let terms = told::of_train(&experiment.visibility, &name, train);
    let terms_types = terms.iter().map(|terms| &terms.types);
    let terms_fields = terms.iter().filter_map(TermsField::field);
    let terms_fields = terms_fields.map(|(docs, name, ty)| quote!(#[doc = #docs] pub #name: #ty,));
    let terms_values = terms.iter().map(|terms| &terms.value);
    let types = quote! {
        #val_type
        #(#terms_types)*

        #[allow(dead_code)]
        #head {
            /// The loss of each epoch, the mean over its rows.
            pub loss: ::std::vec::Vec<f64>,
            #steps_field
            #(#terms_fields)*
            /// How many epochs ran.
            pub epochs: usize,
            #best_field
            #field
        }
    };
    let values = quote! {
        loss: result.loss.clone(),
        epochs: result.epochs,
        #steps_value
        #(#terms_values)*
        #best_value
        #value
    };
    (types, values)
}

/// The field of the table of predictions, and its value, where an eval phase keeps one. A metric of that name is refused by
/// a rule.
fn predictions(eval: &Eval) -> (Option<(String, &Ident, TokenStream)>, TokenStream) {
    let Some(word) = kept_predictions(eval) else { return Default::default() };
    let docs = "What the graph gave for the rows, a row each.".to_owned();
    let field = (docs, word, quote!(::modularml::experiment::PredictionTable));
    (Some(field), quote!(#word: ::core::clone::Clone::clone(result.predictions()?),))
}

/// The word of `predictions;`, where a table is kept under it.
pub(super) fn kept_predictions(eval: &Eval) -> Option<&Ident> {
    let (names, _) = measured(eval);
    eval.predictions.as_ref().filter(|word| !names.contains(word))
}

/// The type of what is measured under a name, where it is no number.
pub(super) fn type_of_value(eval: &Eval, name: &Ident) -> Option<TokenStream> {
    let metric = eval.metrics.iter().find(|metric| metric.name == *name).map(Metric::type_of_value);
    let unread = || eval.unread.iter().find(|unread| unread.name == *name).map(Unread::type_of_value);
    metric.or_else(unread).flatten()
}

/// The names of what an evaluation measures, and the same as text; one that is declared twice is refused by a rule.
pub(super) fn measured(eval: &Eval) -> (Vec<Ident>, Vec<String>) {
    let mut names: Vec<Ident> = Vec::new();
    if !eval.loss.is_empty() || eval.own_loss.is_some() {
        names.push(format_ident!("loss"));
    }
    let unread = eval.unread.iter().map(|unread| &unread.name);
    for name in eval.metrics.iter().map(|metric| &metric.name).chain(unread) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let texts = names.iter().map(text).collect();
    (names, texts)
}
