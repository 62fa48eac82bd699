//! Names and small pieces of expansions that all macros share.

use std::collections::HashSet;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;

/// A variable of generated code at a place of the declaration, and the same one at each: the tokens of a declaration may
/// come through macros of the user's own, where a name of one macro is not that of another.
pub(crate) fn local(name: &str, place: Span) -> Ident {
    Ident::new(name, Span::call_site().located_at(place))
}

/// Where a statement stands, told by rustc at the token with which it is called.
pub(crate) fn source_line(at: Span) -> TokenStream {
    quote_spanned!(at=> ::modularml::SourceLine::new(::core::file!(), ::core::line!()))
}

/// A name as text, `r#` removed.
pub(crate) fn text(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// An optional value as a Rust expression.
pub(crate) fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(::core::option::Option::None), |value| quote!(::core::option::Option::Some(#value)))
}

/// The names of constants that hold rules. rustc names a constant that refuses in its error, so each is called by the
/// statement, `train_regress_loss`, and none twice.
#[derive(Default)]
pub(crate) struct Checks(HashSet<String>);

impl Checks {
    /// The name of the next constant, which asks about `statement`.
    pub(crate) fn name(&mut self, statement: &str) -> Ident {
        let mut name = statement.to_owned();
        while !self.0.insert(name.clone()) {
            name.push_str("_too");
        }
        format_ident!("{name}")
    }
}

/// `held_out` as `HeldOut`.
pub(crate) fn pascal(words: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    words.split('_').filter_map(word).collect()
}
