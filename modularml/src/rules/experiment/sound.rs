//! The first refusal of an experiment, asked in constants with each value that may be chosen: there is no other token than
//! that of the value to tell it at. The way is that of `walk`.

use super::context::Context;
use super::table::{
    accumulate, augmented_column, augmenter, callback, choose, chosen_by, chosen_on, clip, epochs, evaluation, every,
    experiment, fed_input, fed_split, fitted_on, fold_split, frozen_node, inner_folds, label, listed_node, loss,
    measured, metric, mix, operand, operands, parameter, phase as phase_name, predictions, rate, rates, run_callback,
    sampler, scaled_column, scaler, schedule, search, split, splitter, stands_as, stream, training_rows, unfinished,
    ungrouped, units, untrained, unused, validated, validated_split, watched, watched_evaluation, weighed, weighed_by,
    weight,
};
use crate::plan::site::{FeedSite, Site, feed_at, validations};
use crate::rules::part::Part;
use crate::rules::places::ask;
use crate::spec::{EvalSpec, FeedSpec, PhaseKind, TrainSpec};
use crate::text::Verdict;

/// Asks at both parts of a component.
macro_rules! ask_whole {
    ($place:ident($($index:expr),*)) => {
        ask!($place($($index),*, Part::WHOLE[0]), $place($($index),*, Part::WHOLE[1]))
    };
}

/// What the first rule refuses of all but the phases.
///
/// # Errors
/// That.
pub const fn whole(at: Context<'_>) -> Verdict {
    let spec = at.experiment;
    ask!(experiment(at));
    let mut i = 0;
    while i < spec.parameters.len() {
        ask!(parameter(at, i));
        i += 1;
    }
    if let Some(chosen) = &spec.choose {
        ask!(choose(at));
        ask!(search(at, Part::WHOLE[0]), search(at, Part::WHOLE[1]));
        let mut i = 0;
        while i < chosen.by.len() {
            ask!(chosen_by(at, i));
            i += 1;
        }
        if chosen.within.is_some() {
            ask_whole!(inner_folds(at, spec.splits.len()));
        }
    }
    let mut i = 0;
    while i < spec.splits.len() {
        let arguments = spec.splits.items()[i].splitter.names().len();
        ask!(split(at, i));
        let mut k = 0;
        while k < arguments {
            ask!(splitter(at, i, Part::Argument(k)), splitter(at, i, Part::Test { argument: k, path: &[] }));
            ask!(fold_split(at, i, k));
            k += 1;
        }
        ask!(splitter(at, i, Part::Rest { settings: &[], arguments }), splitter(at, i, Part::Name));
        ask!(ungrouped(at, i), unused(at, i));
        i += 1;
    }
    let mut i = 0;
    while i < spec.scales.len() {
        ask!(scaled_column(at, i));
        let mut k = 0;
        while k < spec.scales.items()[i].scalers.len() {
            ask_whole!(scaler(at, i, k));
            k += 1;
        }
        ask!(fitted_on(at, i));
        i += 1;
    }
    let mut i = 0;
    while i < spec.augments.len() {
        ask!(augmented_column(at, i));
        let mut k = 0;
        while k < spec.augments.items()[i].augmenters.len() {
            ask_whole!(augmenter(at, i, k));
            k += 1;
        }
        i += 1;
    }
    let mut i = 0;
    while i < spec.weights.len() {
        ask!(weighed(at, i), weighed_by(at, i));
        i += 1;
    }
    let mut i = 0;
    while i < spec.callbacks.len() {
        ask_whole!(run_callback(at, i));
        i += 1;
    }
    Ok(())
}

/// What the first rule refuses of a phase.
///
/// # Errors
/// That.
pub const fn phase(at: Context<'_>, phase: usize) -> Verdict {
    let phases = at.experiment.phases.items();
    if phase >= phases.len() {
        return Ok(());
    }
    let spec = &phases[phase];
    ask!(phase_name(at, phase));
    let mut i = 0;
    while i < spec.feeds.len() {
        ask!(feed(at, phase, FeedSite::Phase(i)));
        i += 1;
    }
    match &spec.kind {
        PhaseKind::Eval(spec) => {
            ask!(training_rows(at, phase, 0), predictions(at, phase, 0), eval(at, phase, spec, None));
        }
        PhaseKind::Fit(fit) => ask!(nodes(at, phase, fit.nodes.len())),
        PhaseKind::Train(train_spec) => {
            ask!(train(at, phase, train_spec));
            let mut i = 0;
            while i < train_spec.validations.len() {
                ask!(validation(at, phase, i));
                i += 1;
            }
        }
    }
    Ok(())
}

const fn validation(at: Context<'_>, phase: usize, of: usize) -> Verdict {
    let spec = &at.experiment.phases.items()[phase];
    let val = &validations(spec)[of];
    ask!(training_rows(at, phase, of), predictions(at, phase, of));
    ask!(evaluation(at, phase, of), every(at, phase, of), validated(at, phase, of));
    let mut i = 0;
    while i < spec.feeds.len() {
        ask!(validated_split(at, phase, of, i));
        i += 1;
    }
    let mut i = 0;
    while i < val.feeds.len() {
        ask!(feed(at, phase, FeedSite::Val(of, i)));
        i += 1;
    }
    eval(at, phase, &val.eval, Some(of))
}

const fn feed(at: Context<'_>, phase: usize, site: FeedSite) -> Verdict {
    ask!(fed_input(at, phase, site), fed_split(at, phase, site));
    if let Some(FeedSpec { sampler: Some(_), .. }) = feed_at(at.experiment, phase, site) {
        ask_whole!(sampler(at, phase, site));
    }
    ask!(stream(at, phase, site));
    Ok(())
}

const fn nodes(at: Context<'_>, phase: usize, count: usize) -> Verdict {
    let mut i = 0;
    while i < count {
        ask!(listed_node(at, phase, i));
        i += 1;
    }
    Ok(())
}

const fn train(at: Context<'_>, phase: usize, spec: &TrainSpec) -> Verdict {
    if let Some(listed) = &spec.nodes {
        ask!(nodes(at, phase, listed.len()));
    }
    let mut i = 0;
    while i < spec.freeze.len() {
        ask!(frozen_node(at, phase, i));
        i += 1;
    }
    ask!(untrained(at, phase));
    let mut i = 0;
    while i < spec.loss.len() {
        ask!(term(at, phase, Site::Loss(i), spec.loss.items()[i].inputs.len()));
        i += 1;
    }
    ask!(loss(at, phase));
    ask_whole!(schedule(at, phase));
    ask!(accumulate(at, phase));
    ask_whole!(mix(at, phase));
    ask_whole!(clip(at, phase));
    ask!(rates(at, phase), unfinished(at, phase));
    if let Some(course) = &spec.rate {
        let mut i = 0;
        while i < course.rates.len() {
            ask_whole!(rate(at, phase, i));
            i += 1;
        }
    }
    ask!(epochs(at, phase));
    let mut i = 0;
    while i < spec.callbacks.len() {
        let mut slot = 0;
        while slot < spec.callbacks.items()[i].watches.len() {
            ask!(watched_evaluation(at, phase, i, slot), watched(at, phase, i, slot));
            slot += 1;
        }
        ask_whole!(callback(at, phase, i));
        i += 1;
    }
    Ok(())
}

/// An eval phase, or an evaluation of a train phase by its place.
const fn eval(at: Context<'_>, phase: usize, spec: &EvalSpec, of: Option<usize>) -> Verdict {
    let mut i = 0;
    while i < spec.loss.len() {
        let site = if let Some(of) = of { Site::ValLoss(of, i) } else { Site::Loss(i) };
        ask!(term(at, phase, site, spec.loss.items()[i].inputs.len()));
        i += 1;
    }
    let mut i = 0;
    while i < spec.metrics.len() {
        let site = if let Some(of) = of { Site::ValMetric(of, i) } else { Site::Metric(i) };
        ask!(metric(at, phase, site), compared(at, phase, site, spec.metrics.items()[i].inputs.len()));
        ask!(units(at, phase, site), chosen_on(at, phase, site));
        i += 1;
    }
    Ok(())
}

const fn term(at: Context<'_>, phase: usize, site: Site, slots: usize) -> Verdict {
    ask!(label(at, phase, site), weight(at, phase, site));
    compared(at, phase, site, slots)
}

const fn compared(at: Context<'_>, phase: usize, site: Site, slots: usize) -> Verdict {
    ask_whole!(measured(at, phase, site));
    let mut slot = 0;
    while slot < slots {
        ask!(operand(at, phase, site, slot), stands_as(at, phase, site, slot));
        slot += 1;
    }
    operands(at, phase, site)
}
