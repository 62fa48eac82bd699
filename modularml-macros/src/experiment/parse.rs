//! The tokens of `experiment!` as a tree: the header, splits and scaling. Phases are read in `phase`.

use proc_macro2::{Ident, TokenStream};

use super::augment::{Augment, augment};
use super::choose::{Choose, choose};
use super::phase::{Kind, Phase, phase};
use super::settings::{Watcher, watchers};
use super::vary::{Choice, choices, head, scope};
use super::weigh::{Weight, weight};
use crate::errors::{Errors, did_you_mean, is_near, listed};
use crate::names::text;
use crate::notation::{
    self, Allowed, Attributes, Component, Dotted, Parameter, Scope, Statements, assignment, control_flow,
    end_of_statement, expect_equals, expect_word, nothing_behind, one_or_list,
};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, Token, Type, Visibility, braced};

/// The words that a statement of an experiment can begin with.
pub(super) const STATEMENTS: [&str; 12] =
    ["seed", "vary", "choose", "split", "folds", "scale", "augment", "weigh", "train", "fit", "eval", "callbacks"];

/// How they begin.
const BEGINNINGS: Statements = Statements {
    naming: &["vary", "choose", "split", "folds", "scale", "augment", "weigh", "train", "fit", "eval"],
    keys: &["seed", "callbacks"],
    flags: &[],
    named: false,
};

/// `pub experiment SohStudy for SohNet { .. }`
pub(super) struct Experiment {
    pub docs: Vec<Attribute>,
    pub visibility: Visibility,
    pub name: Ident,
    pub graph: Type,
    /// Its own parameters.
    pub parameters: Vec<Parameter>,
    /// The parameters of the graph that its own settings use.
    pub of_graph_parameters: Vec<Ident>,
    /// All that its settings may use.
    pub scope: Scope,
    /// What may be chosen.
    pub choices: Vec<Choice>,
    /// How it is chosen.
    pub choose: Option<Choose>,
    pub seed: Option<Expr>,
    pub splits: Vec<Split>,
    pub scales: Vec<Scale>,
    pub augments: Vec<Augment>,
    pub weights: Vec<Weight>,
    pub phases: Vec<Phase>,
    /// What follows the whole run.
    pub callbacks: Vec<Watcher>,
    /// What could not be read.
    pub broken: Broken,
    /// Mistakes found on the way; the tree holds what could be read.
    pub errors: Errors,
}

/// Statements that could not be read, each with the mistake: what is generated of them has a refused type, so that no use
/// of it is a second mistake.
#[derive(Default)]
pub(super) struct Broken {
    /// The splits of these inputs.
    pub splits: Vec<(Ident, syn::Error)>,
    /// Phases of these names.
    pub phases: Vec<(Ident, syn::Error)>,
    /// A phase whose name could not be read either.
    pub unnamed: Option<syn::Error>,
}

/// `split pulse = Random::ratios(train: 0.7, test: 0.3);`, or `folds pulse = KFold::of(5) into train, val;`
pub(super) struct Split {
    pub input: Ident,
    /// The split whose rows are split, in `split pulse.train = ..;`.
    pub of: Option<Ident>,
    pub splitter: Component,
    /// The split of the rows to train on and of those to test on, where it makes folds.
    pub into: Option<[Ident; 2]>,
    pub allowed: Allowed,
}

impl Split {
    /// The splits that are written in the statement.
    pub(super) fn made(&self) -> impl Iterator<Item = &Ident> {
        self.splitter.named_arguments().chain(self.into.iter().flatten())
    }
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

    /// Whether a statement makes folds.
    pub(super) fn has_folds(&self) -> bool {
        self.splits.iter().any(|split| split.into.is_some())
    }

    /// The inputs that a split, scale, weight or feed names.
    pub(super) fn is_input(&self, name: &Ident) -> bool {
        self.splits.iter().any(|split| split.input == *name)
            || self.scales.iter().any(|scale| scale.column.first == *name)
            || self.augments.iter().any(|augment| augment.column.first == *name)
            || self.weights.iter().any(|weight| weight.input == *name)
            || self.phases.iter().any(|phase| phase.feeds.iter().any(|feed| feed.input == *name))
    }
}

impl Parse for Experiment {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut errors = Errors::default();
        let attributes = notation::attributes(input, &mut errors);
        let (docs, others): (Vec<_>, Vec<_>) = attributes.into_iter().partition(|a| a.path().is_ident("doc"));
        for attribute in &others {
            errors.add(attribute.path(), "an experiment has no attributes; its seed is a statement: seed = 42;");
        }
        let visibility = input.parse()?;
        expect_word(input, &["experiment"], "expected `experiment`: experiment Name for Graph { .. }")?;
        let name: Ident = input.parse()?;
        let head = head(input, &name, &mut errors)?;
        let (parameters, of_graph_parameters) = (head.parameters, head.of_graph);
        let scope = scope(&parameters, &of_graph_parameters);
        let graph = head.graph;
        let body;
        braced!(body in input);
        let mut experiment = Self {
            docs,
            visibility,
            name,
            graph,
            parameters,
            of_graph_parameters,
            scope,
            choices: Vec::new(),
            choose: None,
            seed: None,
            splits: Vec::new(),
            scales: Vec::new(),
            augments: Vec::new(),
            weights: Vec::new(),
            phases: Vec::new(),
            callbacks: Vec::new(),
            broken: Broken::default(),
            errors,
        };
        while !body.is_empty() {
            experiment.statement(&body);
        }
        experiment.find_exchanged();
        experiment.refuse_choices();
        if let Some(choose) = &mut experiment.choose {
            let splits: Vec<&Ident> = experiment.splits.iter().map(|split| &split.input).collect();
            let folds = experiment.splits.iter().filter(|split| split.into.is_some());
            let folds: Vec<&Ident> = folds.map(|split| &split.input).collect();
            choose.refuse_inner_folds((&folds, &splits), &experiment.scope, &mut experiment.errors);
        }
        nothing_behind(input, &experiment.name, &mut experiment.errors);
        if experiment.seed.is_none() && experiment.errors.is_empty() {
            let message = "has no seed, from which everything random is drawn; add: seed = 42;";
            experiment.errors.add(&experiment.name, format!("experiment `{}` {message}", experiment.name));
        }
        Ok(experiment)
    }
}

impl Experiment {
    /// Refuses choices of what is no parameter, as far as that is known here: those of the graph are fields.
    pub(super) fn refuse_choices(&mut self) {
        let own: Vec<String> = self.parameters.iter().map(|parameter| text(&parameter.name)).collect();
        let (name, of_graph, errors) = (&self.name, &self.of_graph_parameters, &mut self.errors);
        self.choices.retain(|choice| {
            let written = text(&choice.name);
            let is_known = own.contains(&written) || choice.is_seed() || of_graph.contains(&choice.name);
            let is_near = !is_known && own.iter().any(|known| is_near(&written, known));
            if is_near {
                let near = did_you_mean(&written, own.iter().map(String::as_str));
                let message = format!("`{name}` has no parameter `{written}`{near} its own are {}", listed(&own));
                errors.add(&choice.name, message);
            }
            !is_near
        });
    }

    /// Refuses feeds in which the input and the split are exchanged.
    fn find_exchanged(&mut self) {
        let is_input = |name: &Ident| self.splits.iter().any(|split| split.input == *name);
        let is_split = |name: &Ident| self.splits.iter().any(|split| split.made().any(|made| made == name));
        let feeds = self.phases.iter().flat_map(|phase| &phase.feeds);
        for feed in feeds.filter(|feed| !is_input(&feed.input) && is_split(&feed.input) && is_input(&feed.split)) {
            let (split, input) = (&feed.input, &feed.split);
            let message = format!("the input stands before `=` and its split behind it: feed {input} = ..({split})");
            self.errors.add(split, message);
        }
    }

    /// The phases of names of their own that could not be read.
    pub(super) fn broken_phases(&self) -> impl Iterator<Item = &(Ident, syn::Error)> {
        let all = &self.broken.phases;
        all.iter().enumerate().filter_map(|(i, broken)| {
            let is_other = |name: &Ident| *name != broken.0;
            let is_new = self.phases.iter().all(|phase| is_other(&phase.name))
                && all.iter().take(i).all(|(earlier, _)| is_other(earlier));
            is_new.then_some(broken)
        })
    }

    fn statement(&mut self, input: ParseStream<'_>) {
        let attributes = notation::attributes(input, &mut self.errors);
        if input.is_empty() {
            self.stray(&attributes);
            return;
        }
        let word = input.fork().call(Ident::parse_any).map(|word| word.to_string()).unwrap_or_default();
        let mut allowed = Allowed::default();
        if ["seed", "vary", "choose", "split", "folds", "scale", "augment", "weigh", "callbacks"]
            .contains(&word.as_str())
        {
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
            "vary" => {
                let choices = self.read(input, choices);
                self.choices.extend(choices.into_iter().flatten());
            }
            "choose" => {
                if let Some(choose) = self.read(input, |input| choose(input, allowed)) {
                    if self.choose.is_some() {
                        self.errors.add(&choose.word, "`choose` stands twice; remove one");
                    }
                    self.choose = Some(choose);
                }
            }
            "split" | "folds" => {
                let (name, makes_folds) = (second_name(input), word == "folds");
                match BEGINNINGS.read(input, |input| split(input, makes_folds, allowed, &self.scope)) {
                    Ok(split) => self.splits.push(split),
                    Err(error) => {
                        let error = self.errors.told(error);
                        self.broken.splits.extend(name.map(|name| (name, error)));
                    }
                }
            }
            "scale" => {
                let inputs: Vec<Ident> = self.splits.iter().map(|split| split.input.clone()).collect();
                let scale = BEGINNINGS.read(input, |input| scale(input, &inputs, &self.scope));
                let scale = self.errors.keep(scale);
                self.scales.extend(scale);
            }
            "augment" => {
                let inputs: Vec<Ident> = self.splits.iter().map(|split| split.input.clone()).collect();
                let augment = self.read(input, |input| augment(input, &inputs));
                self.augments.extend(augment);
            }
            "weigh" => {
                let weight = self.read(input, weight);
                self.weights.extend(weight);
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
                BEGINNINGS.skip(input);
            }
        }
    }

    /// Reads a statement, or records why there is none.
    fn read<T>(&mut self, input: ParseStream<'_>, parse: impl FnOnce(ParseStream<'_>) -> syn::Result<T>) -> Option<T> {
        self.errors.keep(BEGINNINGS.read(input, parse))
    }

    /// Refuses attributes behind which nothing stands.
    fn stray(&mut self, attributes: &[Attribute]) {
        if let Some(attribute) = attributes.first() {
            self.errors.add(attribute, "nothing stands behind this; remove it");
        }
    }

    fn phase(&mut self, input: ParseStream<'_>, kind: Kind, attributes: Vec<Attribute>) {
        let attributes = Attributes::plain(attributes, kind.word(), &mut self.errors);
        let name = second_name(input);
        match BEGINNINGS.read(input, |input| phase(input, kind, attributes, (&self.scope, &mut self.errors))) {
            Ok(phase) => self.phases.push(phase),
            Err(error) => {
                let error = self.errors.told(error);
                match name {
                    Some(name) => self.broken.phases.push((name, error)),
                    None => self.broken.unnamed = Some(error),
                }
            }
        }
    }
}

/// The name behind the word with which a statement begins.
fn second_name(input: ParseStream<'_>) -> Option<Ident> {
    let ahead = input.fork();
    ahead.call(Ident::parse_any).ok()?;
    let is_next = STATEMENTS.iter().any(|word| ahead.fork().call(Ident::parse_any).is_ok_and(|name| name == *word));
    if is_next { None } else { ahead.parse().ok() }
}

fn split(input: ParseStream<'_>, makes_folds: bool, allowed: Allowed, scope: &Scope) -> syn::Result<Split> {
    let word: Ident = input.parse()?;
    let Dotted { first, rest } = input.parse()?;
    if let Some(second) = rest.get(1) {
        let message = format!("`{first}.{}` is one split; write {word} {first}.{} = ..", rest[0], rest[0]);
        return Err(syn::Error::new(second.span(), message));
    }
    let of = rest.into_iter().next();
    let name = of.as_ref().unwrap_or(&first);
    expect_equals(input, name)?;
    let mut splitter: Component = input.parse()?;
    splitter.asks_columns_of(&first, scope)?;
    splitter.allow(&allowed, "overlap");
    let into = if makes_folds { Some(into(input, name, &splitter)?) } else { None };
    end_of_statement(input, name)?;
    Ok(Split { input: first, of, splitter, into, allowed })
}

/// `into train, val`
fn into(input: ParseStream<'_>, divided: &Ident, folds: &Component) -> syn::Result<[Ident; 2]> {
    if input.peek(Token![;]) || input.is_empty() {
        let message = format!(
            "name the rows to train on and those that are left out: folds {divided} = {}.. into train, val;",
            folds.name()
        );
        return Err(syn::Error::new(folds.span(), message));
    }
    expect_word(input, &["into"], format!("expected `into <train>, <test>` behind {}", folds.name()))?;
    let train: Ident = input.parse()?;
    if !input.peek(Token![,]) {
        let message = format!("a fold has two parts; name the rows that are left out behind it: into {train}, val");
        return Err(syn::Error::new(train.span(), message));
    }
    input.parse::<Token![,]>()?;
    let test: Ident = input.parse()?;
    if input.peek(Token![,]) {
        let message = format!(
            "a fold has two parts, `{train}` and `{test}`; split one of them for more: split {divided}.{train} = \
             Random::ratios(fit: 0.9, stop: 0.1);"
        );
        return Err(input.error(message));
    }
    Ok([train, test])
}

fn scale(input: ParseStream<'_>, inputs: &[Ident], scope: &Scope) -> syn::Result<Scale> {
    input.parse::<Ident>()?;
    let column: Dotted = input.parse()?;
    if column.rest.len() != 1 {
        let instead = match column.rest.first() {
            Some(second) => format!("{}.{second}", column.first),
            None if inputs.is_empty() || inputs.contains(&column.first) => format!("{}.<column>", column.first),
            None => format!("{}.{}", inputs[0], column.first),
        };
        let message = format!("what is scaled is one column of an input; write scale {instead} = ..");
        return Err(syn::Error::new(column.first.span(), message));
    }
    expect_equals(input, &column.rest[0])?;
    let scalers = one_or_list(input, Component::scaler)?;
    scalers.iter().try_for_each(|scaler| scaler.refuse_kept(scope))?;
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
