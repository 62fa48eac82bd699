//! A rehearsal: one step of every phase, of which nothing stays.

mod first_step;
mod scratch;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use first_step::{FirstStep, Step};
use scratch::Scratch;

use super::callback::{Callback, Moment, Next};
use super::callbacks::Callbacks;
use super::evaluate::Evaluation;
use super::feeds::EVAL_ROWS;
use super::results::{EvalResult, PhaseResult};
use super::session::Session;
use super::train::Training;
use crate::Result;
use crate::error::At as _;
use crate::plan::operand::title;
use crate::plan::phase::{EvalPlan, KindPlan, TrainPlan, ValidationPlan};
use crate::spec::PhaseKind;
use crate::text::Name;

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
    /// How many seconds the step took. Of an eval phase it measures at most 1,024 rows of each split, or one batch of
    /// a sampler; of a train phase it learns from one batch.
    pub seconds: f64,
}

/// What a rehearsal found.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Rehearsal {
    /// By phase, in order.
    pub phases: Vec<Rehearsed>,
    /// The callbacks that were not called, because they [do something outside of the run](Callback::acts_outside), in order.
    pub not_called: Vec<Name>,
    /// The bytes of the weights.
    pub weight_bytes: usize,
    /// The bytes that the optimizers keep of the weights, as far as phases have begun.
    pub optimizer_bytes: usize,
}

impl Session {
    /// Takes one step of each phase, evaluations and callbacks included, and goes back to the weights, optimizer states and
    /// results of before: what a run would refuse in its first step of a late phase is refused at once. Each train phase ends
    /// behind its first step, as if that were its whole epoch; evaluations measure the first 1,024 rows of each split, or the first batch of a
    /// sampler. Callbacks
    /// are given a folder for that of the run, which is removed behind it; those that
    /// [do something outside of it](Callback::acts_outside) are not called.
    ///
    /// # Errors
    /// As those of a run.
    pub fn rehearse(&mut self) -> Result<Rehearsal> {
        let weights = self.weights()?;
        let before = (self.drawn.clone(), self.recording.take(), std::mem::take(&mut self.results));
        // Also behind a panic of a callback the session is what it was.
        let rehearsed = catch_unwind(AssertUnwindSafe(|| self.rehearse_all()));
        (self.drawn, self.recording, self.results) = before;
        self.set_weights(&weights)?;
        rehearsed.unwrap_or_else(|panic| resume_unwind(panic))
    }

    fn rehearse_all(&mut self) -> Result<Rehearsal> {
        let plan = Arc::clone(&self.plan);
        let mut others = Callbacks::default();
        for watch in &plan.spec.callbacks {
            others.push_declared(watch.callback.name, watch.callback.build(&[])?);
        }
        let mut not_called = others.without_outside();
        let scratch = if self.has_callbacks() { Some(Scratch::new()?) } else { None };
        self.recording = scratch.as_ref().map(|scratch| scratch.path().to_owned());
        let step = FirstStep::new();
        others.push(Box::new(step.clone()));
        self.call(&mut others, None, |callback, moment| callback.on_run_start(moment))?;
        let mut phases = Vec::new();
        for (position, (spec, phase)) in plan.spec.phases.iter().zip(&plan.phases).enumerate() {
            step.begin();
            match &phase.kind {
                KindPlan::Train(train) => not_called.extend(self.rehearse_train(position, train, &mut others)?),
                KindPlan::Fit(nodes) => {
                    self.call(&mut others, Some(position), |callback, moment| callback.on_phase_start(moment))?;
                    let result = PhaseResult::Fit(self.fit(position, nodes)?);
                    step.end(1);
                    self.call(&mut others, Some(position), |callback, moment| callback.on_phase_end(moment, &result))?;
                    self.results.push(result);
                }
                KindPlan::Eval(eval) => self.rehearse_eval(position, eval, &mut others, &step)?,
            }
            let Step { seconds, of, .. } = step.taken();
            let epochs = spec.kind.train().map_or(1, |train| train.epochs);
            phases.push(Rehearsed { phase: spec.name, steps: of, epochs, seconds });
        }
        self.call(&mut others, None, |callback, moment| callback.on_run_end(moment))?;
        let (mut weight_bytes, mut optimizer_bytes) = (0, 0);
        for tensor in self.graph.state()?.values() {
            weight_bytes += tensor.elem_count() * tensor.dtype().size_in_bytes();
        }
        for tensor in self.optimizers.states()?.values().flat_map(BTreeMap::values) {
            optimizer_bytes += tensor.elem_count() * tensor.dtype().size_in_bytes();
        }
        Ok(Rehearsal { phases, not_called, weight_bytes, optimizer_bytes })
    }

    /// Takes the first step of a train phase, which ends with it, and tells which of its callbacks were not called.
    fn rehearse_train(&mut self, phase: usize, train: &TrainPlan, others: &mut Callbacks<'_>) -> Result<Vec<Name>> {
        let training = Training::new(self, phase)?;
        let mut evaluations = Vec::new();
        for validation in &train.validations {
            evaluations.push(self.validation_of_first_rows(phase, validation)?.1);
        }
        let (mut training, not_called) = training.rehearsed(evaluations);
        let ended = training.step(self, others)?;
        self.results.extend(ended.map(|(result, _)| PhaseResult::Train(result)));
        // Behind the first epoch not every evaluation is due.
        for validation in train.validations.iter().filter(|validation| validation.every > 1) {
            let (title, evaluation) = self.validation_of_first_rows(phase, validation)?;
            self.measure_first(&evaluation, &title, phase, &validation.eval)?;
        }
        Ok(not_called)
    }

    /// What an evaluation of a train phase is called in errors, and it of the first rows.
    fn validation_of_first_rows(&mut self, phase: usize, of: &ValidationPlan) -> Result<(String, Evaluation)> {
        let title = format!("{} of {}", of.name, self.title_of(phase));
        let evaluation = self.of_first_rows(of.name, phase, &title, &of.eval)?;
        Ok((title, evaluation))
    }

    fn rehearse_eval(
        &mut self,
        phase: usize,
        eval: &EvalPlan,
        others: &mut Callbacks<'_>,
        step: &FirstStep,
    ) -> Result<()> {
        let title = self.title_of(phase);
        let name = self.spec().phases.items().get(phase).map_or("?", |phase| phase.name);
        let at = Some(phase);
        self.call(others, at, |callback, moment| callback.on_phase_start(moment))?;
        self.call(others, at, |callback, moment| callback.on_evaluation_start(moment))?;
        let evaluation = self.of_first_rows(name, phase, &title, eval)?;
        let measured = self.measure_first(&evaluation, &title, phase, eval)?;
        step.end(1);
        self.call(others, at, |callback, moment| callback.on_evaluation_end(moment, &measured))?;
        let result = PhaseResult::Eval(measured);
        self.call(others, at, |callback, moment| callback.on_phase_end(moment, &result))?;
        self.results.push(result);
        Ok(())
    }

    fn call(
        &mut self,
        callbacks: &mut Callbacks<'_>,
        phase: Option<usize>,
        call: impl FnMut(&mut dyn Callback, &mut Moment<'_>) -> Result<Next>,
    ) -> Result<()> {
        callbacks.each(&mut Moment::new(self, phase, (0, 0)), call).map(drop)
    }

    fn has_callbacks(&self) -> bool {
        let of_phase = |kind: &PhaseKind| kind.train().is_some_and(|train| !train.callbacks.is_empty());
        !self.spec().callbacks.is_empty() || self.spec().phases.iter().any(|phase| of_phase(&phase.kind))
    }

    /// What a phase is called in errors.
    fn title_of(&self, phase: usize) -> String {
        self.spec().phases.items().get(phase).map(title).unwrap_or_default()
    }

    /// An evaluation of the first rows of each split, or of the first batch that a sampler draws of all rows of one.
    fn of_first_rows(&mut self, name: Name, phase: usize, title: &str, eval: &EvalPlan) -> Result<Evaluation> {
        let terms = self.terms(phase, &eval.terms)?;
        let whole = self.splits.clone();
        let drawn = eval.together.iter().flatten().filter(|feed| feed.sampler.is_some());
        let drawn: Vec<usize> = drawn.map(|feed| feed.rows.split).collect();
        for (_, split) in self.splits.iter_mut().enumerate().filter(|(place, _)| !drawn.contains(place)) {
            split.positions.truncate(EVAL_ROWS);
        }
        let feeds = self.together(title, eval);
        let chosen = self.measured_at(phase).and_then(|place| self.chosen(eval, place));
        self.splits = whole;
        Ok(Evaluation::new(name, terms, feeds?).decided_by(chosen?).of_first_batches())
    }

    fn measure_first(&self, of: &Evaluation, title: &str, phase: usize, eval: &EvalPlan) -> Result<EvalResult> {
        of.run(self, eval, self.measured_at(phase)?).at(|| title.to_owned())
    }
}
