//! Signals that ask runs to stop.

/// Watches for SIGINT and SIGTERM for as long as it lives.
pub(crate) struct Signals {
    #[cfg(unix)]
    watch: unix::Watch,
}

impl Signals {
    #[cfg(unix)]
    pub(crate) fn watch() -> crate::Result<Self> {
        Ok(Self { watch: unix::Watch::begin()? })
    }

    #[cfg(not(unix))]
    #[allow(clippy::unnecessary_wraps, reason = "it fails where there are signals")]
    pub(crate) fn watch() -> crate::Result<Self> {
        Ok(Self {})
    }

    /// Whether a signal has come.
    #[cfg(unix)]
    pub(crate) fn stop(&self) -> bool {
        self.watch.stop()
    }

    /// Whether a signal has come: there are none here.
    #[cfg(not(unix))]
    #[allow(clippy::unused_self, reason = "it is asked where there are signals")]
    pub(crate) fn stop(&self) -> bool {
        false
    }
}

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};

    use signal_hook::consts::{SIGINT, SIGTERM};
    use signal_hook::flag;

    use crate::{Error, Result};

    /// The handlers of this process. They stay, since what was there before them cannot be put back: while no run watches,
    /// and after a signal that was not heard yet, a signal does what it does by default.
    struct Handlers {
        stop: Arc<AtomicBool>,
        nobody_watches: Arc<AtomicBool>,
        /// How many runs watch, and whether the handlers are there.
        watching: Mutex<(usize, bool)>,
    }

    static HANDLERS: LazyLock<Handlers> = LazyLock::new(|| Handlers {
        stop: Arc::default(),
        nobody_watches: Arc::new(AtomicBool::new(true)),
        watching: Mutex::default(),
    });

    impl Handlers {
        fn watching(&self) -> MutexGuard<'_, (usize, bool)> {
            self.watching.lock().unwrap_or_else(PoisonError::into_inner)
        }

        fn install(&self) -> std::io::Result<()> {
            for signal in [SIGINT, SIGTERM] {
                flag::register_conditional_default(signal, Arc::clone(&self.nobody_watches))?;
                flag::register_conditional_default(signal, Arc::clone(&self.stop))?;
                flag::register(signal, Arc::clone(&self.stop))?;
            }
            Ok(())
        }
    }

    /// A run that watches.
    pub(super) struct Watch;

    impl Watch {
        pub(super) fn begin() -> Result<Self> {
            let mut watching = HANDLERS.watching();
            if !watching.1 {
                let installed = HANDLERS.install();
                installed.map_err(|error| Error::Training(format!("signals cannot be watched: {error}")))?;
                watching.1 = true;
            }
            if watching.0 == 0 {
                HANDLERS.stop.store(false, Ordering::SeqCst);
                HANDLERS.nobody_watches.store(false, Ordering::SeqCst);
            }
            watching.0 += 1;
            Ok(Self)
        }

        #[allow(clippy::unused_self, reason = "only who watches may ask")]
        pub(super) fn stop(&self) -> bool {
            HANDLERS.stop.load(Ordering::SeqCst)
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            let mut watching = HANDLERS.watching();
            watching.0 = watching.0.saturating_sub(1);
            if watching.0 == 0 {
                HANDLERS.nobody_watches.store(true, Ordering::SeqCst);
            }
        }
    }
}
