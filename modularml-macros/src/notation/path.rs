//! Dotted paths: `encoder`, `pulse.voltage`, `pulse.soh.anchor`.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::token::Bracket;
use syn::{Lit, LitStr, Token};

use super::statement::raw;
use crate::names::local;

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
        if input.peek(Bracket) || input.peek(Lit) {
            let message = "expected a name or a column, pulse.voltage, without brackets around it; settings are named and stand \
                           before what is read: Mlp::hidden([64])(pulse.voltage)";
            return Err(input.error(message));
        }
        let first = raw(&Ident::parse_any(input)?);
        if input.peek(Token![::]) {
            let ahead = input.fork();
            ahead.parse::<Token![::]>()?;
            let column = ahead.call(Ident::parse_any).map_or_else(|_| "..".to_owned(), |column| column.to_string());
            return Err(input.error(format!("names are joined by a dot: {first}.{column}")));
        }
        let mut rest = Vec::new();
        while input.peek(Token![.]) && input.peek2(syn::Ident) && !input.peek3(syn::token::Paren) {
            input.parse::<Token![.]>()?;
            rest.push(input.parse()?);
        }
        Ok(Self { first, rest })
    }
}

/// Reads names as fields of a graph's `names`, which stands in a function that is only type-checked, so that rustc refuses
/// an unknown one with its own suggestion and editors complete it.
pub(crate) fn known(first: &Ident, rest: &[Ident]) -> TokenStream {
    let names = local("names", first.span());
    quote_spanned!(first.span()=> let _ = &#names.#first #(.#rest)*;)
}
