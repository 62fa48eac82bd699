//! Rules at scales and feeds.

use crate::plan::lineage::fed_with_rows_of;
use crate::plan::lookup::{input_named, no_column, no_input};
use crate::plan::operand::phase_kind;
use crate::plan::reach::{needs_input, runs_nodes};
use crate::plan::wiring::Wiring;
use crate::rules::align::of_leader;
use crate::spec::{
    ColumnSpec, Domain, Dtype, ExperimentSpec, PhaseKind, RowComparison as Comparison, RowCondition as Condition,
    SamplerSpec, ScalerSpec,
};
use crate::text::{Message, Shape, Verdict, contains, same};

/// The column of an input, where both names are known.
pub(super) const fn column_of<'a>(experiment: &'a ExperimentSpec, input: &str, key: &str) -> Option<&'a ColumnSpec> {
    match input_named(&experiment.graph, input) {
        Some(input) => experiment.graph.inputs.items()[input].schema.column(key),
        None => None,
    }
}

/// Rule at the name of an input anywhere in an experiment. In the macros rustc itself refuses unknown ones.
pub const fn input_name(experiment: &ExperimentSpec, name: &str) -> Verdict {
    match input_named(&experiment.graph, name) {
        Some(_) => Ok(()),
        None => Err(no_input(&experiment.graph, name)),
    }
}

/// Rule at the name of a column in a split, scale or feed. In the macros rustc itself refuses unknown ones.
pub const fn column_name(experiment: &ExperimentSpec, input: &str, key: &str) -> Verdict {
    match input_named(&experiment.graph, input) {
        Some(at) if experiment.graph.inputs.items()[at].schema.column(key).is_none() => {
            Err(no_column(&experiment.graph, at, key))
        }
        _ => Ok(()),
    }
}

/// Rule at the column of a scale statement: it holds numbers and is scaled once.
pub const fn scale_column(experiment: &ExperimentSpec, scale: usize) -> Verdict {
    let scales = experiment.scales.items();
    let spec = &scales[scale];
    let path = Message::new().path(spec.input, spec.column);
    let mut earlier = 0;
    while earlier < scale {
        if same(scales[earlier].input, spec.input) && same(scales[earlier].column, spec.column) {
            return Err(path.text(" is scaled twice; write one chain: [First, Second] fitted on .."));
        }
        earlier += 1;
    }
    let Some(column) = column_of(experiment, spec.input, spec.column) else { return Ok(()) };
    if matches!(column.dtype, Dtype::Class) {
        return Err(path.text(" is a class column; scaling would destroy the class numbers; remove the statement"));
    }
    if matches!(column.domain, Domain::Tag) || matches!(column.dtype, Dtype::Text | Dtype::Bool) {
        let message = if matches!(column.domain, Domain::Tag) { path.text(" is a #[tag]") } else { path.text(" is ") };
        let message = if matches!(column.domain, Domain::Tag) { message } else { message.text(column.dtype.name()) };
        return Err(message.text("; only number features and targets are scaled; remove the statement"));
    }
    Ok(())
}

/// Rule at a scaler of a scale statement: it goes with the shape of the column, and leaves that as it is.
pub const fn scaler_shape(experiment: &ExperimentSpec, scale: usize, scaler: usize) -> Verdict {
    let spec = &experiment.scales.items()[scale];
    let scaler = &spec.scalers.items()[scaler];
    let Some(column) = column_of(experiment, spec.input, spec.column) else { return Ok(()) };
    if scaler.reshapes {
        let message = Message::new().text(scaler.name).text(" gives ").path(spec.input, spec.column);
        return Err(message.text(
            " another shape, but nodes read the declared one; apply FittedChain::fit(..) first and read its result as a column",
        ));
    }
    scaler_axes(scaler, &column.shape)
}

/// Rule: the axes over which a scaler shares statistics exist, and the boundaries of its segments cut up the values.
pub const fn scaler_axes(scaler: &ScalerSpec, shape: &Shape) -> Verdict {
    if let Some(over) = scaler.settings.get("over").as_sizes() {
        let mut i = 0;
        while i < over.rank() {
            if over.axis(i) >= shape.rank() {
                let message = Message::new().text("over(").shape(&over).text(") of ").name(scaler.name);
                let message = message.text(": the value has shape ").shape(shape).text(", so that there is no axis ");
                return Err(message.count(over.axis(i)).text("; axes are counted from 0, without the batch"));
            }
            i += 1;
        }
    }
    let (Some(ends), Some(inner)) =
        (scaler.settings.get("boundaries").as_sizes(), scaler.settings.get("scaler").as_scaler())
    else {
        return Ok(());
    };
    let Some(width) = shape.elements() else { return Ok(()) };
    let last = ends.rank().saturating_sub(1);
    let mut ascends = ends.rank() > 1 && ends.axis(0) == 0 && ends.axis(last) == width;
    let mut i = 1;
    while i < ends.rank() {
        ascends = ascends && ends.axis(i - 1) < ends.axis(i);
        i += 1;
    }
    if !ascends {
        let message = Message::new().text("boundaries ").shape(&ends).text(" of ").name(scaler.name);
        return Err(message.text(": must ascend from 0 to ").count(width).text(", the number of values of a row"));
    }
    let mut i = 1;
    while i < ends.rank() {
        let verdict = scaler_axes(inner, &Shape::new(&[ends.axis(i) - ends.axis(i - 1)]));
        if verdict.is_err() {
            return verdict;
        }
        i += 1;
    }
    Ok(())
}

/// Rule at the split that scalers are fitted on: no eval phase measures its rows.
pub const fn fitted_on(experiment: &ExperimentSpec, scale: usize) -> Verdict {
    let spec = &experiment.scales.items()[scale];
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        if let PhaseKind::Eval(eval) = &phases[i].kind
            && !eval.on_training_rows
            && let Some(measured) = fed_with_rows_of(experiment, i, spec.input, spec.fitted_on)
            // Where an eval phase measures rows that are trained on, that is the mistake to tell.
            && !is_trained_on(experiment, spec.input, measured)
        {
            let message = Message::new().text("the scaler of ").path(spec.input, spec.column).text(" is fitted on ");
            let message = shares_rows(message.name(spec.fitted_on), spec.fitted_on, measured);
            let message = message.text(", which eval ").name(phases[i].name);
            return Err(message.text(" measures: leakage; fit it on the rows that are trained on"));
        }
        i += 1;
    }
    Ok(())
}

/// Appends ", which shares rows with `other`" where two splits are not the same.
pub(super) const fn shares_rows(message: Message, split: &str, other: &str) -> Message {
    if same(split, other) { message } else { message.text(", which shares rows with ").name(other) }
}

/// Whether a train or fit phase learns from rows of a split.
const fn is_trained_on(experiment: &ExperimentSpec, input: &str, split: &str) -> bool {
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        if !matches!(phases[i].kind, PhaseKind::Eval(_)) && fed_with_rows_of(experiment, i, input, split).is_some() {
            return true;
        }
        i += 1;
    }
    false
}

/// Rule at the input of a feed: it is fed once, and the phase needs it.
pub const fn feed_input(experiment: &ExperimentSpec, wiring: &Wiring, phase: usize, feed: usize) -> Verdict {
    let spec = &experiment.phases.items()[phase];
    let feeds = spec.feeds.items();
    let name = feeds[feed].input;
    let mut earlier = 0;
    while earlier < feed {
        if same(feeds[earlier].input, name) {
            let message = Message::new().text("input ").name(name).text(" is fed twice in ").text(phase_kind(spec));
            return Err(message.text(" ").name(spec.name).text("; remove one"));
        }
        earlier += 1;
    }
    let Some(input) = input_named(&experiment.graph, name) else { return Ok(()) };
    if let Err(message) = of_leader(&experiment.graph, name, "feed") {
        return Err(message);
    }
    // Where no node runs, or a name is unknown, that mistake is told alone.
    if needs_input(experiment, wiring, phase, input) || !runs_nodes(experiment, wiring, phase) {
        return Ok(());
    }
    let message = Message::new().text(phase_kind(spec)).text(" ").name(spec.name).text(" runs no node that reads ");
    Err(message.name(name).text("; remove its feed"))
}

/// Rule at the sampler of a feed: train phases have one, one of its streams is named where there are several, and its
/// columns can be compared; those in the settings that are `told` are left to [`condition`].
pub const fn sampler(experiment: &ExperimentSpec, phase: usize, feed_at: usize, told: &[&str]) -> Verdict {
    let spec = &experiment.phases.items()[phase];
    let feed = &spec.feeds.items()[feed_at];
    let Some(sampler) = &feed.sampler else {
        if let PhaseKind::Train(_) = spec.kind {
            let message =
                Message::new().text("train ").name(spec.name).text(" takes batches; say which: Batches::of(32)");
            return Err(message.text(".shuffled()(").text(feed.split).text(")"));
        }
        return Ok(());
    };
    if !matches!(spec.kind, PhaseKind::Train(_)) {
        let message = Message::new().text(phase_kind(spec)).text(" ").name(spec.name);
        let message = message.text(" runs on all rows in order, without a sampler: feed ").text(feed.input);
        return Err(message.text(" = ").text(feed.split).text(";"));
    }
    if feed.stream.is_none() && sampler.streams.len() > 1 {
        let message = Message::new().name(sampler.name).text(" gives several streams; say which behind its split: ");
        return Err(message.text("(").text(feed.split).text(").").text(sampler.streams[0]));
    }
    let conditions = sampler.conditions.items();
    let mut i = 0;
    while i < conditions.len() {
        if !contains(told, conditions[i].setting)
            && let Err(message) = condition(experiment, phase, feed_at, conditions[i].setting)
        {
            return Err(message);
        }
        i += 1;
    }
    Ok(())
}

/// Rule at a setting that names columns of a sampler: each has one value a sample, of a kind that can be compared so,
/// and no two demands contradict each other.
pub const fn condition(experiment: &ExperimentSpec, phase: usize, feed: usize, setting: &str) -> Verdict {
    let feed = &experiment.phases.items()[phase].feeds.items()[feed];
    let Some(sampler) = &feed.sampler else { return Ok(()) };
    let conditions = sampler.conditions.items();
    let mut i = 0;
    while i < conditions.len() {
        let condition = &conditions[i];
        if same(condition.setting, setting)
            && let Some(column) = column_of(experiment, feed.input, condition.column)
        {
            if let Err(why) = comparable(column, condition.comparison) {
                let message = Message::new().text(sampler.name).text(".").text(setting).text("(");
                return Err(message.text(column.key).text("): ").text(why.as_str()));
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
    if column.shape.rank() > 0 {
        let message = message.name(column.key).text(" is ").shape(&column.shape);
        return Err(message.text("; conditions take one value a sample"));
    }
    let is_number = !matches!(column.dtype, Dtype::Text | Dtype::Class | Dtype::Bool);
    match comparison {
        Comparison::Same | Comparison::Different if column.dtype.is_float() => {
            let message = message.text("compares ").text(column.dtype.name()).text(" for equality, which almost no ");
            Err(message.text("pair of rows has; use a class, text or integer column, or a tolerance: .within(..)"))
        }
        Comparison::Stratum | Comparison::Group if column.dtype.is_float() => {
            let message = message.text(column.dtype.name()).text(" has almost as many values as rows; use a class, ");
            Err(message.text("text or integer column"))
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
        (Comparison::Stratum | Comparison::Group | Comparison::Weight, _) if !same(first.setting, second.setting) => {
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

/// Rule at the stream of a feed: the sampler produces it.
pub const fn stream(experiment: &ExperimentSpec, phase: usize, feed: usize) -> Verdict {
    let feed = &experiment.phases.items()[phase].feeds.items()[feed];
    let (Some(sampler), Some(stream)) = (&feed.sampler, feed.stream) else { return Ok(()) };
    if contains(sampler.streams, stream) {
        return Ok(());
    }
    let message = Message::new().text("no stream ").name(stream).text(": ").text(sampler.name).text(" gives ");
    Err(message.list(sampler.streams).did_you_mean(stream, sampler.streams))
}
