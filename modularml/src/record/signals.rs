//! Signals that ask a run to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::{Error, Result};

/// Watches for SIGINT and SIGTERM for as long as it lives.
pub(super) struct Signals {
    stop: Arc<AtomicBool>,
    #[cfg(unix)]
    registered: Vec<signal_hook::SigId>,
}

impl Signals {
    #[cfg(unix)]
    pub(super) fn watch() -> Result<Self> {
        use signal_hook::consts::{SIGINT, SIGTERM};
        use signal_hook::flag;

        let fail = |error: std::io::Error| Error::Training(format!("signals cannot be watched: {error}"));
        let mut signals = Self { stop: Arc::default(), registered: Vec::new() };
        for signal in [SIGINT, SIGTERM] {
            // The second one ends the process: the flag is set by then.
            let at_once = flag::register_conditional_default(signal, Arc::clone(&signals.stop)).map_err(fail)?;
            signals.registered.push(at_once);
            signals.registered.push(flag::register(signal, Arc::clone(&signals.stop)).map_err(fail)?);
        }
        Ok(signals)
    }

    #[cfg(not(unix))]
    pub(super) fn watch() -> Result<Self> {
        Ok(Self { stop: Arc::default() })
    }

    /// Whether a signal has come.
    pub(super) fn stop(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

#[cfg(unix)]
impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.registered.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}
