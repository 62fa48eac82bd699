//! Statements: what ends one, and how parsing goes on behind one that is wrong.

use std::fmt::Display;

use proc_macro2::{Ident, TokenTree};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::parse::discouraged::Speculative as _;
use syn::token::{Brace, Bracket, Paren};
use syn::{Token, bracketed, parenthesized};

/// Skips what is left of a statement, its semicolon included, so that the next one is read afresh.
pub(crate) fn skip_statement(input: ParseStream<'_>) {
    // A constant in braces, `= {WIDE}(..)`, stands behind a mark; the block that ends a statement does not.
    let mut behind_mark = false;
    while !input.is_empty() {
        let is_block = input.peek(Brace) && !behind_mark;
        match input.parse::<TokenTree>() {
            Ok(TokenTree::Punct(mark)) if mark.as_char() == ';' => return,
            Ok(_) if is_block && !input.peek(Token![;]) => return,
            Ok(token) => behind_mark = matches!(token, TokenTree::Punct(_)),
            Err(_) => return,
        }
    }
}

/// Reads with `parse`, or skips the statement where that fails.
///
/// It reads ahead in a fork: syn would report brackets that a failed attempt left half read as a second mistake.
pub(crate) fn or_skip<T>(
    input: ParseStream<'_>,
    parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    let ahead = input.fork();
    let result = parse(&ahead);
    match result {
        Ok(_) => input.advance_to(&ahead),
        Err(_) => skip_statement(input),
    }
    result
}

/// Expects the `=` behind a name.
pub(crate) fn expect_equals(input: ParseStream<'_>, name: &Ident) -> syn::Result<()> {
    if input.peek(Token![=]) {
        return input.parse::<Token![=]>().map(drop);
    }
    Err(input.error(format!("expected `=` behind `{name}`")))
}

/// Expects one of some words.
pub(crate) fn expect_word(input: ParseStream<'_>, words: &[&str], message: impl Display) -> syn::Result<Ident> {
    match input.fork().call(Ident::parse_any) {
        Ok(word) if words.iter().any(|expected| word == expected) => input.call(Ident::parse_any),
        _ => Err(input.error(message)),
    }
}

/// Reads `name = value;`.
pub(crate) fn assignment<T>(
    input: ParseStream<'_>,
    value: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<T> {
    let name = input.parse()?;
    expect_equals(input, &name)?;
    let value = value(input)?;
    end_of_statement(input, &name)?;
    Ok(value)
}

/// The items of a list in parentheses.
pub(crate) fn in_parentheses<T>(
    input: ParseStream<'_>,
    item: fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Vec<T>> {
    let content;
    parenthesized!(content in input);
    Ok(content.parse_terminated(item, Token![,])?.into_iter().collect())
}

/// The items of a list in brackets.
pub(crate) fn in_brackets<T>(
    input: ParseStream<'_>,
    item: fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Vec<T>> {
    let content;
    bracketed!(content in input);
    Ok(content.parse_terminated(item, Token![,])?.into_iter().collect())
}

/// One item, or several as a list in brackets.
pub(crate) fn one_or_list<T>(
    input: ParseStream<'_>,
    item: fn(ParseStream<'_>) -> syn::Result<T>,
) -> syn::Result<Vec<T>> {
    if input.peek(Bracket) { in_brackets(input, item) } else { Ok(vec![item(input)?]) }
}

/// Expects the semicolon behind a statement called `name`.
pub(crate) fn end_of_statement(input: ParseStream<'_>, name: &Ident) -> syn::Result<()> {
    if input.peek(Token![;]) {
        return input.parse::<Token![;]>().map(drop);
    }
    if input.peek(Paren) {
        return Err(input.error(format!("`{name}` has two lists of inputs; keep one, separated by commas")));
    }
    Err(input.error(format!("expected `;` at the end of `{name}`")))
}

/// The word of control flow that stands next, which no notation of this crate has.
pub(crate) fn control_flow(input: ParseStream<'_>) -> Option<&'static str> {
    let words = [
        ("if", input.peek(Token![if])),
        ("for", input.peek(Token![for])),
        ("while", input.peek(Token![while])),
        ("loop", input.peek(Token![loop])),
        ("match", input.peek(Token![match])),
        ("let", input.peek(Token![let])),
    ];
    words.into_iter().find_map(|(word, is_next)| is_next.then_some(word))
}
