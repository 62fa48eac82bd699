//! Names and small pieces of expansions that all macros share.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;

/// A variable of generated code at a place of the declaration, and the same one at each: the tokens of a declaration may
/// come through macros of the user's own, where a name of one macro is not that of another.
pub(crate) fn local(name: &str, place: Span) -> Ident {
    Ident::new(name, Span::call_site().located_at(place))
}

/// A name as text, `r#` removed.
pub(crate) fn text(ident: &Ident) -> String {
    ident.unraw().to_string()
}

/// An optional value as a Rust expression.
pub(crate) fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(|| quote!(::core::option::Option::None), |value| quote!(::core::option::Option::Some(#value)))
}

/// `held_out` as `HeldOut`.
pub(crate) fn pascal(words: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_uppercase().chain(letters).collect::<String>())
    };
    words.split('_').filter_map(word).collect()
}
