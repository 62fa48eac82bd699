//! Rules at how what may be chosen is chosen.

use super::context::Context;
use super::names::shares_rows;
use super::split::chosen_group;
use crate::plan::criterion::{criterion, measured_split};
use crate::plan::lineage::{fed_with_rows_of, folds_of, statement_of};
use crate::plan::lookup::row_source_name;
use crate::plan::operand::push_phase;
use crate::plan::site::validation;
use crate::rules::part::Part;
use crate::spec::{ChooseSpec, ChosenFrom, ExperimentSpec, PhaseKind, SplitSpec, SplitterSpec, Value};
use crate::text::{Message, Name, Verdict, same};

/// There is something to choose.
pub const fn varies(context: Context<'_>) -> Verdict {
    let experiment = context.experiment;
    if experiment.choose.is_none() || !experiment.choices.is_empty() {
        return Ok(());
    }
    let message = Message::new().text("nothing in ").name(experiment.name).text(" may be chosen; say what: vary ");
    Err(match experiment.graph.parameters.items() {
        [first, ..] => message.text(first.name).text(" in [..];"),
        [] => message.text("width in [32, 64]; of a parameter, graph Net(x: X; width: usize = 32)"),
    })
}

/// The settings of a search lie in their ranges.
pub const fn settings(context: Context<'_>, part: Part<'_>) -> Verdict {
    match &context.experiment.choose {
        Some(choose) => part.in_range(&choose.search.settings, choose.search.name),
        None => Ok(()),
    }
}

/// A search of lists finds no ranges.
pub const fn lists(context: Context<'_>, part: Part<'_>) -> Verdict {
    let Some(choose) = &context.experiment.choose else { return Ok(()) };
    if !part.is_name() || !choose.search.lists_only {
        return Ok(());
    }
    let choices = context.experiment.choices.items();
    let mut i = 0;
    while i < choices.len() {
        if let ChosenFrom::Range { .. } = choices[i].from {
            let message = Message::new().text(choose.search.name).text(" tries listed values, and ");
            let message = message.name(choices[i].name).text(" is a range; list its values, or write ");
            return Err(message.text("RandomSearch::trials(40)"));
        }
        i += 1;
    }
    Ok(())
}

/// There are as many different trials as a search should make.
#[allow(clippy::cast_possible_wrap, reason = "lists are far shorter than i64::MAX")]
pub const fn count(context: Context<'_>, part: Part<'_>) -> Verdict {
    let Some(choose) = &context.experiment.choose else { return Ok(()) };
    let Value::Int(trials) = choose.search.settings.get("trials") else { return Ok(()) };
    if !part.holds("trials") || trials < 1 {
        return Ok(());
    }
    let choices = context.experiment.choices.items();
    let (mut all, mut i) = (1i64, 0);
    while i < choices.len() {
        let ChosenFrom::Listed(values) = &choices[i].from else { return Ok(()) };
        all = all.saturating_mul(values.len() as i64);
        i += 1;
    }
    if choices.is_empty() || trials <= all {
        return Ok(());
    }
    let message = Message::new().text(choose.search.name).text(" should make ").int(trials);
    let message = message.text(" trials, and there are ").int(all).text(" combinations of what may be chosen; ");
    Err(message.text("ask for fewer, or write GridSearch"))
}

/// A search that ends trials early compares values of `val`, before the last epoch.
#[allow(clippy::cast_possible_wrap, reason = "epochs are far below i64::MAX")]
pub const fn halves(context: Context<'_>, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let Some(choose) = &experiment.choose else { return Ok(()) };
    if !choose.search.halves {
        return Ok(());
    }
    let Some(by) = criterion(experiment, choose) else { return Ok(()) };
    let spec = &experiment.phases.items()[by.phase];
    let PhaseKind::Train(train) = &spec.kind else {
        if !part.is_name() {
            return Ok(());
        }
        let message = Message::new().text(choose.search.name).text(" compares trials while they train, and eval ");
        let message = message.name(spec.name).text(" measures behind the last epoch; choose by a value of ");
        return Err(message.text("`validate`, as regress.val.loss"));
    };
    let Value::Int(from) = choose.search.settings.get("from") else { return Ok(()) };
    if !part.holds("from") || from < 1 {
        return Ok(());
    }
    if from >= train.epochs as i64 {
        let message = Message::new().text("trials are compared first after ").int(from).text(" epochs, and train ");
        let message = message.name(spec.name).text(" has ").count(train.epochs);
        return Err(message.text(", so that none would end early; begin with fewer"));
    }
    match validation(experiment, by.phase, by.evaluation) {
        Some(val) if val.every as i64 > from => {
            let message = Message::new().text("trials are compared first after ").int(from).text(" epochs, and ");
            let message = push_phase(message, spec, Some(by.evaluation)).text(" runs every ").count(val.every);
            Err(message.text(" epochs; write .from(").count(val.every).text(") or more"))
        }
        _ => Ok(()),
    }
}

/// No rows decide what is chosen and are reported as well.
pub const fn reported(context: Context<'_>, at: usize) -> Verdict {
    let experiment = context.experiment;
    let Some(choose) = &experiment.choose else { return Ok(()) };
    let Some(by) = criterion(experiment, choose) else { return Ok(()) };
    if at != 0 {
        return Ok(());
    }
    let deciding = (by.phase, by.evaluation);
    let in_folds = by_fold(experiment, deciding, None);
    if let Some(inner) = &choose.within {
        if is_by_fold(experiment, deciding) {
            return apart_from_inner(experiment, by.phase, inner);
        }
        let message =
            Message::new().name(choose.by.items()[0]).text(" measures the same rows in every fold, and inner ");
        return Err(message
            .text("folds would choose by rows that are reported; choose by a value of rows that the folds leave out"));
    }
    let phases = experiment.phases.items();
    let (mut reports, mut i) = (false, 0);
    while i < phases.len() {
        if i != by.phase
            && let PhaseKind::Eval(eval) = &phases[i].kind
            && !eval.on_training_rows
        {
            reports = true;
            if in_folds && by_fold(experiment, (i, 0), Some(deciding)) {
                let message = Message::new().text("one choice would be made for all folds, by rows that eval ");
                let message = message.name(phases[i].name).text(" reports in other folds; ");
                return Err(instead_of_one_choice(experiment, message, phases[i].name));
            }
            if let Some(shared) = shared_split(experiment, deciding, i) {
                let message = Message::new().text("eval ").name(phases[i].name).text(" reports ").name(shared.1);
                let message = shares_rows(message, shared.1, shared.0);
                let message =
                    message.text(", the rows that decide what is chosen, which would be biased; remove the phase, ");
                return Err(message.text("or choose by rows of another split"));
            }
        }
        i += 1;
    }
    if reports || by.validation.is_some() {
        return Ok(());
    }
    let message =
        Message::new().text("eval ").name(phases[by.phase].name).text(" would decide what is chosen and be all ");
    let message = message.text("that is reported of it, which is biased; ");
    if in_folds {
        return Err(instead_of_one_choice(experiment, message, phases[by.phase].name));
    }
    Err(message.text("choose by a value of `validate`, or report rows of another split in an eval phase of its own"))
}

/// Whether all that an evaluation of a phase measures is of rows that are others in each fold.
const fn is_by_fold(experiment: &ExperimentSpec, (phase, evaluation): (usize, usize)) -> bool {
    let feeds = experiment.phases.items()[phase].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        let input = row_source_name(&experiment.graph, feeds[i].input);
        if folds_of(experiment, input, measured_split(experiment, phase, evaluation, i)).is_none() {
            return false;
        }
        i += 1;
    }
    true
}

/// Rows that inner folds choose by, all of those that a fold trains on, are reported by no other phase.
const fn apart_from_inner(experiment: &ExperimentSpec, by: usize, inner: &SplitSpec) -> Verdict {
    let Some(train) = inner.of else { return Ok(()) };
    let phases = experiment.phases.items();
    let mut i = 0;
    while i < phases.len() {
        if i != by
            && let PhaseKind::Eval(eval) = &phases[i].kind
            && !eval.on_training_rows
            && let Some(measured) = fed_with_rows_of(experiment, i, inner.input, train)
        {
            let message = Message::new().text("inner folds choose by all rows of ").name(train);
            let message = message.text(", of which eval ").name(phases[i].name).text(" reports ").name(measured);
            return Err(
                message.text(", which would be biased; remove the phase, or report rows that the folds leave out")
            );
        }
        i += 1;
    }
    Ok(())
}

/// Whether what an evaluation of a phase measures is of rows that are others in each fold; with another one, of the same folds
/// as that.
const fn by_fold(
    experiment: &ExperimentSpec,
    (phase, evaluation): (usize, usize),
    other: Option<(usize, usize)>,
) -> bool {
    let feeds = experiment.phases.items()[phase].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        let input = row_source_name(&experiment.graph, feeds[i].input);
        if let Some(folds) = folds_of(experiment, input, measured_split(experiment, phase, evaluation, i)) {
            let Some((other, of_other)) = other else { return true };
            let others = experiment.phases.items()[other].feeds.items();
            let mut k = 0;
            while k < others.len() {
                let input = row_source_name(&experiment.graph, others[k].input);
                match folds_of(experiment, input, measured_split(experiment, other, of_other, k)) {
                    Some(same) if same == folds => return true,
                    _ => k += 1,
                }
            }
        }
        i += 1;
    }
    false
}

/// The split that decides, and one with rows of it that another phase measures.
const fn shared_split(
    experiment: &ExperimentSpec,
    (by, evaluation): (usize, usize),
    eval: usize,
) -> Option<(&'static str, &'static str)> {
    let feeds = experiment.phases.items()[by].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        let split = measured_split(experiment, by, evaluation, i);
        if let Some(measured) = fed_with_rows_of(experiment, eval, feeds[i].input, split) {
            return Some((split, measured));
        }
        i += 1;
    }
    None
}

/// Appends what else there is: inner folds, of one statement of folds, or rows beside the folds.
const fn instead_of_one_choice(experiment: &ExperimentSpec, message: Message, eval: Name) -> Message {
    let splits = experiment.splits.items();
    let (mut folds, mut count, mut i) = (None, 0, 0);
    while i < splits.len() {
        if splits[i].splitter.folds {
            folds = Some(&splits[i]);
            count += 1;
        }
        i += 1;
    }
    let mut message = message;
    if let Some(folds) = folds
        && count == 1
    {
        message = message.text("let each fold choose for itself, by inner folds: in KFold::of(3)");
        if let Some(group) = chosen_group(&folds.splitter) {
            message = message.text(".group_by(").text(folds.input).text(".").text(group).text(")");
        }
        message = message.text(", or ");
    }
    message.text("report rows beside the folds instead of eval ").name(eval)
}

/// Inner folds are made in the rows that each fold of the experiment trains on.
pub const fn inner(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let experiment = context.experiment;
    let Some(ChooseSpec { within: Some(inner), .. }) = &experiment.choose else { return Ok(()) };
    if !part.is_name() || split != experiment.splits.len() {
        return Ok(());
    }
    let (splits, mut folds, mut i) = (experiment.splits.items(), 0, 0);
    while i < splits.len() {
        folds += splits[i].splitter.folds as usize;
        i += 1;
    }
    let message = Message::new().text("inner folds choose in each fold of the experiment, and it has ");
    if folds != 1 {
        let message = message.count(folds).text(" statements of folds");
        return Err(if folds == 0 {
            let message = message.text("; declare them: folds ").text(inner.input);
            message.text(" = KFold::of(5) into train, left_out;")
        } else {
            message.text("; keep one, or report rows outside of all folds and choose without inner folds")
        });
    }
    let is_below = match inner.of {
        Some(of) => match statement_of(experiment, inner.input, of) {
            Some(statement) => makes_the_same(&splits[statement].splitter, &inner.splitter, of),
            None => false,
        },
        None => false,
    };
    if is_below {
        return Ok(());
    }
    let message =
        Message::new().text("inner folds divide the rows that a fold trains on into parts of the same names, and ");
    Err(message.text(inner.splitter.name).text(" does not"))
}

/// Whether inner folds of the rows to train on make the splits of the folds that they stand in.
const fn makes_the_same(folds: &SplitterSpec, inner: &SplitterSpec, of: &str) -> bool {
    let (names, inner_names) = (folds.names(), inner.names());
    let are_folds = folds.folds && inner.folds && names.len() == 2 && inner_names.len() == 2;
    are_folds && same(names[0], of) && same(names[0], inner_names[0]) && same(names[1], inner_names[1])
}

/// A trial alone splits the rows of one fold.
pub const fn declared(context: Context<'_>, split: usize) -> Verdict {
    let spec = &context.experiment.splits.items()[split];
    if spec.within.is_none() {
        return Ok(());
    }
    let message =
        Message::new().text("the rows of ").name(spec.input).text(" are split within one fold, as in a trial; ");
    Err(message.text("remove `within`"))
}
