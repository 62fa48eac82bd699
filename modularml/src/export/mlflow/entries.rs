//! Parameters and tags of a run, in what MLflow takes.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::super::overview;
use crate::digest::Digest;
use crate::record::RunRecord;

/// The longest value of a parameter that MLflow takes, in characters.
const LONGEST_PARAMETER: usize = 6000;
/// The longest value of a tag that all versions of MLflow take.
const LONGEST_TAG: usize = 5000;
/// The longest name.
const LONGEST_NAME: usize = 250;

/// The tag by which a run is found again.
pub(super) const RUN: &str = "modularml.run";

/// What tells a run apart from all others: the name of its folder and the digest of its description.
pub(super) fn identity(run: &RunRecord) -> String {
    // It stands between quotes when the run is searched.
    let name = run.name().replace(|letter: char| !letter.is_alphanumeric() && !"-_.".contains(letter), "_");
    format!("{name} {}", run.manifest().description_digest)
}

/// The description, one parameter a value: `graph.nodes.encoder.layer.settings.hidden`.
pub(super) fn parameters(run: &RunRecord) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    flatten(String::new(), &run.manifest().description, &mut all);
    all.insert("fold".to_owned(), run.manifest().fold.to_string());
    all.into_iter().map(|(name, value)| (name_of(&name), cut(&value, LONGEST_PARAMETER))).collect()
}

/// Versions, machine, digests, and what MLflow itself shows.
pub(super) fn tags(run: &RunRecord) -> BTreeMap<String, String> {
    let manifest = run.manifest();
    let machine = &manifest.machine;
    let folder = run.path().canonicalize().unwrap_or_else(|_| run.path().to_owned());
    let mut all: BTreeMap<String, String> = [
        (RUN, identity(run)),
        ("modularml.folder", folder.display().to_string()),
        ("modularml.outcome", manifest.outcome.clone()),
        ("modularml.command", manifest.command.join(" ")),
        ("modularml.machine.system", machine.system.clone()),
        ("modularml.machine.threads", machine.threads.to_string()),
        ("modularml.machine.features", machine.features.join(" ")),
        ("modularml.machine.device", machine.device.clone()),
        ("modularml.machine.rustc", machine.rustc.clone()),
        ("modularml.digest.description", manifest.description_digest.clone()),
        ("mlflow.source.name", manifest.command.first().cloned().unwrap_or_default()),
        ("mlflow.source.type", "LOCAL".to_owned()),
        ("mlflow.note.content", overview::summary(run)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    for (name, version) in &manifest.versions {
        all.insert(format!("modularml.version.{name}"), version.clone());
    }
    for (input, columns) in &manifest.data {
        let mut digest = Digest::new();
        for (column, of_column) in columns {
            digest.add(format!("{column} {of_column}\n").as_bytes());
        }
        all.insert(format!("modularml.digest.data.{input}"), digest.finish());
    }
    if let Some(digest) = &manifest.weights_digest {
        all.insert("modularml.digest.weights".to_owned(), digest.clone());
    }
    all.into_iter().map(|(name, value)| (name_of(&name), cut(&value, LONGEST_TAG))).collect()
}

/// Names and values as MLflow lists them.
pub(super) fn listed<'a>(entries: impl IntoIterator<Item = (&'a String, &'a String)>) -> Vec<Json> {
    entries.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect()
}

/// A name that MLflow takes: letters, digits and `_-. /:`, and no path that leads elsewhere.
pub(super) fn name_of(name: &str) -> String {
    let allowed = |letter: char| if letter.is_alphanumeric() || "_-. /:".contains(letter) { letter } else { '_' };
    let name: String = name.chars().take(LONGEST_NAME).map(allowed).collect();
    let parts = name.split('/').map(|part| if matches!(part, "" | "." | "..") { "_" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// A value that is not too long; one that is ends with a mark.
pub(super) fn cut(value: &str, longest: usize) -> String {
    let length = value.chars().count();
    if length <= longest {
        return value.to_owned();
    }
    let mark = format!(" .. (cut; {length} characters)");
    let kept: String = value.chars().take(longest.saturating_sub(mark.len())).collect();
    kept + &mark
}

/// Each value by its path. What has a name stands under it, other elements of a list under their positions; a list of
/// plain values is one value, and an empty one none.
pub(super) fn flatten(path: String, value: &Json, all: &mut BTreeMap<String, String>) {
    let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Json::Null => {}
        Json::String(text) => drop(all.insert(path, text.clone())),
        Json::Object(fields) => {
            for (name, value) in fields {
                flatten(inner(name), value, all);
            }
        }
        Json::Array(values) if values.iter().all(|value| !value.is_object() && !value.is_array()) => {
            if !values.is_empty() {
                all.insert(path, value.to_string());
            }
        }
        Json::Array(values) => {
            for (position, value) in values.iter().enumerate() {
                let name = value.get("name").and_then(Json::as_str).map(inner).filter(|name| is_free(name, all));
                flatten(name.unwrap_or_else(|| inner(&position.to_string())), value, all);
            }
        }
        plain => drop(all.insert(path, plain.to_string())),
    }
}

/// Whether no value stands under a path yet: of two elements of the same name the second stands under its position.
fn is_free(path: &str, all: &BTreeMap<String, String>) -> bool {
    let begin = format!("{path}.");
    all.range(begin.clone()..).next().is_none_or(|(next, _)| !next.starts_with(&begin))
}
