//! Rules at feeds.

use super::context::Context;
use super::names::{column_name, column_of, input_name, shares_rows, split_name};
use crate::plan::lineage::fed_with_rows_of;
use crate::plan::lookup::input_named;
use crate::plan::operand::{phase_kind, push_phase};
use crate::plan::reach::{needs_input, needs_rows, runs_nodes};
use crate::plan::site::{FeedSite, feed_at, feeds_of};
use crate::rules::graph::align::of_left;
use crate::rules::part::Part;
use crate::spec::{
    ColumnSpec, Dtype, FeedSpec, PhaseKind, RowComparison as Comparison, RowCondition as Condition, SamplerSpec,
};
use crate::text::{Message, Verdict, contains, same};

/// The input that is fed is known.
pub const fn known(context: Context<'_>, phase: usize, feed: FeedSite) -> Verdict {
    let Some(feed) = feed_at(context.experiment, phase, feed) else { return Ok(()) };
    input_name(context.experiment, feed.input)
}

/// An input is fed once in a phase, and the phase needs it.
pub const fn input(context: Context<'_>, phase: usize, feed: FeedSite) -> Verdict {
    let Context { experiment, wiring } = context;
    let spec = &experiment.phases.items()[phase];
    let (evaluation, feed) = (feed.evaluation(), feed.feed());
    let feeds = feeds_of(spec, evaluation);
    let name = feeds[feed].input;
    let mut earlier = 0;
    while earlier < feed {
        if same(feeds[earlier].input, name) {
            let message = Message::new().text("input ").name(name).text(" is fed twice in ");
            return Err(push_phase(message, spec, evaluation).text("; remove one"));
        }
        earlier += 1;
    }
    let Some(input) = input_named(&experiment.graph, name) else { return Ok(()) };
    if let Err(message) = of_left(&experiment.graph, name, "feed") {
        return Err(message);
    }
    // Where no node runs, or a name is unknown, that mistake is told alone.
    if needs_input(experiment, wiring, phase, input) || !runs_nodes(experiment, wiring, phase) {
        return Ok(());
    }
    let message = Message::new().text(phase_kind(spec)).text(" ").name(spec.name).text(" runs no node that reads ");
    Err(message.name(name).text("; remove its feed"))
}

/// The split that rows are taken from is known.
pub const fn known_split(context: Context<'_>, phase: usize, feed: FeedSite) -> Verdict {
    let Some(feed) = feed_at(context.experiment, phase, feed) else { return Ok(()) };
    split_name(context.experiment, feed.input, feed.split)
}

/// A train phase is fed by a sampler.
pub const fn batches(context: Context<'_>, phase: usize, feed: FeedSite) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let FeedSite::Phase(feed) = feed else { return Ok(()) };
    let feed = &spec.feeds.items()[feed];
    if feed.sampler.is_some() || !matches!(spec.kind, PhaseKind::Train(_)) {
        return Ok(());
    }
    let message = Message::new().text("train ").name(spec.name).text(" takes batches; say which: Batches::of(32)");
    Err(message.text(".shuffled()(").text(feed.split).text(")"))
}

/// The rows that an eval phase measures are not those that an earlier phase learns from.
pub const fn unseen(context: Context<'_>, phase: usize, feed: FeedSite) -> Verdict {
    let experiment = context.experiment;
    let phases = experiment.phases.items();
    let PhaseKind::Eval(eval) = &phases[phase].kind else { return Ok(()) };
    if eval.on_training_rows {
        return Ok(());
    }
    let Some(feed) = feed_at(experiment, phase, feed) else { return Ok(()) };
    // What a later phase learns from is new to this one.
    let mut i = 0;
    while i < phase {
        if !matches!(phases[i].kind, PhaseKind::Eval(_))
            && let Some(learned) = fed_with_rows_of(experiment, i, feed.input, feed.split)
        {
            let message = Message::new().text("eval ").name(phases[phase].name).text(" measures ").name(feed.split);
            let message = shares_rows(message, feed.split, learned);
            let message = message.text(", the rows that ").name(phases[i].name);
            return Err(
                message.text(" learns from; use another split, or write #[allow(training_rows)] above the phase")
            );
        }
        i += 1;
    }
    Ok(())
}

/// The settings of a sampler lie in their ranges.
pub const fn settings(context: Context<'_>, phase: usize, feed: FeedSite, part: Part<'_>) -> Verdict {
    match feed_at(context.experiment, phase, feed) {
        Some(FeedSpec { sampler: Some(sampler), .. }) => part.in_range(&sampler.settings, sampler.name),
        _ => Ok(()),
    }
}

/// The columns that a sampler compares are known.
pub const fn known_columns(context: Context<'_>, phase: usize, feed: FeedSite, part: Part<'_>) -> Verdict {
    let Some(feed) = feed_at(context.experiment, phase, feed) else { return Ok(()) };
    let Some(sampler) = &feed.sampler else { return Ok(()) };
    let conditions = sampler.conditions.items();
    let mut i = 0;
    while i < conditions.len() {
        if part.holds(conditions[i].setting)
            && let Err(message) = column_name(context.experiment, feed.input, conditions[i].column)
        {
            return Err(message);
        }
        i += 1;
    }
    Ok(())
}

/// A fit phase, which takes all rows in order, has no sampler.
pub const fn samples(context: Context<'_>, phase: usize, feed: FeedSite, part: Part<'_>) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let Some(feed) = feed_at(context.experiment, phase, feed) else { return Ok(()) };
    if feed.sampler.is_none() || !matches!(spec.kind, PhaseKind::Fit(_)) || !part.is_name() {
        return Ok(());
    }
    let message = Message::new().text(phase_kind(spec)).text(" ").name(spec.name);
    let message = message.text(" runs on all rows in order, without a sampler: feed ").text(feed.input);
    Err(message.text(" = ").text(feed.split).text(";"))
}

/// A batch has two rows or more where a node takes statistics over the rows of a batch.
pub const fn batch_of_one(context: Context<'_>, phase: usize, feed: FeedSite, part: Part<'_>) -> Verdict {
    let Context { experiment, wiring } = context;
    let Some(feed) = feed_at(experiment, phase, feed) else { return Ok(()) };
    let Some(sampler) = &feed.sampler else { return Ok(()) };
    if sampler.batch != 1 || !part.holds("batch") {
        return Ok(());
    }
    let Some(input) = input_named(&experiment.graph, feed.input) else { return Ok(()) };
    let Some(node) = needs_rows(experiment, wiring, phase, input) else { return Ok(()) };
    let message = Message::new().text("a batch of one row has no variance, which node ");
    let message = message.name(experiment.graph.nodes.items()[node].name);
    Err(message.text(" needs; make batches of two rows or more, or use LayerNorm or GroupNorm"))
}

/// A batch that is drawn evenly over the values of a column has a row of each.
pub const fn batch_of_strata(context: Context<'_>, phase: usize, feed: FeedSite, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let Some(feed) = feed_at(experiment, phase, feed) else { return Ok(()) };
    let Some(sampler) = &feed.sampler else { return Ok(()) };
    if !part.holds("batch") || sampler.batch == 0 {
        return Ok(());
    }
    let conditions = sampler.conditions.items();
    let mut i = 0;
    while i < conditions.len() {
        if matches!(conditions[i].comparison, Comparison::Stratum)
            && let Some(column) = column_of(experiment, feed.input, conditions[i].column)
        {
            let values = match column.dtype {
                Dtype::Class => column.classes.len(),
                Dtype::Bool => 2,
                _ => 0,
            };
            if sampler.batch < values {
                let message = Message::new().text("a batch of ").count(sampler.batch).text(" rows cannot hold one of ");
                let message = message.text("each of the ").count(values).text(" values of ");
                let message = message.path(feed.input, column.key).text("; make batches of ").count(values);
                let message = message.text(" rows or more, or remove .").text(conditions[i].setting).text("(");
                return Err(message.text(feed.input).text(".").text(column.key).text(")"));
            }
        }
        i += 1;
    }
    Ok(())
}

/// A sampler that ends where a value has no row left takes rows by the values of a column.
pub const fn strict(context: Context<'_>, phase: usize, feed: FeedSite, part: Part<'_>) -> Verdict {
    let Some(feed) = feed_at(context.experiment, phase, feed) else { return Ok(()) };
    let Some(sampler) = &feed.sampler else { return Ok(()) };
    let settings = &sampler.settings;
    if !part.holds("strict")
        || !matches!(settings.get("strict").as_bool(), Some(true))
        || !settings.has("stratify_by")
        || settings.get("stratify_by").as_column().is_some()
    {
        return Ok(());
    }
    let message = Message::new().text("strict() says nothing without stratify_by(..); add .stratify_by(");
    Err(message.text(feed.input).text("...), or remove this"))
}

/// A batch of rows of several parts of the data has as many of each, and nothing else decides which rows it has.
pub const fn batch_of_parts(context: Context<'_>, phase: usize, feed: FeedSite, part: Part<'_>) -> Verdict {
    let Some(feed) = feed_at(context.experiment, phase, feed) else { return Ok(()) };
    let Some(sampler) = &feed.sampler else { return Ok(()) };
    let (batch, parts) = (sampler.batch, sampler.parts);
    if parts < 2 || !part.holds("in_parts") {
        return Ok(());
    }
    let conditions = sampler.conditions.items();
    let mut i = 0;
    while i < conditions.len() {
        if matches!(
            conditions[i].comparison,
            Comparison::Stratum | Comparison::Group | Comparison::Weight | Comparison::Length
        ) {
            let message = Message::new().text(sampler.name).text(": in_parts and ").text(conditions[i].setting);
            return Err(message.text(" cannot both hold; remove one"));
        }
        i += 1;
    }
    if batch.is_multiple_of(parts) {
        return Ok(());
    }
    let message = Message::new().text("a batch of ").count(batch).text(" rows cannot have as many of each of ");
    let message = message.count(parts).text(" parts; make batches of ").count(batch.div_ceil(parts) * parts);
    Err(message.text(" rows, or of another multiple of ").count(parts))
}

/// A stream is named where a sampler gives several.
pub const fn names_stream(context: Context<'_>, phase: usize, feed: FeedSite, part: Part<'_>) -> Verdict {
    let Some(feed) = feed_at(context.experiment, phase, feed) else { return Ok(()) };
    let Some(sampler) = &feed.sampler else { return Ok(()) };
    if feed.stream.is_some() || sampler.streams.len() < 2 || !part.is_name() {
        return Ok(());
    }
    let message = Message::new().name(sampler.name).text(" gives several streams; say which behind its split: ");
    Err(message.text("(").text(feed.split).text(").").text(sampler.streams[0]))
}

/// The columns that a sampler compares have one value a sample, of a kind that can be compared so, and no two demands
/// contradict each other.
pub const fn conditions(context: Context<'_>, phase: usize, feed: FeedSite, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let Some(feed) = feed_at(experiment, phase, feed) else { return Ok(()) };
    let Some(sampler) = &feed.sampler else { return Ok(()) };
    let conditions = sampler.conditions.items();
    let mut i = 0;
    while i < conditions.len() {
        let condition = &conditions[i];
        if part.holds(condition.setting)
            && let Some(column) = column_of(experiment, feed.input, condition.column)
        {
            if let Err(why) = comparable(column, condition.comparison) {
                let message = Message::new().text(sampler.name).text(".").text(condition.setting).text("(");
                let message = message.text(feed.input).text(".").text(column.key).text("): ");
                return Err(message.text(why.as_str()));
            }
            let mut earlier = 0;
            while earlier < i {
                if let Err(why) =
                    agree(&conditions[earlier], condition, are_roles(sampler, &conditions[earlier], condition))
                {
                    return Err(Message::new().text(sampler.name).text(": ").text(why.as_str()));
                }
                earlier += 1;
            }
        }
        i += 1;
    }
    Ok(())
}

/// Whether a column can be compared so.
const fn comparable(column: &ColumnSpec, comparison: Comparison) -> Verdict {
    let message = Message::new();
    if matches!(comparison, Comparison::Length) {
        if column.sequence.is_some() {
            return Ok(());
        }
        let message = if column.shape.rank() == 0 {
            message.text("it holds one value a row")
        } else {
            message.text("all its rows have the shape ").shape(&column.shape)
        };
        return Err(message.text("; name a column of rows of different lengths, a Vec"));
    }
    if column.shape.rank() > 0 {
        let message = message.name(column.key).text(" is ").shape(&column.shape);
        return Err(message.text("; conditions take one value a sample"));
    }
    let is_number = column.dtype.is_number();
    match comparison {
        Comparison::Same | Comparison::Different if column.dtype.is_float() => {
            let message = message.text("compares ").text(column.dtype.name()).text(" for equality, which almost no ");
            Err(message.text("pair of rows has; use a class, text or integer column, or a tolerance: .within(..)"))
        }
        Comparison::Stratum | Comparison::Group if column.dtype.is_float() => {
            let message = message.text(column.dtype.name()).text(" has almost as many values as rows; use a class, ");
            Err(message.text("text or integer column"))
        }
        Comparison::Tolerance if column.dtype.is_time() => {
            let message = message.name(column.key).text(" is ").text(column.dtype.name()).text(", and distances are ");
            Err(message.text("those of numbers; add a column of, for example, hours, or remove .within(..)"))
        }
        Comparison::Tolerance if !is_number => {
            let message = message.text("values of ").text(column.dtype.name()).text(" are equal or not, and have no ");
            Err(message.text("distance; remove .within(..) or the metric"))
        }
        Comparison::Weight if !is_number => {
            Err(message.text(column.dtype.name()).text(" is no weight; use a column of numbers"))
        }
        _ => Ok(()),
    }
}

/// Whether two demands are those of two roles, or of one role and of all: they may well contradict each other.
const fn are_roles(sampler: &SamplerSpec, first: &Condition, second: &Condition) -> bool {
    contains(sampler.roles, first.setting) || contains(sampler.roles, second.setting)
}

/// Whether two demands can hold together.
const fn agree(first: &Condition, second: &Condition, are_roles: bool) -> Verdict {
    match (first.comparison, second.comparison) {
        (
            Comparison::Stratum | Comparison::Group | Comparison::Weight | Comparison::Length,
            Comparison::Stratum | Comparison::Group | Comparison::Weight | Comparison::Length,
        ) if !same(first.setting, second.setting) => {
            let message = Message::new().text(first.setting).text(" and ").text(second.setting);
            Err(message.text(" cannot both hold; remove one"))
        }
        (Comparison::Same, Comparison::Different) | (Comparison::Different, Comparison::Same)
            if same(first.column, second.column) && (same(first.setting, second.setting) || !are_roles) =>
        {
            Err(Message::new().name(first.column).text(" must be both the same and different; remove one"))
        }
        _ => Ok(()),
    }
}

/// The stream that a feed names is one of its sampler.
pub const fn stream(context: Context<'_>, phase: usize, feed: FeedSite) -> Verdict {
    let experiment = context.experiment;
    let Some(feed) = feed_at(experiment, phase, feed) else { return Ok(()) };
    let (Some(sampler), Some(stream)) = (&feed.sampler, feed.stream) else { return Ok(()) };
    if contains(sampler.streams, stream) {
        return Ok(());
    }
    let message = Message::new().text("no stream ").name(stream).text(": ").text(sampler.name).text(" gives ");
    Err(message.list(sampler.streams).did_you_mean(stream, sampler.streams))
}
