//! Worker processes, each of which runs one item of a plan at a time.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::answer::seconds;
use super::arguments::{Common, Folds};
use crate::error::Problem;
use crate::experiment::log_line;
use crate::items::{Item, ItemPlan, ItemState};
use crate::record::Signals;
use crate::{Error, Result};

/// How long the workers are left alone between two looks at them.
const LOOK: Duration = Duration::from_millis(20);
/// How long a worker runs before what it takes is what it needs.
const SETTLED: Duration = Duration::from_millis(500);
/// The variable that says how many threads compute.
const THREADS: &str = "RAYON_NUM_THREADS";

/// Runs the items of a plan in processes of this program.
pub(super) struct Workers<'a> {
    plan: &'a Path,
    folder: PathBuf,
    common: &'a Common,
    settings: &'a Folds,
}

struct Worker<'a> {
    process: Child,
    item: &'a Item,
    began: Instant,
    log: PathBuf,
}

/// The workers that have not ended. However they are left, on a signal, an error or a panic, they are asked to save what they
/// have and are waited for: none goes on behind the process that has started it.
struct Running<'a>(Vec<Worker<'a>>);

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.iter_mut().for_each(Worker::stop);
        for worker in &mut self.0 {
            // One that cannot be waited for has ended, or is not ours.
            let _ = worker.process.wait();
        }
    }
}

impl<'a> Workers<'a> {
    pub(super) fn new(plan: &'a Path, common: &'a Common, settings: &'a Folds) -> Self {
        Self { plan, folder: plan.parent().map(Path::to_owned).unwrap_or_default(), common, settings }
    }

    /// Runs all items that have not finished, several at a time. One that fails leaves the others alone.
    pub(super) fn run(&self, plan: &ItemPlan) -> Result<()> {
        let signals = Signals::watch()?;
        let mut waiting: Vec<&Item> = Vec::new();
        for item in plan.items.iter().rev() {
            if plan.state(&self.folder, item)? != ItemState::Finished {
                waiting.push(item);
            }
        }
        let (all, mut ended) = (waiting.len(), 0);
        let mut workers = Running(Vec::new());
        let mut largest = None;
        while !waiting.is_empty() || !workers.0.is_empty() {
            largest = largest.max(workers.0.iter().filter_map(Worker::memory).max());
            while workers.0.len() < self.settings.jobs.max(1) && (workers.0.is_empty() || has_room(largest)) {
                let Some(item) = waiting.pop() else { break };
                workers.0.push(self.start(item)?);
            }
            std::thread::sleep(LOOK);
            if signals.stop() {
                return Err(Error::Interrupted { folder: self.folder.clone() });
            }
            let mut at = 0;
            while let Some(worker) = workers.0.get_mut(at) {
                let status = worker.process.try_wait();
                match status.map_err(|error| Error::Training(format!("a worker cannot be waited for: {error}")))? {
                    None => at += 1,
                    Some(status) => {
                        let worker = workers.0.remove(at);
                        ended += 1;
                        // One that ends before it is looked at takes little.
                        largest = largest.max(Some(0));
                        self.tell(plan, &worker, status.success(), (ended, all));
                    }
                }
            }
        }
        Ok(())
    }

    fn start(&self, item: &'a Item) -> Result<Worker<'a>> {
        let log = self.folder.join(format!("{}.log", item.id));
        let problem = |error: std::io::Error| Problem::from(error).of("no worker can be started").in_file(&log);
        let program = std::env::current_exe().map_err(problem)?;
        let mut command = Command::new(program);
        command.arg("run").arg("--plan").arg(self.plan).args(["--item", &item.id, "--quiet"]);
        command.args(self.common.as_arguments()).args(self.settings.run.as_arguments());
        if std::env::var_os(THREADS).is_none() {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            command.env(THREADS, (cores / self.settings.jobs.max(1)).max(1).to_string());
        }
        let log_file = File::options().create(true).append(true).open(&log).map_err(problem)?;
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log_file);
        // A signal from the keyboard comes to this process alone, which asks the workers once: a second one would end them at
        // once.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let process = command.spawn().map_err(problem)?;
        Ok(Worker { process, item, began: Instant::now(), log })
    }

    /// Tells how an item has ended; what its worker said stays where it failed.
    fn tell(&self, plan: &ItemPlan, worker: &Worker<'_>, is_fine: bool, (ended, all): (usize, usize)) {
        let Worker { item, began, log, .. } = worker;
        let took = seconds(began.elapsed().as_secs_f64());
        let said = || fs::read_to_string(log).ok()?.lines().last().map(str::to_owned);
        let words = if is_fine {
            let _ = fs::remove_file(log);
            format!("finished in {took}")
        } else {
            match plan.state(&self.folder, item) {
                Ok(ItemState::Failed(why)) => format!("has failed: {why}"),
                _ => format!("has not finished: {}", said().unwrap_or_else(|| "its process was ended".to_owned())),
            }
        };
        if !self.common.quiet || !is_fine {
            log_line(&format!("{ended}/{all}: {} {words}", item.words()));
        }
    }
}

impl Worker<'_> {
    /// How much memory it has taken at most, in kilobytes; not known of one that has just begun.
    fn memory(&self) -> Option<u64> {
        let status = || kilobytes(&format!("/proc/{}/status", self.process.id()), "VmHWM");
        if self.began.elapsed() < SETTLED { None } else { status() }
    }

    /// Asks it to save what it has and to end.
    #[cfg(unix)]
    fn stop(&mut self) {
        let _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
    }

    /// Ends it, as there is nothing that asks: it goes on from its newest checkpoint.
    #[cfg(not(unix))]
    fn stop(&mut self) {
        let _ = self.process.kill();
    }
}

/// Whether there is memory for one worker more, as much as the largest has taken so far; not before one has shown what it
/// takes. Where the system does not tell, there is.
fn has_room(largest: Option<u64>) -> bool {
    let available = kilobytes("/proc/meminfo", "MemAvailable");
    available.is_none_or(|available| largest.is_some_and(|largest| largest < available))
}

/// A number of kilobytes in a file of the system.
fn kilobytes(path: &str, key: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(key))?;
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().ok()
}
