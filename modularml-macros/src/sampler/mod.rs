//! `#[derive(Sampler)]`: a sampler from its declared roles and streams and the way in which it draws.

mod check;
mod expand;
#[cfg(test)]
mod tests;

use proc_macro2::TokenStream;
use syn::{DeriveInput, Ident, Visibility};

use crate::declaration;
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

/// The whole derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    declaration::derive(input, read, expand::expand)
}

fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Sampler> {
    let component = settings::read(input, errors)?;
    let owner = &component.ident;
    let missing = || {
        format!("`{owner}` declares no roles; add #[roles(anchor, positive)], or #[roles(default)] for plain batches")
    };
    let twice =
        |kind: &str, name: &Ident| format!("{kind} `{name}` is listed twice in `{owner}`; remove or rename one");
    let (roles, refused) = declaration::required(input, "roles", missing, errors);
    let roles = declaration::unique(roles, |role| role, |role| twice("role", role), errors);
    let streams = declaration::items(input, "streams", errors);
    let streams = declaration::unique(streams, |stream| stream, |stream| twice("stream", stream), errors);
    let returns_draws = declaration::attribute(&input.attrs, "draws", owner, errors).is_some();
    let mut sampler = Sampler { vis: input.vis.clone(), roles, refused, streams, returns_draws, component };
    check::all(&sampler, errors);
    check::require_a_row(&mut sampler.component);
    Some(sampler)
}
