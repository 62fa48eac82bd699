//! How much memory of its own this process has had.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{JoinHandle, spawn};
use std::time::Duration;

use crate::Result;

/// Watches the anonymous memory of the process: what is not a page of a file.
pub struct Watch {
    peak: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Watch {
    pub fn start() -> Self {
        let (peak, is_over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
        let (highest, end) = (Arc::clone(&peak), Arc::clone(&is_over));
        let thread = spawn(move || {
            while !end.load(Ordering::Relaxed) {
                highest.fetch_max(anonymous_kb().unwrap_or(0), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        Self { peak, is_over, thread }
    }

    /// The peak in MB.
    #[allow(clippy::cast_precision_loss, reason = "less than 2^53 kB")]
    pub fn finish(self) -> Result<f64> {
        self.is_over.store(true, Ordering::Relaxed);
        self.thread.join().map_err(|_| "the thread that watches memory has panicked")?;
        Ok(self.peak.load(Ordering::Relaxed) as f64 * 1024.0 / 1e6)
    }
}

/// `RssAnon` of `/proc/self/status`.
fn anonymous_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
