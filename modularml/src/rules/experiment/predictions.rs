//! Rules at `predictions;`.

use super::context::Context;
use crate::plan::reach::predicting;
use crate::spec::{PhaseKind, TrainSpec};
use crate::text::{Message, Verdict};

/// A table of predictions has a node that predicts, of the rows that its phase feeds.
pub const fn any(context: Context<'_>, phase: usize) -> Verdict {
    let Context { experiment, wiring } = context;
    let spec = &experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Eval(eval)
            if eval.predictions && !spec.feeds.is_empty() && predicting(experiment, wiring, phase).is_empty() =>
        {
            let message = Message::new().text("eval ").name(spec.name).text(" keeps predictions, but no node that ");
            Err(message.text(
                "predicts a column, or is marked #[output], reads only rows that it feeds; feed them, or remove it",
            ))
        }
        _ => Ok(()),
    }
}

/// Predictions are kept by eval phases, and not at each evaluation of a train phase.
pub const fn in_val(context: Context<'_>, phase: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Train(TrainSpec { val: Some(val), .. }) if val.eval.predictions => {
            let message =
                Message::new().text("train ").name(spec.name).text(" would keep predictions of each evaluation; ");
            Err(message.text("keep those of an eval phase on split ").name(val.split))
        }
        _ => Ok(()),
    }
}
