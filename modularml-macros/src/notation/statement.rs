//! Statements: what ends one, and how parsing goes on behind one that is wrong.

use std::fmt::Display;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseBuffer, ParseStream, Parser as _};
use syn::token::{Brace, Bracket, Paren};
use syn::{Attribute, Token, bracketed, parenthesized};

use crate::errors::Errors;

/// How the statements of a notation begin, so that behind one that is broken off the next one is still read.
#[derive(Clone, Copy)]
pub(crate) struct Statements {
    /// Words that a name follows: `split pulse`.
    pub naming: &'static [&'static str],
    /// Words that `=` follows: `seed = 42;`.
    pub keys: &'static [&'static str],
    /// Words that stand alone: `skip_non_finite;`.
    pub flags: &'static [&'static str],
    /// Whether any name may stand before `=`: `rmse = Rmse(..)`.
    pub named: bool,
}

impl Statements {
    /// Whether a statement begins here.
    fn begin(&self, input: ParseStream<'_>) -> bool {
        if input.peek(Token![#]) {
            return input.peek2(Bracket) || input.peek2(Token![!]);
        }
        let Ok(word) = input.fork().call(Ident::parse_any) else { return false };
        let is = |words: &[&str]| words.iter().any(|known| word == known);
        // The name of a statement stands beside its word: of `fitted on train` and `scale ..` below it, `train` begins none.
        let is_beside = line(word.span()) == line(behind(input).span());
        let is_assigned = input.peek2(Token![=]) && !input.peek2(Token![==]) && !input.peek2(Token![=>]);
        is(self.naming) && input.peek2(Ident::peek_any) && is_beside
            || is(self.flags) && input.peek2(Token![;])
            || is_assigned && (self.named || is(self.keys))
    }

    /// Skips what is left of a statement, as far as its semicolon or block, or as far as the next one begins.
    ///
    /// Behind a dot, or behind the first word, a name belongs to this statement unless it stands on a new line.
    pub(crate) fn skip(&self, input: ParseStream<'_>) {
        self.skip_from(input, true);
    }

    /// The same; `is_first` where the first word of the statement is still to come.
    fn skip_from(&self, input: ParseStream<'_>, mut is_first: bool) {
        // A constant in braces, `= {WIDE}(..)`, stands behind a mark; the block that ends a statement does not.
        let mut behind_mark = false;
        // Whether the next name belongs to the token before it, which ends on that line.
        let mut takes_name = None;
        while !input.is_empty() {
            let at = line(input.span());
            if !is_first && self.begin(input) && takes_name.is_none_or(|end: Option<usize>| end < at) {
                return;
            }
            let is_block = input.peek(Brace) && !behind_mark;
            let is_word = is_first && input.peek(Ident::peek_any);
            match input.parse::<TokenTree>() {
                Ok(TokenTree::Punct(mark)) if mark.as_char() == ';' => return,
                Ok(_) if is_block && !input.peek(Token![;]) => return,
                Ok(token) => {
                    behind_mark = matches!(token, TokenTree::Punct(_));
                    let is_dot = matches!(&token, TokenTree::Punct(mark) if mark.as_char() == '.');
                    takes_name = (is_dot || is_word).then_some(at);
                }
                Err(_) => return,
            }
            is_first = false;
        }
    }

    /// Reads a statement with `parse`, or skips it where that fails.
    pub(crate) fn read<T>(
        &self,
        input: ParseStream<'_>,
        parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    ) -> syn::Result<T> {
        self.read_from(input, true, parse)
    }

    /// Reads what stands behind the name of a statement.
    pub(crate) fn read_rest<T>(
        &self,
        input: ParseStream<'_>,
        parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    ) -> syn::Result<T> {
        self.read_from(input, false, parse)
    }

    /// It reads ahead in a fork: syn would report brackets that a failed attempt left half read as a second mistake.
    fn read_from<T>(
        &self,
        input: ParseStream<'_>,
        is_first: bool,
        parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    ) -> syn::Result<T> {
        let ahead = input.fork();
        let result = parse(&ahead);
        match result {
            Ok(_) => input.advance_to(&ahead),
            Err(_) => self.skip_from(input, is_first),
        }
        result
    }
}

/// The attributes before a statement; what cannot be one is recorded and left out.
pub(crate) fn attributes(input: ParseStream<'_>, errors: &mut Errors) -> Vec<Attribute> {
    let mut attributes = Vec::new();
    while input.peek(Token![#]) {
        match attribute(input) {
            Ok(read) => attributes.extend(read),
            Err(error) => drop(errors.keep::<()>(Err(error))),
        }
    }
    attributes
}

/// One attribute, all of which is taken even where it cannot be read.
fn attribute(input: ParseStream<'_>) -> syn::Result<Vec<Attribute>> {
    let mark: Token![#] = input.parse()?;
    if input.peek(Token![!]) {
        let inner = input.parse::<Token![!]>()?;
        if input.peek(Bracket) {
            input.parse::<TokenTree>()?;
        }
        return Err(syn::Error::new(inner.span, INNER));
    }
    if !input.peek(Bracket) {
        return Err(input.error("expected an attribute in brackets behind `#`"));
    }
    let brackets: TokenTree = input.parse()?;
    Attribute::parse_outer.parse2(quote!(#mark #brackets))
}

/// What to say of `//!` and `#![..]`.
const INNER: &str = "this stands inside of what it describes, which only files and modules have; write `///` or `#[..]` \
                     above the statement";

/// What stands behind the next token.
fn behind(input: ParseStream<'_>) -> ParseBuffer<'_> {
    let ahead = input.fork();
    let _ = ahead.parse::<TokenTree>();
    ahead
}

/// The line of a token, where the compiler tells it.
fn line(span: Span) -> Option<usize> {
    // `unwrap` panics outside of a macro's expansion, as in tests, and nowhere else: that is what is asked first.
    proc_macro::is_available().then(|| span.unwrap().line())
}

/// Expects the end of the macro behind the braces of `name`.
pub(crate) fn nothing_behind(input: ParseStream<'_>, name: &Ident, errors: &mut Errors) {
    if !input.is_empty() {
        errors.keep::<()>(Err(
            input.error(format!("`{name}` ends with its brace; write what follows in a macro of its own"))
        ));
        let _ = input.parse::<TokenStream>();
    }
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
    let setting = input.fork();
    if setting.parse::<Token![.]>().is_ok()
        && let Ok(word) = setting.parse::<Ident>()
        && setting.peek(Paren)
    {
        let message = format!(
            "settings stand before what is read: move `.{word}(..)` of `{name}` before the last pair of brackets"
        );
        return Err(syn::Error::new(word.span(), message));
    }
    if input.peek(Paren) {
        return Err(input.error(format!("`{name}` has two lists of inputs; keep one, separated by commas")));
    }
    Err(input.error(format!("expected `;` at the end of `{name}`")))
}

/// A word of Rust before `=`, where a name stands: what to say, and the name that it is taken for.
pub(crate) fn keyword_as_name(input: ParseStream<'_>) -> Option<(String, Ident)> {
    let word = input.fork().call(Ident::parse_any).ok()?;
    let is_name = input.peek2(Token![=]) && !input.peek2(Token![==]);
    let name = raw(&word);
    if !is_name || name == word {
        return None;
    }
    let message = format!("`{word}` is a word of Rust and no name; write {name}, or take another name");
    Some((message, name))
}

/// A word of Rust as a name, `r#match`; any other as it is.
pub(crate) fn raw(word: &Ident) -> Ident {
    let is_fixed = ["self", "super", "crate", "Self", "_"].iter().any(|fixed| word == fixed);
    if is_fixed || syn::parse2::<Ident>(quote!(#word)).is_ok() {
        return word.clone();
    }
    Ident::new_raw(&word.to_string(), word.span())
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
