//! Rules at splits.

use super::context::Context;
use super::names::{input_name, names_before};
use crate::plan::lineage::statement_of;
use crate::plan::lookup::input_named;
use crate::rules::asked::Asked;
use crate::rules::condition::of_columns;
use crate::rules::graph::align::of_left;
use crate::rules::overlap::{Pointless, can_both_hold, pointless};
use crate::rules::part::Part;
use crate::spec::{
    AlignSpec, ChooseSpec, Condition, ExperimentSpec, GraphSpec, MAX_SPLITS, SplitSpec, SplitterSpec, Value,
};
use crate::text::{Message, Name, Verdict, same, unknown};

/// How far from 1 the shares of splits may add up.
const TOLERANCE: f64 = 1e-6;

/// A statement that splits; behind the last one the inner folds of a choice.
pub(super) const fn statement(experiment: &ExperimentSpec, split: usize) -> &SplitSpec {
    match &experiment.choose {
        Some(ChooseSpec { within: Some(inner), .. }) if split == experiment.splits.len() => inner,
        _ => &experiment.splits.items()[split],
    }
}

/// The input that is split is known.
pub const fn known(context: Context<'_>, split: usize) -> Verdict {
    input_name(context.experiment, context.experiment.splits.items()[split].input)
}

/// The settings of a splitter lie in their ranges.
pub const fn settings(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let splitter = &statement(context.experiment, split).splitter;
    part.in_range(&splitter.settings, splitter.name)
}

/// An input, or an earlier split of it, is split once.
pub const fn once(context: Context<'_>, split: usize) -> Verdict {
    let experiment = context.experiment;
    let splits = experiment.splits.items();
    let spec = &splits[split];
    let mut earlier = 0;
    while earlier < split {
        if same(splits[earlier].input, spec.input) && same_parent(&splits[earlier], spec) {
            let message = what_is_split(Message::new(), spec);
            return Err(message.text(" is split twice; write one statement with all its splits"));
        }
        earlier += 1;
    }
    Ok(())
}

const fn same_parent(a: &SplitSpec, b: &SplitSpec) -> bool {
    match (a.of, b.of) {
        (Some(a), Some(b)) => same(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// Appends `` `pulse` `` or `` `pulse.train` ``.
const fn what_is_split(message: Message, spec: &SplitSpec) -> Message {
    match spec.of {
        Some(parent) => message.path(spec.input, parent),
        None => message.name(spec.input),
    }
}

/// The split that is split further is made by an earlier statement.
pub const fn parent(context: Context<'_>, split: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.splits.items()[split];
    let Some(parent) = spec.of else { return Ok(()) };
    match statement_of(experiment, spec.input, parent) {
        Some(made) if made < split => Ok(()),
        Some(made) => {
            let message = Message::new().text("split ").name(parent).text(" of ").name(spec.input);
            Err(message.text(if made == split {
                " cannot be split into itself; name another split"
            } else {
                " is made further down; move this statement behind the one that makes it"
            }))
        }
        None if input_named(&experiment.graph, spec.input).is_none() => Ok(()),
        None => {
            let names = names_before(experiment, spec.input, split);
            Err(unknown("split", parent, Message::new().text("of ").name(spec.input), "splits", &names))
        }
    }
}

/// Each split that a statement makes has a new name; a share is above 0, and a condition can be asked of its columns.
pub const fn made(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    // Those of folds are named behind `into`.
    if context.experiment.splits.items()[split].splitter.folds {
        return Ok(());
    }
    let (mut at, end, is_rest) = match part {
        Part::Argument(at) => (at, at + 1, false),
        Part::Rest { arguments, .. } => {
            (arguments, context.experiment.splits.items()[split].splitter.names().len(), true)
        }
        Part::Test { argument, path } => return tested(context.experiment, split, argument, path),
        Part::Setting(_) | Part::Name => return Ok(()),
    };
    while at < end {
        if let Err(message) = made_at(context.experiment, split, at) {
            return Err(message);
        }
        // Conditions that are joined are asked one by one.
        if (is_rest || !is_joined(context.experiment, split, at))
            && let Err(message) = tested(context.experiment, split, at, &[])
        {
            return Err(message);
        }
        at += 1;
    }
    Ok(())
}

/// Whether the condition of a split joins several.
const fn is_joined(experiment: &ExperimentSpec, split: usize, at: usize) -> bool {
    let conditions = experiment.splits.items()[split].splitter.conditions.pairs();
    at < conditions.len() && !matches!(conditions[at].1, Condition::Single { .. })
}

/// The condition of a split, or a part of it, can be asked of its columns.
const fn tested(experiment: &ExperimentSpec, split: usize, at: usize, path: &[usize]) -> Verdict {
    let spec = &experiment.splits.items()[split];
    let conditions = spec.splitter.conditions.pairs();
    if at < conditions.len()
        && let Some(asked) = Asked::by_split(&experiment.graph, spec.input)
        && let Some(part) = conditions[at].1.at(path)
    {
        return of_columns(part, asked);
    }
    Ok(())
}

/// The condition of a split can hold, and each that it joins excludes something.
pub const fn can_hold(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.splits.items()[split];
    let conditions = spec.splitter.conditions.pairs();
    let (mut at, end) = match part {
        Part::Argument(at) => (at, at + 1),
        Part::Rest { arguments, .. } => (arguments, conditions.len()),
        Part::Setting(_) | Part::Test { .. } | Part::Name => return Ok(()),
    };
    while at < end && at < conditions.len() {
        let Some(asked) = Asked::by_split(&experiment.graph, spec.input) else { return Ok(()) };
        let (name, condition) = &conditions[at];
        let message = Message::new().text("split ").name(name).text(" of ").name(spec.input).text(": ");
        match pointless(condition, asked) {
            None => {}
            Some(Pointless::Never(column)) if is_joined(experiment, split, at) => {
                let message = asked.push(message.text("no "), column).text(" satisfies its conditions together; ");
                return Err(message.text("change one, or join them by .or(..)"));
            }
            Some(Pointless::Never(column)) => {
                return Err(asked.push(message.text("no "), column).text(" satisfies its condition; change it"));
            }
            Some(Pointless::NeverMissing(column)) => {
                let message = asked.push(message, column).text(" is never missing; ask for its values, or declare it");
                return Err(message.text(" as one that may be: an Option, or (missing = allow)"));
            }
            Some(Pointless::Always(column)) => {
                let message = asked.push(message.text("every "), column).text(" satisfies one of its conditions; ");
                return Err(message.text("change one, or join them by .and(..)"));
            }
        }
        at += 1;
    }
    Ok(())
}

pub(super) const fn made_at(experiment: &ExperimentSpec, split: usize, at: usize) -> Verdict {
    let spec = &experiment.splits.items()[split];
    let names = spec.splitter.names();
    if at >= names.len() {
        return Ok(());
    }
    let message = Message::new().text("split ").name(names[at]).text(" of ").name(spec.input);
    let mut is_new = match statement_of(experiment, spec.input, names[at]) {
        Some(first) => first >= split,
        None => true,
    };
    let mut earlier = 0;
    while earlier < at {
        is_new = is_new && !same(names[earlier], names[at]);
        earlier += 1;
    }
    if !is_new {
        return Err(message.text(" is declared twice; rename one"));
    }
    match &spec.splitter.shares {
        Some(all) if at < all.pairs().len() && (all.pairs()[at].1 <= 0.0 || all.pairs()[at].1.is_nan()) => {
            let message = message.text(" has share ").number(all.pairs()[at].1);
            Err(message.text("; a share must be above 0; leave the split out instead"))
        }
        _ => Ok(()),
    }
}

/// A splitter that refuses rows in no split does not name a split for them.
pub const fn complete(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    if !part.holds("complete") {
        return Ok(());
    }
    let settings = &context.experiment.splits.items()[split].splitter.settings;
    match (settings.get("complete").as_bool(), settings.get("rest").as_choice()) {
        (Some(true), Some(rest)) => {
            let message = Message::new().text("complete() refuses the rows that rest(\"").text(rest);
            Err(message.text("\") takes; remove one of them"))
        }
        _ => Ok(()),
    }
}

/// No row can satisfy the conditions of two splits, as far as constants tell, unless that is allowed.
pub const fn apart(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.splits.items()[split];
    let conditions = spec.splitter.conditions.pairs();
    let (mut at, end) = match part {
        Part::Argument(at) => (at, at + 1),
        Part::Rest { arguments, .. } => (arguments, conditions.len()),
        Part::Setting(_) | Part::Test { .. } | Part::Name => return Ok(()),
    };
    while at < end && at < conditions.len() && !spec.splitter.overlaps {
        let Some(asked) = Asked::by_split(&experiment.graph, spec.input) else { return Ok(()) };
        let (name, condition) = &conditions[at];
        let mut earlier = 0;
        while earlier < at {
            let (other, before) = &conditions[earlier];
            if can_both_hold(before, condition, asked) {
                let message = Message::new().text("splits ").name(other).text(" and ").name(name).text(" of ");
                let message = message.name(spec.input).text(" can have rows in common: their conditions ");
                let message = match condition.only_column() {
                    Some(column) => asked.push(message.text("on "), column),
                    None => message.text("on the same columns"),
                };
                return Err(message.text(" meet; change one, or write #[allow(overlap)]"));
            }
            earlier += 1;
        }
        at += 1;
    }
    Ok(())
}

/// A splitter that has shares makes a split, and none makes too many.
pub const fn any(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let spec = statement(context.experiment, split);
    let made = spec.splitter.splits.given();
    if made > MAX_SPLITS && part.is_name() {
        let message = what_is_split(Message::new().text(spec.splitter.name).text(" makes "), spec).text(" into ");
        return Err(message.count(made).text(" splits; at most ").count(MAX_SPLITS).text(" are possible"));
    }
    match &spec.splitter.shares {
        Some(shares) if shares.pairs().is_empty() && part.is_name() => {
            let message = what_is_split(Message::new().text(spec.splitter.name).text(" makes no split of "), spec);
            Err(message.text("; name the splits with their shares: ratios(train: 0.8, test: 0.2)"))
        }
        _ => Ok(()),
    }
}

/// The shares of a splitter add up to 1.
pub const fn sum_of_shares(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.splits.items()[split];
    let Some(all) = &spec.splitter.shares else { return Ok(()) };
    let shares = all.pairs();
    if shares.is_empty() || !all.list().is_whole() || !part.holds(setting_of_shares(&spec.splitter)) {
        return Ok(());
    }
    let mut sum = 0.0;
    let mut i = 0;
    while i < shares.len() {
        if made_at(experiment, split, i).is_err() {
            return Ok(());
        }
        sum += shares[i].1;
        i += 1;
    }
    if (sum - 1.0).abs() <= TOLERANCE {
        return Ok(());
    }
    let mut message = what_is_split(Message::new().text("shares of "), spec).text(" sum to ").number(sum).text(" (");
    let mut i = 0;
    while i < shares.len() {
        message = message.text(if i > 0 { " + " } else { "" }).number(shares[i].1);
        i += 1;
    }
    Err(message.text("); they must sum to 1"))
}

/// The setting that holds the shares; none where they come from elsewhere.
const fn setting_of_shares(splitter: &SplitterSpec) -> &'static str {
    let mut i = 0;
    while let Some(setting) = splitter.settings.at(i) {
        if matches!(setting.value, Value::Shares(_)) {
            return setting.name;
        }
        i += 1;
    }
    ""
}

/// Rows of an input that is joined to another are split with those.
pub const fn of_left_input(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.is_name() {
        return Ok(());
    }
    of_left(&experiment.graph, experiment.splits.items()[split].input, "split")
}

/// Rows that belong together stay together.
pub const fn keeps_groups(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let spec = statement(experiment, split);
    if !part.is_name() || of_left(&experiment.graph, spec.input, "split").is_err() || spec.rows_are_independent {
        return Ok(());
    }
    together(experiment, spec)
}

/// The column that a user says to group by; what a splitter keeps together by its nature is not among them.
pub(super) const fn chosen_group(splitter: &SplitterSpec) -> Option<Name> {
    splitter.settings.get("group_by").as_column()
}

/// The column by which rows were kept together when the rows of a statement were made, and the split that was made so.
const fn grouped_before(experiment: &ExperimentSpec, spec: &SplitSpec) -> Option<(Name, Name)> {
    let splits = experiment.splits.items();
    let (mut of, mut steps) = (spec.of, 0);
    while let Some(made) = of
        && let Some(statement) = statement_of(experiment, spec.input, made)
        && steps <= splits.len()
    {
        if let Some(key) = chosen_group(&splits[statement].splitter) {
            return Some((key, made));
        }
        of = splits[statement].of;
        steps += 1;
    }
    None
}

/// Whether a splitter keeps rows of equal values of a column together: it asks nothing but that column, and what is known of
/// each of its values in inputs that are joined by it.
const fn keeps(splitter: &SplitterSpec, key: &str, asked: Asked<'_>) -> bool {
    if let Some(kept) = splitter.group_by {
        return asked.keeps(kept, key);
    }
    let conditions = splitter.conditions.pairs();
    let mut i = 0;
    while i < conditions.len() && asks_of(&conditions[i].1, key, asked) {
        i += 1;
    }
    i > 0 && i == conditions.len()
}

/// Whether a condition asks nothing in which rows of equal values of a column differ.
const fn asks_of(condition: &Condition<'_>, key: &str, asked: Asked<'_>) -> bool {
    if let Condition::Single { column, .. } = condition {
        // A column that none can ask is told alone.
        return asked.keeps(column, key) || asked.refused(column).is_some();
    }
    let parts = condition.parts();
    let mut i = 0;
    while i < parts.len() {
        if !asks_of(&parts[i], key, asked) {
            return false;
        }
        i += 1;
    }
    true
}

/// The first statement by which rows of an input bring others along that a splitter parts.
const fn parted_join<'a>(graph: &'a GraphSpec, spec: &SplitSpec, asked: Asked<'_>) -> Option<&'a AlignSpec> {
    let aligned = graph.aligned.items();
    let mut i = 0;
    while i < aligned.len() {
        if same(aligned[i].left, spec.input) && !keeps(&spec.splitter, aligned[i].key, asked) {
            return Some(&aligned[i]);
        }
        i += 1;
    }
    None
}

/// A splitter keeps rows together that belong together.
pub(super) const fn together(experiment: &ExperimentSpec, spec: &SplitSpec) -> Verdict {
    let splitter = &spec.splitter;
    // Who names a column to group by has decided, be it a coarser one than the schema's. One split parts no rows.
    if chosen_group(splitter).is_some() || splitter.splits.given() < 2 && splitter.shares.is_some() {
        return Ok(());
    }
    let Some(asked) = Asked::by_split(&experiment.graph, spec.input) else { return Ok(()) };
    let columns = asked.schema.columns;
    let mut torn = None;
    let mut is_kept = false;
    let mut i = 0;
    while i < columns.len() {
        if columns[i].groups {
            is_kept = is_kept || keeps(splitter, columns[i].key, asked);
            if torn.is_none() {
                torn = Some(columns[i].key);
            }
        }
        i += 1;
    }
    let message = Message::new().text("rows of ").name(spec.input).text(" with equal ");
    let (key, message) = match (torn, parted_join(&experiment.graph, spec, asked)) {
        (Some(key), _) if !is_kept => (key, message.name(key).text(" belong together (#[tag(group)])")),
        (_, Some(align)) => {
            (align.key, message.name(align.key).text(" share a row of ").name(align.right).text(" (align)"))
        }
        _ => match grouped_before(experiment, spec) {
            Some((key, made)) if !keeps(splitter, key, asked) => {
                (key, message.name(key).text(" were kept together when ").name(made).text(" was made"))
            }
            _ => return Ok(()),
        },
    };
    let message = message.text(", but ").text(splitter.name).text(if splitter.folds { " divides" } else { " splits" });
    let message = message.text(" single rows; ");
    let message = if splitter.settings.has("group_by") {
        message.text("add .group_by(")
    } else {
        message.text("use a splitter with .group_by(")
    };
    let message = message.text(spec.input).text(".").text(key).text(")");
    Err(message.text(", or write #[allow(ungrouped)]"))
}
