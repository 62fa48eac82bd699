//! Callbacks: code of one's own that sees each step and epoch of a train phase.

use std::ops::ControlFlow;

use super::feeds::BatchRows;
use super::results::EvalResult;
use crate::data::View;
use crate::graph::GraphSpec;
use crate::plan::lookup::input_named;
use crate::plan::operand::roles;
use crate::spec::PhaseSpec;
use crate::text::Name;
use crate::{Error, Result};

/// What is told of the steps and epochs of train phases, and may end them; both methods do nothing by default.
///
/// ```
/// use std::ops::ControlFlow;
///
/// use modularml::experiment::{Callback, ExperimentBuilder, StepInfo};
/// use modularml::graph::{GraphBuilder, Reads};
/// use modularml::prelude::*;
///
/// #[derive(SampleSchema)]
/// struct Point {
///     #[feat]
///     x: f32,
///     #[target]
///     y: f32,
///     #[tag]
///     cell: i64,
/// }
///
/// /// Counts how often each of two cells is seen, for so many steps.
/// struct Seen([usize; 2], usize);
///
/// impl Callback for Seen {
///     fn on_step(&mut self, step: &StepInfo<'_>) -> Result<ControlFlow<()>> {
///         for cell in step.rows("point", "default")?.values(Point::COLUMNS.cell)? {
///             self.0[usize::from(cell == 1)] += 1;
///         }
///         Ok(if step.step + 1 < self.1 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
///     }
/// }
///
/// let rows = (0..40u8).map(|row| Point { x: f32::from(row), y: f32::from(row), cell: i64::from(row % 2) });
/// let points = FeatureSet::from_rows(rows)?;
/// let graph = GraphBuilder::new("Line")
///     .input("point", Point::SCHEMA)
///     .optimizer(Adam::lr(1e-3))
///     .node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"))
///     .spec();
/// let mut study = ExperimentBuilder::new("LineStudy", graph)
///     .split("point", Random::ratios([("train", 0.8), ("test", 0.2)]))
///     .train("fit", |phase| {
///         phase.feed("point", Batches::of(8).shuffled(), "train").loss(Mse, ["y", "point.y"]).epochs(9)
///     })
///     .build(vec![points.view()])?;
///
/// let mut seen = Seen([0; 2], 3);
/// let results = study.progress(Progress::Silent).run_with(&mut seen)?;
/// assert_eq!(seen.0.iter().sum::<usize>(), 3 * 8);
/// assert_eq!(results[0].trained()?.epochs, 1);
/// # Ok::<(), modularml::Error>(())
/// ```
pub trait Callback {
    /// Sees a step after the weights changed. `Break` ends the phase behind it: the epoch counts as it is.
    ///
    /// # Errors
    /// An error ends the run.
    fn on_step(&mut self, step: &StepInfo<'_>) -> Result<ControlFlow<()>> {
        let _ = step;
        Ok(ControlFlow::Continue(()))
    }

    /// Sees an epoch and its evaluation. `Break` ends the phase.
    ///
    /// # Errors
    /// An error ends the run.
    fn on_epoch(&mut self, epoch: &EpochInfo<'_>) -> Result<ControlFlow<()>> {
        let _ = epoch;
        Ok(ControlFlow::Continue(()))
    }
}

/// Does nothing.
impl Callback for () {}

/// A step of a train phase.
#[non_exhaustive]
pub struct StepInfo<'a> {
    /// The phase.
    pub phase: Name,
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// The step in the epoch, counted from 0.
    pub step: usize,
    /// The loss of the batch before the step that it caused; not finite for a step that was left out.
    pub loss: f64,
    pub(super) graph: &'a GraphSpec,
    pub(super) spec: &'a PhaseSpec,
    pub(super) rows: &'a BatchRows,
}

impl StepInfo<'_> {
    /// The rows of the batch that an input has in a role (`default` where its sampler has no roles), with their ids and
    /// all their columns, tags too.
    ///
    /// # Errors
    /// When there is no such input or role, or the step is another feed's turn.
    pub fn rows(&self, input: &str, role: &str) -> Result<&View> {
        let position = input_named(self.graph, input).ok_or_else(|| {
            let known: Vec<Name> = self.graph.inputs.iter().map(|input| input.name).collect();
            let owner = format!("graph `{}`", self.graph.name);
            super::unknown::missing("input", input, &known, &owner)
        })?;
        let known = roles(self.graph, self.spec, position, false);
        let place = known.iter().position(|known| *known == role);
        let place = place.ok_or_else(|| super::unknown::missing("role", role, known, &format!("input `{input}`")))?;
        let turn =
            || Error::Data(format!("input `{input}` has no rows in step {}: another feed's turn", self.step + 1));
        self.rows.view(position, place).map_err(|_| turn())
    }
}

/// An epoch of a train phase.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct EpochInfo<'a> {
    /// The phase.
    pub phase: Name,
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// The mean loss over its rows.
    pub loss: f64,
    /// What was measured behind it, where it was.
    pub val: Option<&'a EvalResult>,
}
