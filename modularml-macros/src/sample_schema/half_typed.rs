//! A struct with a syntax error. rustc tells the error and still calls the derive with what was written, so that a schema in
//! the middle of an edit keeps the columns that could be read.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::token::Brace;
use syn::{Attribute, Token, Type, Visibility, braced, parse_quote};

use super::{Schema, parse, resampled, windows};
use crate::errors::Errors;
use crate::names::text;
use crate::notation;

/// What could be read of a struct; nothing where it is none, or has no fields in braces.
pub(super) fn read(input: TokenStream) -> Option<Schema> {
    schema.parse2(input).ok()
}

fn schema(input: ParseStream<'_>) -> syn::Result<Schema> {
    let attributes = input.call(Attribute::parse_outer)?;
    let vis = input.parse()?;
    input.parse::<Token![struct]>()?;
    let ident: Ident = input.parse()?;
    if !input.peek(Brace) {
        return Err(input.error("no fields in braces"));
    }
    let body;
    braced!(body in input);
    let windows = windows::read(&attributes, &ident, &mut Errors::default());
    let resampled = resampled::read(&attributes, &ident, &mut Errors::default());
    let mut schema = Schema {
        ident,
        vis,
        columns: Vec::new(),
        has_windows: windows.is_some(),
        windows,
        is_resampled: resampled.is_some(),
        resampled,
        is_sound: false,
        unnamed: None,
    };
    while !body.is_empty() {
        field(&body, &mut schema);
    }
    input.parse::<TokenStream>()?;
    Ok(schema)
}

/// Reads a field as far as possible, and goes to the next.
fn field(input: ParseStream<'_>, schema: &mut Schema) {
    let mut broken = Errors::default();
    let attributes = notation::attributes(input, &mut broken);
    if !broken.is_empty() {
        let message = format!("`{}` has a field without a name here", schema.ident);
        schema.unnamed.get_or_insert(input.error(message));
    }
    let _ = input.parse::<Visibility>();
    // A word of Rust before `:` is the name that it will be: `r#type`.
    let is_word = input.peek(Ident::peek_any) && input.peek2(Token![:]);
    let name = if is_word { input.call(Ident::parse_any).map(|word| notation::raw(&word)) } else { input.parse() };
    let Ok(name) = name else {
        let message = format!("`{}` has a field without a name here", schema.ident);
        schema.unnamed.get_or_insert(
            attributes
                .last()
                .map_or_else(|| input.error(&message), |attribute| syn::Error::new_spanned(attribute, &message)),
        );
        skip(input);
        return;
    };
    let ty = ty(input);
    if ty.is_none() {
        schema.unnamed.get_or_insert(syn::Error::new(name.span(), format!("`{name}` has no type yet")));
    }
    // Where the same name is still to come, this one is in the middle of an edit.
    if schema.columns.iter().all(|column| column.key != text(&name)) {
        let ty = ty.unwrap_or_else(|| parse_quote!(f32));
        schema.columns.push(parse::column(&name, &attributes, &ty, &mut Errors::default()));
    }
    if !begins(input) {
        skip(input);
    }
}

/// The type behind `:`, or nothing, with nothing taken, where it cannot be read.
fn ty(input: ParseStream<'_>) -> Option<Type> {
    input.parse::<Option<Token![:]>>().ok()??;
    let ahead = input.fork();
    let ty = ahead.parse().ok()?;
    // The name of the next field is no type.
    if ahead.peek(Token![:]) {
        return None;
    }
    input.advance_to(&ahead);
    Some(ty)
}

/// Whether a field begins here.
fn begins(input: ParseStream<'_>) -> bool {
    let is_name = input.peek(syn::Ident::peek_any) && input.peek2(Token![:]) && !input.peek2(Token![::]);
    input.peek(Token![#]) || input.peek(Token![pub]) || is_name
}

/// Goes behind the next comma, or to where the next field begins.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() {
        match input.parse::<TokenTree>() {
            Ok(TokenTree::Punct(mark)) if mark.as_char() == ',' => return,
            Ok(_) if begins(input) => return,
            Ok(_) => {}
            Err(_) => return,
        }
    }
}
