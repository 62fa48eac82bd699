//! Runs that are recorded, and leave a report.

use std::path::Path;

use crate::Result;
use crate::experiment::{PhaseResult, Session};
use crate::record::{self, Records, RunRecord};

impl Session {
    /// Runs all phases in order, and records the run in a folder of its own below that of the records.
    ///
    /// On SIGINT and SIGTERM the step that runs is finished, a checkpoint is written, and the error is
    /// [`Error::Interrupted`](crate::Error::Interrupted); a second signal ends the process at once.
    ///
    /// # Errors
    /// When a phase fails, or the folder cannot be written; [`results`](Self::results) has what came before that.
    pub fn run_in(&mut self, records: impl Into<Records>) -> Result<Vec<PhaseResult>> {
        record::run_in(self, records.into(), write_report)
    }

    /// Goes on with a run in its folder, from the newest whole checkpoint; a run that was killed before its first one, at its
    /// start, begins again. The session has the same description, data, seed and fold, and has not run. What comes out is, to
    /// the bit, what the run would have given that was not stopped.
    ///
    /// # Errors
    /// When the folder is none of a run, another process runs in it, or description or data are not those of then.
    pub fn resume_in(&mut self, folder: impl AsRef<Path>) -> Result<Vec<PhaseResult>> {
        record::resume_in(self, folder.as_ref(), None, write_report)
    }

    /// Goes on with a run, and stops where these records say.
    pub(crate) fn resume_until(&mut self, records: &Records) -> Result<Vec<PhaseResult>> {
        record::resume_in(self, records.folder(), records.stops().cloned(), write_report)
    }
}

fn write_report(folder: &Path) -> Result<()> {
    RunRecord::open(folder)?.write_report().map(drop)
}
