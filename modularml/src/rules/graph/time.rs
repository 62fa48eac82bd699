//! What a layer that makes numbers of times may read.

use super::context::Context;
use crate::plan::lookup::push_source;
use crate::plan::wiring::Link;
use crate::rules::part::Part;
use crate::spec::{Domain, Dtype, GraphSpec, ShapeRule, Times, Timestamp, time};
use crate::text::{Message, Verdict};

/// Whether a node makes numbers of times.
pub(super) const fn reads_times(graph: &GraphSpec, node: usize) -> bool {
    matches!(graph.nodes.items()[node].layer.shape, ShapeRule::OfTime { .. })
}

/// The nodes that make numbers of such times.
pub(super) const fn nodes(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::Date => "DayOfWeek, DayOfYear, Month or Elapsed",
        Dtype::TimeOfDay => "Hour",
        Dtype::TimeDelta => "Days",
        _ => "Hour, DayOfWeek, DayOfYear, Month or Elapsed",
    }
}

/// What days are counted from is a point in time.
pub const fn since(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let layer = &context.graph.nodes.items()[node].layer;
    if !part.holds("since") || !matches!(layer.shape, ShapeRule::OfTime { .. }) || !layer.settings.has("since") {
        return Ok(());
    }
    match layer.settings.get("since").as_choice() {
        Some(text) if Timestamp::parse(text).is_none() => {
            let message = Message::new().text("since(\"").text(text).text("\") is no point in time; write ");
            Err(message.text(time::example(Dtype::Timestamp)))
        }
        _ => Ok(()),
    }
}

/// What a layer makes numbers of are times that it knows. That they are a feature is a rule of its own.
pub const fn source(context: Context<'_>, node: usize, source: usize) -> Verdict {
    let Context { graph, wiring } = context;
    if source >= wiring.links(node).len() {
        return Ok(());
    }
    let spec = &graph.nodes.items()[node];
    let ShapeRule::OfTime { times, .. } = spec.layer.shape else { return Ok(()) };
    let read = &spec.inputs.items()[source];
    let message = Message::new().text("node ").name(spec.name).text(": ").text(spec.layer.name);
    let takes = match times {
        Times::OfCalendar => " reads a Timestamp or Date",
        Times::OfDay => " reads a Timestamp or TimeOfDay",
        Times::Spans => " reads a TimeDelta",
    };
    let (input, column) = match wiring.links(node).get(source) {
        Link::Column { input, column } => (input, column),
        Link::Node(_) => {
            let message = push_source(message.text(takes).text(", but "), read);
            return Err(message.text(" is a node; name the column"));
        }
        Link::Input(_) | Link::Unknown => return Ok(()),
    };
    let column = &graph.inputs.items()[input].schema.columns[column];
    if !matches!(column.domain, Domain::Feature) {
        return Ok(());
    }
    if times.are(column.dtype) {
        if !column.allows_missing {
            return Ok(());
        }
        let message = push_source(message.text(" has no number for a time that is missing, and "), read);
        return Err(message.text(" may be; declare it without Option, and leave those rows out"));
    }
    let message = push_source(message.text(takes).text(", but "), read).text(" is ").text(column.dtype.name());
    if column.dtype.is_time() {
        return Err(message.text("; make it numbers by ").text(nodes(column.dtype)));
    }
    Err(message.text("; declare it as a time, or give it to a layer that computes with numbers"))
}
