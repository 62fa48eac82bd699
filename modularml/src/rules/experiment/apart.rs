//! Rules at the rows of what is fitted behind a model, such as what calibrates its probabilities.

use super::context::Context;
use super::names::shares_rows;
use crate::plan::lineage::fed_with_rows_of;
use crate::plan::lookup::node_named;
use crate::plan::operand::phase_kind;
use crate::plan::reach::learning;
use crate::plan::site::{FeedSite, feed_at};
use crate::spec::PhaseKind;
use crate::text::{BitSet, Message, Verdict};

/// A model that learns how far to trust another is fitted to rows that the other has not learned from.
pub const fn rows(context: Context<'_>, phase: usize, feed: FeedSite) -> Verdict {
    let Context { experiment, wiring } = context;
    let graph = &experiment.graph;
    let phases = experiment.phases.items();
    let PhaseKind::Fit(fit) = &phases[phase].kind else { return Ok(()) };
    let Some(feed) = feed_at(experiment, phase, feed) else { return Ok(()) };
    let listed = fit.nodes.items();
    let mut at = 0;
    while at < listed.len() {
        if let Some(node) = node_named(graph, listed[at])
            && let Some(fitting) = graph.nodes.items()[node].layer.learns.fitting()
            && fitting.apart
        {
            let above = wiring.upstream(BitSet::of(node));
            // A later phase is told where it changes what this one was fitted to.
            let mut i = 0;
            while i <= phase {
                if let Some(learned) = fed_with_rows_of(experiment, i, feed.input, feed.split)
                    && let Some(learner) = learner(context, i, &above, node)
                {
                    let message = Message::new().text("fit ").name(phases[phase].name).text(" fits ").name(listed[at]);
                    let message = message.text(" (").text(graph.nodes.items()[node].layer.name).text(") to ");
                    let message = shares_rows(message.name(feed.split), feed.split, learned).text(", the rows that ");
                    let message = message.name(graph.nodes.items()[learner].name).text(" learns from in ");
                    let message = message.text(phase_kind(&phases[i])).text(" ").name(phases[i].name);
                    return Err(message.text(", of which it is too sure; feed it a split of its own"));
                }
                i += 1;
            }
        }
        at += 1;
    }
    Ok(())
}

/// A node among these, but for one, that learns in a phase.
const fn learner(context: Context<'_>, phase: usize, among: &BitSet, without: usize) -> Option<usize> {
    let Context { experiment, wiring } = context;
    let learning = match &experiment.phases.items()[phase].kind {
        PhaseKind::Train(train) => learning(experiment, wiring, train),
        PhaseKind::Fit(fit) => {
            let (mut listed, mut i) = (BitSet::EMPTY, 0);
            while i < fit.nodes.len() {
                if let Some(node) = node_named(&experiment.graph, fit.nodes.items()[i]) {
                    listed.insert(node);
                }
                i += 1;
            }
            listed
        }
        PhaseKind::Eval(_) => return None,
    };
    let mut from = 0;
    while let Some(node) = learning.first_from(from) {
        if node != without && among.contains(node) {
            return Some(node);
        }
        from = node + 1;
    }
    None
}
