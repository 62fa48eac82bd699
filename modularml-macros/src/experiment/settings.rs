//! What stands behind `feed`, `rate`, `callbacks` and `nodes` in a phase.

use proc_macro2::{Ident, Span};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::token::{Bracket, Paren};
use syn::{Token, bracketed, parenthesized};

use crate::notation::{Component, Dotted, end_of_statement, expect_equals};

/// `rate = [Ramp::over(5), Cosine::over(95)] per epoch;`
pub(super) struct Course {
    pub rates: Vec<Component>,
    /// Where they stand.
    pub span: Span,
    pub per: Ident,
}

/// A callback and what it watches: `EarlyStopping::patience(10)(val.loss)`
pub(super) struct Watcher {
    pub acting: Component,
    pub watches: Vec<Ident>,
}

/// `feed pulse = Batches::of(32)(train).default;` or `feed pulse = test;`
pub(super) struct Feed {
    pub input: Ident,
    pub sampler: Option<Component>,
    pub split: Ident,
    pub stream: Option<Ident>,
}

impl Parse for Course {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let (rates, span) = if input.peek(Bracket) {
            let content;
            let brackets = bracketed!(content in input);
            let rates = Punctuated::<Component, Token![,]>::parse_terminated(&content)?;
            (rates.into_iter().collect(), brackets.span.join())
        } else {
            let rate: Component = input.parse()?;
            let span = rate.span();
            (vec![rate], span)
        };
        let told = input.fork();
        let missing = || input.error("say what the rate counts: .. per step; or .. per epoch;");
        match told.parse::<Ident>() {
            Ok(word) if word == "per" => input.parse::<Ident>()?,
            _ => return Err(missing()),
        };
        match input.fork().parse::<Ident>() {
            Ok(per) if per == "step" || per == "epoch" => Ok(Self { rates, span, per: input.parse()? }),
            _ => Err(missing()),
        }
    }
}

impl Parse for Watcher {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let acting: Component = input.parse()?;
        if !input.peek(Paren) {
            return Ok(Self { acting, watches: Vec::new() });
        }
        let content;
        parenthesized!(content in input);
        let mut watches = Vec::new();
        for path in Punctuated::<Dotted, Token![,]>::parse_terminated(&content)? {
            match path.rest.as_slice() {
                [value] if path.first == "val" => watches.push(value.clone()),
                _ => {
                    let message = format!("`{}` watches a value of `val`, for example: val.loss", acting.name());
                    return Err(syn::Error::new(path.first.span(), message));
                }
            }
        }
        Ok(Self { acting, watches })
    }
}

/// `[Snapshots::every(5)(val.loss), TimeLimit::minutes(30)]`
pub(super) fn watchers(input: ParseStream<'_>) -> syn::Result<Vec<Watcher>> {
    if !input.peek(Bracket) {
        return Err(input.error("list the callbacks in brackets: callbacks = [Snapshots::every(5)(val.loss)];"));
    }
    let content;
    bracketed!(content in input);
    Ok(Punctuated::<Watcher, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

/// What stands behind `feed`.
pub(super) fn feed(input: ParseStream<'_>) -> syn::Result<Feed> {
    let name: Ident = input.parse()?;
    expect_equals(input, &name)?;
    let is_split = input.peek(syn::Ident) && input.peek2(Token![;]);
    if is_split {
        let split: Ident = input.parse()?;
        input.parse::<Token![;]>()?;
        return Ok(Feed { input: name, sampler: None, split, stream: None });
    }
    let sampler: Component = input.parse()?;
    sampler.names_columns_of(&name)?;
    if !input.peek(Paren) {
        let message = format!("say which split `{}` draws from: ..(train)", sampler.name());
        return Err(syn::Error::new(sampler.span(), message));
    }
    let content;
    parenthesized!(content in input);
    let split: Dotted = content.parse()?;
    if !split.rest.is_empty() {
        let message = format!("`{name}` is fed from its own splits; write one of them alone, for example (train)");
        return Err(syn::Error::new(split.first.span(), message));
    }
    let mut stream = None;
    if input.peek(Token![.]) {
        input.parse::<Token![.]>()?;
        stream = Some(input.parse()?);
    }
    end_of_statement(input, &name)?;
    Ok(Feed { input: name, sampler: Some(sampler), split: split.first, stream })
}

/// `[encoder, thermal]`
pub(super) fn names(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    let content;
    bracketed!(content in input);
    Ok(Punctuated::<Ident, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}
