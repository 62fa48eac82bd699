//! Rules at the value that a choice is made by.

use super::context::Context;
use super::term::term;
use super::watch::{elsewhere, no_evaluation};
use crate::plan::criterion::{criterion, higher_is_better, phase_named};
use crate::plan::operand::push_phase;
use crate::plan::site::{validation, validation_named};
use crate::spec::callback::in_evaluation;
use crate::spec::{EvalSpec, ExperimentSpec, PhaseKind, TrainSpec};
use crate::text::{Message, Name, Names, Verdict, contains, same, unknown};

/// The value that a choice is made by is a number that a phase measures.
pub const fn known(context: Context<'_>, at: usize) -> Verdict {
    let experiment = context.experiment;
    let Some(choose) = &experiment.choose else { return Ok(()) };
    let path = choose.by.items();
    if at >= path.len() {
        return Ok(());
    }
    let Some(phase) = phase_named(experiment, path[0]) else {
        return if at == 0 { Err(no_phase(experiment, path[0])) } else { Ok(()) };
    };
    let spec = &experiment.phases.items()[phase];
    let last = at + 1 == path.len();
    match (&spec.kind, at) {
        (PhaseKind::Fit(_), 0) => {
            let message =
                Message::new().text("fit ").name(spec.name).text(" measures nothing; choose by a value of an ");
            Err(message.text("eval phase, or of `validate` in a train phase"))
        }
        (PhaseKind::Train(train), 1) => match validation_named(train, path[1]) {
            Some(_) if last => {
                let message = Message::new().text("say which value of ").text(path[1]).text(": by ").text(spec.name);
                Err(message.text(".").text(path[1]).text(".loss"))
            }
            Some(_) => Ok(()),
            None if train.validations.is_empty() => {
                let message =
                    Message::new().text("train ").name(spec.name).text(" validates nothing; add: validate on ");
                Err(message.text("<split> every 1 epoch { .. }"))
            }
            None if last => {
                let message = Message::new().text("what train ").name(spec.name).text(" is chosen by is measured by ");
                let message = message.text("`validate`: write by ").text(spec.name).text(".");
                Err(message.text(measuring(train, path[1])).text(".").text(path[1]))
            }
            None => Err(no_evaluation(spec, path[1])),
        },
        (PhaseKind::Train(train), 2) => match validation_named(train, path[1]) {
            Some(at) => {
                let place = push_phase(Message::new().text("in "), spec, Some(at));
                match measured(&train.validations.items()[at].eval, path[2], place) {
                    Err(message) => Err(elsewhere(message, train, path[2])),
                    known => known,
                }
            }
            None => Ok(()),
        },
        (PhaseKind::Eval(eval), 1) => {
            if same(path[1], "val") {
                let message =
                    Message::new().text("eval ").name(spec.name).text(" has no val; its values stand behind ");
                return Err(message.text("its name: by ").text(spec.name).text(".rmse"));
            }
            measured(eval, path[1], Message::new().text("in eval ").name(spec.name))
        }
        // Behind a `val` that an eval phase does not have, that is told alone.
        (PhaseKind::Eval(_), 2) if same(path[1], "val") => Ok(()),
        (PhaseKind::Eval(_), 2) | (PhaseKind::Train(_), 3) => {
            Err(Message::new().name(path[at]).text(" stands behind a value; remove it"))
        }
        _ => Ok(()),
    }
}

/// The name of the first evaluation that measures a value, or of the first one where none does.
const fn measuring(train: &TrainSpec, value: &str) -> Name {
    let (validations, mut i) = (train.validations.items(), 0);
    while i < validations.len() {
        if higher_is_better(&validations[i].eval, value).is_some() {
            return validations[i].name;
        }
        i += 1;
    }
    validations[0].name
}

/// What decides is measured at the epoch that the phase goes back to.
pub const fn restored(context: Context<'_>, at: usize) -> Verdict {
    let experiment = context.experiment;
    let Some(choose) = &experiment.choose else { return Ok(()) };
    let Some(by) = criterion(experiment, choose) else { return Ok(()) };
    let spec = &experiment.phases.items()[by.phase];
    let (PhaseKind::Train(train), Some(val)) = (&spec.kind, validation(experiment, by.phase, by.evaluation)) else {
        return Ok(());
    };
    let (callbacks, mut i) = (train.callbacks.items(), 0);
    while at == 1 && i < callbacks.len() {
        if callbacks[i].restores()
            && let Some((watched, _)) = in_evaluation(callbacks[i].watches.items()[0])
            && let Some(watched) = validation_named(train, watched)
            && val.every > 0
            && train.validations.items()[watched].every % val.every > 0
        {
            let watched = train.validations.items()[watched].name;
            let message = Message::new().text(val.name).text(" is measured every ").count(val.every);
            let message =
                message.text(" epochs, and train ").name(spec.name).text(" may go back to another epoch, best ");
            let message = message.text("by ").text(watched).text("; choose by a value of ").text(watched);
            return Err(message.text(", or measure ").text(val.name).text(" as often"));
        }
        i += 1;
    }
    Ok(())
}

const fn no_phase(experiment: &ExperimentSpec, wrong: &str) -> crate::text::Message {
    let phases = experiment.phases.items();
    let mut names = Names::NONE;
    let mut i = 0;
    while i < phases.len() {
        names = names.with(phases[i].name);
        i += 1;
    }
    unknown("phase", wrong, Message::new().text("in ").name(experiment.name), "phases", &names)
}

const fn measured(eval: &EvalSpec, name: &str, place: Message) -> Verdict {
    if let Some(verdict) = term(eval, name, place) {
        return verdict;
    }
    let metrics = eval.metrics.items();
    let mut names = Names::NONE;
    if !eval.loss.is_empty() {
        names = names.with("loss");
    }
    let mut i = 0;
    while i < metrics.len() {
        let gives = metrics[i].metric.gives;
        if same(metrics[i].name, name) && metrics[i].chosen_on.is_some() {
            let message = Message::new().name(name).text(" is a threshold, of which neither more nor less is better; ");
            return Err(message.text("choose by a metric that is measured with it"));
        }
        if same(metrics[i].name, name) && !gives.is_number() {
            let message = Message::new().name(name).text(" is ").text(gives.words());
            return Err(message.text("; choose by a number"));
        }
        if gives.is_number() && metrics[i].chosen_on.is_none() {
            names = names.with(metrics[i].name);
        }
        i += 1;
    }
    if contains(names.as_slice(), name) { Ok(()) } else { Err(unknown("metric", name, place, "metrics", &names)) }
}
