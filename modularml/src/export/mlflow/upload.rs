//! Sends what a server does not have of a run.

use std::fmt;
use std::time::Duration;

use serde_json::{Value as Json, json};

use super::super::points::{Point, Points};
use super::artifacts;
use super::entries::{listed, name_of, parameters, tags};
use super::remote::{Remote, created, experiment_id, found, milliseconds};
use super::server::Server;
use crate::Result;
use crate::record::{Manifest, RunRecord};

/// How long a server may be silent.
const PATIENCE: Duration = Duration::from_mins(1);
/// MLflow takes 1000 entries in one request, of which one is the tag that tells how many there are.
const BATCH: usize = 999;
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
    /// Sends the run to the server of MLflow at an address, `http://127.0.0.1:5000`: the description as parameters, all
    /// that was measured as metrics (by epoch; recorded steps as `regress/step.loss`), versions, machine and digests as
    /// tags, the outcome, and where the server takes files, `report.html`, `manifest.json`, `metrics.csv`,
    /// `results.json` and the predictions. The experiment is made where it is not there; without a name it is that of
    /// the run.
    ///
    /// A run that was sent before is found, and what is there is not sent again, so a run that goes on can be sent many
    /// times, and one whose upload broke off once more. It is told apart by the name of its folder and its description.
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
    /// [`Error::Server`](crate::Error::Server) when the server cannot be reached or refuses something; another when the
    /// folder cannot be read.
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
        // How many there are is told with them: of an upload that breaks off one batch at most is sent twice, and
        // MLflow keeps a number that it has once.
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
            if batch.len() == BATCH {
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
