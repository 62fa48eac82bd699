//! What evaluations measure: eval phases, and those of train phases behind `validate`.

use proc_macro2::Ident;
use quote::{ToTokens as _, format_ident};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::token::Brace;
use syn::{Expr, Token, braced};

use super::keys::{EVAL_KEYS, MEASURED, TRAIN_KEYS};
use super::settings::{Feed, feed};
use super::terms::{Metric, Term, metric, terms, threshold};
use super::unread::Unread;
use crate::errors::{Errors, did_you_mean};
use crate::names::text;
use crate::notation::{self, Allowed, Attributes, Scope, end_of_statement, expect_equals, expect_word};

/// `validate on val every 1 epoch { .. }`, or `validate far on shifted every 5 epochs { .. }`
pub(super) struct Validation {
    /// Its name, the field of the results; `val` at the word `validate` where none is written.
    pub name: Ident,
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

/// The name of an evaluation where none is written.
pub(super) const VAL: &str = "val";

/// The name that a statement gives an evaluation of a train phase, where it begins with `validate` and a name: one that is still
/// being written may be followed by the next statement.
pub(super) fn named_validation(input: ParseStream<'_>) -> Option<Ident> {
    let ahead = input.fork();
    let word: Ident = ahead.call(Ident::parse_any).ok()?;
    let name: Ident = ahead.parse().ok()?;
    let is_name = word == "validate" && name != "on" && !TRAIN_KEYS.iter().any(|key| name == key);
    is_name.then_some(name)
}

/// Whether a name stands before `on`.
fn names_itself(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let is_on = || ahead.parse::<Ident>().is_ok_and(|word| word == "on");
    !is_on() && is_on()
}

/// What stands behind `validate`.
pub(super) fn validation(
    input: ParseStream<'_>,
    word: &Ident,
    allowed: &Allowed,
    (scope, errors): (&Scope, &mut Errors),
) -> syn::Result<Validation> {
    let name = if names_itself(input) { input.parse()? } else { Ident::new(VAL, word.span()) };
    let ahead = input.fork();
    if let (Ok(first), Ok(second)) = (ahead.parse::<Ident>(), ahead.parse::<Ident>())
        && first != "on"
        && second != "every"
    {
        let message = format!("expected `on` behind `{first}`: validate {first} on {second} every 1 epoch {{ .. }}");
        return Err(syn::Error::new(second.span(), message));
    }
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
        let message = format!("`{name}` measures nothing; write `loss;` or a metric in its braces");
        eval.unfinished = Some(errors.told(syn::Error::new(split.span(), message)));
    }
    Ok(Validation { name, every, split, feeds, eval })
}

impl Eval {
    /// Keeps the name of what could not be read. Behind the last statement others may still be to come.
    pub(super) fn broken(&mut self, begun: Option<Unread>, error: syn::Error, is_last: bool) {
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

    pub(super) fn measures_nothing(&self) -> bool {
        let Self { loss, own_loss, metrics, predictions, unread, unfinished, .. } = self;
        let has_no_value = loss.is_empty() && own_loss.is_none() && metrics.is_empty();
        has_no_value && predictions.is_none() && unread.is_empty() && unfinished.is_none()
    }

    /// The names of what it measures, and the same as text; one that is declared twice is refused by a rule.
    pub(super) fn measured(&self) -> (Vec<Ident>, Vec<String>) {
        let mut names: Vec<Ident> = Vec::new();
        if !self.loss.is_empty() || self.own_loss.is_some() {
            names.push(format_ident!("loss"));
        }
        let unread = self.unread.iter().map(|unread| &unread.name);
        for name in self.metrics.iter().map(|metric| &metric.name).chain(unread) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        let texts = names.iter().map(text).collect();
        (names, texts)
    }

    /// A loss is measured once.
    fn once(&self, word: &Ident) -> syn::Result<()> {
        if self.loss.is_empty() && self.own_loss.is_none() {
            return Ok(());
        }
        Err(syn::Error::new(word.span(), "the loss is measured already; add its terms up in one statement"))
    }

    /// Reads what is measured by an eval phase of that name, or by `validate`.
    pub(super) fn statement(&mut self, input: ParseStream<'_>, word: Ident, phase: Option<&Ident>) -> syn::Result<()> {
        if word == "predictions" && phase.is_some() && !input.peek(Token![=]) {
            end_of_statement(input, &word)?;
            if self.predictions.is_some() {
                return Err(syn::Error::new(word.span(), "`predictions` stands twice; remove one"));
            }
            self.predictions = Some(word);
            return Ok(());
        }
        if word == "threshold" && !input.peek(Token![=]) {
            return self.threshold(input, &word, phase);
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

impl Eval {
    /// Reads what stands behind the word `threshold`.
    fn threshold(&mut self, input: ParseStream<'_>, word: &Ident, phase: Option<&Ident>) -> syn::Result<()> {
        if phase.is_none() {
            let message = "a threshold is chosen by an eval phase, on another split than the one that it measures; move it \
                           there";
            return Err(syn::Error::new(word.span(), message));
        }
        if !input.peek(syn::Ident) {
            let message = "name the threshold: threshold cut = F1(node, input.target) on val;";
            return Err(syn::Error::new(word.span(), message));
        }
        let name: Ident = input.parse()?;
        if !input.peek(Token![=]) {
            let message = format!("name the threshold: threshold cut = {name}(..) on <split>;");
            return Err(syn::Error::new(name.span(), message));
        }
        expect_equals(input, &name)?;
        let threshold = threshold(input, name.clone())?;
        end_of_statement(input, &name)?;
        self.metrics.push(threshold);
        Ok(())
    }
}

/// Why what begins with a word is nothing to measure, where the tokens show it.
fn unmeasured(word: &Ident, phase: Option<&Ident>, input: ParseStream<'_>) -> Option<String> {
    let key = word.to_string();
    let names_value = input.peek(Token![=]);
    let of_train = TRAIN_KEYS.contains(&key.as_str()) && !["feed", "loss"].contains(&key.as_str());
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
            let near = did_you_mean(&key, EVAL_KEYS);
            format!(
                "`{key}` is no statement of eval `{phase}`{near} it has feed, loss, predictions, threshold and metrics: rmse = Rmse(node, \
                 input.target);"
            )
        }
    })
}
