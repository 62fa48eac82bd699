//! Rules at `predictions;`.

use super::context::Context;
use crate::spec::{PhaseKind, TrainSpec};
use crate::text::{Message, Verdict};

/// Predictions that are kept are of some rows.
pub const fn of_rows(context: Context<'_>, phase: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Eval(eval) if eval.predictions && spec.feeds.is_empty() && !experiment.graph.inputs.is_empty() => {
            let message =
                Message::new().text("eval ").name(spec.name).text(" keeps predictions of no rows; add: feed ");
            Err(message.text(experiment.graph.inputs.items()[0].name).text(" = <split>;"))
        }
        _ => Ok(()),
    }
}

/// Predictions are kept by eval phases, and not at each evaluation of a train phase.
pub const fn in_val(context: Context<'_>, phase: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Train(TrainSpec { val: Some(val), .. }) if val.eval.predictions => {
            let message = Message::new().text("train ").name(spec.name).text(" would keep predictions of each ");
            Err(message.text("evaluation; keep them in an eval phase on split ").name(val.split))
        }
        _ => Ok(()),
    }
}
