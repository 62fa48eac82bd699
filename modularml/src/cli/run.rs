//! `run` and `resume`.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::answer::{Answer, results_as_json, results_as_text};
use super::arguments::{Recording, Run};
use super::ranks::share_out;
use super::runs::{Newest, find};
use super::study::Study;
use crate::experiment::{PhaseResult, Session, log_line};
use crate::record::{REPORT, Records};
use crate::{Error, Result};

/// Runs all phases, and records them; of an experiment with folds those of one fold.
pub(super) fn run(study: Study, settings: &Run) -> Result<Answer> {
    let records = records(study.runs(), &settings.recording);
    let ranks = study.ranks.clone();
    let mut session = study.session_in(settings.fold.unwrap_or(0))?;
    if let (Some(folds), None) = (session.folds()?, settings.fold) {
        log_line(&format!("fold 0 of {folds} is run; `folds` runs all, and --fold chooses another"));
    }
    if session.spec().choose.is_some() {
        log_line("the declared values are run; `search` chooses others");
    }
    share_out(&mut session, ranks, settings.shares)?;
    let results = session.run_in(records);
    ended(&session, results)
}

/// What the command line says of records.
pub(super) fn records(folder: PathBuf, settings: &Recording) -> Records {
    let Recording { every, keep, steps, predictions } = settings;
    let mut records = Records::at(folder);
    if let Some(every) = every {
        records = records.every(*every);
    }
    if let Some(newest) = keep {
        records = records.keep(*newest);
    }
    if *steps {
        records = records.steps();
    }
    if *predictions {
        records = records.predictions();
    }
    records
}

/// Goes on with a run.
pub(super) fn resume(study: Study, run: Option<&Path>) -> Result<Answer> {
    let run = find(&study, run, Newest::Unfinished)?;
    let ranks = study.ranks.clone();
    if let Some(ranks) = &ranks {
        // All have found it before the first one begins: then it is in use.
        ranks.gather(&[])?;
    }
    let mut session = study.session_like(&run)?;
    share_out(&mut session, ranks, None)?;
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
    Ok(recorded(&folder, &results))
}

/// The answer of a run that has finished in its folder.
pub(super) fn recorded(folder: &Path, results: &[PhaseResult]) -> Answer {
    // A trial has none.
    let report = Some(folder.join(REPORT)).filter(|report| report.is_file());
    let line = report.as_ref().map(|report| format!("report: {}\n", report.display())).unwrap_or_default();
    let text = format!("recorded in {}\n{line}{}", folder.display(), results_as_text(results));
    Answer::fine(
        text,
        json!({ "run": folder.to_string_lossy(), "report": report, "results": results_as_json(results) }),
    )
}
