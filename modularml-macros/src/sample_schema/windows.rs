//! A sample that is a window of rows: `#[windows(of = Reading, length = 256)]` and what its fields are made of.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::punctuated::Punctuated;
use syn::token::Bracket;
use syn::{Attribute, Expr, Ident, Token, Type, bracketed};

use super::{Column, Domain, Schema};
use crate::declaration;
use crate::errors::Errors;
use crate::names::{option, text};
use crate::notation::Place;

/// The words of `#[windows(..)]`.
pub(super) const WORDS: [&str; 5] = ["of", "length", "horizon", "by", "in_order_of"];

/// The words of a field of such a sample, but those that take one value.
pub(super) const FIELD_WORDS: [&str; 3] = ["window", "ahead", "columns_first"];

/// What a field takes of the values in a window, one value each.
pub(super) const TAKES: [&str; 7] = ["first", "last", "mean", "min", "max", "any", "all"];

/// `#[windows(of = Reading, length = 256, horizon = 10, by = cell, in_order_of = second)]`.
pub(super) struct Windows {
    /// The struct of a row.
    of: Type,
    length: Option<Expr>,
    horizon: Option<Expr>,
    by: Option<Ident>,
    in_order_of: Option<Ident>,
}

/// What a field says of the window.
#[derive(Default)]
pub(super) struct Taken {
    /// `window = [current, voltage]`
    of: Option<Vec<Ident>>,
    /// All words, in the order in which they were written.
    words: Vec<Ident>,
}

impl Taken {
    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|written| written == word)
    }

    /// All words.
    pub(super) fn words(&self) -> impl Iterator<Item = &Ident> {
        self.words.iter()
    }

    /// The words that take one value.
    fn takes(&self) -> impl Iterator<Item = &Ident> {
        self.words.iter().filter(|word| TAKES.iter().any(|take| word == take))
    }
}

/// Reads the attribute of the struct; none where it does not stand, or names no struct of a row.
pub(super) fn read(attributes: &[Attribute], owner: &Ident, errors: &mut Errors) -> Option<Windows> {
    let attribute = declaration::attribute(attributes, "windows", owner, errors)?;
    let (mut of, mut length, mut horizon, mut by, mut in_order_of) = (None, None, None, None, None);
    let before = errors.count();
    declaration::words(attribute, errors, |meta, errors| {
        match meta.path.get_ident().map(ToString::to_string).unwrap_or_default().as_str() {
            "of" => of = Some(meta.value()?.parse::<Type>()?),
            "length" => length = Some(meta.value()?.parse::<Expr>()?),
            "horizon" => horizon = Some(meta.value()?.parse::<Expr>()?),
            "by" => by = Some(meta.value()?.parse::<Ident>()?),
            "in_order_of" => in_order_of = Some(meta.value()?.parse::<Ident>()?),
            _ => {
                let takes = "of = Reading, length = 256, horizon = 10, by = cell, in_order_of = second";
                declaration::unknown_word(meta, "windows", WORDS, takes, errors)?;
            }
        }
        Ok(())
    });
    if (of.is_none() || length.is_none()) && errors.count() == before {
        let lacks = if of.is_none() { "the struct of a row" } else { "how many rows a window has" };
        let message = format!("#[windows(..)] of `{}` lacks {lacks}; write of = Reading, length = 256", text(owner));
        errors.add(attribute, message);
    }
    Some(Windows { of: of?, length, horizon, by, in_order_of })
}

/// Reads a word of a field, if it is one of windows.
pub(super) fn read_word(word: &str, meta: &ParseNestedMeta<'_>, taken: &mut Taken) -> syn::Result<bool> {
    if !TAKES.contains(&word) && !FIELD_WORDS.contains(&word) {
        return Ok(false);
    }
    taken.words.extend(meta.path.get_ident().cloned());
    if word == "window" {
        let input = meta.value()?;
        let names = if input.peek(Bracket) {
            let list;
            bracketed!(list in input);
            Punctuated::<Ident, Token![,]>::parse_terminated(&list)?.into_iter().collect()
        } else {
            vec![input.parse()?]
        };
        taken.of = Some(names);
    }
    Ok(true)
}

/// What only the tokens tell.
pub(super) fn check(schema: &Schema, column: &Column, errors: &mut Errors) {
    let (key, taken) = (&column.key, &column.taken);
    if let (false, Some(word)) = (schema.has_windows, taken.words.first()) {
        let message = format!(
            "`{word}` is for samples that are windows of rows, and `{}` is none; write #[windows(of = Reading, length = \
             256)] above the struct, or remove it",
            schema.ident
        );
        errors.add(word, message);
        return;
    }
    let of_one: Vec<&Ident> = taken.takes().collect();
    if let [first, second, ..] = of_one.as_slice() {
        errors.add(second, format!("`{key}` takes `{first}` and `{second}` of a window; write one of them"));
    }
}

/// The trait, and the rules at the tokens.
pub(super) fn expand(schema: &Schema) -> TokenStream {
    let Some(windows) = &schema.windows else { return TokenStream::new() };
    let (ident, of) = (&schema.ident, &windows.of);
    // All at one place, so that a struct that is no sample is one error.
    let row = quote_spanned!(Place::of(of).first=> <#of as ::modularml::data::SampleSchema>);
    let key = |name: &Ident| {
        let columns = quote_spanned!(Place::of(of).first=> #row::COLUMNS);
        quote!(::modularml::data::Column::key(&#columns.#name))
    };
    let number =
        |number: Option<&Expr>, otherwise: usize| number.map_or_else(|| quote!(#otherwise), |number| quote!(#number));
    let (length, horizon) = (number(windows.length.as_ref(), 1), number(windows.horizon.as_ref(), 0));
    let [by, in_order_of] = [&windows.by, &windows.in_order_of].map(|name| option(name.as_ref().map(&key)));
    let columns = schema.columns.iter().map(|column| {
        let taken = &column.taken;
        let names: Vec<TokenStream> =
            taken.of.as_ref().map_or_else(|| vec![key(&column.ident)], |names| names.iter().map(key).collect());
        let take = take(column).map(|take| quote!(::modularml::data::Take::#take));
        let (take, ahead, columns_first) = (option(take), taken.has("ahead"), taken.has("columns_first"));
        quote! {
            ::modularml::data::WindowColumn {
                of: &[#(#names),*],
                ahead: #ahead,
                take: #take,
                columns_first: #columns_first,
            }
        }
    });
    let checks = schema.is_sound.then(|| checks(schema, windows));
    quote! {
        #[automatically_derived]
        impl ::modularml::data::WindowSchema for #ident {
            type Row = #of;
            const WINDOWS: ::modularml::data::WindowsSpec = ::modularml::data::WindowsSpec {
                schema: <#ident as ::modularml::data::SampleSchema>::SCHEMA,
                of: #row::SCHEMA,
                resampled: #row::RESAMPLED,
                length: #length,
                horizon: #horizon,
                by: #by,
                in_order_of: #in_order_of,
                columns: &[#(#columns),*],
            };
        }
        #checks
    }
}

/// The variant of `data::Take`; none of a feature or target that says nothing.
fn take(column: &Column) -> Option<Ident> {
    let word = column.taken.takes().next();
    let says_all = !column.taken.words.is_empty();
    let variant = match word.map(ToString::to_string).as_deref() {
        Some("first") => "First",
        Some("last") => "Last",
        Some("mean") => "Mean",
        Some("min") => "Min",
        Some("max") => "Max",
        Some("any") => "Any",
        Some("all") => "All",
        _ if says_all => "Every",
        _ if column.domain() == Domain::Tag => "First",
        _ => return None,
    };
    Some(Ident::new(variant, Span::call_site()))
}

/// What the rules say of the windows, each at its token.
fn checks(schema: &Schema, windows: &Windows) -> TokenStream {
    let ident = &schema.ident;
    let spec = quote!(&<#ident as ::modularml::data::WindowSchema>::WINDOWS);
    let places = quote!(::modularml::__private::places::windows);
    let check = |name: &str, at: Place, verdict: TokenStream| {
        let (name, require) = (format_ident!("windows_{name}"), at.require(&verdict));
        quote!(const #name: () = { #require };)
    };
    let length = windows.length.as_ref().map(|it| check("length", Place::of(it), quote!(#places::length(#spec))));
    let horizon = windows.horizon.as_ref().map(|it| check("horizon", Place::of(it), quote!(#places::horizon(#spec))));
    let by = windows.by.as_ref().map(|it| check("by", Place::of(it), quote!(#places::by(#spec))));
    let order = windows.in_order_of.as_ref();
    let order = order.map(|it| check("in_order_of", Place::of(it), quote!(#places::in_order_of(#spec))));
    let columns = schema.columns.iter().enumerate().map(|(i, column)| {
        check(&format!("column_{}", column.key), Place::of(&column.ty), quote!(#places::column(#spec, #i)))
    });
    quote!(#length #horizon #by #order #(#columns)*)
}
