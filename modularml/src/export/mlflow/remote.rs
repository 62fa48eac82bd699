//! Experiments and runs as a server has them.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::entries::{RUN, identity};
use super::server::{Server, in_address};
use crate::record::RunRecord;
use crate::{Error, Result};

/// A run as the server has it.
pub(super) struct Remote {
    pub id: String,
    /// Where its files are.
    pub artifacts: String,
    pub parameters: BTreeMap<String, String>,
    pub tags: BTreeMap<String, String>,
}

impl Remote {
    /// That of an answer.
    fn of(run: &Json) -> Option<Self> {
        let info = run.get("info")?;
        let text = |key: &str| Some(info.get(key)?.as_str()?.to_owned());
        let entries = |key: &str| {
            let entries = run.get("data").and_then(|data| data.get(key)?.as_array()).into_iter().flatten();
            let text = |entry: &Json, key: &str| Some(entry.get(key)?.as_str()?.to_owned());
            entries.filter_map(|entry| Some((text(entry, "key")?, text(entry, "value")?))).collect()
        };
        Some(Self {
            id: text("run_id")?,
            artifacts: text("artifact_uri").unwrap_or_default(),
            parameters: entries("params"),
            tags: entries("tags"),
        })
    }
}

/// The id of an experiment, which is made where it is not there.
pub(super) fn experiment_id(server: &Server, name: &str) -> Result<String> {
    let path = "experiments/get-by-name";
    let answer = server.get(&format!("{path}?experiment_name={}", in_address(name).replace('/', "%2F")))?;
    let is_missing = answer.error_code().is_some_and(|code| code == "RESOURCE_DOES_NOT_EXIST");
    if is_missing {
        let made = server.tell("experiments/create", &json!({ "name": name }))?;
        return made.get("experiment_id").and_then(Json::as_str).map(ToOwned::to_owned).ok_or_else(|| strange(server));
    }
    let answer = server.accepted(path, &answer)?;
    let experiment = answer.get("experiment").ok_or_else(|| strange(server))?;
    let text = |key: &str| experiment.get(key).and_then(Json::as_str);
    if text("lifecycle_stage") == Some("deleted") {
        let problem = format!("experiment `{name}` was deleted there; restore it, or name another");
        return Err(Error::Server { url: server.address().to_owned(), status: None, problem });
    }
    text("experiment_id").map(ToOwned::to_owned).ok_or_else(|| strange(server))
}

/// The run, where an earlier upload has made it.
pub(super) fn found(server: &Server, experiment_id: &str, run: &RunRecord) -> Result<Option<Remote>> {
    let filter = format!("tags.`{RUN}` = '{}'", identity(run));
    let search = json!({ "experiment_ids": [experiment_id], "filter": filter, "max_results": 1 });
    let answer = server.tell("runs/search", &search)?;
    let first = answer.get("runs").and_then(|runs| runs.get(0));
    first.map(|run| Remote::of(run).ok_or_else(|| strange(server))).transpose()
}

/// A new run. It has the tag by which it is found at once, so that an upload that breaks off makes no second one.
pub(super) fn created(server: &Server, experiment_id: &str, run: &RunRecord) -> Result<Remote> {
    let mut body = json!({
        "experiment_id": experiment_id,
        "run_name": run.name(),
        "tags": [{ "key": RUN, "value": identity(run) }],
    });
    if let (Some(began), Some(body)) = (run.events()?.next().transpose()?, body.as_object_mut()) {
        body.insert("start_time".to_owned(), json!(milliseconds(began.time)));
    }
    let answer = server.tell("runs/create", &body)?;
    answer.get("run").and_then(Remote::of).ok_or_else(|| strange(server))
}

/// Seconds as MLflow tells times.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are positive and below 2^53")]
pub(super) fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}

fn strange(server: &Server) -> Error {
    let problem = "answers without the fields that a server of MLflow gives; is the address right?".to_owned();
    Error::Server { url: server.address().to_owned(), status: None, problem }
}
