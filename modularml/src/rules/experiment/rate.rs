//! Rules at the course of learning rates.

use super::context::Context;
use crate::plan::lookup::node_count;
use crate::plan::reach::learning;
use crate::rules::part::Part;
use crate::spec::{CourseSpec, Per, PhaseKind, RateSpec, TrainSpec, Value};
use crate::text::{Message, Verdict, same};

/// `rate` lists a rate.
pub const fn any(context: Context<'_>, phase: usize) -> Verdict {
    let experiment = context.experiment;
    let spec = &experiment.phases.items()[phase];
    match &spec.kind {
        PhaseKind::Train(TrainSpec { rate: Some(course), .. }) if course.rates.is_empty() => {
            let message = Message::new().text("rate of train ").name(spec.name);
            Err(message.text(" lists no rate; name one, or remove the statement to keep learning rates as they are"))
        }
        _ => Ok(()),
    }
}

/// The settings of a rate lie in their ranges.
pub const fn settings(context: Context<'_>, phase: usize, entry: usize, part: Part<'_>) -> Verdict {
    match &context.experiment.phases.items()[phase].kind {
        PhaseKind::Train(TrainSpec { rate: Some(course), .. }) => {
            let rate = &course.rates.items()[entry];
            part.in_range(&rate.settings, rate.name)
        }
        _ => Ok(()),
    }
}

/// A rate that another follows ends.
pub const fn ends(context: Context<'_>, phase: usize, entry: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    if !part.is_name() {
        return Ok(());
    }
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(course) = &train.rate else { return Ok(()) };
    let rates = course.rates.items();
    if entry + 1 >= rates.len() || rates[entry].length.is_some() {
        return Ok(());
    }
    let message = Message::new().text("rate of train ").name(spec.name).text(": ").text(rates[entry].name);
    let message = message.text(" never ends, so ").text(rates[entry + 1].name).text(" never begins; put ");
    Err(message.text(rates[entry].name).text(" last"))
}

/// A rate begins before the phase ends.
pub const fn begins(context: Context<'_>, phase: usize, entry: usize, part: Part<'_>) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(course) = &train.rate else { return Ok(()) };
    if !part.is_name() || !matches!(course.per, Per::Epoch) {
        return Ok(());
    }
    let rates = course.rates.items();
    let mut before: usize = 0;
    let mut i = 0;
    while i < entry {
        // One that never ends is refused by itself.
        let Some(length) = rates[i].length else { return Ok(()) };
        before = before.saturating_add(length);
        i += 1;
    }
    if entry == 0 || before < train.epochs {
        return Ok(());
    }
    let message = Message::new().text("rate of train ").name(spec.name).text(": ").text(rates[entry].name);
    let message = message.text(" begins after ").count(before).text(" epochs, and the phase has ").count(train.epochs);
    Err(message.text("; shorten what stands before it, or raise epochs"))
}

/// The momentum that a rate leads goes from a lower end to an upper one.
pub const fn bounds(context: Context<'_>, phase: usize, entry: usize, part: Part<'_>) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let PhaseKind::Train(TrainSpec { rate: Some(course), .. }) = &spec.kind else { return Ok(()) };
    let rate = &course.rates.items()[entry];
    if !part.holds("max_momentum") || !rate.leads_momentum || !rate.settings.has("base_momentum") {
        return Ok(());
    }
    match (rate.settings.get("base_momentum"), rate.settings.get("max_momentum")) {
        (Value::Float(base), Value::Float(most)) if base > most => {
            let message = Message::new().text("base_momentum(").number(base).text(") of ").name(rate.name);
            Err(message.text(" must not be above max_momentum(").number(most).text(")"))
        }
        _ => Ok(()),
    }
}

/// The last rate comes to its end, or to its first change, before the phase ends.
pub const fn completes(context: Context<'_>, phase: usize, entry: usize, part: Part<'_>) -> Verdict {
    let spec = &context.experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(course) = &train.rate else { return Ok(()) };
    if course.unfinished {
        return Ok(());
    }
    ends_in_time(spec.name, train.epochs, course, entry, part)
}

/// [`completes`], whatever is allowed.
pub(super) const fn ends_in_time(
    phase: &str,
    epochs: usize,
    course: &CourseSpec,
    entry: usize,
    part: Part<'_>,
) -> Verdict {
    let rates = course.rates.items();
    if !matches!(course.per, Per::Epoch) || entry + 1 != rates.len() || epochs == 0 {
        return Ok(());
    }
    let mut before: usize = 0;
    let mut i = 0;
    while i < entry {
        let Some(length) = rates[i].length else { return Ok(()) };
        before = before.saturating_add(length);
        i += 1;
    }
    // One that never begins is a rule of its own.
    if before >= epochs {
        return Ok(());
    }
    let rate = &rates[entry];
    // What it does at an epoch has an effect only where that epoch is one of the phase.
    let (setting, after, what, most) = match (rate.length, needs(rate)) {
        (Some(length), _) => (first_setting(rate), length, " comes to its end", epochs),
        (None, Some((setting, after, what))) => (setting, after, what, epochs - 1),
        (None, None) => return Ok(()),
    };
    let after = before.saturating_add(after);
    if !part.holds(setting) || after <= most {
        return Ok(());
    }
    let message = Message::new().text("rate of train ").name(phase).text(": ").text(rate.name).text(what);
    let message = message.text(" after ").count(after).text(" epochs, and the phase has ");
    let message = message.count(epochs).text("; shorten it, raise epochs, or write #[allow(unfinished)]");
    Err(message)
}

/// The setting that a constructor takes.
const fn first_setting(rate: &RateSpec) -> &'static str {
    match rate.settings.at(0) {
        Some(setting) => setting.name,
        None => "",
    }
}

/// Of a rate that never ends: the setting that says when it changes, after how many epochs it does, and what it does then.
const fn needs(rate: &RateSpec) -> Option<(&'static str, usize, &'static str)> {
    let settings = &rate.settings;
    if same(rate.name, "Milestones")
        && let Value::Sizes(times) = settings.get("times")
    {
        let (mut last, mut i) = (0, 0);
        while i < times.as_slice().len() {
            if times.as_slice()[i] > last {
                last = times.as_slice()[i];
            }
            i += 1;
        }
        return Some(("times", last, " falls for the last time"));
    }
    if same(rate.name, "StepDecay")
        && let Value::Int(every) = settings.get("every")
        && every > 0
    {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was made of a usize")]
        return Some(("every", every as usize, " falls for the first time"));
    }
    None
}

/// A rate that leads the momentum leads optimizers that have one.
pub const fn momentum(context: Context<'_>, phase: usize, entry: usize, part: Part<'_>) -> Verdict {
    let Context { experiment, wiring } = context;
    if !part.is_name() {
        return Ok(());
    }
    let graph = &experiment.graph;
    let spec = &experiment.phases.items()[phase];
    let PhaseKind::Train(train) = &spec.kind else { return Ok(()) };
    let Some(course) = &train.rate else { return Ok(()) };
    let rate = &course.rates.items()[entry];
    if !rate.leads_momentum {
        return Ok(());
    }
    let learning = learning(experiment, wiring, train);
    let mut node = 0;
    while node < node_count(graph) {
        let at = &graph.nodes.items()[node];
        let (optimizer, owner) = match &at.optimizer {
            Some(own) => (Some(&own.optimizer), at.name),
            None => (graph.optimizer.as_ref(), graph.name),
        };
        if learning.contains(node)
            && let Some(optimizer) = optimizer
            && !optimizer.has_momentum
        {
            let message = Message::new().text("rate of train ").name(spec.name).text(": ").text(rate.name);
            let message = message.text(" leads the momentum, and ").text(optimizer.name).text(" of ").name(owner);
            let message = message.text(" has none to lead; write ");
            let message = if optimizer.settings.has("momentum") {
                message.text(".momentum(0.9) behind ").text(optimizer.name).text(", or ")
            } else {
                message
            };
            return Err(message.text(".keep_momentum() behind ").text(rate.name));
        }
        node += 1;
    }
    Ok(())
}
