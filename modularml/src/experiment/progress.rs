//! Progress of a run: a bar on a terminal, plain lines elsewhere.
//!
//! Everything goes to standard error, so that a program's own output stays clean.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::results::EvalResult;

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

/// The least time between two plain lines.
const PAUSE: Duration = Duration::from_secs(1);

/// All bars of the process: lines must be printed through it, or they leave ghosts of the bars behind.
fn bars() -> &'static MultiProgress {
    static BARS: OnceLock<MultiProgress> = OnceLock::new();
    BARS.get_or_init(MultiProgress::new)
}

/// Prints a line to standard error, above the bars if there are any.
pub fn log_line(line: &str) {
    bars().suspend(|| eprintln!("{line}"));
}

/// The progress of one phase.
pub(super) struct Reporter {
    title: String,
    epochs: usize,
    shown: Shown,
}

enum Shown {
    Bar(ProgressBar),
    Lines { last: Option<Instant> },
    Nothing,
}

impl Reporter {
    /// Starts to report a phase of so many epochs.
    pub(super) fn new(progress: Progress, title: String, epochs: usize) -> Self {
        let shown = match progress {
            Progress::Silent => Shown::Nothing,
            Progress::Auto if std::io::stderr().is_terminal() => Shown::Bar(bar(&title, epochs)),
            Progress::Auto | Progress::Plain => Shown::Lines { last: None },
        };
        Self { title, epochs, shown }
    }

    /// Says how many steps of an epoch have been taken.
    pub(super) fn step(&self, epoch: usize, done: usize, steps: usize) {
        if let Shown::Bar(bar) = &self.shown {
            bar.set_length((self.epochs * steps) as u64);
            bar.set_position((epoch * steps + done) as u64);
        }
    }

    /// Says what an epoch brought; `is_last` when the phase ends with it.
    pub(super) fn epoch(&mut self, epoch: usize, loss: f64, val: Option<&EvalResult>, is_last: bool) {
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Bar(bar) => bar.set_message(describe(epoch, self.epochs, loss, val)),
            Shown::Lines { last } => {
                if is_last || last.is_none_or(|last| last.elapsed() >= PAUSE) {
                    *last = Some(Instant::now());
                    log_line(&format!("{}: {}", self.title, describe(epoch, self.epochs, loss, val)));
                }
            }
        }
    }
}

impl Drop for Reporter {
    /// The bar gives way to a line that stays, whether the phase ended or failed.
    fn drop(&mut self) {
        if let Shown::Bar(bar) = &self.shown {
            let line = format!("{}: {}", self.title, bar.message());
            bar.finish_and_clear();
            bars().remove(bar);
            log_line(&line);
        }
    }
}

fn bar(title: &str, epochs: usize) -> ProgressBar {
    let bar = bars().add(ProgressBar::new(epochs as u64));
    if let Ok(style) = ProgressStyle::with_template("{prefix} {wide_bar} {msg} {eta}") {
        bar.set_style(style);
    }
    bar.set_prefix(title.to_owned());
    bar
}

fn describe(epoch: usize, epochs: usize, loss: f64, val: Option<&EvalResult>) -> String {
    let mut line = format!("epoch {}/{epochs}, loss {loss:.6}", epoch + 1);
    if let Some(val) = val {
        let loss = val.loss.map(|loss| ("loss", loss));
        for (name, value) in loss.into_iter().chain(val.metrics.iter().copied()) {
            // Writing to a String cannot fail.
            let _ = write!(line, ", val {name} {value:.6}");
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_epoch_loss_and_what_was_measured() {
        let val = EvalResult { name: "val", loss: Some(0.5), metrics: vec![("rmse", 2.0)] };
        assert_eq!(
            describe(11, 200, 0.25, Some(&val)),
            "epoch 12/200, loss 0.250000, val loss 0.500000, val rmse 2.000000"
        );
        assert_eq!(describe(0, 1, 0.25, None), "epoch 1/1, loss 0.250000");
    }
}
