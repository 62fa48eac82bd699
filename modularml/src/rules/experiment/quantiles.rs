//! Rules at losses and metrics that compare several predicted numbers with one.

use super::context::Context;
use crate::plan::operand::{Named, column, named, operand_shape, push_operand};
use crate::plan::site::{Measured, Site, measured};
use crate::plan::wiring::Wiring;
use crate::rules::part::Part;
use crate::spec::{Agreement, Dtype, GraphSpec, Value};
use crate::text::{Message, Verdict, same};

/// The first input has an axis more than the second, of the length that is asked for.
pub(super) const fn several(graph: &GraphSpec, wiring: &Wiring, measured: &Measured<'_>) -> Verdict {
    let (prediction, target) = (&measured.operands[0], &measured.operands[1]);
    if let Named::Column { input, column: key } = named(graph, target)
        && matches!(column(graph, input, key).dtype, Dtype::Class)
    {
        return Ok(());
    }
    let (Some(found), Some(of_target)) =
        (operand_shape(graph, wiring, prediction), operand_shape(graph, wiring, target))
    else {
        return Ok(());
    };
    let (count, setting) = match measured.agreement {
        Agreement::OnePer(setting) => (items(measured, setting), setting),
        // Any number from two on; what is told is the least.
        _ if found.rank() == of_target.rank() + 1 && found.axis(of_target.rank()) > 2 => {
            (found.axis(of_target.rank()), "")
        }
        _ => (2, ""),
    };
    let needed = of_target.with_last(count);
    if count == 0 || found.same(&needed) {
        return Ok(());
    }
    let message = push_operand(Message::new().text(measured.name).text(": "), prediction).text(" is ").shape(&found);
    let message = message.text(" a sample, but ");
    let is_interval = matches!(measured.agreement, Agreement::Several);
    let message = if is_interval {
        message.text("the ends of an interval for ")
    } else {
        message.count(count).text(" ").text(setting).text(" of ")
    };
    let message = push_operand(message, target).text(" (").shape(&of_target).text(" a sample) make ").shape(&needed);
    let has_target = match named(graph, prediction) {
        Named::Node(node) => graph.nodes.items()[node].target.is_some(),
        _ => false,
    };
    if is_interval && has_target {
        return Err(message.text("; name the node that gives several numbers, as one of Quantiles does"));
    }
    let message = message.text(if has_target {
        "; its node takes its shape from its target: remove that, mark it #[output], and say .output("
    } else {
        "; say it at the node: .output("
    });
    Err(message.shape(&needed).text(") or Linear::to(").shape(&needed).text(")"))
}

/// How many items a setting holds.
const fn items(measured: &Measured<'_>, setting: &str) -> usize {
    match measured.settings.get(setting) {
        Value::Shares(shares) => shares.pairs().len(),
        Value::Sizes(sizes) => sizes.len(),
        _ => 0,
    }
}

/// The levels of quantiles rise, from above 0 to below 1.
pub const fn levels(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    if !part.holds("levels") || !same(measured.name, "Quantiles") {
        return Ok(());
    }
    let Value::Shares(levels) = measured.settings.get("levels") else { return Ok(()) };
    let levels = levels.pairs();
    if levels.is_empty() {
        return Err(Message::new().text("Quantiles has no levels; name some: Quantiles::levels(low: 0.1, high: 0.9)"));
    }
    let mut i = 0;
    while i < levels.len() {
        let (name, level) = levels[i];
        let message = Message::new().text("levels(").text(name).text(": ").number(level).text(") of Quantiles");
        if !(level > 0.0 && level < 1.0) {
            return Err(message.text(": a level is the share of targets that lie below, so above 0 and below 1"));
        }
        if i > 0 && level <= levels[i - 1].1 {
            let message = message.text(" stands behind ").text(levels[i - 1].0).text(": ").number(levels[i - 1].1);
            return Err(message.text("; levels rise from the lowest to the highest"));
        }
        i += 1;
    }
    Ok(())
}

/// The ends of an interval are two of the numbers that are predicted, the lower one before the upper one.
pub const fn ends(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Context { experiment, wiring } = context;
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    let told_at = if matches!(measured.settings.get("upper"), Value::Unset) { "lower" } else { "upper" };
    if !part.holds(told_at) || !matches!(measured.agreement, Agreement::Several) || measured.operands.len() < 2 {
        return Ok(());
    }
    let Some(shape) = operand_shape(&experiment.graph, wiring, &measured.operands[0]) else { return Ok(()) };
    if shape.rank() == 0 || shape.axis(shape.rank() - 1) < 2 {
        return Ok(());
    }
    let last = shape.axis(shape.rank() - 1) - 1;
    let (lower, upper) = (position(&measured, "lower", 0), position(&measured, "upper", last));
    if lower < upper && upper <= last {
        return Ok(());
    }
    let message = Message::new().text(measured.name).text(" from number ").count(lower).text(" to ").count(upper);
    let message = push_operand(message.text(": "), &measured.operands[0]).text(" has the numbers 0 to ").count(last);
    Err(message.text(" for each target; name two of them, the lower end first"))
}

/// The position that a setting holds, or where it is when nothing is said.
const fn position(measured: &Measured<'_>, setting: &str, unset: usize) -> usize {
    match measured.settings.get(setting) {
        #[allow(clippy::cast_possible_truncation, reason = "a position is a usize at first")]
        Value::Int(position) if position >= 0 => position.cast_unsigned() as usize,
        _ => unset,
    }
}
