//! Where in a phase a loss, metric or feed stands.

use crate::spec::{
    Agreement, EvalSpec, ExperimentSpec, FeedSpec, Gives, LossSpec, MetricSpec, Operand, PhaseKind, PhaseSpec,
    Settings, Slot, TermSpec, TrainSpec, ValidationSpec,
};
use crate::text::{Name, same};

/// The place of a loss or metric in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// A term of the loss of a train or eval phase.
    Loss(usize),
    /// A metric of an eval phase.
    Metric(usize),
    /// A term of the loss that an evaluation of a train phase measures: the evaluation, and the term.
    ValLoss(usize, usize),
    /// A metric of an evaluation of a train phase: the evaluation, and the metric.
    ValMetric(usize, usize),
}

impl Site {
    /// The evaluation of the phase that it stands in, by its place.
    pub(crate) const fn evaluation(self) -> usize {
        match self {
            Self::Loss(_) | Self::Metric(_) => 0,
            Self::ValLoss(evaluation, _) | Self::ValMetric(evaluation, _) => evaluation,
        }
    }
}

/// The place of a feed in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedSite {
    /// A feed of the phase itself.
    Phase(usize),
    /// A feed of an evaluation of a train phase: the evaluation, and the feed.
    Val(usize, usize),
}

impl FeedSite {
    /// The evaluation whose feed it is, of those of a train phase; none of what the phase itself is fed.
    pub(crate) const fn evaluation(self) -> Option<usize> {
        match self {
            Self::Phase(_) => None,
            Self::Val(evaluation, _) => Some(evaluation),
        }
    }

    /// The place among the feeds there.
    pub(crate) const fn feed(self) -> usize {
        let (Self::Phase(feed) | Self::Val(_, feed)) = self;
        feed
    }
}

/// The evaluations of a train phase; none of any other phase.
pub(crate) const fn validations(phase: &PhaseSpec) -> &[ValidationSpec] {
    match &phase.kind {
        PhaseKind::Train(train) => train.validations.items(),
        PhaseKind::Fit(_) | PhaseKind::Eval(_) => &[],
    }
}

/// An evaluation of a train phase by its place.
pub(crate) const fn validation(experiment: &ExperimentSpec, phase: usize, at: usize) -> Option<&ValidationSpec> {
    let validations = validations(&experiment.phases.items()[phase]);
    if at < validations.len() { Some(&validations[at]) } else { None }
}

/// The place of an evaluation of a train phase by its name.
pub(crate) const fn validation_named(train: &TrainSpec, name: &str) -> Option<usize> {
    let validations = train.validations.items();
    let mut i = 0;
    while i < validations.len() {
        if same(validations[i].name, name) {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// The feeds of a phase, or those in the braces of one of the evaluations of a train phase.
pub(crate) const fn feeds_of(phase: &PhaseSpec, evaluation: Option<usize>) -> &[FeedSpec] {
    match (&phase.kind, evaluation) {
        (PhaseKind::Train(train), Some(at)) if at < train.validations.len() => {
            train.validations.items()[at].feeds.items()
        }
        (PhaseKind::Train(_), Some(_)) => &[],
        _ => phase.feeds.items(),
    }
}

/// The feed at a place.
pub(crate) const fn feed_at(experiment: &ExperimentSpec, phase: usize, at: FeedSite) -> Option<&FeedSpec> {
    let feeds = feeds_of(&experiment.phases.items()[phase], at.evaluation());
    if at.feed() < feeds.len() { Some(&feeds[at.feed()]) } else { None }
}

/// The feed of an input among some.
pub(crate) const fn feed_of<'a>(feeds: &'a [FeedSpec], input: &str) -> Option<&'a FeedSpec> {
    let mut i = 0;
    while i < feeds.len() {
        if same(feeds[i].input, input) {
            return Some(&feeds[i]);
        }
        i += 1;
    }
    None
}

/// The split of an input that an evaluation of a train phase measures.
pub(crate) const fn validated_split(validation: &ValidationSpec, input: &str) -> Name {
    match feed_of(validation.feeds.items(), input) {
        Some(feed) => feed.split,
        None => validation.split,
    }
}

/// What a loss and a metric have in common for the rules.
#[derive(Clone, Copy)]
#[allow(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub(crate) struct Measured<'a> {
    pub name: Name,
    pub settings: &'a Settings,
    pub slots: &'static [Slot],
    pub agreement: Agreement,
    pub pairs_rows: bool,
    pub elementwise: bool,
    /// Whether a row may have several labels.
    pub of_labels: bool,
    /// Whether rows may weigh more or less than others.
    pub weighs_rows: bool,
    pub operands: &'a [Operand],
    /// The evaluation of the phase that measures it, by its place; none of what is learned from.
    pub evaluation: Option<usize>,
    /// Whether it is a metric, and not a loss or the mean of one.
    pub is_metric: bool,
    /// What kind of value it has.
    pub gives: Gives,
    /// The split on whose rows it chooses a threshold; none of what is measured.
    pub chosen_on: Option<Name>,
}

const fn term(terms: &[TermSpec], i: usize, evaluation: Option<usize>) -> Option<Measured<'_>> {
    if i >= terms.len() {
        return None;
    }
    let (loss, operands) = (&terms[i].loss, terms[i].inputs.items());
    let LossSpec { name, settings, inputs: slots, agreement, pairs_rows, elementwise, .. } = loss;
    Some(Measured {
        name,
        settings,
        slots,
        agreement: *agreement,
        pairs_rows: *pairs_rows,
        elementwise: *elementwise,
        of_labels: false,
        weighs_rows: true,
        operands,
        evaluation,
        is_metric: false,
        gives: Gives::Number,
        chosen_on: None,
    })
}

pub(crate) const fn measured(experiment: &ExperimentSpec, phase: usize, site: Site) -> Option<Measured<'_>> {
    let (eval, inner) = match (&experiment.phases.items()[phase].kind, site) {
        (PhaseKind::Train(train), Site::Loss(i)) => return term(train.loss.items(), i, None),
        (PhaseKind::Train(_), Site::ValLoss(at, i)) => (evaluation(experiment, phase, at), Site::Loss(i)),
        (PhaseKind::Train(_), Site::ValMetric(at, i)) => (evaluation(experiment, phase, at), Site::Metric(i)),
        (PhaseKind::Eval(eval), site) => (Some(eval), site),
        _ => return None,
    };
    let Some(eval) = eval else { return None };
    let at = Some(site.evaluation());
    match inner {
        Site::Loss(i) => term(eval.loss.items(), i, at),
        Site::Metric(i) if i < eval.metrics.len() => {
            let metric = &eval.metrics.items()[i];
            let (spec, operands) = (&metric.metric, metric.inputs.items());
            let MetricSpec {
                name,
                settings,
                inputs: slots,
                agreement,
                pairs_rows,
                elementwise,
                of_labels,
                weighs_rows,
                gives,
                ..
            } = spec;
            Some(Measured {
                name,
                settings,
                slots,
                agreement: *agreement,
                pairs_rows: *pairs_rows,
                elementwise: *elementwise,
                of_labels: *of_labels,
                weighs_rows: *weighs_rows,
                operands,
                evaluation: at,
                is_metric: !spec.is_loss,
                gives: *gives,
                chosen_on: metric.chosen_on,
            })
        }
        _ => None,
    }
}

/// An evaluation of a phase by its place: an eval phase has its own alone, a train phase those of its `validate`.
pub(crate) const fn evaluation(experiment: &ExperimentSpec, phase: usize, at: usize) -> Option<&EvalSpec> {
    match &experiment.phases.items()[phase].kind {
        PhaseKind::Eval(eval) if at == 0 => Some(eval),
        PhaseKind::Train(train) if at < train.validations.len() => Some(&train.validations.items()[at].eval),
        PhaseKind::Eval(_) | PhaseKind::Train(_) | PhaseKind::Fit(_) => None,
    }
}
