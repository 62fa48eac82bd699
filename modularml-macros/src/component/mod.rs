//! The derives of components whose code is one trait: settings, and the component with its type erased.

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Expr, Ident, Token};

use crate::declaration;
use crate::errors::Errors;
use crate::settings::{self, Component};

/// A fact about the component: a field of its erased form, and its value, which may read `self`.
pub(crate) struct Fact {
    pub field: Ident,
    pub value: Expr,
}

/// The whole derive; `spec` is what the component is when its type is erased, a path in the runtime crate.
pub(crate) fn derive(input: &DeriveInput, spec: &TokenStream) -> TokenStream {
    let read = |input: &DeriveInput, errors: &mut Errors| Some((settings::plain(input, errors), facts(input, errors)));
    declaration::derive(input, read, |(component, facts)| {
        component.as_ref().map(|component| expand(component, facts, spec)).unwrap_or_default()
    })
}

/// The same for a metric, whose results are typed by what it reports: a number, unless its facts say what it gives, in
/// which case its author says the type.
pub(crate) fn derive_metric(input: &DeriveInput, spec: &TokenStream) -> TokenStream {
    let read = |input: &DeriveInput, errors: &mut Errors| Some((settings::plain(input, errors), facts(input, errors)));
    declaration::derive(input, read, |(component, facts)| {
        let Some(component) = component else { return TokenStream::new() };
        let (metric, is_number) = (expand(component, facts, spec), !facts.iter().any(|fact| fact.field == "gives"));
        let reports = is_number.then(|| reports_number(&component.ident));
        quote!(#metric #reports)
    })
}

/// What a metric or a loss reports is a number.
pub(crate) fn reports_number(component: &Ident) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl ::modularml::experiment::metric::Reports for #component {
            type Value = f64;
        }
    }
}

/// `#[spec(FIELD = VALUE, ..)]`
pub(crate) fn facts(input: &DeriveInput, errors: &mut Errors) -> Vec<Fact> {
    let mut facts: Vec<Fact> = Vec::new();
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("spec")) {
        let parse = Punctuated::<syn::MetaNameValue, Token![,]>::parse_terminated;
        for pair in errors.keep(attribute.parse_args_with(parse)).into_iter().flatten() {
            let Some(field) = errors.keep(pair.path.require_ident().cloned()) else { continue };
            if facts.iter().any(|fact| fact.field == field) {
                errors.add(&field, format!("`{field}` is said twice; remove one"));
            } else if ["name", "settings", "code"].iter().any(|own| field == own) {
                errors.add(&field, format!("`{field}` follows from the struct and its trait; remove it"));
            } else {
                facts.push(Fact { field, value: pair.value });
            }
        }
    }
    facts
}

/// The code of the derive. It cannot fail: what was refused is left out.
fn expand(component: &Component, facts: &[Fact], spec: &TokenStream) -> TokenStream {
    let ident = &component.ident;
    let name = ident.to_string();
    // A missing trait is told at the name of the component.
    let of = quote_spanned!(ident.span()=> ::modularml::#spec::of::<#ident>);
    let of = quote!(#of(#name, Self::settings(&self)));
    let value = if facts.is_empty() {
        of
    } else {
        let facts = facts.iter().map(|Fact { field, value }| quote!(#field: #value));
        quote!(::modularml::#spec { #(#facts,)* ..#of })
    };
    settings::erased(component, &quote!(::modularml::#spec), &value)
}
