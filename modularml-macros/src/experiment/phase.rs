//! Phases: `train`, `fit` and `eval`.

use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::ext::IdentExt;
use syn::parse::{Parse as _, ParseStream};
use syn::token::Brace;
use syn::{Attribute, Expr, Token, braced};

use super::settings::{Course, Feed, Watcher, feed, watchers};
use super::terms::{Metric, Term, metric, terms};
use super::unread::Unread;
use crate::errors::{Errors, did_you_mean, listed};
use crate::notation::{
    self, Allowed, Attributes, Component, Scope, Statements, end_of_statement, expect_equals, expect_word, in_brackets,
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
    pub clip: Option<Component>,
    pub rate: Option<Course>,
    pub epochs: Option<Expr>,
    pub skips_non_finite: bool,
    pub step_loss: bool,
    pub val: Option<Val>,
    /// Why its loss could not be read.
    pub broken_loss: Option<syn::Error>,
    /// Why what stands behind `validate` could not be read, or may still be to come.
    pub broken_val: Option<syn::Error>,
    /// By the key that they stand behind.
    callbacks: Vec<(String, Watcher)>,
}

/// `validate on val every 1 epoch { .. }`
pub(super) struct Val {
    pub word: Ident,
    pub every: Expr,
    pub split: Ident,
    /// The inputs whose rows are others than all of that split.
    pub feeds: Vec<Feed>,
    pub eval: Eval,
}

/// What an evaluation measures.
#[derive(Default)]
pub(super) struct Eval {
    pub loss: Vec<Term>,
    /// The word of `loss;`, the phase's own loss.
    pub own_loss: Option<Ident>,
    pub metrics: Vec<Metric>,
    /// The word of `predictions;`.
    pub predictions: Option<Ident>,
    /// What could not be read, which the results have all the same.
    pub unread: Vec<Unread>,
    /// Why its loss could not be read.
    pub broken_loss: Option<syn::Error>,
    /// Why its last statement could not be read.
    pub unfinished: Option<syn::Error>,
    /// The word that lets rows be measured that a phase learns from.
    pub training_rows: Option<Ident>,
}

/// The keys of a train phase that hold callbacks, in the order in which these are called; behind the last one stands a
/// list.
const CALLBACK_KEYS: [&str; 4] = ["reduce", "average", "stop", "callbacks"];

/// The keys of a train phase.
const TRAIN_KEYS: [&str; 16] = [
    "nodes",
    "freeze",
    "feed",
    "schedule",
    "loss",
    "accumulate",
    "clip",
    "rate",
    "validate",
    "reduce",
    "average",
    "stop",
    "callbacks",
    "epochs",
    "skip_non_finite",
    "step_loss",
];

/// The keys of a train phase that stand alone.
const TRAIN_FLAGS: [&str; 2] = ["skip_non_finite", "step_loss"];

/// How the statements of an evaluation begin.
const MEASURED: Statements = Statements { naming: &["feed"], keys: &[], flags: &["loss", "predictions"], named: true };

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
            Self::Fit(_) => &["nodes", "feed"],
            Self::Eval(_) => &["feed", "loss", "predictions"],
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
        let beginnings = phase.kind.beginnings();
        let read = beginnings.read(&body, |input| phase.statement(input, attributes, (scope, &mut *errors)));
        if let Err(error) = read {
            phase.broken(begun, errors.told(error), body.is_empty());
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

    /// Keeps what is known of a statement that could not be read.
    fn broken(&mut self, begun: Option<Unread>, error: syn::Error, is_last: bool) {
        match &mut self.kind {
            Kind::Train(train) => {
                let key = begun.map(|begun| begun.name.to_string()).unwrap_or_default();
                train.forget(&key);
                if key == "loss" {
                    train.broken_loss = Some(error.clone());
                }
                if is_last || key == "validate" {
                    train.broken_val = Some(error);
                }
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
        let is_key = self.kind.keys().contains(&key.as_str()) && !(key == "predictions" && names_value);
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

    /// A train or fit phase has some keys, each once.
    fn once(&mut self, word: &Ident, key: &str) -> syn::Result<()> {
        let (kind, name, keys) = (self.kind.word(), &self.name, self.kind.keys());
        let message = if !keys.contains(&key) {
            let near = did_you_mean(key, keys.iter().copied());
            format!("{kind} `{name}` has no setting `{key}`{near} it has {}", listed(keys))
        } else if self.said.iter().any(|said| said == key) {
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
            // The field of the results, and the name by which watchers read a value.
            let name = Ident::new("val", word.span());
            self.val = Some(val(input, name, allowed, (scope, errors))?);
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

/// What stands behind `validate`.
fn val(
    input: ParseStream<'_>,
    word: Ident,
    allowed: &Allowed,
    (scope, errors): (&Scope, &mut Errors),
) -> syn::Result<Val> {
    let keyword = |words: &[&str]| {
        let message = format!("expected `{}`: validate on val every 1 epoch {{ .. }}", words[0]);
        expect_word(input, words, message)
    };
    keyword(&["on"])?;
    let split: Ident = input.parse()?;
    keyword(&["every"])?;
    let every = input.parse()?;
    keyword(&["epoch", "epochs"])?;
    if !input.peek(Brace) {
        let message = format!("say what is measured, in braces: validate on {split} every 1 epoch {{ loss; }}");
        return Err(input.error(message));
    }
    let content;
    braced!(content in input);
    let mut feeds = Vec::new();
    let mut eval = Eval { training_rows: allowed.word("training_rows").cloned(), ..Eval::default() };
    while !content.is_empty() {
        let attributes = notation::attributes(&content, errors);
        let begun = Unread::begun(&content);
        let read = MEASURED.read(&content, |input| {
            let word = input.call(Ident::parse_any)?;
            let key = word.to_string();
            Attributes::plain(
                attributes,
                if ["loss", "feed"].contains(&key.as_str()) { &key } else { "metric" },
                errors,
            );
            if key == "feed" {
                feeds.push(feed(input, scope)?);
                return Ok(());
            }
            if word == "loss" && input.peek(Token![;]) {
                eval.once(&word)?;
                eval.own_loss = Some(word.clone());
                return end_of_statement(input, &word);
            }
            eval.statement(input, word, None)
        });
        if let Err(error) = read {
            eval.broken(begun, errors.told(error), content.is_empty());
        }
    }
    if eval.measures_nothing() {
        let message = "`val` measures nothing; write `loss;` or a metric in its braces";
        eval.unfinished = Some(errors.told(syn::Error::new(split.span(), message)));
    }
    Ok(Val { word, every, split, feeds, eval })
}

impl Eval {
    /// Keeps the name of what could not be read. Behind the last statement others may still be to come.
    fn broken(&mut self, begun: Option<Unread>, error: syn::Error, is_last: bool) {
        let is_name = |name: &Ident| name != "feed" && syn::parse2::<Ident>(name.to_token_stream()).is_ok();
        if begun.as_ref().is_some_and(|begun| begun.name == "loss") {
            self.broken_loss = Some(error.clone());
        }
        match begun {
            Some(Unread { name, component: None }) if name == "predictions" => self.predictions = Some(name),
            begun => self.unread.extend(begun.filter(|begun| is_name(&begun.name))),
        }
        // What has no component yet may be of any type.
        let is_open = self.unread.iter().any(|unread| unread.component.is_none() && unread.name != "loss");
        if is_last || is_open {
            self.unfinished = Some(error);
        }
    }

    fn measures_nothing(&self) -> bool {
        let Self { loss, own_loss, metrics, predictions, unread, unfinished, .. } = self;
        let has_no_value = loss.is_empty() && own_loss.is_none() && metrics.is_empty();
        has_no_value && predictions.is_none() && unread.is_empty() && unfinished.is_none()
    }

    /// A loss is measured once.
    fn once(&self, word: &Ident) -> syn::Result<()> {
        if self.loss.is_empty() && self.own_loss.is_none() {
            return Ok(());
        }
        Err(syn::Error::new(word.span(), "the loss is measured already; add its terms up in one statement"))
    }

    /// Reads what is measured by an eval phase of that name, or by `validate`.
    fn statement(&mut self, input: ParseStream<'_>, word: Ident, phase: Option<&Ident>) -> syn::Result<()> {
        if word == "predictions" && phase.is_some() && !input.peek(Token![=]) {
            end_of_statement(input, &word)?;
            if self.predictions.is_some() {
                return Err(syn::Error::new(word.span(), "`predictions` stands twice; remove one"));
            }
            self.predictions = Some(word);
            return Ok(());
        }
        if let Some(message) = unmeasured(&word, phase, input) {
            return Err(syn::Error::new(word.span(), message));
        }
        expect_equals(input, &word)?;
        if word == "loss" {
            self.once(&word)?;
            let loss = terms(input)?;
            end_of_statement(input, &word)?;
            self.loss = loss;
            return Ok(());
        }
        let name = word.clone();
        let metric = metric(input, word)?;
        end_of_statement(input, &name)?;
        self.metrics.push(metric);
        Ok(())
    }
}

/// Why what begins with a word is nothing to measure, where the tokens show it.
fn unmeasured(word: &Ident, phase: Option<&Ident>, input: ParseStream<'_>) -> Option<String> {
    let key = word.to_string();
    let names_value = input.peek(Token![=]);
    let of_train = Kind::train().keys().contains(&key.as_str()) && !["feed", "loss"].contains(&key.as_str());
    Some(match phase {
        None if of_train => {
            format!("`{key}` is a setting of the phase and measures nothing; move it out of the braces of `validate`")
        }
        Some(phase) if key == "stop" && names_value => {
            format!("early stopping acts on epochs, and eval `{phase}` has none; move it to a train phase")
        }
        Some(phase) if of_train => format!("eval `{phase}` has no `{key}`; only train phases have it; remove it"),
        _ if names_value => return None,
        None if key == "predictions" => {
            "predictions are kept by eval phases; write an eval phase that feeds this split, with: predictions;"
                .to_owned()
        }
        None => {
            let near = did_you_mean(&key, ["loss"]);
            format!(
                "`{key}` is no statement of `validate`{near} it has feed, `loss;`, loss = .. and metrics: rmse = Rmse(node, input.target);"
            )
        }
        Some(phase) if key == "loss" => {
            format!("eval `{phase}` has no loss of its own; say which: loss = Mse(node, input.target);")
        }
        Some(phase) => {
            let near = did_you_mean(&key, Kind::eval().keys().iter().copied());
            format!(
                "`{key}` is no statement of eval `{phase}`{near} it has feed, loss, predictions and metrics: rmse = Rmse(node, \
                 input.target);"
            )
        }
    })
}
