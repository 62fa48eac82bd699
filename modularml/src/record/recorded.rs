//! Runs that are recorded, and those that go on.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::best::Best;
use super::folder::{ANALYSIS, Folder, PREDICTIONS, RESULTS};
use super::followed::{follow, hand_out, stop, told};
use super::keeper::{self, Due, Keeper, Note};
use super::left::LeftBehind;
use super::log::Logs;
use super::manifest::Manifest;
use super::reader::RunRecord;
use super::recorder::Recorder;
use super::settings::{Records, Settings, Until};
use super::signals::Signals;
use crate::archive::checkpoint::{Checkpoint, Fingerprint, OfRun};
use crate::error::Problem;
use crate::experiment::{PhaseKind, PhaseResult, Run, RunPlace, Session};
use crate::{Error, Result};

/// What is done with the folder of a run that has ended, also where it failed or was stopped.
pub(crate) type AtEnd = fn(&Path) -> Result<()>;

/// Runs all phases of a session in order, and records the run in a folder of its own; of ranks the first one does.
pub(crate) fn run_in(session: &mut Session, records: Records, at_end: AtEnd) -> Result<Vec<PhaseResult>> {
    told(session, |session| {
        if let Some(sharing) = session.sharing().filter(|sharing| sharing.rank() > 0).cloned() {
            return follow(session, &sharing);
        }
        let Records { folder, is_run, settings, until } = records;
        Best::new(session, settings.keep_best.as_ref(), Vec::new())?;
        let data = session.fingerprint()?;
        let folder = if is_run { Folder::make(folder)? } else { Folder::create(&folder)? };
        if RunRecord::is_run(folder.path()) {
            let problem = "was begun by another process meanwhile; go on in it";
            return Err(Problem::from(problem).in_file(folder.path()));
        }
        let manifest = Manifest::begun(session, &folder, &data, settings.clone())?;
        Recorded { folder, data, manifest, settings, until, at_end }.run(session, None)
    })
}

/// Goes on with a run in its folder, which the first rank alone needs.
pub(crate) fn resume_in(
    session: &mut Session,
    folder: &Path,
    until: Option<Until>,
    at_end: AtEnd,
) -> Result<Vec<PhaseResult>> {
    told(session, |session| {
        if let Some(sharing) = session.sharing().filter(|sharing| sharing.rank() > 0).cloned() {
            return follow(session, &sharing);
        }
        let folder = Folder::open(folder)?;
        let (manifest, data) = (Manifest::read(folder.path())?, session.fingerprint()?);
        manifest.check(session, &data).map_err(|problem| problem.in_file(folder.path()))?;
        let checkpoint = keeper::newest(&folder)?;
        if let Some((path, checkpoint)) = &checkpoint {
            checkpoint.check(session, &data).map_err(|problem| problem.in_file(path))?;
        }
        let settings = manifest.settings();
        Recorded { folder, data, manifest, settings, until, at_end }.run(session, checkpoint)
    })
}

/// The results of a run that has finished, with all that its last checkpoint keeps beside them. Nothing is run, changed or
/// locked; the session may be on another device.
pub(crate) fn finished(session: &Session, folder: &Path) -> Result<Vec<PhaseResult>> {
    let newest = keeper::newest_whole(folder)?;
    let read = || -> Result<Vec<PhaseResult>, Problem> {
        let Some(newest) = newest else { return Err("has no checkpoint any more; run it again".into()) };
        newest.checkpoint.check(session, &session.fingerprint()?)?;
        let results = session.results_in(&newest.checkpoint.into_state()?)?;
        results.ok_or_else(|| "has a damaged checkpoint of its end; run it again in another folder".into())
    };
    read().map_err(|problem| problem.in_file(folder))
}

/// Whether a run is where it is stopped. A phase that has ended before that goes on to the end.
fn is_reached(until: &Until, session: &Session, place: RunPlace) -> bool {
    let phase = session.spec().phases.items().get(place.phase);
    place.epoch >= until.epochs && phase.is_some_and(|phase| phase.name == until.phase)
}

/// A run that is recorded.
struct Recorded {
    folder: Folder,
    data: Fingerprint,
    manifest: Manifest,
    settings: Settings,
    until: Option<Until>,
    at_end: AtEnd,
}

impl Recorded {
    fn run(mut self, session: &mut Session, from: Option<(PathBuf, Checkpoint)>) -> Result<Vec<PhaseResult>> {
        session.set_run_folder(self.folder.path());
        let note = from.as_ref().map(|(_, checkpoint)| Note::of(checkpoint)).transpose()?.unwrap_or_default();
        let best = Best::new(session, self.settings.keep_best.as_ref(), note.best)?;
        let logs = Rc::new(RefCell::new(Logs::open(&self.folder, note.logs)?));
        let mut recorder = Recorder::new(&self.folder, Rc::clone(&logs), self.settings.steps);
        let mut left = LeftBehind::new(Rc::clone(&logs));
        let state = from.map(|(path, checkpoint)| Ok::<_, Error>((path, checkpoint.into_state()?))).transpose()?;
        hand_out(session, self.folder.path(), state.as_ref().map(|(_, state)| state))?;
        let mut run = session.start()?.recorded_in(self.folder.path()).with(&mut recorder).with(&mut left);
        let mut resumed = None;
        if let Some((path, state)) = state {
            run = run.resume(&state)?;
            resumed = path.file_name().map(|name| name.to_string_lossy().into_owned());
            if run.is_over() && self.manifest.is_finished() {
                return Ok(run.results().to_vec());
            }
        }
        if self.manifest.is_finished() && resumed.is_none() {
            let problem = "has finished, and has no checkpoint any more; its results are in `results.json`, and to run it \
                           again begin a new run";
            return Err(Problem::from(problem).in_file(self.folder.path()));
        }
        // From here on the folder is changed: all that could be refused was.
        self.manifest.runs(&self.folder)?;
        logs.borrow_mut().begin(resumed.as_deref())?;
        let signals = Signals::watch()?;
        let ended = self.steps(run, best, &logs, &signals, resumed.is_none());
        let logged = logs.borrow_mut().flush();
        match ended {
            // A signal behind the last step comes too late to stop anything.
            Ok(results) => {
                logged?;
                self.folder.write(RESULTS, &results)?;
                if !self.settings.without_report {
                    self.analyses(session, &logs);
                }
                if self.settings.predictions {
                    self.predictions(session, &logs);
                }
                self.manifest.finish(&self.folder, session)?;
                self.end(&logs);
                Ok(results)
            }
            Err(error) => {
                let is_stopped = matches!(error, Error::Interrupted { .. });
                let outcome = if is_stopped { "interrupted".to_owned() } else { format!("failed: {error}") };
                // What went wrong first is what is told.
                let _ = self.manifest.end(&self.folder, &outcome);
                self.end(&logs);
                Err(error)
            }
        }
    }

    fn interrupted(&self) -> Error {
        Error::Interrupted { folder: self.folder.path().to_owned() }
    }

    /// Does what is done at the end of every run. What fails of it is an event: how the run ended is what is told.
    fn end(&self, logs: &Rc<RefCell<Logs>>) {
        if self.settings.without_report {
            return;
        }
        if let Err(error) = (self.at_end)(self.folder.path()) {
            let _ = logs.borrow_mut().error(&error);
        }
    }

    /// Writes what the predictions of each eval phase tell, as [`predictions`](Self::predictions) does.
    fn analyses(&self, session: &Session, logs: &Rc<RefCell<Logs>>) {
        for phase in session.spec().phases.iter().filter(|phase| matches!(phase.kind, PhaseKind::Eval(_))) {
            let analysis = self.folder.inner(ANALYSIS).and_then(|_| session.analysis(phase));
            let name = format!("{ANALYSIS}/{}.json", phase.name);
            let written = analysis.and_then(|analysis| self.folder.write(&name, &analysis));
            if let Err(error) = written {
                let _ = logs.borrow_mut().error(&error);
            }
        }
    }

    /// Writes what the graph gives for the rows of each eval phase that has not kept it. The results are there whatever
    /// becomes of it; what cannot be written is an event.
    fn predictions(&self, session: &Session, logs: &Rc<RefCell<Logs>>) {
        let is_left = |kind: &PhaseKind| matches!(kind, PhaseKind::Eval(eval) if !eval.predictions);
        for phase in session.spec().phases.iter().filter(|phase| is_left(&phase.kind)) {
            let file = self.folder.inner(PREDICTIONS).map(|folder| folder.join(format!("{}.csv", phase.name)));
            let written = file.and_then(|file| session.predictions(phase.name)?.write_csv(file));
            if let Err(error) = written {
                tracing::warn!("predictions are not written: {error}");
                let _ = logs.borrow_mut().error(&error);
            }
        }
    }

    /// Takes all steps that are left, with a checkpoint where one is due, and one at the start of a run that begins.
    fn steps(
        &self,
        mut run: Run<'_>,
        best: Best,
        logs: &Rc<RefCell<Logs>>,
        signals: &Signals,
        begins: bool,
    ) -> Result<Vec<PhaseResult>> {
        let of = OfRun::new(run.session(), self.data.clone())?;
        let mut keeper = Keeper::new(&self.folder, &self.settings, of, best)?;
        if begins {
            keeper.keep(&run, logs)?;
        }
        let mut place = run.place();
        while run.step()? {
            let due = keeper.due(place, &run);
            place = run.place();
            let is_reached = self.until.as_ref().is_some_and(|until| is_reached(until, run.session(), place));
            if stop(run.session().sharing(), signals)? || is_reached {
                keeper.keep(&run, logs)?;
                keeper.finish()?;
                return Err(self.interrupted());
            }
            match due {
                Due::No => {}
                Due::WhereThereIsRoom if !keeper.has_room()? => {}
                Due::WhereThereIsRoom | Due::Now => keeper.keep(&run, logs)?,
            }
        }
        if keeper.has_news() {
            keeper.keep(&run, logs)?;
        }
        keeper.finish()?;
        Ok(run.results().to_vec())
    }
}
