//! The norm of the gradient by node.

use serde::{Deserialize, Serialize};

use super::{BuildCallback, Callback, EpochInfo, Moment, Next, StepInfo};
use crate::Result;
use crate::error::At as _;
use crate::experiment::exact;
use crate::experiment::gradients::GradientInfo;
use crate::experiment::state::State;
use crate::graph::kernel::device::f64s;
use crate::plan::watched::Watched;
use crate::text::Name;

/// Records the norm of the gradient of each node that learns, as `gradient_norm.NODE`.
///
/// The norm of one change of parameters is the square root of the sum of squares over all parameters of the node, of the
/// gradient before it is clipped, which with `accumulate` is the sum over its steps. Recorded is the mean over the changes
/// of each epoch, or of each `every` changes, which are counted anew in each phase.
///
/// ```
/// use modularml::experiment::GradientNorms;
///
/// const EACH_EPOCH: GradientNorms = GradientNorms::new();
/// const EACH_HUNDRED: GradientNorms = GradientNorms::new().every(100);
/// ```
#[derive(crate::Callback, Clone, Copy, Debug, PartialEq)]
pub struct GradientNorms {
    /// The number of changes whose mean is recorded, at the step that completes them; those of an epoch where it is not
    /// given.
    #[setting(default = None, at_least = 1)]
    every: Option<usize>,
}

impl BuildCallback for GradientNorms {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Norms { every: self.every, sums: Sums::default() })
    }
}

struct Norms {
    every: Option<usize>,
    sums: Sums,
}

/// Norms by node since they were recorded.
#[derive(Default, Serialize, Deserialize)]
struct Sums {
    #[serde(with = "exact")]
    by_node: Vec<(Name, f64)>,
    /// By node, how many changes it took part in.
    counts: Vec<usize>,
    changes: usize,
}

impl Sums {
    fn add(&mut self, node: Name, norm: f64) {
        let mut known = self.by_node.iter_mut().zip(&mut self.counts);
        if let Some(((_, sum), count)) = known.find(|((known, _), _)| *known == node) {
            *sum += norm;
            *count += 1;
        } else {
            self.by_node.push((node, norm));
            self.counts.push(1);
        }
    }

    /// Records the means, and begins anew.
    #[allow(clippy::cast_precision_loss, reason = "counts of steps are exact in f64")]
    fn record(&mut self, moment: &mut Moment<'_>) -> Result<()> {
        let Self { by_node, counts, .. } = std::mem::take(self);
        by_node
            .into_iter()
            .zip(counts)
            .try_for_each(|((node, sum), count)| moment.record(format!("gradient_norm.{node}"), sum / count as f64))
    }
}

impl Callback for Norms {
    fn reads_gradients(&self) -> bool {
        true
    }

    fn on_gradients(&mut self, gradients: &GradientInfo<'_>) -> Result<()> {
        let mut squares: Vec<(Name, f64)> = Vec::new();
        for gradient in gradients.iter() {
            let numbers = f64s(gradient.gradient).at(|| format!("gradient of `{}`", gradient.parameter))?;
            let square: f64 = numbers.iter().map(|number| number * number).sum();
            match squares.last_mut() {
                // Those of a node follow each other.
                Some((node, sum)) if *node == gradient.node => *sum += square,
                _ => squares.push((gradient.node, square)),
            }
        }
        for (node, square) in squares {
            self.sums.add(node, square.sqrt());
        }
        self.sums.changes += 1;
        Ok(())
    }

    fn on_phase_start(&mut self, _: &mut Moment<'_>) -> Result<Next> {
        self.sums = Sums::default();
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, moment: &mut Moment<'_>, _: &StepInfo<'_>) -> Result<Next> {
        if self.every.is_some_and(|every| self.sums.changes >= every.max(1)) {
            self.sums.record(moment)?;
        }
        Ok(Next::Continue)
    }

    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, _: &EpochInfo<'_>) -> Result<Next> {
        if self.every.is_none() {
            self.sums.record(moment)?;
        }
        Ok(Next::Continue)
    }

    fn state(&self) -> Result<State> {
        State::of(&self.sums)
    }

    fn set_state(&mut self, state: &State) -> Result<()> {
        self.sums = state.values()?;
        Ok(())
    }
}
