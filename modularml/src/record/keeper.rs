//! Keeps checkpoints: writes them beside the run, and removes those that are older.

use std::cell::RefCell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use super::best::{Best, Kept};
use super::folder::{CHECKPOINTS, Folder};
use super::log::{Lengths, Logs};
use super::settings::{Every, Settings};
use crate::archive::checkpoint::{Checkpoint, OfRun};
use crate::error::Problem;
use crate::experiment::{Run, RunPlace};
use crate::{Error, Result};

/// What stands in a checkpoint beside the run: where its logs were, and the best checkpoints so far.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Note {
    #[serde(flatten)]
    pub logs: Lengths,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub best: Vec<Kept>,
}

impl Note {
    /// That of a checkpoint.
    pub(super) fn of(checkpoint: &Checkpoint) -> Result<Self> {
        let note = Self::deserialize(checkpoint.note());
        note.map_err(|error| Error::State(format!("a checkpoint without the lengths of logs: {error}")))
    }
}

/// What the thread writes next: the checkpoint, the logs that must be on the disk before it, and which are the best then.
struct Job {
    checkpoint: Checkpoint,
    logs: [File; 2],
    path: PathBuf,
    best: Vec<u64>,
}

/// Whether a checkpoint is due.
pub(super) enum Due {
    No,
    /// By the clock or a count: it is left out while the thread writes another.
    WhereThereIsRoom,
    /// A phase has ended, or a value was measured that is one of the best.
    Now,
}

/// Writes checkpoints in a thread of its own, one at a time, while the run goes on.
pub(super) struct Keeper {
    folder: PathBuf,
    of: OfRun,
    every: Every,
    best: Best,
    next: u64,
    /// Since the last one: when it was, and how many steps and epochs followed.
    written: Instant,
    steps: u64,
    epochs: u64,
    /// How many are handed over and not written yet.
    waiting: Arc<AtomicUsize>,
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<Result<()>>>,
}

impl Keeper {
    pub(super) fn new(folder: &Folder, settings: &Settings, of: OfRun, best: Best) -> Result<Self> {
        let folder = folder.inner(CHECKPOINTS)?;
        remove_unfinished(&folder);
        remove_old(&folder, settings, &best.checkpoints())?;
        let next = numbered(&folder)?.last().map_or(0, |(number, _)| number + 1);
        let (jobs, received) = sync_channel(1);
        let (at, waiting) = (folder.clone(), Arc::new(AtomicUsize::new(0)));
        let (to_write, of_thread) = (Arc::clone(&waiting), settings.clone());
        let thread = std::thread::Builder::new().name("checkpoints".to_owned());
        let thread = thread.spawn(move || write_all(&received, &to_write, &at, &of_thread));
        let thread = thread.map_err(|error| Problem::from(error).of("no thread for checkpoints").in_file(&folder))?;
        Ok(Self {
            folder,
            of,
            every: settings.every,
            best,
            next,
            written: Instant::now(),
            steps: 0,
            epochs: 0,
            waiting,
            jobs: Some(jobs),
            thread: Some(thread),
        })
    }

    /// Whether a checkpoint is due behind a step that led from one place to another.
    pub(super) fn due(&mut self, before: RunPlace, run: &Run<'_>) -> Due {
        let now = run.place();
        let is_epoch = (before.phase, before.epoch) != (now.phase, now.epoch);
        self.steps += 1;
        self.epochs += u64::from(is_epoch);
        let is_due = match self.every {
            Every::Steps(steps) => self.steps >= steps.max(1),
            Every::Epochs(epochs) => self.epochs >= epochs.max(1),
            Every::Seconds(seconds) => self.written.elapsed().as_secs_f64() >= seconds,
        };
        if before.phase != now.phase || is_epoch && self.best.improves(run) {
            Due::Now
        } else if is_due {
            Due::WhereThereIsRoom
        } else {
            Due::No
        }
    }

    /// Whether the thread has nothing to write.
    ///
    /// # Errors
    /// When it could not write what it had.
    pub(super) fn has_room(&mut self) -> Result<bool> {
        if self.thread.as_ref().is_some_and(JoinHandle::is_finished) {
            self.finish()?;
        }
        Ok(self.waiting.load(Ordering::Acquire) == 0)
    }

    /// Whether steps were taken since the last checkpoint.
    pub(super) const fn has_news(&self) -> bool {
        self.steps > 0
    }

    /// Hands a copy of the run to the thread, and waits where that still writes the one before the last.
    pub(super) fn keep(&mut self, run: &Run<'_>, logs: &Rc<RefCell<Logs>>) -> Result<()> {
        let Some(jobs) = &self.jobs else { return Ok(()) };
        let mut logs = logs.borrow_mut();
        self.best.note(run, self.next);
        let note = Note { logs: logs.lengths()?, best: self.best.kept().to_vec() };
        let note = serde_json::to_value(note).map_err(|error| Error::State(error.to_string()))?;
        let checkpoint = Checkpoint::of(run, self.of.clone(), note)?;
        let path = self.folder.join(format!("{:06}.mml", self.next));
        let job = Job { checkpoint, logs: logs.files()?, path, best: self.best.checkpoints() };
        self.waiting.fetch_add(1, Ordering::AcqRel);
        if jobs.send(job).is_err() {
            // The thread has ended with an error.
            return self.finish();
        }
        self.next += 1;
        (self.steps, self.epochs, self.written) = (0, 0, Instant::now());
        Ok(())
    }

    /// Waits until all that was handed over is written.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.jobs = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(written)) => written,
            Some(Err(_)) => Err(Error::Training("the thread that writes checkpoints has panicked".to_owned())),
            None => Ok(()),
        }
    }
}

/// What was handed over before a run failed is still written.
impl Drop for Keeper {
    fn drop(&mut self) {
        let _ = self.finish();
    }
}

fn write_all(jobs: &Receiver<Job>, waiting: &AtomicUsize, folder: &Path, settings: &Settings) -> Result<()> {
    for Job { checkpoint, logs, path, best } in jobs {
        for log in logs {
            log.sync_data().map_err(|error| Problem::from(error).of("logs cannot be synchronised").in_file(&path))?;
        }
        checkpoint.write(&path)?;
        waiting.fetch_sub(1, Ordering::AcqRel);
        remove_old(folder, settings, &best)?;
    }
    Ok(())
}

/// Removes the checkpoints that are not kept any more.
fn remove_old(folder: &Path, settings: &Settings, best: &[u64]) -> Result<()> {
    let all = numbered(folder)?;
    let old = all.len().saturating_sub(settings.keep.max(1));
    for (number, path) in all.iter().take(old) {
        let is_nth = settings.keep_every.is_some_and(|nth| number.is_multiple_of(nth.max(1)));
        let is_kept = is_nth || best.contains(number);
        if !is_kept {
            // One that cannot be removed does no harm.
            let _ = fs::remove_file(path);
        }
    }
    Ok(())
}

/// Removes what a process that was killed had begun to write. The run's folder is locked: nobody else writes there now.
fn remove_unfinished(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        // `.000005.mml.` and what tells one writer from another.
        let is_unfinished = name.to_str().is_some_and(|name| name.starts_with('.') && name.contains(".mml."));
        if is_unfinished {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The checkpoints of a folder by their numbers.
fn numbered(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let fail = |error| Problem::from(error).of("cannot be listed").in_file(folder);
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        let is_checkpoint = path.extension().is_some_and(|extension| extension == "mml");
        let number = path.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        all.extend(number.filter(|_| is_checkpoint).map(|number| (number, path)));
    }
    all.sort();
    Ok(all)
}

/// The newest checkpoint that is whole; none where there is none at all. Newer ones that are damaged are renamed, so that
/// they count for none.
///
/// # Errors
/// When there are some, and none can be read.
pub(super) fn newest(folder: &Folder) -> Result<Option<(PathBuf, Checkpoint)>> {
    let Some(Newest { path, checkpoint, damaged }) = newest_whole(folder.path())? else { return Ok(None) };
    for (damaged, error) in damaged {
        tracing::warn!("passed over for the checkpoint before it: {error}");
        // One that cannot be renamed is passed over again.
        let _ = fs::rename(&damaged, damaged.with_extension("damaged"));
    }
    Ok(Some((path, checkpoint)))
}

/// The newest checkpoint that is whole.
pub(super) struct Newest {
    pub path: PathBuf,
    pub checkpoint: Checkpoint,
    /// Newer ones, with why they cannot be read.
    pub damaged: Vec<(PathBuf, Error)>,
}

/// The newest checkpoint of a run's folder that is whole; none where there is none at all. Nothing is changed.
///
/// # Errors
/// When there are some, and none can be read.
pub(super) fn newest_whole(run: &Path) -> Result<Option<Newest>> {
    let folder = run.join(CHECKPOINTS);
    if !folder.is_dir() {
        return Ok(None);
    }
    let mut damaged = Vec::new();
    for (_, path) in numbered(&folder)?.into_iter().rev() {
        match Checkpoint::read(&path) {
            Ok(checkpoint) => return Ok(Some(Newest { path, checkpoint, damaged })),
            Err(error) => damaged.push((path, error)),
        }
    }
    damaged.into_iter().next().map_or(Ok(None), |(_, error)| Err(error))
}
