//! A rehearsal: one step of every phase, of which nothing stays.

use std::collections::BTreeMap;
use std::time::Instant;

use super::callbacks::Callbacks;
use super::evaluate::Evaluation;
use super::feeds::EVAL_ROWS;
use super::session::Session;
use super::train::Training;
use crate::error::At as _;
use crate::plan::operand::title;
use crate::plan::phase::{EvalPlan, KindPlan};
use crate::random::Place;
use crate::text::Name;
use crate::{Error, Result};
use std::sync::Arc;

/// What one step of a phase took.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rehearsed {
    /// The phase.
    pub phase: Name,
    /// Of a train phase, how many steps an epoch has; else 1.
    pub steps: usize,
    /// Of a train phase, how many epochs it has at most; else 1.
    pub epochs: usize,
    /// How many seconds the step took. Of an eval phase it measures at most 1,024 rows of each split; of a train phase it
    /// learns from one batch.
    pub seconds: f64,
}

/// What a rehearsal found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rehearsal {
    /// By phase, in order.
    pub phases: Vec<Rehearsed>,
    /// The bytes of the weights.
    pub weight_bytes: usize,
    /// The bytes that the optimizers keep of the weights, as far as phases have begun.
    pub optimizer_bytes: usize,
}

impl Session {
    /// Takes one step of each phase, evaluations included, and goes back to the weights, optimizer states and results of
    /// before: what a run would refuse in its first step of a late phase is refused at once. The callbacks of phases are not
    /// called.
    ///
    /// # Errors
    /// As those of a run.
    pub fn rehearse(&mut self) -> Result<Rehearsal> {
        let before = (self.weights()?, self.drawn.clone());
        let rehearsed = self.rehearse_all();
        self.set_weights(&before.0)?;
        self.drawn = before.1;
        rehearsed
    }

    fn rehearse_all(&mut self) -> Result<Rehearsal> {
        let plan = Arc::clone(&self.plan);
        let mut phases = Vec::new();
        for (position, (spec, phase)) in plan.spec.phases.iter().zip(&plan.phases).enumerate() {
            let title = title(spec);
            let started = Instant::now();
            let mut rehearsed = Rehearsed { phase: spec.name, steps: 1, epochs: 1, seconds: 0.0 };
            match &phase.kind {
                KindPlan::Train(train) => {
                    let mut training = Training::new(self, position)?.alone();
                    training.step(self, &mut Callbacks::default())?;
                    rehearsed.seconds = started.elapsed().as_secs_f64();
                    rehearsed.steps = training.steps_of_epoch();
                    rehearsed.epochs = spec.kind.train().map_or(1, |train| train.epochs);
                    if let Some(val) = &train.validation {
                        let title = format!("val of {title}");
                        self.measure_some("val", &title, position, &val.eval)?;
                    }
                }
                KindPlan::Fit(nodes) => {
                    self.fit(position, nodes)?;
                    rehearsed.seconds = started.elapsed().as_secs_f64();
                }
                KindPlan::Eval(eval) => {
                    self.measure_some(spec.name, &title, position, eval)?;
                    rehearsed.seconds = started.elapsed().as_secs_f64();
                }
            }
            phases.push(rehearsed);
        }
        let (mut weight_bytes, mut optimizer_bytes) = (0, 0);
        for tensor in self.graph.state()?.values() {
            weight_bytes += tensor.elem_count() * tensor.dtype().size_in_bytes();
        }
        for tensor in self.optimizers.states()?.values().flat_map(BTreeMap::values) {
            optimizer_bytes += tensor.elem_count() * tensor.dtype().size_in_bytes();
        }
        Ok(Rehearsal { phases, weight_bytes, optimizer_bytes })
    }

    /// Measures over the first rows of each split.
    fn measure_some(&mut self, name: Name, title: &str, phase: usize, eval: &EvalPlan) -> Result<()> {
        let whole = self.splits.clone();
        for split in &mut self.splits {
            split.positions.truncate(EVAL_ROWS);
        }
        let feeds = self.together(title, eval);
        self.splits = whole;
        let phase = u32::try_from(phase).map_err(|_| Error::Training("too many phases".to_owned()))?;
        let place = Place { fold: self.draws.fold, phase, ..Place::default() };
        Evaluation::new(name, eval, feeds?)?.run(self, eval, place).at(|| title.to_owned())?;
        Ok(())
    }
}
