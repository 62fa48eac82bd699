//! Rules at losses that are balanced by the rows that a phase trains on.

use super::context::Context;
use crate::plan::operand::{Named, column, named, push_operand};
use crate::plan::site::{Measured, Site, measured};
use crate::rules::part::Part;
use crate::spec::{MAX_SHARES, PhaseKind, Value};
use crate::text::{Message, Verdict, contains};

/// A loss is balanced where a phase trains, and by one setting.
pub const fn balanced(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let Some(measured) = measured(experiment, phase, site) else { return Ok(()) };
    let is_balanced = matches!(measured.settings.get("balanced"), Value::Bool(true));
    if !part.holds("balanced") || !is_balanced || !is_built_in(&measured) {
        return Ok(());
    }
    let message = Message::new().text("balanced() of ").text(measured.name);
    let spec = &experiment.phases.items()[phase];
    match (&spec.kind, site) {
        (_, Site::Metric(_) | Site::ValMetric(..)) => {
            let message =
                message.text(" weighs by the rows that a phase trains on, and a metric is of all rows alike; ");
            return Err(message.text("measure it without, or BalancedAccuracy"));
        }
        (PhaseKind::Train(_), _) => {}
        _ => {
            let message = message.text(" weighs by the rows that a phase trains on, and eval ").name(spec.name);
            return Err(message.text(" trains on none; measure it without"));
        }
    }
    if says_weights(&measured) {
        let message = message.text(" says what a class counts, and so does ");
        return Err(message.text(if measured.settings.has("class_weights") {
            "class_weights; remove one"
        } else {
            "positive_weight; remove one"
        }));
    }
    if measured.operands.len() < 2 {
        return Ok(());
    }
    let Named::Column { input, column: key } = named(&experiment.graph, &measured.operands[1]) else {
        return Ok(());
    };
    let target = column(&experiment.graph, input, key);
    let message = push_operand(message.text(": "), &measured.operands[1]);
    if target.sequence.is_some() {
        return Err(
            message.text(" has rows of different lengths, whose padding would be counted; say .positive_weight(..)")
        );
    }
    let rank = target.shape.rank();
    if rank > 0 && target.shape.axis(rank - 1) > MAX_SHARES {
        let message = message.text(" has ").count(target.shape.axis(rank - 1)).text(" labels, and at most ");
        return Err(message.count(MAX_SHARES).text(" have weights; leave it out"));
    }
    Ok(())
}

/// Whether the setting is that of a loss of ours, and not of one's own.
const fn is_built_in(measured: &Measured<'_>) -> bool {
    contains(&["CrossEntropy", "Nll", "MultiMargin", "BceWithLogits"], measured.name)
}

/// Whether weights are said beside it.
const fn says_weights(measured: &Measured<'_>) -> bool {
    matches!(measured.settings.get("class_weights"), Value::Shares(weights) if !weights.pairs().is_empty())
        || matches!(measured.settings.get("positive_weights"), Value::Shares(weights) if !weights.pairs().is_empty())
        || matches!(measured.settings.get("positive_weight"), Value::Float(weight) if (weight - 1.0).abs() > 0.0)
}
