//! Dotted paths: `encoder`, `pulse.voltage`, `pulse.soh.anchor`.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token};

/// Names between dots, at least one.
pub(crate) struct Dotted {
    pub first: Ident,
    pub rest: Vec<Ident>,
}

impl Dotted {
    /// All names in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Ident> {
        std::iter::once(&self.first).chain(&self.rest)
    }
}

impl Parse for Dotted {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if let Ok(text) = input.fork().parse::<LitStr>() {
            let name = text.value();
            return Err(syn::Error::new(text.span(), format!("names are paths here: write {name} without quotes")));
        }
        let first = Ident::parse_any(input)?;
        let mut rest = Vec::new();
        while input.peek(Token![.]) && input.peek2(syn::Ident) && !input.peek3(syn::token::Paren) {
            input.parse::<Token![.]>()?;
            rest.push(input.parse()?);
        }
        Ok(Self { first, rest })
    }
}
