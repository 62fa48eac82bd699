//! `run` and `resume`.

use std::path::Path;

use serde_json::json;

use super::answer::{Answer, results_as_json, results_as_text};
use super::arguments::Run;
use super::runs::{Newest, find};
use super::study::Study;
use crate::experiment::{PhaseResult, Session, log_line};
use crate::record::{REPORT, Records};
use crate::{Error, Result};

/// Runs all phases, and records them.
pub(super) fn run(study: Study, settings: &Run) -> Result<Answer> {
    let mut records = Records::at(study.runs());
    if let Some(every) = settings.every {
        records = records.every(every);
    }
    if let Some(newest) = settings.keep {
        records = records.keep(newest);
    }
    if settings.steps {
        records = records.steps();
    }
    if settings.predictions {
        records = records.predictions();
    }
    let mut session = study.session()?;
    let results = session.run_in(records);
    ended(&session, results)
}

/// Goes on with a run.
pub(super) fn resume(study: Study, run: Option<&Path>) -> Result<Answer> {
    let run = find(&study, run, Newest::Unfinished)?;
    let mut session = study.session_like(&run)?;
    let results = session.resume_in(run.path());
    ended(&session, results)
}

/// Where the run is recorded is told whether it failed or not.
fn ended(session: &Session, results: Result<Vec<PhaseResult>>) -> Result<Answer> {
    let folder = session.run_folder().map(Path::to_owned).unwrap_or_default();
    let results = results.inspect_err(|error| {
        if !matches!(error, Error::Interrupted { .. }) && session.run_folder().is_some() {
            log_line(&format!("recorded in {}", folder.display()));
        }
    })?;
    let report = folder.join(REPORT);
    let text = format!("recorded in {}\nreport: {}\n{}", folder.display(), report.display(), results_as_text(&results));
    Ok(Answer::fine(
        text,
        json!({ "run": folder.to_string_lossy(), "report": report.to_string_lossy(), "results": results_as_json(&results) }),
    ))
}
