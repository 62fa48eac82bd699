//! Shows the progress of a run: a bar on a terminal, plain lines elsewhere.

use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

use super::callback::{Callback, EpochInfo, Moment, Next, StepInfo};
use super::progress::{Progress, bars, log_line};
use super::results::{EvalResult, PhaseResult};
use crate::spec::PhaseKind;
use crate::{Error, Result};

/// The least time between two plain lines.
const PAUSE: Duration = Duration::from_secs(1);

/// Shows the progress of a run, a bar or lines for each train phase.
pub(super) struct Reporter {
    progress: Progress,
    shown: Option<Shown>,
}

struct Shown {
    title: String,
    epochs: usize,
    form: Form,
}

enum Form {
    Bar(ProgressBar),
    /// The line of the last epoch, where it was not printed, beside the time of the one before.
    Lines {
        printed: Option<Instant>,
        held_back: Option<String>,
    },
}

impl Reporter {
    pub(super) const fn new(progress: Progress) -> Self {
        Self { progress, shown: None }
    }

    fn start(&mut self, title: String, epochs: usize) {
        let form = match self.progress {
            Progress::Silent => return,
            Progress::Auto if std::io::stderr().is_terminal() => Form::Bar(bar(&title, epochs)),
            Progress::Auto | Progress::Plain => Form::Lines { printed: None, held_back: None },
        };
        self.shown = Some(Shown { title, epochs, form });
    }
}

impl Callback for Reporter {
    fn on_epoch_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        if self.shown.is_none()
            && let Some(phase) = moment.phase()
            && let PhaseKind::Train(train) = &phase.kind
        {
            self.start(format!("{} {}", moment.session().spec().name, phase.name), train.epochs);
        }
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        if let Some(Shown { epochs, form: Form::Bar(bar), .. }) = &self.shown {
            bar.set_length((epochs * step.steps) as u64);
            bar.set_position((step.epoch * step.steps + step.step + 1) as u64);
        }
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, _: &mut Moment<'_>, epoch: &EpochInfo<'_>) -> Result<Next> {
        let Some(Shown { title, epochs, form }) = &mut self.shown else { return Ok(Next::Continue) };
        let line = describe(epoch.epoch, *epochs, epoch.loss, epoch.validations);
        match form {
            Form::Bar(bar) => bar.set_message(line),
            Form::Lines { printed, held_back } => {
                let line = format!("{title}: {line}");
                if printed.is_none_or(|printed| printed.elapsed() >= PAUSE) {
                    (*printed, *held_back) = (Some(Instant::now()), None);
                    log_line(&line);
                } else {
                    *held_back = Some(line);
                }
            }
        }
        Ok(Next::Continue)
    }

    fn on_phase_end(&mut self, _: &mut Moment<'_>, _: &PhaseResult) -> Result<Next> {
        self.shown = None;
        Ok(Next::Continue)
    }

    fn on_error(&mut self, _: &Error) {
        self.shown = None;
    }
}

impl Drop for Shown {
    /// The last epoch is always told: a bar gives way to a line that stays, whether the phase ended or failed.
    fn drop(&mut self) {
        match &mut self.form {
            Form::Bar(bar) => {
                let line = format!("{}: {}", self.title, bar.message());
                bar.finish_and_clear();
                bars().remove(bar);
                log_line(&line);
            }
            Form::Lines { held_back, .. } => held_back.iter().for_each(|line| log_line(line)),
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

fn describe(epoch: usize, epochs: usize, loss: f64, validations: &[EvalResult]) -> String {
    let mut line = format!("epoch {}/{epochs}, loss {loss:.6}", epoch + 1);
    for validation in validations {
        for (name, value) in validation.numbers() {
            // Writing to a String cannot fail.
            let _ = write!(line, ", {} {name} {value:.6}", validation.name);
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_names_epoch_loss_and_what_was_measured() {
        let val = EvalResult {
            name: "val",
            loss: Some(0.5),
            terms: Vec::new(),
            rows: 10,
            metrics: vec![("rmse", 2.0)],
            others: Vec::new(),
            predictions: None,
            gathered: None,
        };
        assert_eq!(
            describe(11, 200, 0.25, std::slice::from_ref(&val)),
            "epoch 12/200, loss 0.250000, val loss 0.500000, val rmse 2.000000"
        );
        let far = EvalResult { name: "far", loss: None, ..val.clone() };
        assert_eq!(
            describe(11, 200, 0.25, &[val, far]),
            "epoch 12/200, loss 0.250000, val loss 0.500000, val rmse 2.000000, far rmse 2.000000"
        );
        assert_eq!(describe(0, 1, 0.25, &[]), "epoch 1/1, loss 0.250000");
    }
}
