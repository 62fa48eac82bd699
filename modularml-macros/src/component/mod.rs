//! The derives of components whose code is one trait: settings, and the component with its type erased.

#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Expr, Ident, Token};

use crate::errors::Errors;
use crate::settings::{self, Component};

/// A kind of component.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Callback,
    Clip,
    Metric,
    Optimizer,
    Rate,
    Scaler,
    Schedule,
}

impl Kind {
    /// What it is when its type is erased.
    fn spec(self) -> TokenStream {
        match self {
            Self::Callback => quote!(::modularml::experiment::CallbackSpec),
            Self::Clip => quote!(::modularml::experiment::ClipSpec),
            Self::Metric => quote!(::modularml::experiment::MetricSpec),
            Self::Optimizer => quote!(::modularml::graph::OptimizerSpec),
            Self::Rate => quote!(::modularml::experiment::RateSpec),
            Self::Scaler => quote!(::modularml::process::ScalerSpec),
            Self::Schedule => quote!(::modularml::experiment::ScheduleSpec),
        }
    }
}

/// A fact about the component: a field of its erased form, and its value, which may read `self`.
struct Fact {
    field: Ident,
    value: Expr,
}

/// The whole derive.
pub(crate) fn derive(input: &DeriveInput, kind: Kind) -> TokenStream {
    let mut errors = Errors::default();
    let component = settings::read(input, &mut errors);
    if let Some(component) = &component {
        settings::refuse_conditions(component, &mut errors);
    }
    let facts = facts(input, &mut errors);
    let mut tokens = errors.into_tokens();
    tokens.extend(component.as_ref().map(|component| expand(component, &facts, kind)));
    tokens
}

/// `#[spec(FIELD = VALUE, ..)]`
fn facts(input: &DeriveInput, errors: &mut Errors) -> Vec<Fact> {
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
fn expand(component: &Component, facts: &[Fact], kind: Kind) -> TokenStream {
    let ident = &component.ident;
    let name = ident.to_string();
    let (settings, erased) = (settings::expand(component), kind.spec());
    // A missing trait is told at the name of the component.
    let of = quote_spanned!(ident.span()=> #erased::of::<#ident>);
    let of = quote!(#of(#name, Self::settings(&self)));
    let whole = if facts.is_empty() {
        of
    } else {
        let facts = facts.iter().map(|Fact { field, value }| {
            let value = value.to_token_stream();
            quote!(#field: #value)
        });
        quote!(#erased { #(#facts,)* ..#of })
    };
    quote! {
        #settings

        #[automatically_derived]
        #[allow(dead_code, reason = "a component may be used at run time only, or in macros only")]
        impl #ident {
            /// The component with its type erased.
            #[must_use]
            pub const fn spec(self) -> #erased {
                #whole
            }
        }

        #[automatically_derived]
        impl ::core::convert::From<#ident> for #erased {
            fn from(component: #ident) -> Self {
                component.spec()
            }
        }
    }
}
