//! A row at a fixed step: `#[resampled(of = Reading, every = "10 s", ..)]` and what its fields are made of.

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, Type};

use super::{Column, Schema};
use crate::declaration;
use crate::errors::{Errors, did_you_mean};
use crate::names::{option, text};
use crate::notation::Place;

/// The words of `#[resampled(..)]`.
pub(super) const WORDS: [&str; 6] = ["of", "every", "limit", "origin", "by", "in_order_of"];

/// The words of a field of such a row.
pub(super) const FIELD_WORDS: [&str; 4] = ["of", "last", "linear", "mean"];

/// Where the grid of steps may begin.
pub(super) const ORIGINS: [&str; 3] = ["start_day", "epoch", "start"];

/// What all such rows say.
const EXAMPLE: &str = "of = Reading, every = \"10 s\", limit = \"1 min\", in_order_of = at";

/// `#[resampled(of = Reading, every = "10 s", limit = "1 min", origin = epoch, by = cell, in_order_of = at)]`.
pub(super) struct Resampled {
    /// The struct of a row of a recording.
    of: Type,
    every: Expr,
    limit: Expr,
    origin: Option<Ident>,
    by: Option<Ident>,
    in_order_of: Ident,
}

/// What a field says of the rows around its step.
#[derive(Default)]
pub(super) struct Filled {
    /// `of = voltage`
    of: Option<Ident>,
    /// All words, in the order in which they were written.
    words: Vec<Ident>,
}

impl Filled {
    /// The words that say how a value is made.
    fn fills(&self) -> impl Iterator<Item = &Ident> {
        self.words.iter().filter(|word| *word != "of")
    }
}

/// Reads the attribute of the struct; none where it does not stand, or lacks a word.
pub(super) fn read(attributes: &[Attribute], owner: &Ident, errors: &mut Errors) -> Option<Resampled> {
    let attribute = declaration::attribute(attributes, "resampled", owner, errors)?;
    let (mut of, mut every, mut limit, mut origin, mut by, mut in_order_of) = (None, None, None, None, None, None);
    let before = errors.count();
    declaration::words(attribute, errors, |meta, errors| {
        match meta.path.get_ident().map(ToString::to_string).unwrap_or_default().as_str() {
            "of" => of = Some(meta.value()?.parse::<Type>()?),
            "every" => every = Some(meta.value()?.parse::<Expr>()?),
            "limit" => limit = Some(meta.value()?.parse::<Expr>()?),
            "by" => by = Some(meta.value()?.parse::<Ident>()?),
            "in_order_of" => in_order_of = Some(meta.value()?.parse::<Ident>()?),
            "origin" => {
                let word = meta.value()?.parse::<Ident>()?;
                if !ORIGINS.iter().any(|known| word == known) {
                    let near = did_you_mean(&word.to_string(), ORIGINS);
                    let message =
                        format!("`{word}` is no place where steps begin{near} write start_day, epoch or start");
                    errors.add(&word, message);
                }
                origin = Some(word);
            }
            _ => {
                let takes = format!("{EXAMPLE}, by = cell, origin = epoch");
                declaration::unknown_word(meta, "resampled", WORDS, &takes, errors)?;
            }
        }
        Ok(())
    });
    let lacks = [
        (of.is_none(), "the struct of a row: of = Reading"),
        (every.is_none(), "the step: every = \"10 s\""),
        (limit.is_none(), "how far rows may be apart for values between them to be made: limit = \"1 min\""),
        (in_order_of.is_none(), "the column that says when a row was measured: in_order_of = at"),
    ];
    if let (Some((_, lacks)), true) = (lacks.iter().find(|(is_missing, _)| *is_missing), errors.count() == before) {
        errors.add(attribute, format!("#[resampled(..)] of `{}` lacks {lacks}", text(owner)));
    }
    Some(Resampled { of: of?, every: every?, limit: limit?, origin, by, in_order_of: in_order_of? })
}

/// Reads a word of a field, if it is one of rows at a fixed step.
pub(super) fn read_word(word: &str, meta: &ParseNestedMeta<'_>, filled: &mut Filled) -> syn::Result<bool> {
    if !FIELD_WORDS.contains(&word) {
        return Ok(false);
    }
    filled.words.extend(meta.path.get_ident().cloned());
    if word == "of" {
        filled.of = Some(meta.value()?.parse()?);
    }
    Ok(true)
}

/// What only the tokens tell.
pub(super) fn check(schema: &Schema, column: &Column, errors: &mut Errors) {
    let (key, filled) = (&column.key, &column.filled);
    if !schema.is_resampled {
        // The others are words of windows as well, which tell them.
        let word = filled.words.iter().find(|word| *word == "of" || *word == "linear");
        if let Some(word) = word {
            let message = format!(
                "`{word}` is for rows at a fixed step, and `{}` is none; write #[resampled({EXAMPLE})] above the struct, or \
                 remove it",
                schema.ident
            );
            errors.add(word, message);
        }
        return;
    }
    if let Some(word) = column.taken.words().find(|word| !FIELD_WORDS.iter().any(|known| word == known)) {
        errors.add(word, format!("`{word}` is of windows; a row at a fixed step takes last, linear or mean"));
    }
    let fills: Vec<&Ident> = filled.fills().collect();
    if let [first, second, ..] = fills.as_slice() {
        errors.add(second, format!("`{key}` is made by `{first}` and by `{second}`; write one of them"));
    }
}

/// The trait, and the rules at the tokens.
pub(super) fn expand(schema: &Schema) -> TokenStream {
    let Some(resampled) = &schema.resampled else { return TokenStream::new() };
    let (ident, of) = (&schema.ident, &resampled.of);
    // All at one place, so that a struct that is no sample is one error.
    let row = quote_spanned!(Place::of(of).first=> <#of as ::modularml::data::SampleSchema>);
    let key = |name: &Ident| {
        let columns = quote_spanned!(Place::of(of).first=> #row::COLUMNS);
        quote!(::modularml::data::Column::key(&#columns.#name))
    };
    let (every, limit) = (step(&resampled.every), step(&resampled.limit));
    let origin = match resampled.origin.as_ref().map(ToString::to_string).as_deref() {
        Some("epoch") => quote!(Epoch),
        Some("start") => quote!(Start),
        _ => quote!(StartDay),
    };
    let (by, in_order_of) = (option(resampled.by.as_ref().map(&key)), key(&resampled.in_order_of));
    let columns = schema.columns.iter().map(|column| {
        let name = key(column.filled.of.as_ref().unwrap_or(&column.ident));
        let fill = option(fill(column).map(|fill| quote!(::modularml::data::Fill::#fill)));
        quote!(::modularml::data::ResampledColumn { of: #name, fill: #fill })
    });
    let checks = schema.is_sound.then(|| checks(schema, resampled));
    quote! {
        #[automatically_derived]
        impl ::modularml::data::ResampledSchema for #ident {
            type Row = #of;
            const RESAMPLING: ::modularml::data::ResampledSpec = ::modularml::data::ResampledSpec {
                schema: <#ident as ::modularml::data::SampleSchema>::SCHEMA,
                of: #row::SCHEMA,
                every: #every,
                limit: #limit,
                origin: ::modularml::data::Origin::#origin,
                by: #by,
                in_order_of: #in_order_of,
                columns: &[#(#columns),*],
            };
        }
        #checks
    }
}

/// A number in the unit of the times, or a span of time in quotes.
fn step(written: &Expr) -> TokenStream {
    match written {
        Expr::Lit(ExprLit { lit: Lit::Str(span), .. }) => quote!(::modularml::data::TimeStep::Span(#span)),
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => quote!(::modularml::data::TimeStep::Number(#number)),
        number => quote!(::modularml::data::TimeStep::Number((#number) as f64)),
    }
}

/// The variant of `data::Fill`; none where nothing is said.
fn fill(column: &Column) -> Option<Ident> {
    let variant = match column.filled.fills().next()?.to_string().as_str() {
        "last" => "Last",
        "linear" => "Linear",
        _ => "Mean",
    };
    Some(Ident::new(variant, Span::call_site()))
}

/// What the rules say of the rows, each at its token.
fn checks(schema: &Schema, resampled: &Resampled) -> TokenStream {
    let ident = &schema.ident;
    let spec = quote!(&<#ident as ::modularml::data::ResampledSchema>::RESAMPLING);
    let places = quote!(::modularml::__private::places::resampled);
    let check = |name: &str, at: Place, verdict: TokenStream| {
        let (name, require) = (format_ident!("resampled_{name}"), at.require(&verdict));
        quote!(const #name: () = { #require };)
    };
    let every = check("every", Place::of(&resampled.every), quote!(#places::every(#spec)));
    let limit = check("limit", Place::of(&resampled.limit), quote!(#places::limit(#spec)));
    let by = resampled.by.as_ref().map(|it| check("by", Place::of(it), quote!(#places::by(#spec))));
    let order = check("in_order_of", Place::of(&resampled.in_order_of), quote!(#places::in_order_of(#spec)));
    let columns = schema.columns.iter().enumerate().map(|(i, column)| {
        check(&format!("column_{}", column.key), Place::of(&column.ty), quote!(#places::column(#spec, #i)))
    });
    quote!(#every #limit #by #order #(#columns)*)
}
