//! How far a conversion has come, on a terminal.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The line of one conversion on standard error; it goes away with this value. Nothing where that is no terminal.
pub(super) struct Reporter(Option<ProgressBar>);

impl Reporter {
    pub(super) fn new(store: &Path) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        // How many rows there will be is not known: text files do not say.
        let bar = ProgressBar::new_spinner();
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix}: {human_pos} rows, {per_sec}, {elapsed}") {
            bar.set_style(style);
        }
        bar.set_prefix(store.display().to_string());
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(Some(bar))
    }

    /// Says how many rows have been written.
    pub(super) fn rows(&mut self, rows: u64) {
        if let Self(Some(bar)) = self {
            bar.set_position(rows);
        }
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        if let Self(Some(bar)) = self {
            bar.finish_and_clear();
        }
    }
}
