//! The terms of a loss among results.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, format_ident, quote};
use syn::Visibility;

use super::labels::{terms_struct, terms_value, told};
use super::terms::Term;
use crate::declaration::refused_type;
use crate::names::pascal;

/// The field of the terms of a loss.
pub(super) const TERMS: &str = "terms";
/// The same by step.
pub(super) const STEP_TERMS: &str = "step_terms";

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

/// The terms of a loss, in a field of the type `owner`, where they are told; of a loss that could not be read they are refused.
/// Each has a value of the type `ty`, which `read` reads by its label.
pub(super) fn told_terms(
    visibility: &Visibility,
    (owner, field): (&Ident, &str),
    (loss, broken): (&[Term], Option<&syn::Error>),
    ty: &TokenStream,
    of: &str,
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
