//! Eval phases: what was measured, and what their predictions tell.

use super::contents::{Contents, Phase, State};
use super::figure::figures;
use super::html::{Html, short};
use super::number::{counted, duration, measured};
use super::{classes, numbers};
use crate::record::analysis::{Found, NodeAnalysis};

/// Writes the section.
pub(super) fn section(html: &mut Html, contents: &Contents<'_>) {
    let mut evals = contents.evals().peekable();
    if evals.peek().is_none() {
        html.say(
            "p",
            &[],
            "The experiment has no eval phase: nothing was measured on rows that it did not learn from or choose by.",
        );
    }
    for phase in evals {
        html.say("h3", &[], &short(&phase.name, 80));
        html.say("p", &[], &told(contents, phase));
        figures(html, "figures", &values(contents, phase));
        match contents.analysis(&phase.name) {
            Some(analysis) => analysis.nodes.iter().for_each(|node| of_node(html, node, analysis.nodes.len() > 1)),
            None if phase.state == State::Ended && !contents.manifest.is_finished() => {
                html.say("p", &[("class", "small")], "Predictions are looked at when the run has finished.");
            }
            None => {}
        }
    }
}

fn told(contents: &Contents<'_>, phase: &Phase) -> String {
    let rows = contents.analysis(&phase.name).map(|analysis| format!(" on {}", counted(analysis.rows, "row", "rows")));
    let took = phase.seconds.map(|seconds| format!(" in {}", duration(seconds))).unwrap_or_default();
    match phase.state {
        State::Ended => format!("Measured{}{took}.", rows.unwrap_or_default()),
        State::Begun => "It has begun, and has not ended.".to_owned(),
        State::Waiting => "It has not begun.".to_owned(),
    }
}

/// What was measured in a phase: names with units where these are said, values, and all their digits.
pub(super) fn values(contents: &Contents<'_>, phase: &Phase) -> Vec<(String, String, String)> {
    let value = |(name, value): &(String, f64)| {
        let units = units(contents, &phase.name, name).map(|units| format!(", {units} units")).unwrap_or_default();
        (format!("{name}{units}"), measured(*value), format!("{value:?}"))
    };
    phase.values.iter().map(value).collect()
}

/// In which units a metric was measured, where the description says so: `raw`, `scaled`.
fn units(contents: &Contents<'_>, phase: &str, metric: &str) -> Option<String> {
    let named = |list: &serde_json::Value, name: &str| {
        let list = list.as_array()?;
        list.iter().find(|it| it.get("name").and_then(|it| it.as_str()) == Some(name)).cloned()
    };
    let phase = named(contents.manifest.description.get("phases")?, phase)?;
    let metric = named(phase.get("kind")?.get("eval")?.get("metrics")?, metric)?;
    Some(metric.get("units")?.as_str()?.to_lowercase())
}

fn of_node(html: &mut Html, node: &NodeAnalysis, is_one_of_several: bool) {
    if is_one_of_several {
        html.say("h4", &[], &format!("{} predicts {}", short(&node.node, 60), short(&node.target, 60)));
    }
    match &node.found {
        Found::Classes(found) => classes::write(html, found),
        Found::Numbers(found) => numbers::write(html, &node.target, found),
        Found::Nothing(reason) => {
            html.say("p", &[("class", "small")], &format!("Its predictions were not looked at: {reason}."));
        }
    }
}
