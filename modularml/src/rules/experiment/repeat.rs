//! One comparison in several places: as a loss, in `validate` and in an eval phase.

use super::context::Context;
use super::role::same_path;
use crate::plan::site::{Measured, Site, measured, validation};
use crate::spec::{Agreement, ExperimentSpec, PhaseKind};
use crate::text::same;

/// Whether an earlier loss or metric compares the same things in the same way, so that a mistake in them is told there
/// alone.
pub(super) const fn is_told_before(context: Context<'_>, phase: usize, site: Site) -> bool {
    let Some(own) = measured(context.experiment, phase, site) else { return false };
    let mut earlier = 0;
    while earlier <= phase {
        let mut next = first(context.experiment, earlier);
        while let Some(at) = next {
            if earlier == phase && is_one_site(at, site) {
                return false;
            }
            if let Some(other) = measured(context.experiment, earlier, at)
                && is_alike(&own, &other)
            {
                return true;
            }
            next = behind(context.experiment, earlier, at);
        }
        earlier += 1;
    }
    false
}

/// The first loss or metric of a phase, which may not be there: the loss that it learns from, or else that of its first
/// evaluation.
const fn first(experiment: &ExperimentSpec, phase: usize) -> Option<Site> {
    match &experiment.phases.items()[phase].kind {
        PhaseKind::Train(_) | PhaseKind::Eval(_) => Some(Site::Loss(0)),
        PhaseKind::Fit(_) => None,
    }
}

/// The place behind one, at which nothing may stand: the terms of a loss, then metrics, then the next evaluation.
const fn behind(experiment: &ExperimentSpec, phase: usize, site: Site) -> Option<Site> {
    let is_there = measured(experiment, phase, site).is_some();
    let trains = matches!(experiment.phases.items()[phase].kind, PhaseKind::Train(_));
    match site {
        Site::Loss(i) if is_there => Some(Site::Loss(i + 1)),
        Site::Loss(_) if trains => enter(experiment, phase, 0),
        Site::Loss(_) => Some(Site::Metric(0)),
        Site::Metric(i) if is_there => Some(Site::Metric(i + 1)),
        Site::Metric(_) => None,
        Site::ValLoss(of, i) if is_there => Some(Site::ValLoss(of, i + 1)),
        Site::ValLoss(of, _) => Some(Site::ValMetric(of, 0)),
        Site::ValMetric(of, i) if is_there => Some(Site::ValMetric(of, i + 1)),
        Site::ValMetric(of, _) => enter(experiment, phase, of + 1),
    }
}

/// The first place of an evaluation of a train phase, where there is one.
const fn enter(experiment: &ExperimentSpec, phase: usize, of: usize) -> Option<Site> {
    if validation(experiment, phase, of).is_some() { Some(Site::ValLoss(of, 0)) } else { None }
}

const fn is_one_site(a: Site, b: Site) -> bool {
    match (a, b) {
        (Site::Loss(a), Site::Loss(b)) | (Site::Metric(a), Site::Metric(b)) => a == b,
        (Site::ValLoss(of, a), Site::ValLoss(in_other, b)) | (Site::ValMetric(of, a), Site::ValMetric(in_other, b)) => {
            of == in_other && a == b
        }
        _ => false,
    }
}

/// Whether the rules that ask about no phase refuse `b` where they refuse `a`.
const fn is_alike(a: &Measured<'_>, b: &Measured<'_>) -> bool {
    let agree = match (a.agreement, b.agreement) {
        (Agreement::Free, Agreement::Free)
        | (Agreement::OnePerClass, Agreement::OnePerClass)
        | (Agreement::Several, Agreement::Several) => true,
        (Agreement::Equal(a), Agreement::Equal(b)) => are_equal(a, b),
        _ => false,
    };
    // A metric takes more than a loss: the number of a class, logarithms of probabilities for logits.
    if !agree
        || b.is_metric && !a.is_metric
        || a.pairs_rows != b.pairs_rows
        || a.elementwise != b.elementwise
        || a.slots.len() != b.slots.len()
        || a.operands.len() != b.operands.len()
    {
        return false;
    }
    let mut i = 0;
    while i < a.operands.len() {
        let stand_alike = match (a.operands[i].stands_as, b.operands[i].stands_as) {
            (None, None) => true,
            (Some(a), Some(b)) => same(a, b),
            _ => false,
        };
        if !stand_alike || !same_path(a.operands[i].path.items(), b.operands[i].path.items()) {
            return false;
        }
        if i < a.slots.len() && a.slots[i].takes as usize != b.slots[i].takes as usize {
            return false;
        }
        i += 1;
    }
    true
}

const fn are_equal(a: &[(usize, usize)], b: &[(usize, usize)]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if a[i].0 != b[i].0 || a[i].1 != b[i].1 {
            return false;
        }
        i += 1;
    }
    a.len() == b.len()
}
