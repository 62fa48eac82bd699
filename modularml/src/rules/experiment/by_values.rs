//! Rules at splits by the values of one column.

use super::context::Context;
use super::split::statement;
use super::split_by::{asked_of, written};
use crate::rules::condition::comparison;
use crate::rules::part::Part;
use crate::spec::{Comparison, Dtype, ExperimentSpec, Literal, NamedList, SplitSpec};
use crate::text::{Message, Name, Verdict, same};

/// Up to how many values are compared with each other in constants, which compute slowly; longer lists are looked through
/// when data is bound.
const MOST: usize = 400;

/// The column and the lists of a splitter that has lists.
const fn lists(spec: &SplitSpec) -> Option<(Name, &'static [NamedList])> {
    let settings = &spec.splitter.settings;
    match (settings.get("of").as_column(), settings.get("splits").as_lists()) {
        (Some(of), Some(lists)) => Some((of, lists.pairs())),
        _ => None,
    }
}

/// The column of the values holds texts, classes or whole numbers, one a sample, and there is a split.
pub const fn column(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let spec = statement(experiment, split);
    let Some((key, lists)) = lists(spec) else { return Ok(()) };
    if lists.is_empty() && part.is_name() {
        let message = Message::new().text(spec.splitter.name).text(" makes no split of ").name(spec.input);
        return Err(message.text("; name the splits with their values: splits(train: [\"a\", \"b\"], test: \"c\")"));
    }
    if !part.holds("of") {
        return Ok(());
    }
    let Some(column) = asked_of(experiment, spec.input, key) else { return Ok(()) };
    let message = written(Message::new().text("of("), experiment, spec.input, key).text("): ");
    if column.shape.rank() > 0 {
        let message = message.shape(&column.shape).text(" is not one value a sample");
        return Err(message.text("; use a text, class or integer column"));
    }
    if column.dtype.is_integer() || matches!(column.dtype, Dtype::Text | Dtype::Class) {
        return Ok(());
    }
    let message =
        message.text(column.dtype.name()).text(" values are not listed; write conditions, ByCondition::splits(..)");
    Err(message.text(", or use a text, class or integer column"))
}

/// Each split has values, each of which a row may have and none of which stands twice.
pub const fn values(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let spec = statement(experiment, split);
    let Some((key, lists)) = lists(spec) else { return Ok(()) };
    let (mut at, end) = match part {
        Part::Argument(at) => (at, at + 1),
        Part::Rest { arguments, .. } => (arguments, lists.len()),
        Part::Setting(_) | Part::Test { .. } | Part::Name => return Ok(()),
    };
    while at < end && at < lists.len() {
        if let Err(message) = values_of(experiment, spec, key, lists, at) {
            return Err(message);
        }
        at += 1;
    }
    Ok(())
}

const fn values_of(
    experiment: &ExperimentSpec,
    spec: &SplitSpec,
    key: &str,
    lists: &[NamedList],
    at: usize,
) -> Verdict {
    let (name, values) = lists[at];
    let message = Message::new().text("split ").name(name).text(" of ").name(spec.input).text(": ");
    if values.is_empty() {
        return Err(message.text("its list is empty; name a value, or leave the split out"));
    }
    let column = asked_of(experiment, spec.input, key);
    let is_short = count(lists) <= MOST;
    let mut i = 0;
    while i < values.len() {
        if let Some(column) = column
            && column.shape.rank() == 0
            && let Err(refused) = comparison(column, Comparison::Eq, values[i])
        {
            return Err(refused);
        }
        if is_short && let Some(before) = earlier(lists, at, i) {
            let message = shown(message, values[i]);
            return Err(if before == at {
                message.text(" stands twice in its list; remove one")
            } else {
                message.text(" stands in ").name(lists[before].0).text(" too; a row is in one split, so remove one")
            });
        }
        i += 1;
    }
    Ok(())
}

/// How many values there are.
const fn count(lists: &[NamedList]) -> usize {
    let (mut count, mut i) = (0, 0);
    while i < lists.len() {
        count += lists[i].1.len();
        i += 1;
    }
    count
}

/// The list in which a value stands before.
const fn earlier(lists: &[NamedList], list: usize, position: usize) -> Option<usize> {
    let value = &lists[list].1[position];
    let mut at = 0;
    while at <= list {
        let end = if at == list { position } else { lists[at].1.len() };
        let mut i = 0;
        while i < end {
            if is_same(&lists[at].1[i], value) {
                return Some(at);
            }
            i += 1;
        }
        at += 1;
    }
    None
}

const fn is_same(a: &Literal<'_>, b: &Literal<'_>) -> bool {
    match (a, b) {
        (Literal::Text(a), Literal::Text(b)) => same(a, b),
        (Literal::Int(a), Literal::Int(b)) => *a == *b,
        (Literal::Uint(a), Literal::Uint(b)) => *a == *b,
        (Literal::Int(a), Literal::Uint(b)) | (Literal::Uint(b), Literal::Int(a)) => *a >= 0 && a.cast_unsigned() == *b,
        _ => false,
    }
}

const fn shown(message: Message, value: Literal<'_>) -> Message {
    match value {
        Literal::Text(text) => message.text("\"").text(text).text("\""),
        Literal::Int(value) => message.int(value),
        _ => message.text("a value"),
    }
}
