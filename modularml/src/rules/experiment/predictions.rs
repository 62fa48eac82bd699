//! Rules at `predictions;`.

use super::context::Context;
use crate::plan::site::validation;
use crate::spec::PhaseKind;
use crate::text::{Message, Verdict};

/// Predictions that are kept are of some rows.
pub const fn of_rows(context: Context<'_>, phase: usize, _: usize) -> Verdict {
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

/// Predictions that are kept are of each row once, and not of those that a sampler draws.
pub const fn of_drawn_rows(context: Context<'_>, phase: usize, _: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Eval(eval) if eval.predictions => {}
        _ => return Ok(()),
    }
    let feeds = spec.feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        if let Some(sampler) = &feeds[i].sampler {
            let message =
                Message::new().text(sampler.name).text(" may draw a row several times or never, and a table ");
            let message = message.text("of predictions has each row once; keep them in an eval phase with: feed ");
            return Err(message.text(feeds[i].input).text(" = ").text(feeds[i].split).text(";"));
        }
        i += 1;
    }
    Ok(())
}

/// Predictions are kept by eval phases, and not at each evaluation of a train phase.
pub const fn in_val(context: Context<'_>, phase: usize, evaluation: usize) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    match validation(context.experiment, phase, evaluation) {
        Some(val) if val.eval.predictions => {
            let message = Message::new().text("train ").name(spec.name).text(" would keep predictions of each ");
            Err(message.text("evaluation; keep them in an eval phase on split ").name(val.split))
        }
        _ => Ok(()),
    }
}
