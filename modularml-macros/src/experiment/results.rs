//! Typed results: a field a phase, and in it a field a metric, so that a misspelt name does not compile.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::Attribute;

use super::evaluation::{Eval, Validation};
use super::labels::told;
use super::parse::Experiment;
use super::phase::{Kind, Phase};
use super::terms::Metric;
use super::told::{STEP_TERMS, TERMS, TermsField, told_terms};
use super::unread::Unread;
use super::validated::{Validated, named, of_any_name, validated, validated_loss};
use super::{handles, parametrised, validated};
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
        let mut types = vec![(name.clone(), format!("what `{}` reports", phase.name))];
        if let Kind::Train(train) = &phase.kind {
            let of = |it: &Validation| {
                let ty = validated::type_of(&type_name(experiment, phase), &it.name);
                (ty.to_string(), format!("what `{}` measures by `{}`", phase.name, it.name))
            };
            types.extend(named(train).map(of));
        }
        types.extend(types_of_terms(phase).into_iter().map(|(suffix, what)| {
            (format!("{name}{suffix}"), format!("the terms of the loss {what} of `{}`", phase.name))
        }));
        let over_folds = experiment.has_folds() && matches!(phase.kind, Kind::Eval(_));
        types.extend(
            over_folds.then(|| (format!("{name}Folds"), format!("what `{}` measures in all folds", phase.name))),
        );
        let equal = types.iter().enumerate().find_map(|(at, new)| {
            let within = types.iter().take(at).find(|earlier| earlier.0 == new.0).map(|it| (it, "an evaluation"));
            let before = || taken.iter().find(|earlier| earlier.0 == new.0).map(|it| (it, "the phase"));
            Some((new, within.or_else(before)?))
        });
        if let Some(((name, new), ((_, earlier), rename))) = equal {
            let message = format!("the types of {earlier} and of {new} would both be called `{name}`; rename {rename}");
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
    let head = |docs: String, more: &[Attribute], name: &Ident| quote!(#[doc = #docs] #(#more)* #[derive(Clone, Debug)] #visibility struct #name);
    let (types, start, values) = match &phase.kind {
        Kind::Fit(_) => return TokenStream::new(),
        Kind::Eval(Eval { unfinished: Some(error), .. }) => return refused_type(visibility, &name, error),
        Kind::Eval(eval) => {
            let head = head(format!("What eval `{}` measured.", phase.name), &phase.docs, &name);
            let (names, texts) = eval.measured();
            let type_of = |name| type_of_value(eval, name).unwrap_or_else(|| quote!(f64));
            let fields = names.iter().map(|name| (format!("The value of `{name}`."), name, type_of(name)));
            let (table, value) = predictions(eval);
            let own = if names.iter().any(|name| name == TERMS) { &[][..] } else { &eval.loss[..] };
            let read = |label: String| {
                let name = format!("{TERMS}.{label}");
                quote!(result.value(#name)?)
            };
            let loss = (own, eval.broken_loss.as_ref());
            let terms =
                told_terms(visibility, (&name, TERMS), loss, &quote!(f64), "of this phase", read).unwrap_or_default();
            let values = quote!(#(#names: result.value(#texts)?,)* #value);
            let types = record(&head, fields.chain(table).chain(terms.field()));
            let TermsField { types: more, value: terms_value, .. } = &terms;
            let (types, values) = (quote!(#more #types), quote!(#values #terms_value));
            (types, None, values)
        }
        Kind::Train(train) => {
            if let Some(error) = of_any_name(train) {
                return refused_type(visibility, &name, error);
            }
            let Validated { types: val_types, fields, values: validated_values } =
                validated(visibility, (&phase.name, &name), train);
            let head = head(format!("What train `{}` reports.", phase.name), &phase.docs, &name);
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
            let loss = (&train.loss[..], train.broken_loss.as_ref());
            let numbers = quote!(::std::vec::Vec<f64>);
            let of = |field: &'static str| {
                move |label: String| {
                    let field = Ident::new(field, Span::call_site());
                    quote!(result.term(#label)?.#field.clone())
                }
            };
            let terms = told_terms(visibility, (&name, TERMS), loss, &numbers, "of each epoch", of("values"));
            let of_steps = || told_terms(visibility, (&name, STEP_TERMS), loss, &numbers, "of each step", of("steps"));
            let terms: Vec<_> = [terms, train.step_loss.then(of_steps).flatten()].into_iter().flatten().collect();
            let terms_types = terms.iter().map(|terms| &terms.types);
            let terms_fields = terms
                .iter()
                .filter_map(TermsField::field)
                .map(|(docs, name, ty)| quote!(#[doc = #docs] pub #name: #ty,));
            let terms_values = terms.iter().map(|terms| &terms.value);
            let types = quote! {
                #val_types
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
                    #fields
                }
            };
            let values = quote! {
                loss: result.loss.clone(),
                epochs: result.epochs,
                #steps_value
                #(#terms_values)*
                #best_value
                #validated_values
            };
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

/// The suffixes of the types of terms in what a phase reports, and what they are of.
fn types_of_terms(phase: &Phase) -> Vec<(String, String)> {
    let mut types: Vec<(String, String)> = Vec::new();
    let of = |suffix: &str, what: &str| (suffix.to_owned(), what.to_owned());
    match &phase.kind {
        Kind::Fit(_) => {}
        Kind::Eval(eval) => types.extend((!told(&eval.loss).is_empty()).then(|| of("Terms", "measured"))),
        Kind::Train(train) => {
            let is_told = !told(&train.loss).is_empty();
            types.extend(is_told.then(|| of("Terms", "by epoch")));
            types.extend((is_told && train.step_loss).then(|| of("StepTerms", "by step")));
            for validation in named(train).filter(|it| !told(validated_loss(train, it).0).is_empty()) {
                let name = &validation.name;
                types.push((format!("{}Terms", pascal(&text(name))), format!("in `{name}`")));
            }
        }
    }
    types
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
    let (names, _) = eval.measured();
    eval.predictions.as_ref().filter(|word| !names.contains(word))
}

/// The type of what is measured under a name, where it is no number.
pub(super) fn type_of_value(eval: &Eval, name: &Ident) -> Option<TokenStream> {
    let metric = eval.metrics.iter().find(|metric| metric.name == *name).map(Metric::type_of_value);
    let unread = || eval.unread.iter().find(|unread| unread.name == *name).map(Unread::type_of_value);
    metric.or_else(unread).flatten()
}
