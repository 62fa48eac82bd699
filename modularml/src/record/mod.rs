//! Records: a folder for each run, with all that one asks for later, and from which a run that was stopped goes on.
//!
//! | in the folder | what it holds |
//! | --- | --- |
//! | `manifest.json` | the description and its digest, digests of the data, seed, versions, machine, command, times, outcome |
//! | `events.jsonl` | what happened: phases, epochs, evaluations, errors, one JSON object a line |
//! | `metrics.csv` | every measured number in long form: phase, epoch, name, value |
//! | `results.json` | the results of all phases, when the run has ended |
//! | `checkpoints/` | the newest checkpoints of the run |
//!
//! ```
//! # use modularml::experiment::{ExperimentBuilder, Session};
//! # use modularml::graph::{GraphBuilder, Reads};
//! # use modularml::{layers::*, losses::*, prelude::*};
//! use modularml::record::{Every, Records};
//! # #[derive(SampleSchema)]
//! # struct Point {
//! #     #[feat]
//! #     x: f32,
//! #     #[target]
//! #     y: f32,
//! # }
//! # let points = FeatureSet::from_rows((0..40u8).map(|row| Point { x: f32::from(row) / 40.0, y: 1.0 }))?;
//! # let graph = GraphBuilder::new("Line")
//! #     .input("point", Point::SCHEMA)
//! #     .optimizer(Adam::lr(1e-3))
//! #     .node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"))
//! #     .spec();
//! # let study = ExperimentBuilder::new("LineStudy", graph)
//! #     .split("point", Random::ratios([("train", 0.8), ("test", 0.2)]))
//! #     .train("fit", |phase| {
//! #         phase.feed("point", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "point.y"]).epochs(2)
//! #     });
//! # let mut session = study.clone().build(vec![points.view()])?;
//! # let mut other = study.build(vec![points.view()])?;
//! # session.progress(Progress::Silent);
//! # other.progress(Progress::Silent);
//! let runs = std::env::temp_dir().join(format!("modularml-runs-{}", std::process::id()));
//! let results = session.run_in(Records::at(&runs).every(Every::Epochs(1)).keep(3))?;
//!
//! // In another process, after the first one was stopped:
//! let folder = session.run_folder().expect("the folder of the run").to_owned();
//! assert_eq!(other.resume_in(&folder)?, results);
//! # std::fs::remove_dir_all(&runs).ok();
//! # Ok::<(), modularml::Error>(())
//! ```

mod folder;
mod keeper;
mod log;
mod manifest;
mod recorder;
mod signals;
mod time;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use self::folder::Folder;
use self::keeper::Keeper;
use self::log::Logs;
use self::manifest::Manifest;
use self::recorder::Recorder;
use self::signals::Signals;
use crate::archive::checkpoint::{Checkpoint, Fingerprint};
use crate::experiment::{PhaseResult, Run, Session};
use crate::{Error, Result};

/// Where a run is recorded, and how often it can be gone on from. A path is enough: `study.run_in("runs")?`.
#[derive(Clone, Debug)]
pub struct Records {
    folder: PathBuf,
    settings: Settings,
}

/// What is recorded, as the manifest keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    every: Every,
    keep: usize,
    #[serde(default)]
    keep_every: Option<u64>,
    #[serde(default)]
    steps: bool,
}

/// How often a checkpoint is written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// After so many steps of train phases; 0 counts as 1.
    Steps(u64),
    /// After so many epochs of train phases; 0 counts as 1.
    Epochs(u64),
    /// After so many seconds, behind the step that runs then.
    Seconds(f64),
}

impl Records {
    /// A folder for each run in this one, which is made where it is not there. A checkpoint is written every minute, behind
    /// each phase and at the end, and the newest two are kept.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        let settings = Settings { every: Every::Seconds(60.0), keep: 2, keep_every: None, steps: false };
        Self { folder: folder.into(), settings }
    }

    /// How often a checkpoint is written.
    #[must_use]
    pub const fn every(mut self, every: Every) -> Self {
        self.settings.every = every;
        self
    }

    /// How many of the newest checkpoints are kept; 0 counts as 1.
    #[must_use]
    pub const fn keep(mut self, newest: usize) -> Self {
        self.settings.keep = newest;
        self
    }

    /// Keeps one of so many checkpoints for ever, beside the newest.
    #[must_use]
    pub const fn keep_every(mut self, nth: u64) -> Self {
        self.settings.keep_every = Some(nth);
        self
    }

    /// Records the loss of every step as an event.
    #[must_use]
    pub const fn steps(mut self) -> Self {
        self.settings.steps = true;
        self
    }
}

impl<P: Into<PathBuf>> From<P> for Records {
    fn from(folder: P) -> Self {
        Self::at(folder)
    }
}

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
        Ok(results)
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
