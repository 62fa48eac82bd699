//! From tokens to [`Sampler`].

use syn::punctuated::Punctuated;
use syn::{DeriveInput, Ident, Token};

use super::Sampler;
use crate::errors::Errors;
use crate::names;
use crate::settings::Component;

pub(super) fn sampler(input: &DeriveInput, component: Component, errors: &mut Errors) -> Sampler {
    let owner = &component.ident;
    let missing = || {
        format!("`{owner}` declares no roles; add #[roles(anchor, positive)], or #[roles(default)] for plain batches")
    };
    let (roles, refused) = match names::required(input, "roles", missing, errors) {
        Ok(roles) => (roles, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let twice =
        |kind: &str, name: &Ident| format!("{kind} `{name}` is listed twice in `{owner}`; remove or rename one");
    let roles = names::unique(roles, |role| role, |role| twice("role", role), errors);
    let streams = names::attribute(&input.attrs, "streams", &input.ident, errors)
        .and_then(|attribute| errors.keep(attribute.parse_args_with(Punctuated::<Ident, Token![,]>::parse_terminated)))
        .unwrap_or_default();
    let streams = names::unique(streams, |stream| stream, |stream| twice("stream", stream), errors);
    let returns_draws = names::attribute(&input.attrs, "draws", &input.ident, errors).is_some();
    Sampler { vis: input.vis.clone(), roles, refused, streams, returns_draws, component }
}
