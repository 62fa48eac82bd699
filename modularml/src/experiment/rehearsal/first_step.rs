//! The one step of a phase that is tried.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use crate::Result;
use crate::experiment::callback::{Callback, Moment, Next, StepInfo};

/// Ends each train phase behind its first step, and tells of that.
#[derive(Clone)]
pub(super) struct FirstStep(Rc<Cell<Step>>);

/// A step, and how long it took.
#[derive(Clone, Copy)]
pub(super) struct Step {
    began: Instant,
    pub seconds: f64,
    /// How many the epoch has.
    pub of: usize,
}

impl FirstStep {
    pub(super) fn new() -> Self {
        Self(Rc::new(Cell::new(Step { began: Instant::now(), seconds: 0.0, of: 1 })))
    }

    /// A step begins.
    pub(super) fn begin(&self) {
        self.0.set(Step { began: Instant::now(), seconds: 0.0, of: 1 });
    }

    /// The last step.
    pub(super) fn taken(&self) -> Step {
        self.0.get()
    }

    /// The step ends now.
    pub(super) fn end(&self, of: usize) {
        let Step { began, .. } = self.0.get();
        self.0.set(Step { began, seconds: began.elapsed().as_secs_f64(), of });
    }
}

impl Callback for FirstStep {
    fn on_step_end(&mut self, _: &mut Moment<'_>, step: &StepInfo<'_>) -> Result<Next> {
        self.end(step.steps);
        Ok(Next::EndPhase)
    }
}
