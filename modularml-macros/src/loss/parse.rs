//! From tokens to [`Loss`].

use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{DeriveInput, Ident, Token, parenthesized, token};

use super::{Input, Loss, ShapeRule};
use crate::declaration;
use crate::errors::Errors;
use crate::settings::Component;

pub(super) fn loss(input: &DeriveInput, component: Component, errors: &mut Errors) -> Loss {
    let owner = &component.ident;
    let missing = || format!("`{owner}` declares no inputs; add #[inputs(prediction, target)] above it");
    let (inputs, refused) = declaration::required(input, "inputs", missing, errors);
    let twice = |name: &Ident| format!("input `{name}` is listed twice in `{owner}`; rename one");
    let inputs = declaration::unique(inputs, |input: &Input| &input.name, twice, errors);
    let shapes = declaration::items(input, "shape", errors);
    Loss { component, vis: input.vis.clone(), inputs, refused, shapes }
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name: Ident = input.parse()?;
        if input.peek(Token![=]) {
            return Err(input.error(format!("what an input takes follows a colon: `{name}: Numbers`")));
        }
        let colon: Option<Token![:]> = input.parse()?;
        let takes = colon.map(|_| input.parse()).transpose()?;
        Ok(Self { name, takes })
    }
}

impl Parse for ShapeRule {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let names = Punctuated::<Ident, Token![==]>::parse_separated_nonempty(input)?;
        if input.peek(Token![=]) {
            return Err(input.error("equal shapes are written with `==`"));
        }
        let mut names: Vec<_> = names.into_iter().collect();
        if names.len() == 1 && input.peek(token::Paren) {
            let setting;
            parenthesized!(setting in input);
            return Ok(Self::OnePer(names.remove(0), setting.parse()?));
        }
        Ok(if names.len() == 1 { Self::Word(names.remove(0)) } else { Self::Equal(names) })
    }
}
