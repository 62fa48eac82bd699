//! The way through an experiment, from place to place.

use super::context::Context;
use super::table::Findings;
use crate::plan::site::{FeedSite, Site, validations};
use crate::plan::wiring::Wiring;
use crate::rules::part::Part;
use crate::rules::places::Finding;
use crate::spec::{Condition, EvalSpec, ExperimentSpec, FeedSpec, PhaseKind, PhaseSpec, TermSpec, TrainSpec};
use crate::text::Message;

/// Every mistake in an experiment, without those in its graph, whose wiring is given.
#[must_use]
pub fn all(experiment: &ExperimentSpec, wiring: &Wiring) -> Vec<Message> {
    findings(experiment, wiring).into_iter().map(|finding| finding.message).collect()
}

/// Every mistake in an experiment, without those in its graph, whose wiring is given, and the rule that refuses it.
#[must_use]
pub fn findings(experiment: &ExperimentSpec, wiring: &Wiring) -> Vec<Finding> {
    let mut at = Findings { context: Context { experiment, wiring }, found: Vec::new() };
    at.experiment();
    (0..experiment.parameters.len()).for_each(|i| at.parameter(i));
    for (i, choice) in experiment.choices.iter().enumerate() {
        at.choice(i);
        (0..choice.from.count()).for_each(|k| at.chosen(i, k));
    }
    if let Some(choose) = &experiment.choose {
        at.choose();
        whole(|part| at.search(part));
        (0..choose.by.len()).for_each(|name| at.chosen_by(name));
        if choose.within.is_some() {
            whole(|part| at.inner_folds(experiment.splits.len(), part));
        }
    }
    for (i, split) in experiment.splits.iter().enumerate() {
        at.split(i);
        let arguments = split.splitter.names().len();
        for k in 0..arguments {
            at.splitter(i, Part::Argument(k));
            let condition = split.splitter.conditions.pairs().get(k).map(|pair| &pair.1);
            if let Some(condition) = condition.filter(|condition| !matches!(condition, Condition::Single { .. })) {
                tests(condition, &mut Vec::new(), &mut |path| at.splitter(i, Part::Test { argument: k, path }));
            }
        }
        at.splitter(i, Part::Rest { settings: &[], arguments });
        at.splitter(i, Part::Name);
        (0..arguments).for_each(|k| at.fold_split(i, k));
        at.ungrouped(i);
        at.unused(i);
    }
    for (i, scale) in experiment.scales.iter().enumerate() {
        at.scaled_column(i);
        for k in 0..scale.scalers.len() {
            whole(|part| at.scaler(i, k, part));
        }
        at.fitted_on(i);
    }
    for (i, augment) in experiment.augments.iter().enumerate() {
        at.augmented_column(i);
        for k in 0..augment.augmenters.len() {
            whole(|part| at.augmenter(i, k, part));
        }
    }
    for i in 0..experiment.weights.len() {
        at.weighed(i);
        at.weighed_by(i);
    }
    for (i, spec) in experiment.phases.iter().enumerate() {
        phase(&mut at, i, spec);
    }
    for i in 0..experiment.callbacks.len() {
        whole(|part| at.run_callback(i, part));
    }
    at.found
}

/// Goes to a component as a whole.
fn whole(visit: impl FnMut(Part<'static>)) {
    Part::WHOLE.into_iter().for_each(visit);
}

/// Goes through the tests that a condition joins, by their paths.
fn tests(condition: &Condition<'_>, path: &mut Vec<usize>, visit: &mut impl FnMut(&[usize])) {
    if condition.parts().is_empty() {
        visit(path);
    }
    for (at, part) in condition.parts().iter().enumerate() {
        path.push(at);
        tests(part, path, visit);
        path.pop();
    }
}

fn phase(at: &mut Findings<'_>, phase: usize, spec: &PhaseSpec) {
    at.phase(phase);
    feeds(at, phase, spec.feeds.items(), FeedSite::Phase);
    match &spec.kind {
        PhaseKind::Eval(spec) => {
            at.training_rows(phase, 0);
            at.predictions(phase, 0);
            eval(at, phase, spec, Site::Loss, Site::Metric);
        }
        PhaseKind::Fit(fit) => (0..fit.nodes.len()).for_each(|i| at.listed_node(phase, i)),
        PhaseKind::Train(spec) => train(at, phase, spec),
    }
    for (i, val) in validations(spec).iter().enumerate() {
        at.training_rows(phase, i);
        at.predictions(phase, i);
        at.evaluation(phase, i);
        at.every(phase, i);
        at.validated(phase, i);
        (0..spec.feeds.len()).for_each(|feed| at.validated_split(phase, i, feed));
        feeds(at, phase, val.feeds.items(), |feed| FeedSite::Val(i, feed));
        eval(at, phase, &val.eval, |loss| Site::ValLoss(i, loss), |metric| Site::ValMetric(i, metric));
    }
}

fn feeds(at: &mut Findings<'_>, phase: usize, feeds: &[FeedSpec], site: impl Fn(usize) -> FeedSite) {
    for (i, feed) in feeds.iter().enumerate() {
        at.fed_input(phase, site(i));
        at.fed_split(phase, site(i));
        if feed.sampler.is_some() {
            whole(|part| at.sampler(phase, site(i), part));
        }
        at.stream(phase, site(i));
    }
}

fn train(at: &mut Findings<'_>, phase: usize, spec: &TrainSpec) {
    for i in 0..spec.nodes.iter().flatten().count() {
        at.listed_node(phase, i);
    }
    for i in 0..spec.freeze.len() {
        at.frozen_node(phase, i);
    }
    at.untrained(phase);
    terms(at, phase, spec.loss.items(), Site::Loss);
    at.loss(phase);
    whole(|part| at.schedule(phase, part));
    at.accumulate(phase);
    whole(|part| at.mix(phase, part));
    whole(|part| at.clip(phase, part));
    at.rates(phase);
    at.unfinished(phase);
    for i in 0..spec.rate.iter().flat_map(|course| course.rates.iter()).count() {
        whole(|part| at.rate(phase, i, part));
    }
    at.epochs(phase);
    for (i, watch) in spec.callbacks.iter().enumerate() {
        for slot in 0..watch.watches.len() {
            at.watched_evaluation(phase, i, slot);
            at.watched(phase, i, slot);
        }
        whole(|part| at.callback(phase, i, part));
    }
}

fn eval(
    at: &mut Findings<'_>,
    phase: usize,
    spec: &EvalSpec,
    loss: impl Fn(usize) -> Site,
    metric: impl Fn(usize) -> Site,
) {
    terms(at, phase, spec.loss.items(), loss);
    for (i, measure) in spec.metrics.iter().enumerate() {
        at.metric(phase, metric(i));
        measured(at, phase, metric(i), measure.inputs.len());
        at.units(phase, metric(i));
        at.chosen_on(phase, metric(i));
    }
}

fn terms(at: &mut Findings<'_>, phase: usize, terms: &[TermSpec], site: impl Fn(usize) -> Site) {
    for (i, term) in terms.iter().enumerate() {
        at.label(phase, site(i));
        at.weight(phase, site(i));
        measured(at, phase, site(i), term.inputs.len());
    }
}

fn measured(at: &mut Findings<'_>, phase: usize, site: Site, slots: usize) {
    whole(|part| at.measured(phase, site, part));
    for slot in 0..slots {
        at.operand(phase, site, slot);
        at.stands_as(phase, site, slot);
    }
    at.operands(phase, site);
}
