//! One comparison in several places: as a loss, in `validate` and in an eval phase.

use super::context::Context;
use super::role::same_path;
use crate::plan::site::{Measured, Site, evaluation, measured};
use crate::spec::{Agreement, PhaseKind};
use crate::text::same;

/// Whether an earlier loss or metric compares the same things in the same way, so that a mistake in them is told there
/// alone.
pub(super) const fn is_told_before(context: Context<'_>, phase: usize, site: Site) -> bool {
    let Some(own) = measured(context.experiment, phase, site) else { return false };
    let mut earlier = 0;
    while earlier <= phase {
        let trains = match &context.experiment.phases.items()[earlier].kind {
            PhaseKind::Train(train) => train.loss.len(),
            _ => 0,
        };
        let (losses, metrics) = match evaluation(context.experiment, earlier) {
            Some(eval) => (eval.loss.len(), eval.metrics.len()),
            None => (0, 0),
        };
        let mut i = 0;
        while i < trains + losses + metrics {
            let at = site_at(i, trains, losses);
            if earlier == phase && is_one_site(at, site) {
                return false;
            }
            if let Some(other) = measured(context.experiment, earlier, at)
                && is_alike(&own, &other)
            {
                return true;
            }
            i += 1;
        }
        earlier += 1;
    }
    false
}

/// The losses and metrics of a phase in order: the loss that it learns from, then the loss and metrics of its evaluation.
const fn site_at(i: usize, trains: usize, losses: usize) -> Site {
    let is_train = trains > 0;
    if i < trains {
        Site::Loss(i)
    } else if i < trains + losses {
        if is_train { Site::ValLoss(i - trains) } else { Site::Loss(i) }
    } else if is_train {
        Site::ValMetric(i - trains - losses)
    } else {
        Site::Metric(i - losses)
    }
}

const fn is_one_site(a: Site, b: Site) -> bool {
    match (a, b) {
        (Site::Loss(a), Site::Loss(b))
        | (Site::Metric(a), Site::Metric(b))
        | (Site::ValLoss(a), Site::ValLoss(b))
        | (Site::ValMetric(a), Site::ValMetric(b)) => a == b,
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
