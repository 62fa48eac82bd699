//! Runs a recorded run again, and compares bit by bit.

use std::fs;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::difference::{Difference, Part};
use super::reader::RunRecord;
use super::recorded::run_in;
use super::settings::{Every, Records};
use crate::error::Problem;
use crate::experiment::{ENDS_PHASE, Ranks, Session};
use crate::{Error, Result};

impl Session {
    /// Runs all phases again, as a run that is recorded in a folder did, and compares what was measured in each epoch, and the
    /// weights at the end, to the bit: what differs, in [`Part::Results`] alone; nothing where it is the same. The folder is
    /// not changed. The session has the same description, data, seed and fold, and has not run.
    ///
    /// # Errors
    /// When the folder is none of a run that has finished, description or data are not those of then, or a phase fails.
    pub fn verify(&mut self, folder: impl AsRef<Path>) -> Result<Vec<Difference>> {
        let folder = folder.as_ref();
        let then = RunRecord::open(folder)?;
        then.manifest().check(self, &self.fingerprint()?).map_err(|problem| problem.in_file(folder))?;
        if !then.manifest().is_finished() {
            let problem =
                format!("has not finished ({}): there is nothing to compare; resume it first", then.manifest().outcome);
            return Err(Problem::from(problem).in_file(folder));
        }
        if let Some(why) = ended_by_time(&then)? {
            return Err(
                Problem::from(format!("cannot be verified: {why}, which may end a phase elsewhere")).in_file(folder)
            );
        }
        if let (Some(shares), None) = (then.manifest().shares, self.sharing()) {
            self.share_out(Ranks::alone().shares(shares))?;
        }
        let again = Temporary::new();
        let ran = run_in(self, Records::at(&again.0).every(Every::Seconds(f64::INFINITY)).without_report(), |_| Ok(()));
        self.set_run_folder(folder);
        if let Err(Error::Interrupted { .. }) = ran {
            return Err(Problem::from("was not verified: a signal stopped it; the run is as it was").in_file(folder));
        }
        ran?;
        let now = RunRecord::all(&again.0)?;
        let differences = now.first().map_or_else(|| Ok(Vec::new()), |now| then.differences(now))?;
        Ok(differences.into_iter().filter(|difference| difference.part == Part::Results).collect())
    }
}

/// What ended a phase that depends on the clock or on files, as a warning tells.
fn ended_by_time(run: &RunRecord) -> Result<Option<String>> {
    for event in run.events()? {
        let event = event?;
        let warning = event.text("warning").filter(|warning| event.event == "warning" && warning.ends_with(ENDS_PHASE));
        if let Some(warning) = warning {
            return Ok(Some(warning.to_owned()));
        }
    }
    Ok(None)
}

/// A folder that is removed with all that is in it.
struct Temporary(PathBuf);

impl Temporary {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("modularml-verify-{}", Uuid::new_v4().simple())))
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
