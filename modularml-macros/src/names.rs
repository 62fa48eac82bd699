//! Names and small pieces of expansions that all macros share.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::parse::Parse;
use syn::punctuated::Punctuated;
use syn::{Attribute, DeriveInput, Ident, Token};

use crate::errors::{Errors, is_near};

/// The one attribute of that name; a second is a mistake of `owner`.
///
/// Without one a misspelt one is taken: rustc refuses it already and names the right one, so that nothing is left to
/// say but what is wrong inside it.
pub(crate) fn attribute<'a>(
    attributes: &'a [Attribute],
    name: &str,
    owner: &Ident,
    errors: &mut Errors,
) -> Option<&'a Attribute> {
    let mut found = attributes.iter().filter(|attribute| attribute.path().is_ident(name));
    let Some(first) = found.next() else {
        return attributes
            .iter()
            .find(|attribute| attribute.path().get_ident().is_some_and(|written| is_near(&written.to_string(), name)));
    };
    for repeated in found {
        errors.add(repeated, format!("`{}` has two #[{name}(..)]; write one", text(owner)));
    }
    Some(first)
}

/// The first attribute whose name is a likely misspelling.
pub(crate) fn misspelt<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.path().get_ident().is_some_and(|written| is_near(&written.to_string(), name)))
}

/// The items of a list that must be there, or why it is unusable; `missing` is what to say when there is none.
pub(crate) fn required<T: Parse>(
    input: &DeriveInput,
    name: &str,
    missing: impl Fn() -> String,
    errors: &mut Errors,
) -> syn::Result<Vec<T>> {
    let Some(attribute) = attribute(&input.attrs, name, &input.ident, errors) else {
        return Err(syn::Error::new(input.ident.span(), missing()));
    };
    let items = attribute.parse_args_with(Punctuated::<T, Token![,]>::parse_terminated)?;
    if items.is_empty() {
        return Err(syn::Error::new_spanned(attribute, missing()));
    }
    Ok(items.into_iter().collect())
}

/// The names without those that stand twice, which are recorded as mistakes.
pub(crate) fn unique<T>(
    items: impl IntoIterator<Item = T>,
    name: impl Fn(&T) -> &Ident,
    message: impl Fn(&Ident) -> String,
    errors: &mut Errors,
) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    for item in items {
        if kept.iter().any(|other| name(other).unraw() == name(&item).unraw()) {
            errors.add(name(&item), message(name(&item)));
        } else {
            kept.push(item);
        }
    }
    kept
}

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
