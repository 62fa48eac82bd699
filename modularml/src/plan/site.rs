//! Where in a phase a loss, metric or feed stands.

use crate::spec::{
    Agreement, EvalSpec, ExperimentSpec, FeedSpec, Gives, LossSpec, MetricSpec, Operand, PhaseKind, PhaseSpec,
    Settings, Slot, TermSpec, TrainSpec, ValSpec,
};
use crate::text::{Name, same};

/// The place of a loss or metric in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// A term of the loss of a train or eval phase.
    Loss(usize),
    /// A metric of an eval phase.
    Metric(usize),
    /// A term of the loss of a train phase's `val`.
    ValLoss(usize),
    /// A metric of a train phase's `val`.
    ValMetric(usize),
}

/// The place of a feed in a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedSite {
    /// A feed of the phase itself.
    Phase(usize),
    /// A feed of a train phase's `val`.
    Val(usize),
}

/// The feeds of a phase, or those in the braces of its `validate`.
pub(crate) const fn feeds_of(phase: &PhaseSpec, in_val: bool) -> &[FeedSpec] {
    match &phase.kind {
        _ if !in_val => phase.feeds.items(),
        PhaseKind::Train(TrainSpec { val: Some(val), .. }) => val.feeds.items(),
        _ => &[],
    }
}

/// The feed at a place.
pub(crate) const fn feed_at(experiment: &ExperimentSpec, phase: usize, at: FeedSite) -> Option<&FeedSpec> {
    let (in_val, i) = match at {
        FeedSite::Phase(i) => (false, i),
        FeedSite::Val(i) => (true, i),
    };
    let feeds = feeds_of(&experiment.phases.items()[phase], in_val);
    if i < feeds.len() { Some(&feeds[i]) } else { None }
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

/// The split of an input that a train phase validates on.
pub(crate) const fn validated_split(val: &ValSpec, input: &str) -> Name {
    match feed_of(val.feeds.items(), input) {
        Some(feed) => feed.split,
        None => val.split,
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
    /// Whether it is measured, and not learned from.
    pub evaluating: bool,
    /// Whether it is a metric, and not a loss or the mean of one.
    pub is_metric: bool,
    /// What kind of value it has.
    pub gives: Gives,
}

const fn term(terms: &[TermSpec], i: usize, evaluating: bool) -> Option<Measured<'_>> {
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
        evaluating,
        is_metric: false,
        gives: Gives::Number,
    })
}

pub(crate) const fn measured(experiment: &ExperimentSpec, phase: usize, site: Site) -> Option<Measured<'_>> {
    let (eval, inner) = match (&experiment.phases.items()[phase].kind, site) {
        (PhaseKind::Train(train), Site::Loss(i)) => return term(train.loss.items(), i, false),
        (PhaseKind::Train(train), Site::ValLoss(i)) => match &train.val {
            Some(val) => (&val.eval, Site::Loss(i)),
            None => return None,
        },
        (PhaseKind::Train(train), Site::ValMetric(i)) => match &train.val {
            Some(val) => (&val.eval, Site::Metric(i)),
            None => return None,
        },
        (PhaseKind::Eval(eval), site) => (eval, site),
        _ => return None,
    };
    match inner {
        Site::Loss(i) => term(eval.loss.items(), i, true),
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
                evaluating: true,
                is_metric: !spec.is_loss,
                gives: *gives,
            })
        }
        _ => None,
    }
}

/// The evaluation of a phase: an eval phase's own, or a train phase's `val`.
pub(crate) const fn evaluation(experiment: &ExperimentSpec, phase: usize) -> Option<&EvalSpec> {
    match &experiment.phases.items()[phase].kind {
        PhaseKind::Eval(eval) => Some(eval),
        PhaseKind::Train(train) => match &train.val {
            Some(val) => Some(&val.eval),
            None => None,
        },
        PhaseKind::Fit(_) => None,
    }
}
