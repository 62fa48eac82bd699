//! Declarations that derives read: attributes, the lists in them, and the structs that such lists stand for.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::meta::ParseNestedMeta;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::{Attribute, DeriveInput, Expr, Ident, Meta, Token, Visibility};

use crate::errors::{Errors, did_you_mean, is_near};
use crate::names::text;

/// A derive: every mistake, and the code for what could be read, which cannot fail.
pub(crate) fn derive<T>(
    input: &DeriveInput,
    read: impl FnOnce(&DeriveInput, &mut Errors) -> Option<T>,
    expand: impl FnOnce(&T) -> TokenStream,
) -> TokenStream {
    let mut errors = Errors::default();
    let code = read(input, &mut errors).as_ref().map(expand);
    let mut tokens = errors.into_tokens();
    tokens.extend(code);
    tokens
}

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
    let Some(first) = found.next() else { return misspelt(attributes, name) };
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

/// The items of the list in the attribute of that name; none where it does not stand.
pub(crate) fn items<T: Parse>(input: &DeriveInput, name: &str, errors: &mut Errors) -> Vec<T> {
    let attribute = attribute(&input.attrs, name, &input.ident, errors);
    let items = attribute.and_then(|attribute| errors.keep(list(attribute)));
    items.unwrap_or_default()
}

/// The items of a list that must be there, or why it is unusable; `missing` is what to say when there is none.
pub(crate) fn required<T: Parse>(
    input: &DeriveInput,
    name: &str,
    missing: impl Fn() -> String,
    errors: &mut Errors,
) -> (Vec<T>, Option<syn::Error>) {
    let refused = |error| (Vec::new(), Some(error));
    match attribute(&input.attrs, name, &input.ident, errors) {
        None => refused(syn::Error::new(input.ident.span(), missing())),
        Some(attribute) => match list(attribute) {
            Ok(items) if items.is_empty() => refused(syn::Error::new_spanned(attribute, missing())),
            Ok(items) => (items, None),
            Err(error) => refused(error),
        },
    }
}

fn list<T: Parse>(attribute: &Attribute) -> syn::Result<Vec<T>> {
    Ok(attribute.parse_args_with(Punctuated::<T, Token![,]>::parse_terminated)?.into_iter().collect())
}

/// Reads each word in the brackets of an attribute, which may have none.
pub(crate) fn words(
    attribute: &Attribute,
    errors: &mut Errors,
    mut read: impl FnMut(&ParseNestedMeta<'_>, &mut Errors) -> syn::Result<()>,
) {
    if matches!(attribute.meta, Meta::Path(_)) {
        return;
    }
    let outcome = attribute.parse_nested_meta(|meta| read(&meta, errors));
    errors.keep(outcome);
}

/// Refuses a word of an attribute, and skips the rest of it, so that what follows is still read.
pub(crate) fn unknown_word<'a>(
    meta: &ParseNestedMeta<'_>,
    attribute: &str,
    known: impl IntoIterator<Item = &'a str>,
    takes: &str,
    errors: &mut Errors,
) -> syn::Result<()> {
    let word = meta.path.to_token_stream().to_string().replace(' ', "");
    let near = did_you_mean(&word, known);
    errors.add(&meta.path, format!("`{word}` cannot stand in #[{attribute}(..)]{near} it takes: {takes}"));
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    }
    Ok(())
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
        if kept.iter().any(|other| text(name(other)) == text(name(&item))) {
            errors.add(name(&item), message(name(&item)));
        } else {
            kept.push(item);
        }
    }
    kept
}

/// The documentation among attributes.
pub(crate) fn docs(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("doc")).cloned().collect()
}

/// A struct, which `head` begins, of public fields: the documentation, the name and the type of each.
pub(crate) fn record<'a, T: ToTokens>(
    head: &TokenStream,
    fields: impl IntoIterator<Item = (String, &'a Ident, T)>,
) -> TokenStream {
    let fields = fields.into_iter().map(|(docs, name, ty)| quote!(#[doc = #docs] pub #name: #ty));
    quote! {
        #[allow(dead_code, reason = "which fields are read is the user's choice")]
        #head { #(#fields,)* }
    }
}

/// A type that rustc takes for refused: the mistake is told in its place, once, and no use of it is an error too.
pub(crate) fn refused_type(visibility: &impl ToTokens, name: &Ident, refused: &syn::Error) -> TokenStream {
    let (docs, refused) = (format!("`{name}`, whose declaration is refused."), refused.to_compile_error());
    quote! {
        #[doc = #docs]
        #[allow(dead_code, reason = "its declaration is refused")]
        #visibility type #name = <[(); #refused] as ::core::iter::IntoIterator>::Item;
    }
}

/// A value of a type that is refused, or of which a field is.
///
/// No program has it: the type itself holds the compile error ([`refused_type`]), so nothing of the crate ever runs, and
/// nothing evaluates a constant of a type that is an error. The test `damaged_programs_are_answered` holds that it never
/// stands without one.
pub(crate) fn refused_value() -> TokenStream {
    quote!(::core::panic!())
}

/// Other names of a type that is refused.
pub(crate) fn also_refused(
    visibility: &impl ToTokens,
    name: &Ident,
    others: impl IntoIterator<Item = Ident>,
) -> TokenStream {
    let others = others.into_iter().map(|other| {
        let docs = format!("`{other}`, whose declaration is refused.");
        quote! {
            #[doc = #docs]
            #[allow(dead_code, reason = "its declaration is refused")]
            #visibility type #other = #name;
        }
    });
    others.collect()
}

/// What a macro stands for whose head cannot be read: the mistake, and refused types of the names that `word` declares, so
/// that what uses them is no second one.
pub(crate) fn unreadable(input: TokenStream, word: &str, types: &[&str], error: &syn::Error) -> TokenStream {
    let head = |input: ParseStream<'_>| {
        while !input.is_empty() {
            let visibility = input.fork().parse::<Visibility>().unwrap_or(Visibility::Inherited);
            let ahead = input.fork();
            ahead.parse::<Visibility>()?;
            if ahead.parse::<Ident>().is_ok_and(|first| first == word)
                && let Ok(name) = ahead.parse::<Ident>()
            {
                input.parse::<TokenStream>()?;
                return Ok(Some((visibility, name)));
            }
            input.parse::<TokenTree>()?;
        }
        Ok(None)
    };
    let Ok(Some((visibility, name))) = head.parse2(input) else { return error.to_compile_error() };
    let refused = refused_type(&visibility, &name, error);
    let others = also_refused(&visibility, &name, types.iter().map(|of| format_ident!("{name}{of}")));
    quote!(#refused #others)
}

/// A struct whose fields are names that a derive requires. A mistake in their list is told in its place, so that no use of
/// the struct is an error too.
pub(crate) struct Required<'a> {
    pub docs: String,
    pub visibility: &'a Visibility,
    pub refused: Option<&'a syn::Error>,
}

impl Required<'_> {
    pub(crate) fn record<'a>(
        &self,
        derives: &TokenStream,
        name: &TokenStream,
        fields: impl IntoIterator<Item = (String, &'a Ident, TokenStream)>,
    ) -> TokenStream {
        let Self { docs, visibility, refused } = self;
        if let Some(refused) = refused.map(syn::Error::to_compile_error) {
            return quote! {
                #[doc = #docs]
                #[allow(dead_code, reason = "its declaration is refused")]
                #visibility type #name = <[(); #refused] as ::core::iter::IntoIterator>::Item;
            };
        }
        record(&quote!(#[doc = #docs] #[derive(#derives)] #visibility struct #name), fields)
    }

    /// The body of a generated function of `parameters`, none of which a refused declaration uses.
    pub(crate) fn body(&self, owner: &Ident, parameters: &TokenStream, body: TokenStream) -> TokenStream {
        if self.refused.is_none() {
            return body;
        }
        // A compile error stands beside it, so no program has it.
        let message = format!("`{owner}` is not declared correctly");
        quote! {
            let _ = (#parameters);
            ::core::result::Result::Err(::modularml::Error::Refused(::std::vec![::std::string::String::from(#message)]))
        }
    }
}
