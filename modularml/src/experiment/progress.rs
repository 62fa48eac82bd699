//! How a run shows its progress.
//!
//! Everything goes to standard error, so that a program's own output stays clean.

use std::io::{self, Write};
use std::sync::OnceLock;

use indicatif::MultiProgress;

/// How a run shows its progress.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Progress {
    /// A bar on a terminal, plain lines otherwise.
    #[default]
    Auto,
    /// One line an epoch, at most one a second, and always the last.
    Plain,
    /// Nothing.
    Silent,
}

/// All bars of the process: lines must be printed through it, or they leave ghosts of the bars behind.
pub(super) fn bars() -> &'static MultiProgress {
    static BARS: OnceLock<MultiProgress> = OnceLock::new();
    BARS.get_or_init(MultiProgress::new)
}

/// Prints a line to standard error, above the bars if there are any.
pub fn log_line(line: &str) {
    // Where nobody reads standard error any more, nothing is lost.
    let _ = writeln!(LogWriter, "{line}");
}

/// Writes to standard error above the bars of all runs, if there are any, so that log lines and bars do not tear each other.
///
/// It is what a subscriber of `tracing` writes to: with the crate `tracing-subscriber`,
/// `tracing_subscriber::fmt().with_writer(|| LogWriter).init();`.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.write_all(bytes).map(|()| bytes.len())
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        bars().suspend(|| io::stderr().write_all(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
