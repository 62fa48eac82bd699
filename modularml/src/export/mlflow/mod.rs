//! Runs handed on to a server of MLflow, by its REST interface.

mod artifacts;
mod entries;
mod server;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde_json::{Value as Json, json};

use self::entries::{RUN, identity, listed, name_of, parameters, tags};
use self::server::{Server, in_address};
use super::points::{Point, Points};
use crate::record::{Manifest, RunRecord};
use crate::{Error, Result};

/// How long a server may be silent.
const PATIENCE: Duration = Duration::from_mins(1);
/// As many numbers MLflow takes at once.
const METRICS: usize = 1000;
/// Of 100 parameters with the longest values a request would be longer than the megabyte that MLflow takes.
const PARAMETERS: usize = 40;
/// The tag that tells how many numbers are there already.
const SENT: &str = "modularml.sent";

/// What became of the upload of a run to MLflow; printed, it is a text for people.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upload {
    /// The id of the run there.
    pub run_id: String,
    /// The experiment that it is in.
    pub experiment: String,
    /// The page that shows it.
    pub page: String,
    /// Whether it was not there before.
    pub is_new: bool,
    /// How many numbers were sent; those that an earlier upload has sent are left out.
    pub metrics: usize,
    /// The files that were sent; those that are there already are left out.
    pub files: Vec<String>,
    /// What was not sent, and why.
    pub notes: Vec<String>,
}

impl fmt::Display for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { run_id, experiment, metrics, .. } = self;
        let was_there = if self.is_new { "" } else { ", which was there" };
        write!(f, "run {run_id} of experiment `{experiment}`{was_there}: {metrics} numbers")?;
        match self.files.as_slice() {
            [] => write!(f, " and no files sent")?,
            files => write!(f, " and {} sent", files.join(", "))?,
        }
        for note in &self.notes {
            write!(f, "\n{note}")?;
        }
        write!(f, "\n{}", self.page)
    }
}

impl RunRecord {
    /// Sends the run to the server of MLflow at an address, `http://127.0.0.1:5000`: the description as parameters, all that was
    /// measured as metrics (by epoch; recorded steps as `regress/step.loss`), versions, machine and digests as tags, the outcome, and where the server
    /// takes files, `report.html`, `manifest.json`, `metrics.csv`, `results.json` and the predictions. The experiment is made
    /// where it is not there; without a name it is that of the run.
    ///
    /// A run that was sent before is found, and what is there is not sent again, so a run that goes on can be sent many times,
    /// and one whose upload broke off once more. It is told apart by the name of its folder and its description.
    ///
    /// Infinity is the greatest finite number in MLflow's databases; NaN stays.
    ///
    /// ```no_run
    /// use modularml::record::RunRecord;
    ///
    /// let run = RunRecord::open("runs/2026-11-30T04-10-32Z-4f1c2a")?;
    /// println!("{}", run.upload_to_mlflow("http://127.0.0.1:5000", None)?);
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Server`] when the server cannot be reached or refuses something; another when the folder cannot be read.
    pub fn upload_to_mlflow(&self, url: &str, experiment: Option<&str>) -> Result<Upload> {
        let server = Server::at(url, PATIENCE)?;
        let experiment = experiment.unwrap_or(&self.manifest().experiment);
        let experiment_id = experiment_id(&server, experiment)?;
        let (remote, is_new) = match found(&server, &experiment_id, self)? {
            Some(remote) => (remote, false),
            None => (created(&server, &experiment_id, self)?, true),
        };
        send_entries(&server, &remote, self)?;
        let (metrics, last) = send_metrics(&server, &remote, self)?;
        server.tell("runs/update", &ended(&remote.id, self.manifest(), last))?;
        let (mut files, mut notes) = (Vec::new(), Vec::new());
        artifacts::send(&server, &remote, self, &mut files, &mut notes)?;
        let page = format!("{}/#/experiments/{experiment_id}/runs/{}", server.address(), remote.id);
        let (run_id, experiment) = (remote.id, experiment.to_owned());
        Ok(Upload { run_id, experiment, page, is_new, metrics, files, notes })
    }
}

/// A run as the server has it.
struct Remote {
    id: String,
    /// Where its files are.
    artifacts: String,
    parameters: BTreeMap<String, String>,
    tags: BTreeMap<String, String>,
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
fn experiment_id(server: &Server, name: &str) -> Result<String> {
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
fn found(server: &Server, experiment_id: &str, run: &RunRecord) -> Result<Option<Remote>> {
    let filter = format!("tags.`{RUN}` = '{}'", identity(run));
    let search = json!({ "experiment_ids": [experiment_id], "filter": filter, "max_results": 1 });
    let answer = server.tell("runs/search", &search)?;
    let first = answer.get("runs").and_then(|runs| runs.get(0));
    first.map(|run| Remote::of(run).ok_or_else(|| strange(server))).transpose()
}

/// A new run. It has the tag by which it is found at once, so that an upload that breaks off makes no second one.
fn created(server: &Server, experiment_id: &str, run: &RunRecord) -> Result<Remote> {
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

/// Sends the parameters that are not there, and the tags that are not there or differ.
fn send_entries(server: &Server, remote: &Remote, run: &RunRecord) -> Result<()> {
    let parameters = parameters(run);
    let missing = parameters.iter().filter(|(name, _)| !remote.parameters.contains_key(*name));
    for some in listed(missing).chunks(PARAMETERS) {
        server.tell("runs/log-batch", &json!({ "run_id": remote.id, "params": some }))?;
    }
    let tags = tags(run);
    let changed = tags.iter().filter(|(name, value)| remote.tags.get(*name) != Some(value));
    for some in listed(changed).chunks(PARAMETERS) {
        server.tell("runs/log-batch", &json!({ "run_id": remote.id, "tags": some }))?;
    }
    Ok(())
}

/// Sends what was measured since the last upload: how many numbers, and when the last event was.
fn send_metrics(server: &Server, remote: &Remote, run: &RunRecord) -> Result<(usize, Option<f64>)> {
    let there: usize = remote.tags.get(SENT).and_then(|sent| sent.parse().ok()).unwrap_or_default();
    let (mut points, mut batch) = (Points::default(), Vec::new());
    let (mut count, mut last) = (0, None);
    let send = |batch: &mut Vec<Json>, count: usize| {
        // How many there are is told with them: of an upload that breaks off one batch at most is sent twice, and MLflow
        // keeps a number that it has once.
        let tags = [json!({ "key": SENT, "value": count.to_string() })];
        let body = json!({ "run_id": remote.id, "metrics": std::mem::take(batch), "tags": tags });
        server.tell("runs/log-batch", &body).map(drop)
    };
    for event in run.events()? {
        let event = event?;
        last = Some(event.time);
        for point in points.of(&event) {
            count += 1;
            if count > there {
                batch.push(metric(&point));
            }
            if batch.len() == METRICS {
                send(&mut batch, count)?;
            }
        }
    }
    if !batch.is_empty() {
        send(&mut batch, count)?;
    }
    Ok((count.saturating_sub(there), last))
}

fn metric(point: &Point) -> Json {
    // As Protocol Buffers write what JSON does not have.
    let value = match point.value {
        value if value.is_nan() => json!("NaN"),
        f64::INFINITY => json!("Infinity"),
        f64::NEG_INFINITY => json!("-Infinity"),
        value => json!(value),
    };
    json!({ "key": name_of(&point.curve), "value": value, "timestamp": milliseconds(point.time), "step": point.step })
}

/// How a run ended, as MLflow tells it.
fn ended(id: &str, manifest: &Manifest, last: Option<f64>) -> Json {
    let status = match manifest.outcome.as_str() {
        "running" => "RUNNING",
        "finished" => "FINISHED",
        "interrupted" => "KILLED",
        _ => "FAILED",
    };
    match last {
        Some(time) if manifest.ended.is_some() => {
            json!({ "run_id": id, "status": status, "end_time": milliseconds(time) })
        }
        _ => json!({ "run_id": id, "status": status }),
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "times are positive and below 2^53")]
fn milliseconds(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}

fn strange(server: &Server) -> Error {
    let problem = "answers without the fields that a server of MLflow gives; is the address right?".to_owned();
    Error::Server { url: server.address().to_owned(), status: None, problem }
}
