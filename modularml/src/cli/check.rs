//! `check`: all that declarations and data tell before a run.

use std::fmt::Write as _;

use serde_json::json;

use super::answer::{Answer, bytes, seconds, table};
use super::study::{Study, rows};
use crate::Result;
use crate::data::View;
use crate::experiment::Rehearsed;
use crate::record::SplitSummary;

/// Binds the data, and takes one step of each phase, followed by its callbacks.
pub(super) fn check(study: Study) -> Result<Answer> {
    let mut session = study.session()?;
    let splits = SplitSummary::of(&session)?;
    let rehearsal = session.rehearse()?;
    let data: usize = session.given().iter().map(View::byte_count).sum::<Result<_>>()?;
    let mut text = String::new();
    let (spec, graph) = (session.spec(), session.graph().summary());
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{} for {}, {}\n", spec.name, spec.graph.name, rows(&session, session.given()));
    let _ = writeln!(text, "{graph}\n");
    let _ = writeln!(text, "{}", table(&splits.iter().map(split).collect::<Vec<_>>()));
    let phases: Vec<_> = rehearsal.phases.iter().map(phase).collect();
    let _ = writeln!(text, "{}", table(&phases));
    let (weights, optimizers) = (rehearsal.weight_bytes, rehearsal.optimizer_bytes);
    let peak = peak_memory();
    let _ = writeln!(
        text,
        "memory: data {}, weights {}, gradients {}, optimizers {}{}",
        bytes(data),
        bytes(weights),
        bytes(weights),
        bytes(optimizers),
        peak.map(|peak| format!("; the process took {} at most", bytes(peak))).unwrap_or_default()
    );
    if !rehearsal.not_called.is_empty() {
        let names = rehearsal.not_called.join(", ");
        let _ = writeln!(text, "not tried, as they do something outside of the folder of a run: {names}");
    }
    let _ = writeln!(text, "all is well: every phase took a step");
    let json = json!({
        "experiment": session.spec().name,
        "rows": session.given().iter().map(View::len).collect::<Vec<_>>(),
        "splits": splits,
        "phases": rehearsal.phases.iter().map(as_json).collect::<Vec<_>>(),
        "not_called": rehearsal.not_called,
        "bytes": { "data": data, "weights": weights, "optimizers": optimizers, "peak": peak },
    });
    Ok(Answer::fine(text, json))
}

/// A split as a row: "image.train  1258 rows  digit: 0 125, 1 128".
fn split(split: &SplitSummary) -> Vec<String> {
    let classes = split.classes.iter().map(|(column, classes)| {
        let counts: Vec<String> = classes.iter().map(|(class, count)| format!("{class} {count}")).collect();
        format!("{column}: {}", counts.join(", "))
    });
    let groups = split.groups.iter().map(|(column, count)| format!("{count} of {column}"));
    let shared = split.shared.iter().flat_map(|(column, splits)| {
        splits.iter().map(move |(other, count)| format!("{count} of {column} in {other} too"))
    });
    let overlapping =
        (split.overlapping > 0).then(|| format!("{} windows that overlap it in no split", split.overlapping));
    let more: Vec<String> = classes.chain(groups).chain(shared).chain(overlapping).collect();
    vec![format!("{}.{}", split.input, split.split), format!("{} rows", split.rows), more.join("; ")]
}

/// A phase as a row, with how long its steps would take.
#[allow(clippy::cast_precision_loss, reason = "for people")]
fn phase(it: &Rehearsed) -> Vec<String> {
    let steps = match it.epochs {
        1 if it.steps == 1 => String::new(),
        epochs => {
            let all = it.seconds * it.steps as f64 * epochs as f64;
            format!("{} steps an epoch, {epochs} epochs at most: {} without evaluations", it.steps, seconds(all))
        }
    };
    vec![it.phase.to_owned(), format!("a step: {}", seconds(it.seconds)), steps]
}

fn as_json(it: &Rehearsed) -> serde_json::Value {
    json!({ "phase": it.phase, "steps": it.steps, "epochs": it.epochs, "seconds_of_a_step": it.seconds })
}

/// The most memory that this process has had, where the system tells.
fn peak_memory() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<usize>().ok()? * 1024)
}
