//! Runs that are recorded, and those that go on.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::folder::{Folder, PREDICTIONS};
use super::keeper::{self, Keeper};
use super::log::Logs;
use super::manifest::Manifest;
use super::recorder::Recorder;
use super::settings::{Records, Settings};
use super::signals::Signals;
use crate::archive::checkpoint::{Checkpoint, Fingerprint};
use crate::experiment::{PhaseKind, PhaseResult, Run, Session};
use crate::{Error, Result};

impl Session {
    /// Runs all phases in order, and records the run in a folder of its own below that of the records.
    ///
    /// On SIGINT and SIGTERM the step that runs is finished, a checkpoint is written, and the error is
    /// [`Error::Interrupted`]; a second signal ends the process at once.
    ///
    /// # Errors
    /// When a phase fails, or the folder cannot be written; [`results`](Self::results) has what came before that.
    pub fn run_in(&mut self, records: impl Into<Records>) -> Result<Vec<PhaseResult>> {
        let Records { folder, settings } = records.into();
        let (folder, data) = (Folder::create(&folder)?, self.fingerprint()?);
        let manifest = Manifest::begun(self, &folder, &data, settings)?;
        Recorded { folder, data, manifest, settings }.run(self, None)
    }

    /// Goes on with a run in its folder, from the newest whole checkpoint; without one it begins again. The session has the
    /// same description, data, seed and fold, and has not run. What comes out is, to the bit, what the run would have given
    /// that was not stopped.
    ///
    /// # Errors
    /// When the folder is none of a run, another process runs in it, or description or data are not those of then.
    pub fn resume_in(&mut self, folder: impl AsRef<Path>) -> Result<Vec<PhaseResult>> {
        let folder = Folder::open(folder.as_ref())?;
        let (manifest, data) = (Manifest::read(&folder)?, self.fingerprint()?);
        manifest.check(self, &data).map_err(|problem| problem.in_file(folder.path()))?;
        let checkpoint = keeper::newest(&folder)?;
        if let Some((path, checkpoint)) = &checkpoint {
            checkpoint.check(self, &data).map_err(|problem| problem.in_file(path))?;
        }
        let settings = manifest.settings();
        Recorded { folder, data, manifest, settings }.run(self, checkpoint)
    }
}

/// A run that is recorded.
struct Recorded {
    folder: Folder,
    data: Fingerprint,
    manifest: Manifest,
    settings: Settings,
}

impl Recorded {
    fn run(mut self, session: &mut Session, from: Option<(PathBuf, Checkpoint)>) -> Result<Vec<PhaseResult>> {
        session.set_run_folder(self.folder.path());
        let begins = from.as_ref().map(|(_, checkpoint)| checkpoint.note().clone());
        let logs = Rc::new(RefCell::new(Logs::open(&self.folder, begins.as_ref())?));
        let mut recorder = Recorder::new(Rc::clone(&logs), self.settings.steps);
        if let Some((path, _)) = &from {
            recorder.resumed(path)?;
        }
        let mut run = session.start()?.with(&mut recorder);
        if let Some((_, checkpoint)) = from {
            run = run.resume(&checkpoint.into_state()?)?;
        }
        let ended = self.steps(run, &logs);
        let logged = logs.borrow_mut().flush();
        let outcome = match &ended {
            Ok(_) => "finished".to_owned(),
            Err(Error::Interrupted { .. }) => "interrupted".to_owned(),
            Err(error) => format!("failed: {error}"),
        };
        self.manifest.end(&self.folder, &outcome)?;
        let results = ended?;
        logged?;
        self.folder.write("results.json", &results)?;
        if self.settings.predictions {
            self.predictions(session)?;
        }
        Ok(results)
    }

    /// Writes what the graph gives for the rows of each eval phase.
    fn predictions(&self, session: &Session) -> Result<()> {
        let folder = self.folder.inner(PREDICTIONS)?;
        for phase in session.spec().phases.iter().filter(|phase| matches!(phase.kind, PhaseKind::Eval(_))) {
            session.predictions(phase.name)?.write_csv(folder.join(format!("{}.csv", phase.name)))?;
        }
        Ok(())
    }

    /// Takes all steps that are left, with a checkpoint where one is due.
    fn steps(&self, mut run: Run<'_>, logs: &Rc<RefCell<Logs>>) -> Result<Vec<PhaseResult>> {
        let signals = Signals::watch()?;
        let mut keeper = Keeper::new(&self.folder, self.settings)?;
        let mut place = run.place();
        let results = loop {
            if !run.step()? {
                break run.results().to_vec();
            }
            let now = run.place();
            let is_due = keeper.is_due(place, now);
            place = now;
            let is_stopped = signals.stop();
            if is_due || is_stopped {
                keeper.keep(&run, &self.data, logs, is_stopped)?;
            }
            if is_stopped {
                keeper.finish()?;
                return Err(Error::Interrupted { folder: self.folder.path().to_owned() });
            }
        };
        keeper.keep(&run, &self.data, logs, true)?;
        keeper.finish()?;
        Ok(results)
    }
}
