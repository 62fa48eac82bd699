//! `#[derive(Sampler)]`: a sampler from its declared roles and streams and the way in which it draws.

mod check;
mod expand;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, Visibility};

use crate::errors::Errors;
use crate::settings::{self, Component};

/// A sampler as it was declared.
struct Sampler {
    component: Component,
    vis: Visibility,
    roles: Vec<Ident>,
    /// Why there are no roles. It is reported in the place of the draw's type, so that no use of it is an error too.
    refused: Option<syn::Error>,
    /// Empty where one stream is meant.
    streams: Vec<Ident>,
    /// Whether `draw` returns `Draws` in place of lists of the generated struct (`#[draws]`).
    returns_draws: bool,
}

fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Sampler> {
    let component = settings::read(input, errors)?;
    let mut sampler = parse::sampler(input, component, errors);
    check::all(&sampler, errors);
    check::require_a_row(&mut sampler.component);
    Some(sampler)
}

/// The whole derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let code = read(input, &mut errors).as_ref().map(expand::expand);
    let mut tokens = errors.into_tokens();
    tokens.extend(code);
    tokens
}
