//! The folder of a run, which one process uses at a time.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Serialize;
use uuid::Uuid;

use super::time;
use crate::Result;
use crate::data::beside::replace;
use crate::error::{At as _, Problem};

/// The file that the process locks which runs there.
const LOCK: &str = "lock";
/// The file that tells what the run was made of.
pub(crate) const MANIFEST: &str = "manifest.json";
/// What happened, one JSON object a line.
pub(super) const EVENTS: &str = "events.jsonl";
/// What was measured, in long form.
pub(crate) const METRICS: &str = "metrics.csv";
/// The results of all phases.
pub(crate) const RESULTS: &str = "results.json";
/// The folder of checkpoints.
pub(super) const CHECKPOINTS: &str = "checkpoints";
/// The folder of predictions.
pub(super) const PREDICTIONS: &str = "predictions";
/// All of it to look at.
pub(crate) const REPORT: &str = "report.html";
/// The folder of what the predictions of eval phases tell.
pub(super) const ANALYSIS: &str = "analysis";

/// How often a lock is tried, and how long it is left alone in between.
const LOOKS: u32 = 10;
const MOMENT: Duration = Duration::from_millis(10);

/// A folder that this process has locked.
pub(super) struct Folder {
    path: PathBuf,
    /// Holds the lock for as long as this value lives.
    _lock: File,
}

impl Folder {
    /// Makes a folder below another one, named by the time and a few letters: `2026-11-30T04-10-32Z-0e14f1c2`. The first three
    /// are milliseconds, so that names stand in the order in which runs began.
    pub(super) fn create(runs: &Path) -> Result<Self> {
        let id = Uuid::new_v4().simple().to_string();
        let now = time::now();
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a second, 0 to 999")]
        let millis = (now.fract() * 1e3) as u16;
        let name = format!("{}-{millis:03x}{}", time::written(now).replace(':', "-"), id.get(..5).unwrap_or(&id));
        Self::make(runs.join(name))
    }

    /// Makes a folder at a path. A process that was killed may have made it and nothing in it.
    pub(super) fn make(path: PathBuf) -> Result<Self> {
        fs::create_dir_all(path.join(CHECKPOINTS))
            .map_err(|error| Problem::from(error).of("cannot be made").in_file(&path))?;
        Self::locked(path)
    }

    /// Opens the folder of a run.
    pub(super) fn open(path: &Path) -> Result<Self> {
        if !path.join(MANIFEST).is_file() {
            return Err(no_run(path));
        }
        Self::locked(path.to_owned())
    }

    fn locked(path: PathBuf) -> Result<Self> {
        let lock = File::options().create(true).truncate(false).write(true).open(path.join(LOCK));
        let lock = lock.map_err(|error| Problem::from(error).of("cannot be locked").in_file(&path))?;
        // Where there are no locks, none is held. One that looks whether there is one holds it for a moment.
        let mut looks = LOOKS;
        while let Err(fs::TryLockError::WouldBlock) = lock.try_lock() {
            looks -= 1;
            if looks > 0 {
                std::thread::sleep(MOMENT);
                continue;
            }
            let problem = "is in use: another process runs in it; wait for it, or stop it first";
            return Err(Problem::from(problem).in_file(&path));
        }
        Ok(Self { path, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// A folder in it, which is made where it is not there.
    pub(super) fn inner(&self, name: &str) -> Result<PathBuf> {
        let path = self.path.join(name);
        fs::create_dir_all(&path).map_err(|error| Problem::from(error).of("cannot be made").in_file(&path))?;
        Ok(path)
    }

    /// Writes a value as JSON, whole or not at all.
    pub(super) fn write(&self, name: &str, value: &impl Serialize) -> Result<()> {
        let path = self.path.join(name);
        let text = serde_json::to_vec_pretty(value).map_err(|error| crate::Error::Data(error.to_string()));
        let text = text.at(|| path.display().to_string())?;
        replace(&path, |mut file| Ok(file.write_all(&text)?))
    }
}

/// Whether a process has locked the folder, be there a run in it yet or not.
pub(crate) fn is_locked(path: &Path) -> bool {
    let lock = File::options().write(true).open(path.join(LOCK));
    // Several may look at once.
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(fs::TryLockError::WouldBlock)))
}

/// The error of a folder that no run has made.
pub(super) fn no_run(path: &Path) -> crate::Error {
    let problem = format!("is no folder of a run: it has no `{MANIFEST}`; name one that `run_in` has made");
    Problem::from(problem).in_file(path)
}
