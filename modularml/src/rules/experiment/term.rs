//! Rules at the labels of terms, and at the names by which they are read.

use super::context::Context;
use crate::plan::operand::phase_kind;
use crate::plan::site::{Site, evaluation};
use crate::spec::term::{TERMS, are_told, has_label, label_in, labels};
use crate::spec::{EvalSpec, PhaseKind, TermSpec};
use crate::text::{Message, Names, Verdict, contains, same, unknown};

/// The label of a term is that of no other term of the loss.
pub const fn label(context: Context<'_>, phase: usize, site: Site) -> Verdict {
    let (Site::Loss(i) | Site::ValLoss(_, i)) = site else { return Ok(()) };
    let terms = terms_at(context, phase, site);
    if i >= terms.len() {
        return Ok(());
    }
    let Some(label) = terms[i].label else { return Ok(()) };
    let mut earlier = 0;
    while earlier < i {
        if let Some(other) = terms[earlier].label
            && same(other, label)
        {
            let spec = &context.experiment.phases.items()[phase];
            let message =
                Message::new().text("two terms of the loss in ").text(phase_kind(spec)).text(" ").name(spec.name);
            return Err(message.text(" are called ").name(label).text(", so that neither could be told; rename one"));
        }
        earlier += 1;
    }
    Ok(())
}

/// The terms of the loss at a place.
pub(super) const fn terms_at(context: Context<'_>, phase: usize, site: Site) -> &[TermSpec] {
    match (&context.experiment.phases.items()[phase].kind, site) {
        (PhaseKind::Train(train), Site::Loss(_)) => train.loss.items(),
        _ => match evaluation(context.experiment, phase, site.evaluation()) {
            Some(eval) => eval.loss.items(),
            None => &[],
        },
    }
}

/// The name of a metric is not where the terms of the loss stand.
pub const fn not_terms(context: Context<'_>, phase: usize, site: Site) -> Verdict {
    let (Site::Metric(metric) | Site::ValMetric(_, metric)) = site else { return Ok(()) };
    let Some(eval) = evaluation(context.experiment, phase, site.evaluation()) else { return Ok(()) };
    let name = eval.metrics.items()[metric].name;
    let takes = (same(name, TERMS) && are_told(eval.loss.items())) || label_in(name).is_some();
    if !takes {
        return Ok(());
    }
    let message = Message::new().text("metric ").name(name);
    Err(message.text(" has the name under which the terms of the loss are told; rename it"))
}

/// What is to say of a name that reads a term, or should: none of any other name.
pub(super) const fn term(eval: &EvalSpec, name: &str, place: Message) -> Option<Verdict> {
    let terms = eval.loss.items();
    let known = labels(terms);
    if let Some(label) = label_in(name) {
        if has_label(terms, label) {
            return Some(Ok(()));
        }
        if known.is_empty() {
            let message = Message::new().text("no terms are told ").text(place.as_str()).text(", whose loss ");
            return Some(Err(if terms.is_empty() {
                message.text("is not measured; measure it: loss;")
            } else {
                let label = if label.is_empty() { "recon" } else { label };
                message.text("is one term; take `loss`, or label the term: loss = ").text(label).text(": ..")
            }));
        }
        return Some(Err(unknown("term", label, place, "terms", &known)));
    }
    let is_metric = contains(metrics(eval).as_slice(), name);
    if is_metric || known.is_empty() || !(same(name, TERMS) || has_label(terms, name)) {
        return None;
    }
    let first = if same(name, TERMS) { known.as_slice()[0] } else { name };
    let message = Message::new();
    let message = if same(name, TERMS) {
        message.text("say which term of the loss: terms.").text(first)
    } else {
        message.name(name).text(" is a term of the loss, and stands behind `terms`: terms.").text(first)
    };
    Some(Err(message))
}

/// The names of the metrics of an evaluation.
const fn metrics(eval: &EvalSpec) -> Names {
    let (mut names, mut i) = (Names::NONE, 0);
    while i < eval.metrics.len() {
        names = names.with(eval.metrics.items()[i].name);
        i += 1;
    }
    names
}
