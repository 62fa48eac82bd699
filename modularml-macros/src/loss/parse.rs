//! From tokens to [`Loss`].

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Ident, Token};

use super::{Input, Loss, ShapeRule};
use crate::errors::Errors;
use crate::names;
use crate::settings::Component;

pub(super) fn loss(input: &DeriveInput, component: Component, errors: &mut Errors) -> Loss {
    let missing = || format!("`{}` declares no inputs; add #[inputs(prediction, target)] above it", component.ident);
    let (inputs, refused) = match names::required(input, "inputs", missing, errors) {
        Ok(inputs) => (inputs, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let inputs = names::unique(
        inputs,
        |input: &Input| &input.name,
        |name| format!("input `{name}` is listed twice in `{}`; rename one", component.ident),
        errors,
    );
    let shapes = names::attribute(&input.attrs, "shape", &input.ident, errors)
        .and_then(|attribute| {
            errors.keep(attribute.parse_args_with(Punctuated::<ShapeRule, Token![,]>::parse_terminated))
        })
        .unwrap_or_default();
    Loss { component, vis: input.vis.clone(), inputs, refused, shapes: shapes.into_iter().collect() }
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        let takes = if input.peek(Token![:]) {
            input.parse::<Token![:]>()?;
            Some(input.parse()?)
        } else {
            if input.peek(Token![=]) {
                return Err(input.error(format!("what an input takes follows a colon: `{name}: Numbers`")));
            }
            None
        };
        Ok(Self { name, takes })
    }
}

impl Parse for ShapeRule {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let first: Ident = input.parse()?;
        if !input.peek(Token![==]) {
            if input.peek(Token![=]) {
                return Err(input.error("equal shapes are written with `==`"));
            }
            return Ok(Self::Word(first));
        }
        let mut names = vec![first];
        while input.peek(Token![==]) {
            input.parse::<Token![==]>()?;
            names.push(input.parse()?);
        }
        Ok(Self::Equal(names))
    }
}
