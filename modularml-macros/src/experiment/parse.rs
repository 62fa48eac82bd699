//! The tokens of `experiment!` as a tree: the header, splits and scaling. Phases are read in `phase`.

use proc_macro2::{Ident, TokenStream};

use super::phase::{Kind, Phase, phase};
use super::settings::{Watcher, watchers};
use crate::errors::{Errors, did_you_mean, listed};
use crate::notation::{
    Allowed, Attributes, Component, Dotted, assignment, control_flow, end_of_statement, expect_equals, expect_word,
    one_or_list, or_skip, skip_statement,
};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned as _;
use syn::token::Paren;
use syn::{Attribute, Expr, Token, Type, Visibility, braced, parenthesized};

/// The words that a statement of an experiment can begin with.
pub(super) const STATEMENTS: [&str; 7] = ["seed", "split", "scale", "train", "fit", "eval", "callbacks"];

/// `pub experiment SohStudy for SohNet { .. }`
pub(super) struct Experiment {
    pub docs: Vec<Attribute>,
    pub visibility: Visibility,
    pub name: Ident,
    pub graph: Type,
    pub seed: Option<Expr>,
    pub splits: Vec<Split>,
    pub scales: Vec<Scale>,
    pub phases: Vec<Phase>,
    /// What follows the whole run.
    pub callbacks: Vec<Watcher>,
    /// Mistakes found on the way; the tree holds what could be read.
    pub errors: Errors,
}

/// `split pulse = Random::ratios(train: 0.7, test: 0.3);`
pub(super) struct Split {
    pub input: Ident,
    /// The split whose rows are split, in `split pulse.train = ..;`.
    pub of: Option<Ident>,
    pub splitter: Component,
    pub allowed: Allowed,
}

/// `scale pulse.voltage = [PerSample, MinMax] fitted on train;`
pub(super) struct Scale {
    pub column: Dotted,
    pub scalers: Vec<Component>,
    pub fitted_on: Ident,
}

impl Experiment {
    /// An item of the graph, placed so that rustc says at the graph's name when it is none.
    pub(super) fn of_graph(&self, item: &str) -> TokenStream {
        let (graph, item) = (&self.graph, Ident::new(item, self.graph.span()));
        quote_spanned!(graph.span()=> <#graph as ::modularml::graph::Graph>::#item)
    }

    /// The inputs that a split, scale or feed names.
    pub(super) fn is_input(&self, name: &Ident) -> bool {
        self.splits.iter().any(|split| split.input == *name)
            || self.scales.iter().any(|scale| scale.column.first == *name)
            || self.phases.iter().any(|phase| phase.feeds.iter().any(|feed| feed.input == *name))
    }
}

impl Parse for Experiment {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut errors = Errors::default();
        let attributes = input.call(Attribute::parse_outer)?;
        let (docs, others): (Vec<_>, Vec<_>) = attributes.into_iter().partition(|a| a.path().is_ident("doc"));
        for attribute in &others {
            errors.add(attribute.path(), "an experiment has no attributes; its seed is a statement: seed = 42;");
        }
        let visibility = input.parse()?;
        expect_word(input, &["experiment"], "expected `experiment`: experiment Name for Graph { .. }")?;
        let name: Ident = input.parse()?;
        let graph = graph(input, &name)?;
        let body;
        braced!(body in input);
        let mut experiment = Self {
            docs,
            visibility,
            name,
            graph,
            seed: None,
            splits: Vec::new(),
            scales: Vec::new(),
            phases: Vec::new(),
            callbacks: Vec::new(),
            errors,
        };
        while !body.is_empty() {
            experiment.statement(&body);
        }
        if experiment.seed.is_none() && experiment.errors.is_empty() {
            let message = "has no seed, from which everything random is drawn; add: seed = 42;";
            experiment.errors.add(&experiment.name, format!("experiment `{}` {message}", experiment.name));
        }
        Ok(experiment)
    }
}

/// `for SohNet`
fn graph(input: ParseStream<'_>, name: &Ident) -> syn::Result<Type> {
    if input.peek(Paren) {
        let content;
        let brackets = parenthesized!(content in input);
        // Of `(net: SohNet)` the graph is what stands behind the colon.
        if content.peek(syn::Ident) && content.peek2(Token![:]) && !content.peek2(Token![::]) {
            content.parse::<Ident>()?;
            content.parse::<Token![:]>()?;
        }
        let graph = content.parse::<TokenStream>()?.to_string().replace(' ', "");
        let graph = if graph.is_empty() { "<Graph>" } else { &graph };
        let message = format!("an experiment names its graph behind `for`: experiment {name} for {graph} {{ .. }}");
        return Err(syn::Error::new(brackets.span.join(), message));
    }
    if !input.peek(Token![for]) {
        return Err(input.error(format!("expected the graph: experiment {name} for <Graph> {{ .. }}")));
    }
    input.parse::<Token![for]>()?;
    input.parse()
}

impl Experiment {
    fn statement(&mut self, input: ParseStream<'_>) {
        let attributes = input.call(Attribute::parse_outer).unwrap_or_default();
        let word = input.fork().call(Ident::parse_any).map(|word| word.to_string()).unwrap_or_default();
        let mut allowed = Allowed::default();
        if ["seed", "split", "scale", "callbacks"].contains(&word.as_str()) {
            allowed = Attributes::plain(attributes.clone(), &word, &mut self.errors).allowed;
        }
        match word.as_str() {
            "seed" => {
                if let Some(seed) = self.read(input, |input| assignment(input, Expr::parse)) {
                    if self.seed.is_some() {
                        self.errors.add(&seed, "the seed is said twice; remove one");
                    }
                    self.seed = Some(seed);
                }
            }
            "split" => {
                let split = self.read(input, |input| split(input, allowed));
                self.splits.extend(split);
            }
            "scale" => {
                let scale = self.read(input, scale);
                self.scales.extend(scale);
            }
            "callbacks" => {
                if !self.callbacks.is_empty() {
                    self.errors.add(&self.name, "`callbacks` stands twice; put all of them into one list");
                }
                let callbacks = self.read(input, |input| assignment(input, watchers));
                self.callbacks.extend(callbacks.into_iter().flatten());
            }
            "train" => self.phase(input, Kind::train(), attributes),
            "fit" => self.phase(input, Kind::fit(), attributes),
            "eval" => self.phase(input, Kind::eval(), attributes),
            _ => {
                let message = if let Some(word) = control_flow(input) {
                    format!("`{word}` cannot stand in experiment!; build a variable experiment with ExperimentBuilder")
                } else {
                    let near = did_you_mean(&word, STATEMENTS);
                    format!("unknown statement `{word}`{near} an experiment has {}", listed(STATEMENTS))
                };
                let error = input.error(message);
                self.errors.keep::<()>(Err(error));
                skip_statement(input);
            }
        }
    }

    /// Reads a statement, or records why there is none.
    fn read<T>(&mut self, input: ParseStream<'_>, parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>) -> Option<T> {
        self.errors.keep(or_skip(input, parse))
    }

    fn phase(&mut self, input: ParseStream<'_>, kind: Kind, attributes: Vec<Attribute>) {
        let attributes = Attributes::plain(attributes, kind.word(), &mut self.errors);
        let read = or_skip(input, |input| phase(input, kind, attributes, &mut self.errors));
        self.phases.extend(self.errors.keep(read));
    }
}

fn split(input: ParseStream<'_>, allowed: Allowed) -> syn::Result<Split> {
    input.parse::<Ident>()?;
    let Dotted { first, rest } = input.parse()?;
    if let Some(second) = rest.get(1) {
        let message = format!("`{first}.{}` is one split; write split {first}.{} = ..", rest[0], rest[0]);
        return Err(syn::Error::new(second.span(), message));
    }
    let of = rest.into_iter().next();
    let name = of.as_ref().unwrap_or(&first);
    expect_equals(input, name)?;
    let mut splitter: Component = input.parse()?;
    splitter.names_columns_of(&first)?;
    splitter.allow(&allowed, "overlap");
    end_of_statement(input, name)?;
    Ok(Split { input: first, of, splitter, allowed })
}

fn scale(input: ParseStream<'_>) -> syn::Result<Scale> {
    input.parse::<Ident>()?;
    let column: Dotted = input.parse()?;
    if column.rest.len() != 1 {
        let message = format!("`{0}` is not one column; write scale {0}.<column> = ..", column.first);
        return Err(syn::Error::new(column.first.span(), message));
    }
    expect_equals(input, &column.rest[0])?;
    let scalers = one_or_list(input, Component::scaler)?;
    let Some(first) = scalers.first().map(Component::name) else {
        return Err(syn::Error::new(column.rest[0].span(), "the list of scalers is empty; remove the statement"));
    };
    if expect_word(input, &["fitted"], "").is_err() {
        let message = format!(
            "say which rows `{first}` learns from: scale {}.{} = [{first}] fitted on train;",
            column.first, column.rest[0]
        );
        return Err(syn::Error::new(first.span(), message));
    }
    expect_word(input, &["on"], "expected `fitted on <split>`")?;
    let fitted_on = input.parse()?;
    end_of_statement(input, &column.rest[0])?;
    Ok(Scale { column, scalers, fitted_on })
}
