//! Rules at the roles in which rows stand in losses, and at what stands twice in one.

use super::context::Context;
use crate::plan::lookup::row_source;
use crate::plan::operand::{Named, named, push_bare, push_operand, push_phase, role_of, roles, sampler_of};
use crate::plan::site::{Measured, Site, measured, validations};
use crate::spec::{Agreement, ExperimentSpec, GraphSpec, Takes};
use crate::text::{Message, Name, Verdict, contains, same};

/// The name behind `as` is that of the input at this place.
pub const fn stands_as(context: Context<'_>, phase: usize, site: Site, slot: usize) -> Verdict {
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    if slot >= measured.operands.len() || slot >= measured.slots.len() {
        return Ok(());
    }
    let (operand, name) = (&measured.operands[slot], measured.slots[slot].name);
    match operand.stands_as {
        Some(said) if !same(said, name) => {
            let message = push_operand(Message::new(), operand).text(" stands in the place of ").name(name);
            let message = message.text(" of ").text(measured.name).text(", not of ").name(said);
            let message = message.text("; write `");
            Err(push_bare(message, operand).text(" as ").text(name).text("`, or remove it"))
        }
        _ => Ok(()),
    }
}

/// A loss or metric takes an output once: with itself it compares as equal whatever is learned.
pub(super) const fn said_once(graph: &GraphSpec, measured: &Measured<'_>, slot: usize) -> Verdict {
    let operand = &measured.operands[slot];
    if !matches!(named(graph, operand), Named::Node(_)) || operand.stands_as.is_some() {
        return Ok(());
    }
    let (mut first, mut earlier) = (None, 0);
    while earlier < slot {
        if same_path(operand.path.items(), measured.operands[earlier].path.items())
            && !matches!(measured.slots[earlier].takes, Takes::Parameters)
        {
            // A third one was told at the second.
            if first.is_some() {
                return Ok(());
            }
            first = Some(earlier);
        }
        earlier += 1;
    }
    let Some(first) = first else { return Ok(()) };
    let message = push_operand(Message::new().text(measured.name).text(" takes "), operand).text(" as ");
    let message = message.text(measured.slots[first].name).text(" and as ").text(measured.slots[slot].name);
    let message = message.text(", which is the same; name another output");
    let message = message.text(", or roles of a sampler such as Triplets; write `");
    Err(push_bare(message, operand).text(" as ").text(measured.slots[slot].name).text("` if it is meant"))
}

/// Whether two operands name one thing.
pub(super) const fn same_path(a: &[Name], b: &[Name]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() {
        if !same(a[i], b[i]) {
            return false;
        }
        i += 1;
    }
    a.len() == b.len()
}

/// What an output is compared with stands in the role of that output: another role is another row.
const fn one_row(graph: &GraphSpec, measured: &Measured<'_>, slot: usize, role: Name) -> Verdict {
    let operand = &measured.operands[slot];
    if operand.stands_as.is_some() || !is_compared(measured, slot) {
        return Ok(());
    }
    // Two outputs may well be of two rows, wherever they stand: pairs and triplets are.
    let has_target = !gives_output(measured.slots[slot].takes);
    if has_target && !matches!(named(graph, operand), Named::Column { .. }) {
        return Ok(());
    }
    let mut with = None;
    let mut earlier = 0;
    while earlier < slot {
        // A target belongs to the outputs before it, and what stands behind a target belongs to that.
        if gives_output(measured.slots[earlier].takes) == has_target
            && (has_target || matches!(named(graph, &measured.operands[earlier]), Named::Column { .. }))
            && let Some(other) = role_of(graph, &measured.operands[earlier])
        {
            if same(other, role) {
                return Ok(());
            }
            if with.is_none() {
                with = Some(earlier);
            }
        }
        earlier += 1;
    }
    let Some(with) = with else { return Ok(()) };
    let message = Message::new().text(measured.name).text(" compares ");
    let message = push_operand(push_operand(message, &measured.operands[with]).text(" with "), operand);
    let message = message.text(", which are two rows; write ");
    let mut message = message.text("`");
    let path = operand.path.items();
    let mut i = 0;
    while i + 1 < path.len() {
        message = message.text(path[i]).text(".");
        i += 1;
    }
    if let Some(other) = role_of(graph, &measured.operands[with]) {
        message = message.text(other);
    }
    let message = message.text("`, or `");
    Err(push_bare(message, operand).text(" as ").text(measured.slots[slot].name).text("` if it is meant"))
}

/// Whether a place is compared value by value with another one.
const fn is_compared(measured: &Measured<'_>, slot: usize) -> bool {
    match measured.agreement {
        Agreement::Free => false,
        Agreement::OnePerClass => slot == 1,
        Agreement::OnePer(_) | Agreement::Several => slot < 2,
        Agreement::Equal(pairs) => {
            let mut i = 0;
            while i < pairs.len() {
                if pairs[i].1 == slot || pairs[i].0 == slot {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}

/// Whether a place takes the output of a node, and no target.
const fn gives_output(takes: Takes) -> bool {
    matches!(takes, Takes::Output | Takes::Logits | Takes::Probabilities | Takes::LogProbabilities)
}

/// What a loss or metric reads names a role where its rows have several, one that there is, and one that suits its place.
pub(super) const fn role(
    experiment: &ExperimentSpec,
    phase: usize,
    measured: &Measured<'_>,
    slot: usize,
    input: usize,
) -> Verdict {
    let graph = &experiment.graph;
    let phase = &experiment.phases.items()[phase];
    let operand = &measured.operands[slot];
    let available = roles(graph, phase, input, measured.evaluation);
    let sampler = sampler_of(graph, phase, input, measured.evaluation);
    let Some(role) = role_of(graph, operand) else {
        if available.len() < 2 {
            return Ok(());
        }
        let message = push_operand(Message::new(), operand).text(" has ").count(available.len()).text(" roles in ");
        let message = push_phase(message, phase, measured.evaluation).text("; say which: ");
        let mut message = push_bare(message, operand).text(".").text(available[0]);
        let mut i = 1;
        while i < available.len() {
            message = push_bare(message.text(if i + 1 < available.len() { ", " } else { " or " }), operand);
            message = message.text(".").text(available[i]);
            i += 1;
        }
        return Err(message);
    };
    if available.len() < 2 {
        if names_a_role(graph, measured, slot) {
            return Ok(());
        }
        let message =
            push_operand(Message::new(), operand).text(": the rows of `").text(graph.inputs.items()[input].name);
        let message = message.text("` have one role here");
        let message = push_phase(message.text(", because "), phase, measured.evaluation);
        let message = match sampler {
            Some(sampler) => message.text(" feeds them by ").text(sampler.name),
            None => message.text(" takes each once"),
        };
        if !compares_roles(graph, measured, slot) {
            return Err(message.text("; leave `.").text(role).text("` out, or feed by a sampler with that role"));
        }
        let validations = validations(phase);
        return Err(match (measured.evaluation, sampler_of(graph, phase, input, None)) {
            (Some(at), Some(own)) if at < validations.len() && own.roles.len() > 1 => {
                let message = message.text("; feed them in the braces of `validate` as well: feed ");
                let message = message.text(graph.inputs.items()[row_source(graph, input)].name).text(" = ");
                message.text(own.name).text("::of(..)(").text(validations[at].split).text(");")
            }
            _ => message.text("; feed them by a sampler with roles, such as Triplets or Pairs"),
        });
    }
    if !contains(available, role) {
        let name = if let Some(sampler) = sampler { sampler.name } else { "no sampler" };
        let message = Message::new().text("no role ").name(role).text(" here: ").text(name).text(" gives ");
        return Err(message.list(available).did_you_mean(role, available));
    }
    let mut earlier = 0;
    while earlier < slot {
        if let Some(other) = role_of(graph, &measured.operands[earlier])
            && same(other, role)
            && same(measured.operands[earlier].path.items()[0], operand.path.items()[0])
            && measured.operands[earlier].path.len() == operand.path.len()
        {
            let message = Message::new().text(measured.name).text(" gets role ").name(role).text(" twice; its ");
            let message = message.text(measured.slots[slot].name).text(" is another role: ");
            return Err(message.list(available));
        }
        earlier += 1;
    }
    if let Err(message) = swapped(graph, measured, slot, role) {
        return Err(message);
    }
    one_row(graph, measured, slot, role)
}

/// Whether an operand before a slot names a role, so that it was told there that there is none.
const fn names_a_role(graph: &GraphSpec, measured: &Measured<'_>, slot: usize) -> bool {
    let mut earlier = 0;
    while earlier < slot {
        if role_of(graph, &measured.operands[earlier]).is_some() {
            return true;
        }
        earlier += 1;
    }
    false
}

/// Whether another operand is the same thing in another role, so that without roles there is nothing to compare.
const fn compares_roles(graph: &GraphSpec, measured: &Measured<'_>, slot: usize) -> bool {
    let path = measured.operands[slot].path.items();
    let mut other = 0;
    while other < measured.operands.len() {
        let others = measured.operands[other].path.items();
        if other != slot && others.len() == path.len() && role_of(graph, &measured.operands[other]).is_some() {
            let mut i = 0;
            while i + 1 < path.len() && same(path[i], others[i]) {
                i += 1;
            }
            if i + 1 == path.len() {
                return true;
            }
        }
        other += 1;
    }
    false
}

/// A role that stands in the slot named like another role of the same loss.
const fn swapped(graph: &GraphSpec, measured: &Measured<'_>, slot: usize, role: Name) -> Verdict {
    let name = measured.slots[slot].name;
    let operand = &measured.operands[slot];
    if same(name, role) {
        return Ok(());
    }
    // Whether it is the name of this place is a rule of its own.
    if operand.stands_as.is_some() {
        return Ok(());
    }
    let mut i = 0;
    while i < measured.slots.len() {
        if same(measured.slots[i].name, role) {
            // The other of two that stand in each other's place was told already.
            if i < slot
                && i < measured.operands.len()
                && let Some(other) = role_of(graph, &measured.operands[i])
                && same(other, name)
                && measured.operands[i].stands_as.is_none()
            {
                return Ok(());
            }
            let message =
                push_operand(Message::new(), operand).text(" stands in the place of ").name(name).text(" of ");
            let message = message.text(measured.name).text("; swap them, or write `");
            return Err(push_bare(message, operand).text(" as ").text(name).text("` if it is meant"));
        }
        i += 1;
    }
    Ok(())
}
