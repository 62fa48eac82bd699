//! What a run is, as Markdown: the texts that stand beside its curves in other tools.

use std::fmt::Write as _;

use crate::record::RunRecord;

/// What was run, on what, where, and how it ended.
pub(super) fn summary(run: &RunRecord) -> String {
    let manifest = run.manifest();
    let mut text = String::from("| | |\n| --- | --- |\n");
    let versions: Vec<String> = manifest.versions.iter().map(|(name, version)| format!("{name} {version}")).collect();
    let machine = &manifest.machine;
    let ended = manifest.ended.as_deref().unwrap_or("not yet, or killed");
    let rows = [
        ("experiment", manifest.experiment.clone()),
        ("run", run.name()),
        ("outcome", manifest.outcome.clone()),
        ("started", manifest.started.clone()),
        ("ended", ended.to_owned()),
        ("seed", manifest.seed.to_string()),
        ("fold", manifest.fold.to_string()),
        ("versions", versions.join(", ")),
        ("machine", format!("{}, {} threads, {}", machine.system, machine.threads, machine.device)),
        ("compiler", machine.rustc.clone()),
        ("command", manifest.command.join(" ")),
        ("digest of the description", manifest.description_digest.clone()),
    ];
    for (name, value) in rows {
        let _ = writeln!(text, "| {name} | {} |", cell(&value));
    }
    text.push_str("\n| input | split | rows |\n| --- | --- | --- |\n");
    for split in &manifest.splits {
        let _ = writeln!(text, "| {} | {} | {} |", split.input, split.split, split.rows);
    }
    let _ = write!(text, "\n```\n{}\n```\n", manifest.graph);
    text
}

/// The description as JSON.
pub(super) fn description(run: &RunRecord) -> String {
    format!("```json\n{:#}\n```\n", run.manifest().description)
}

/// A text that ends no cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
