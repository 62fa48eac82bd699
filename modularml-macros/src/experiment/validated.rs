//! What the evaluations of a train phase measure, among its results.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Visibility;

use super::evaluation::{VAL, Validation};
use super::phase::Train;
use super::terms::Term;
use super::told::{STEP_TERMS, TERMS, TermsField, told_terms};
use crate::declaration::{record, refused_type};
use crate::names::{pascal, text};

/// The evaluations of a train phase: their types, and the fields and values of what it reports.
#[derive(Default)]
pub(super) struct Validated {
    pub types: TokenStream,
    pub fields: TokenStream,
    pub values: TokenStream,
}

/// What else a train phase reports; a rule refuses evaluations of these names.
const FIELDS: [&str; 6] = ["loss", "step_loss", TERMS, STEP_TERMS, "epochs", "best_epoch"];

/// The evaluations that have names of their own; of several of one name, which a rule refuses, the first.
pub(super) fn named(train: &Train) -> impl Iterator<Item = &Validation> {
    let all = &train.validations;
    let is_new = |(at, name): (usize, &Ident)| all.iter().take(at).all(|earlier| earlier.name != *name);
    let is_own = |name: &Ident| FIELDS.iter().all(|field| name != field);
    all.iter().enumerate().filter(move |(at, it)| is_new((*at, &it.name)) && is_own(&it.name)).map(|(_, it)| it)
}

/// Why an evaluation could not be read before its name, where `val` is another one: it may be any field.
pub(super) fn of_any_name(train: &Train) -> Option<&syn::Error> {
    let has_val = || train.validations.iter().any(|validation| validation.name == VAL);
    train.unnamed_validation.as_ref().filter(|_| has_val())
}

/// The evaluations that could not be read, or may still be to come, and why.
fn broken(train: &Train) -> impl Iterator<Item = &(Ident, syn::Error)> {
    let all = &train.broken_validations;
    all.iter().enumerate().filter_map(|(at, it)| {
        let is_known = train.validations.iter().any(|read| read.name == it.0);
        let is_first = all.iter().take(at).all(|earlier| earlier.0 != it.0);
        let is_own = FIELDS.iter().all(|field| it.0 != field);
        (is_first && !is_known && is_own).then_some(it)
    })
}

/// The type of what an evaluation measures, in what a phase reports.
pub(super) fn type_of(owner: &Ident, validation: &Ident) -> Ident {
    format_ident!("{owner}{}", pascal(&text(validation)))
}

/// What the evaluations of train `phase` measure; `owner` is the type of what it reports.
pub(super) fn validated(visibility: &Visibility, (phase, owner): (&Ident, &Ident), train: &Train) -> Validated {
    let docs = |name: &Ident| {
        let which = if train.validations.len() > 1 { format!(" of `{name}`") } else { String::new() };
        format!("What the evaluations{which} during train `{phase}` measured.")
    };
    let mut all = Validated::default();
    for validation in named(train) {
        let (name, ty) = (&validation.name, type_of(owner, &validation.name));
        let docs = docs(name);
        let Validated { types, values, .. } = match &validation.eval.unfinished {
            Some(error) => refused(visibility, name, &ty, error),
            None => of(visibility, train, validation, (&docs, &ty)),
        };
        all.add(types, quote!(#[doc = #docs] pub #name: #ty,), values);
    }
    for (name, error) in broken(train) {
        let (ty, docs) = (type_of(owner, name), docs(name));
        let Validated { types, values, .. } = refused(visibility, name, &ty, error);
        all.add(types, quote!(#[doc = #docs] pub #name: #ty,), values);
    }
    all
}

impl Validated {
    fn add(&mut self, types: TokenStream, field: TokenStream, value: TokenStream) {
        self.types.extend(types);
        self.fields.extend(field);
        self.values.extend(value);
    }
}

fn refused(visibility: &Visibility, name: &Ident, ty: &Ident, error: &syn::Error) -> Validated {
    let values = quote!(#name: ::core::convert::TryFrom::try_from(result)?,);
    Validated { types: refused_type(visibility, ty, error), values, ..Validated::default() }
}

fn of(visibility: &Visibility, train: &Train, validation: &Validation, (docs, ty): (&str, &Ident)) -> Validated {
    let (name, of) = (&validation.name, text(&validation.name));
    let (names, texts) = validation.eval.measured();
    let numbers = quote!(::std::vec::Vec<f64>);
    let field = |name| (format!("`{name}` at each evaluation, in order."), name, numbers.clone());
    let (loss, broken) = validated_loss(train, validation);
    let loss = if names.iter().any(|name| name == TERMS) { &[][..] } else { loss };
    let read = |label: String| {
        let name = format!("{TERMS}.{label}");
        quote!(result.history(#of, #name)?)
    };
    let terms = told_terms(visibility, (ty, TERMS), (loss, broken), &numbers, "at each evaluation", read);
    let terms = terms.unwrap_or_default();
    let head = quote!(#[doc = #docs] #[derive(Clone, Debug)] #visibility struct #ty);
    let types = record(&head, names.iter().map(field).chain(terms.field()));
    let TermsField { types: more, value, .. } = &terms;
    let values = quote!(#name: #ty { #(#names: result.history(#of, #texts)?,)* #value },);
    Validated { types: quote!(#more #types), values, ..Validated::default() }
}

/// The loss that an evaluation during training measures, and why it could not be read.
pub(super) fn validated_loss<'a>(train: &'a Train, validation: &'a Validation) -> (&'a [Term], Option<&'a syn::Error>) {
    match &validation.eval.own_loss {
        Some(_) => (&train.loss, train.broken_loss.as_ref()),
        None => (&validation.eval.loss, validation.eval.broken_loss.as_ref()),
    }
}
