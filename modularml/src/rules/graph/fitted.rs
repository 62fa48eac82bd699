//! Rules at models that are fitted.

use super::context::Context;
use crate::plan::lookup::target_column;
use crate::rules::part::Part;
use crate::spec::{Dtype, NodeSpec, Value};
use crate::text::{Message, Verdict, same};

/// A setting of a fitted model has a meaning with what it predicts, and with its other settings.
pub const fn has_meaning(context: Context<'_>, node: usize, part: Part<'_>) -> Verdict {
    let spec = &context.graph.nodes.items()[node];
    if spec.layer.learns.fitting().is_none() {
        return Ok(());
    }
    let Some(target) = &spec.target else { return Ok(()) };
    if let Some(column) = target_column(context.graph, target) {
        let is_class = matches!(column.dtype, Dtype::Class | Dtype::Bool);
        let message = Message::new().text(spec.layer.name).text(" of ").name(spec.name).text(" predicts ");
        let message = message.path(target.input, target.column).text(" (").text(column.dtype.name()).text("), and ");
        if !is_class && part.holds("balanced") && is_said(spec, "balanced") {
            return Err(message.text("only classes and bools are balanced; remove .balanced()"));
        }
        if is_class && part.holds("epsilon") && is_said(spec, "epsilon") {
            return Err(message.text("only errors of numbers can be overlooked; remove .epsilon(..)"));
        }
    }
    let Value::Choice(kernel) = spec.layer.settings.get("kernel") else { return Ok(()) };
    let message = Message::new().text("the kernel of ").name(spec.name).text(" is ").text(kernel);
    if part.holds("gamma") && same(kernel, "Linear") && is_said(spec, "gamma") {
        return Err(message.text(", which has no gamma; remove .gamma(..)"));
    }
    if part.holds("degree") && !same(kernel, "Polynomial") && is_said(spec, "degree") {
        return Err(message.text(", which has no degree; remove it, or write .kernel(Kernel::Polynomial)"));
    }
    if part.holds("offset") && !same(kernel, "Polynomial") && is_said(spec, "offset") {
        return Err(message.text(", which has no offset; remove it, or write .kernel(Kernel::Polynomial)"));
    }
    Ok(())
}

/// Whether a setting says something.
const fn is_said(spec: &NodeSpec, setting: &str) -> bool {
    !matches!(spec.layer.settings.get(setting), Value::Unset | Value::Bool(false))
}
