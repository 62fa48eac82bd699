//! Terms of a loss among typed results: a field a term, so that a misspelt label does not compile.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::Visibility;

use super::labels::{terms_struct, terms_value, told};
use super::phase::{Eval, Kind, Phase, Train, Val};
use super::terms::Term;
use crate::declaration::refused_type;
use crate::names::pascal;

/// The field of the terms of a loss.
const TERMS: &str = "terms";
/// The same by step.
const STEP_TERMS: &str = "step_terms";

/// The terms of a loss among results: their type, the field that has it, and its value.
#[derive(Default)]
pub(super) struct TermsField {
    pub types: TokenStream,
    field: Option<(String, Ident, Ident)>,
    pub value: TokenStream,
}

impl TermsField {
    /// The field, where there is one.
    pub(super) fn field(&self) -> Option<(String, &Ident, TokenStream)> {
        self.field.as_ref().map(|(docs, name, ty)| (docs.clone(), name, ty.to_token_stream()))
    }
}

/// The terms that an eval phase measured, beside values of these names.
pub(super) fn of_eval(visibility: &Visibility, owner: &Ident, eval: &Eval, names: &[Ident]) -> TermsField {
    let loss = (beside(names, &eval.loss), eval.broken_loss.as_ref());
    let read = |label: String| {
        let name = format!("{TERMS}.{label}");
        quote!(result.value(#name)?)
    };
    told_terms(visibility, (owner, TERMS), loss, (&quote!(f64), "of this phase"), read).unwrap_or_default()
}

/// The terms that it measured in all folds.
pub(super) fn over_folds(
    visibility: &Visibility,
    owner: &Ident,
    (phase, eval): (&str, &Eval),
    names: &[Ident],
) -> TermsField {
    let over = quote!(::modularml::experiment::OverFolds);
    let read = |label: String| {
        let name = format!("{TERMS}.{label}");
        quote!(results.measured(#phase, #name)?)
    };
    let loss = (beside(names, &eval.loss), None);
    told_terms(visibility, (owner, TERMS), loss, (&over, "in all folds"), read).unwrap_or_default()
}

/// The terms that the evaluations of a train phase measured.
pub(super) fn of_val(
    visibility: &Visibility,
    owner: &Ident,
    (train, val): (&Train, &Val),
    names: &[Ident],
) -> TermsField {
    let (loss, broken) = validated_loss(train, val);
    let read = |label: String| {
        let name = format!("{TERMS}.{label}");
        quote!(result.history(#name)?)
    };
    let of = (&quote!(::std::vec::Vec<f64>), "at each evaluation");
    told_terms(visibility, (owner, TERMS), (beside(names, loss), broken), of, read).unwrap_or_default()
}

/// The terms of the loss of a train phase, by epoch, and where it tells steps by step.
pub(super) fn of_train(visibility: &Visibility, owner: &Ident, train: &Train) -> Vec<TermsField> {
    let (loss, numbers) = ((&train.loss[..], train.broken_loss.as_ref()), quote!(::std::vec::Vec<f64>));
    let by_epoch = |label: String| quote!(result.term(#label)?.values.clone());
    let by_step = |label: String| quote!(result.term(#label)?.steps.clone());
    let epochs = told_terms(visibility, (owner, TERMS), loss, (&numbers, "of each epoch"), by_epoch);
    let steps = || told_terms(visibility, (owner, STEP_TERMS), loss, (&numbers, "of each step"), by_step);
    epochs.into_iter().chain(train.step_loss.then(steps).flatten()).collect()
}

/// The terms beside measured values; none where a metric has their name, which a rule refuses.
fn beside<'a>(names: &[Ident], loss: &'a [Term]) -> &'a [Term] {
    if names.iter().any(|name| name == TERMS) { &[] } else { loss }
}

/// The terms of a loss, in a field of the type `owner`, where they are told; of a loss that could not be read they are refused.
/// Each has a value of the type `ty`, which `read` reads by its label.
fn told_terms(
    visibility: &Visibility,
    (owner, field): (&Ident, &str),
    (loss, broken): (&[Term], Option<&syn::Error>),
    (ty, of): (&TokenStream, &str),
    read: impl Fn(String) -> TokenStream,
) -> Option<TermsField> {
    let (name, field) = (format_ident!("{owner}{}", pascal(field)), Ident::new(field, owner.span()));
    let docs = format!("The terms of the loss {of}, each before its weight.");
    if let Some(error) = broken {
        let value = quote!(#field: ::core::convert::TryFrom::try_from(result)?,);
        return Some(TermsField {
            types: refused_type(visibility, &name, error),
            field: Some((docs, field, name)),
            value,
        });
    }
    let told = told(loss);
    if told.is_empty() {
        return None;
    }
    let head = quote!(#[doc = #docs] #[derive(Clone, Debug)] #visibility struct #name);
    let value = terms_value(&name, &told, read);
    let value = quote!(#field: #value,);
    Some(TermsField { types: terms_struct(&head, &told, ty), field: Some((docs, field, name)), value })
}

/// The loss that an evaluation during training measures, and why it could not be read.
fn validated_loss<'a>(train: &'a Train, val: &'a Val) -> (&'a [Term], Option<&'a syn::Error>) {
    match &val.eval.own_loss {
        Some(_) => (&train.loss, train.broken_loss.as_ref()),
        None => (&val.eval.loss, val.eval.broken_loss.as_ref()),
    }
}

/// The suffixes of the types of terms in what a phase reports, and what they are of.
pub(super) fn types_of_terms(phase: &Phase) -> Vec<(&'static str, &'static str)> {
    let mut types = Vec::new();
    match &phase.kind {
        Kind::Fit(_) => {}
        Kind::Eval(eval) => types.extend((!told(&eval.loss).is_empty()).then_some(("Terms", "measured"))),
        Kind::Train(train) => {
            let is_told = !told(&train.loss).is_empty();
            types.extend(is_told.then_some(("Terms", "by epoch")));
            types.extend((is_told && train.step_loss).then_some(("StepTerms", "by step")));
            let val = train.val.as_ref().is_some_and(|val| !told(validated_loss(train, val).0).is_empty());
            types.extend(val.then_some(("ValTerms", "in `val`")));
        }
    }
    types
}
