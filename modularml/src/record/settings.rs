//! What is recorded of a run, and how often it can be gone on from.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Where a run is recorded, and how often it can be gone on from. A path is enough: `study.run_in("runs")?`.
#[derive(Clone, Debug)]
pub struct Records {
    pub(super) folder: PathBuf,
    /// Whether that is the folder of the run itself.
    pub(super) is_run: bool,
    pub(super) settings: Settings,
    pub(super) until: Option<Until>,
}

/// Where a run is stopped as by a signal: in a train phase, after so many epochs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Until {
    /// The phase.
    pub phase: String,
    /// How many of its epochs have been run then.
    pub epochs: usize,
}

/// What is recorded, as the manifest keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    pub every: Every,
    pub keep: usize,
    #[serde(default)]
    pub keep_every: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep_best: Option<KeepBest>,
    #[serde(default)]
    pub steps: bool,
    #[serde(default)]
    pub predictions: bool,
    #[serde(default)]
    pub without_report: bool,
}

/// How many checkpoints are kept for the best values of `PHASE.EVALUATION.NAME`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeepBest {
    pub count: usize,
    pub of: String,
}

/// How often a checkpoint is written.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// After so many steps, a whole fit or eval phase being one; 0 counts as 1.
    Steps(u64),
    /// After so many epochs; 0 counts as 1.
    Epochs(u64),
    /// After so many seconds, behind the step that runs then; with infinity behind phases alone.
    Seconds(f64),
}

impl Records {
    /// A folder for each run in this one, which is made where it is not there. A checkpoint is written every minute, behind
    /// each phase and at the end, and the newest two are kept.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        let settings = Settings {
            every: Every::Seconds(60.0),
            keep: 2,
            keep_every: None,
            keep_best: None,
            steps: false,
            predictions: false,
            without_report: false,
        };
        Self { folder: folder.into(), is_run: false, settings, until: None }
    }

    /// The same with the run in a folder of this name, where no run is yet.
    pub(crate) fn in_run(mut self, name: &str) -> Self {
        self.folder.push(name);
        self.is_run = true;
        self
    }

    /// The same below another folder.
    pub(crate) fn below(self, folder: PathBuf) -> Self {
        Self { folder, ..self }
    }

    /// The same of a trial, of which no more is asked than what it measures.
    pub(crate) fn of_trial(mut self) -> Self {
        self.settings.keep_best = None;
        self.settings.predictions = false;
        self.without_report()
    }

    /// The same, stopped there.
    pub(crate) fn until(self, until: Option<Until>) -> Self {
        Self { until, ..self }
    }

    /// Where the run is stopped.
    pub(crate) const fn stops(&self) -> Option<&Until> {
        self.until.as_ref()
    }

    /// The folder that holds a folder for each run, or that of the run itself.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// How often a checkpoint is written.
    #[must_use]
    pub const fn every(mut self, every: Every) -> Self {
        self.settings.every = match every {
            // JSON has neither infinity nor NaN.
            Every::Seconds(seconds) if seconds == f64::INFINITY => Every::Seconds(f64::MAX),
            Every::Seconds(seconds) if !seconds.is_finite() => Every::Seconds(0.0),
            other => other,
        };
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

    /// Keeps the checkpoints behind the best values of an evaluation in a train phase, so many, beside the newest:
    /// `keep_best(3, "regress.val.loss")`, `keep_best(1, "regress.far.rmse")`. One is written behind each evaluation whose value is among the best so far; of equal
    /// values the earlier is kept, and never one that is NaN or infinite. Whether lower or higher is better follows from what
    /// is measured; 0 counts as 1. A name that no phase measures is an error before the run begins.
    #[must_use]
    pub fn keep_best(mut self, count: usize, measured: impl Into<String>) -> Self {
        self.settings.keep_best = Some(KeepBest { count, of: measured.into() });
        self
    }

    /// Writes what the graph gives for the rows of each eval phase, as it is at the end, to `predictions/PHASE.csv`.
    #[must_use]
    pub const fn predictions(mut self) -> Self {
        self.settings.predictions = true;
        self
    }

    /// Neither writes a report when the run ends, nor runs the graph once more on the rows of eval phases for it.
    #[must_use]
    pub const fn without_report(mut self) -> Self {
        self.settings.without_report = true;
        self
    }

    /// Records the loss of every step as an event, also of phases that do not declare `step_loss;`.
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
