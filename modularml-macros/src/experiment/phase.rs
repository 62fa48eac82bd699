//! Phases: `train`, `fit` and `eval`.

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::{Parse as _, ParseStream};
use syn::token::Brace;
use syn::{Attribute, Expr, Token, braced};

use super::evaluation::{Eval, VAL, Validation, named_validation, validation};
use super::keys::{CALLBACK_KEYS, EVAL_KEYS, FIT_KEYS, MEASURED, TRAIN_FLAGS, TRAIN_KEYS};
use super::settings::{Course, Feed, Watcher, feed, watchers};
use super::terms::{Term, terms};
use super::unread::Unread;
use crate::errors::{Errors, did_you_mean, listed};
use crate::notation::{
    self, Allowed, Attributes, Component, Scope, Statements, end_of_statement, expect_equals, in_brackets,
};

/// A phase.
pub(super) struct Phase {
    pub docs: Vec<Attribute>,
    pub name: Ident,
    pub feeds: Vec<Feed>,
    pub kind: Kind,
    /// The keys that were read.
    said: Vec<String>,
}

/// What belongs to one kind of phase.
pub(super) enum Kind {
    Train(Box<Train>),
    Fit(Option<Vec<Ident>>),
    Eval(Eval),
}

/// What a train phase declares.
#[derive(Default)]
pub(super) struct Train {
    pub nodes: Option<Vec<Ident>>,
    pub freeze: Vec<Ident>,
    /// The word that lets frozen nodes be ones that no earlier phase trains.
    pub untrained: Option<Ident>,
    pub loss: Vec<Term>,
    pub schedule: Option<Component>,
    pub accumulate: Option<Expr>,
    pub mix: Option<Component>,
    pub clip: Option<Component>,
    pub rate: Option<Course>,
    pub epochs: Option<Expr>,
    pub skips_non_finite: bool,
    pub step_loss: bool,
    pub validations: Vec<Validation>,
    /// Why its loss could not be read.
    pub broken_loss: Option<syn::Error>,
    /// The names of evaluations that could not be read, or may still be to come, and why.
    pub broken_validations: Vec<(Ident, syn::Error)>,
    /// Why an evaluation could not be read before its name.
    pub unnamed_validation: Option<syn::Error>,
    /// By the key that they stand behind.
    callbacks: Vec<(String, Watcher)>,
}

impl Kind {
    pub(super) fn train() -> Self {
        Self::Train(Box::default())
    }

    pub(super) fn fit() -> Self {
        Self::Fit(None)
    }

    pub(super) fn eval() -> Self {
        Self::Eval(Eval::default())
    }

    /// The word that a phase of this kind begins with.
    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Train(_) => "train",
            Self::Fit(_) => "fit",
            Self::Eval(_) => "eval",
        }
    }

    /// How its statements begin.
    fn beginnings(&self) -> Statements {
        match self {
            Self::Train(_) => {
                Statements { naming: &["feed", "validate"], keys: &TRAIN_KEYS, flags: &TRAIN_FLAGS, named: false }
            }
            Self::Fit(_) => Statements { naming: &["feed"], keys: &["nodes"], flags: &[], named: false },
            Self::Eval(_) => MEASURED,
        }
    }

    /// The keys that a phase of this kind has, `feed` apart.
    pub(super) fn keys(&self) -> &'static [&'static str] {
        match self {
            Self::Train(_) => &TRAIN_KEYS,
            Self::Fit(_) => &FIT_KEYS,
            Self::Eval(_) => &EVAL_KEYS,
        }
    }
}

/// Reads a phase; each wrong statement in it is recorded, and the rest is read.
pub(super) fn phase(
    input: ParseStream<'_>,
    mut kind: Kind,
    Attributes { docs, allowed, .. }: Attributes,
    (scope, errors): (&Scope, &mut Errors),
) -> syn::Result<Phase> {
    input.call(Ident::parse_any)?;
    let name: Ident = input.parse()?;
    if !input.peek(Brace) {
        return Err(input.error(format!("expected the statements of `{name}` in braces")));
    }
    let body;
    braced!(body in input);
    if let Kind::Eval(eval) = &mut kind {
        eval.training_rows = allowed.word("training_rows").cloned();
    }
    let mut phase = Phase { docs, name, feeds: Vec::new(), kind, said: Vec::new() };
    while !body.is_empty() {
        let attributes = notation::attributes(&body, errors);
        let begun = Unread::begun(&body);
        let validation = named_validation(&body);
        let beginnings = phase.kind.beginnings();
        let read = beginnings.read(&body, |input| phase.statement(input, attributes, (scope, &mut *errors)));
        if let Err(error) = read {
            phase.broken(begun, validation, errors.told(error), body.is_empty());
        }
    }
    if let Kind::Eval(eval) = &mut phase.kind
        && eval.measures_nothing()
    {
        let message = format!(
            "eval `{}` measures nothing; add a metric, for example: rmse = Rmse(<node>, <input>.<target>);",
            phase.name
        );
        eval.unfinished = Some(errors.told(syn::Error::new(phase.name.span(), message)));
    }
    if let Kind::Train(train) = &phase.kind
        && train.epochs.is_none()
        && errors.is_empty()
    {
        errors.add(&phase.name, format!("train `{}` does not say how long; add: epochs = 20;", phase.name));
    }
    Ok(phase)
}

impl Phase {
    /// Whether something in it may choose an epoch: early stopping, or a callback of one's own.
    pub(super) fn chooses_an_epoch(&self) -> bool {
        self.said.iter().any(|key| ["stop", "callbacks"].contains(&key.as_str()))
    }

    /// Keeps what is known of a statement that could not be read; `validation` is the name that it gives an evaluation.
    fn broken(&mut self, begun: Option<Unread>, validation: Option<Ident>, error: syn::Error, is_last: bool) {
        let name = &self.name;
        match &mut self.kind {
            Kind::Train(train) => {
                let key = begun.map(|begun| begun.name.to_string()).unwrap_or_default();
                train.forget(&key);
                if key == "loss" {
                    train.broken_loss = Some(error.clone());
                }
                if key == "validate" && validation.is_none() {
                    train.unnamed_validation = Some(error.clone());
                }
                let val = || Some(Ident::new(VAL, name.span()));
                let name = if key == "validate" { validation.or_else(val) } else { val().filter(|_| is_last) };
                train.broken_validations.extend(name.map(|name| (name, error)));
            }
            Kind::Eval(eval) => eval.broken(begun, error, is_last),
            Kind::Fit(_) => {}
        }
    }

    fn statement(
        &mut self,
        input: ParseStream<'_>,
        attributes: Vec<Attribute>,
        (scope, errors): (&Scope, &mut Errors),
    ) -> syn::Result<()> {
        let word: Ident = input.call(Ident::parse_any)?;
        let key = word.to_string();
        let names_value = input.peek(Token![=]);
        let is_key = self.kind.keys().contains(&key.as_str())
            && !(["predictions", "threshold"].contains(&key.as_str()) && names_value);
        let is_metric = matches!(self.kind, Kind::Eval(_)) && !is_key;
        let allowed = Attributes::plain(attributes, if is_metric { "metric" } else { &key }, errors).allowed;
        if key == "feed" {
            self.feeds.push(feed(input, scope)?);
            return Ok(());
        }
        if key == "val" && matches!(self.kind, Kind::Train(_)) && input.peek(Token![=]) {
            let message = "an evaluation during training is written: validate on val every 1 epoch { loss; }";
            return Err(syn::Error::new(word.span(), message));
        }
        if !matches!(self.kind, Kind::Eval(_)) {
            self.once(&word, &key)?;
        }
        match &mut self.kind {
            Kind::Fit(nodes) => {
                expect_equals(input, &word)?;
                *nodes = Some(nodes_of(input, &word)?);
                end_of_statement(input, &word)
            }
            Kind::Eval(eval) => eval.statement(input, word, Some(&self.name)),
            Kind::Train(train) => train.statement(input, &word, &allowed, (scope, errors)),
        }
    }

    /// A train or fit phase has some keys, each once, evaluations apart.
    fn once(&mut self, word: &Ident, key: &str) -> syn::Result<()> {
        let (kind, name, keys) = (self.kind.word(), &self.name, self.kind.keys());
        let message = if !keys.contains(&key) {
            let near = did_you_mean(key, keys.iter().copied());
            format!("{kind} `{name}` has no setting `{key}`{near} it has {}", listed(keys))
        } else if key != "validate" && self.said.iter().any(|said| said == key) {
            format!("`{key}` stands twice in {kind} `{name}`; remove one")
        } else {
            self.said.push(key.to_owned());
            return Ok(());
        };
        Err(syn::Error::new(word.span(), message))
    }
}

impl Train {
    /// The callbacks in the order in which they are called.
    pub(super) fn callbacks(&self) -> impl Iterator<Item = &Watcher> {
        let of_key = |key| self.callbacks.iter().filter(move |(of, _)| of == key).map(|(_, watcher)| watcher);
        CALLBACK_KEYS.into_iter().flat_map(of_key)
    }

    /// Leaves out what a key says whose statement could not be read to its end.
    fn forget(&mut self, key: &str) {
        match key {
            "nodes" => self.nodes = None,
            "freeze" => self.freeze = Vec::new(),
            "loss" => self.loss = Vec::new(),
            "schedule" => self.schedule = None,
            "accumulate" => self.accumulate = None,
            "mix" => self.mix = None,
            "clip" => self.clip = None,
            "rate" => self.rate = None,
            "epochs" => self.epochs = None,
            // What it gives is a field of the results all the same.
            "step_loss" => self.step_loss = true,
            _ => self.callbacks.retain(|(of, _)| of != key),
        }
    }

    fn statement(
        &mut self,
        input: ParseStream<'_>,
        word: &Ident,
        allowed: &Allowed,
        (scope, errors): (&Scope, &mut Errors),
    ) -> syn::Result<()> {
        if TRAIN_FLAGS.iter().any(|flag| word == flag) {
            if word == "step_loss" {
                self.step_loss = true;
            } else {
                self.skips_non_finite = true;
            }
            return end_of_statement(input, word);
        }
        if word == "validate" {
            self.validations.push(validation(input, word, allowed, (scope, errors))?);
            input.parse::<Option<Token![;]>>()?;
            return Ok(());
        }
        expect_equals(input, word)?;
        match word.to_string().as_str() {
            "nodes" => self.nodes = Some(nodes_of(input, word)?),
            "freeze" => {
                self.freeze = nodes_of(input, word)?;
                self.untrained = allowed.word("untrained").cloned();
            }
            "loss" => self.loss = terms(input)?,
            "schedule" => self.schedule = Some(input.parse()?),
            "accumulate" => self.accumulate = Some(input.parse()?),
            "mix" => self.mix = Some(input.parse()?),
            "clip" => self.clip = Some(input.parse()?),
            "rate" => {
                let course: Course = input.parse()?;
                self.rate = Some(Course { unfinished: allowed.word("unfinished").cloned(), ..course });
            }
            "epochs" => self.epochs = Some(input.parse()?),
            "callbacks" => {
                let callbacks = watchers(input)?;
                self.callbacks.extend(callbacks.into_iter().map(|watcher| ("callbacks".to_owned(), watcher)));
            }
            key => self.callbacks.push((key.to_owned(), input.parse()?)),
        }
        end_of_statement(input, word)
    }
}

/// The nodes in `nodes = [..]` or `freeze = [..]`.
fn nodes_of(input: ParseStream<'_>, key: &Ident) -> syn::Result<Vec<Ident>> {
    let nodes = in_brackets(input, Ident::parse)?;
    if nodes.is_empty() {
        return Err(syn::Error::new(key.span(), format!("`{key}` lists no node; name one, or remove the statement")));
    }
    Ok(nodes)
}
