//! What stands behind `feed`, `rate`, `callbacks` and `nodes` in a phase.

use proc_macro2::{Ident, Span};
use syn::parse::{Parse, ParseStream};
use syn::token::{Bracket, Paren};
use syn::{Token, parenthesized};

use crate::names::text;
use crate::notation::{
    Component, Dotted, Scope, end_of_statement, expect_equals, expect_word, in_brackets, in_parentheses, one_or_list,
};

/// `rate = [Ramp::over(5), Cosine::over(95)] per epoch;`
pub(super) struct Course {
    pub rates: Vec<Component>,
    /// Where they stand.
    pub span: Span,
    pub per: Ident,
    /// The word that lets the phase end before the last of them.
    pub unfinished: Option<Ident>,
}

/// A callback and what it watches: `EarlyStopping::patience(10)(val.loss)`
pub(super) struct Watcher {
    pub acting: Component,
    pub watches: Vec<Watched>,
}

/// `val.loss`, `far.terms.recon`
pub(super) struct Watched {
    /// The evaluation that measures it.
    pub evaluation: Ident,
    pub value: Value,
}

/// The name of a measured value, `loss` or `terms.recon`, told at its last word.
pub(super) struct Value {
    pub name: String,
    pub span: Span,
}

/// The names of measured values in a path: `terms` and the label behind it are one.
pub(super) fn values<'a>(path: impl IntoIterator<Item = &'a Ident>) -> Vec<Value> {
    let mut values: Vec<Value> = Vec::new();
    for word in path {
        let name = text(word);
        match values.last_mut().filter(|last| last.name == "terms") {
            Some(last) => (last.name, last.span) = (format!("terms.{name}"), word.span()),
            None => values.push(Value { name, span: word.span() }),
        }
    }
    values
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
        let (is_list, list) = (input.peek(Bracket), input.cursor().span());
        let rates = one_or_list(input, Component::parse)?;
        let span = rates.first().filter(|_| !is_list).map_or(list, Component::span);
        let message = "say what the rate counts: .. per step; or .. per epoch;";
        expect_word(input, &["per"], message)?;
        Ok(Self { rates, span, per: expect_word(input, &["step", "epoch"], message)?, unfinished: None })
    }
}

impl Parse for Watcher {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let acting: Component = input.parse()?;
        if !input.peek(Paren) {
            return Ok(Self { acting, watches: Vec::new() });
        }
        let value = |path: Dotted| {
            let message = || format!("`{}` watches a value of an evaluation, for example: val.loss", acting.name());
            let [value] = <[Value; 1]>::try_from(values(&path.rest))
                .map_err(|_| syn::Error::new(path.first.span(), message()))?;
            Ok(Watched { evaluation: path.first, value })
        };
        let watches = in_parentheses(input, Dotted::parse)?.into_iter().map(value).collect::<syn::Result<_>>()?;
        Ok(Self { acting, watches })
    }
}

/// `[Snapshots::every(1).best(3)(val.loss), TimeLimit::minutes(30.0)]`
pub(super) fn watchers(input: ParseStream<'_>) -> syn::Result<Vec<Watcher>> {
    if !input.peek(Bracket) {
        return Err(input.error("list the callbacks in brackets: callbacks = [Snapshots::every(5), GradientNorms];"));
    }
    in_brackets(input, Watcher::parse)
}

/// What stands behind `feed`.
pub(super) fn feed(input: ParseStream<'_>, scope: &Scope) -> syn::Result<Feed> {
    let name: Ident = input.parse()?;
    expect_equals(input, &name)?;
    let is_split = input.peek(syn::Ident) && input.peek2(Token![;]);
    if is_split {
        let split: Ident = input.parse()?;
        input.parse::<Token![;]>()?;
        return Ok(Feed { input: name, sampler: None, split, stream: None });
    }
    let sampler: Component = input.parse()?;
    sampler.names_columns_of(&name, scope)?;
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
    let dot: Option<Token![.]> = input.parse()?;
    let stream = dot.map(|_| input.parse()).transpose()?;
    end_of_statement(input, &name)?;
    Ok(Feed { input: name, sampler: Some(sampler), split: split.first, stream })
}
