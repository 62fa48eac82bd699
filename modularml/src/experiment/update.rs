//! From gradients to changed parameters: gathered over several steps, clipped, at the rate of the moment.

use candle_core::{Tensor, Var};

use super::clip::BuiltClip;
use super::optimizers::{Changing, Optimizers};
use super::rate::Course;
use crate::Result;
use crate::graph::Change;
use crate::graph::autograd::Gradients;
use crate::spec::{ClipSpec, CourseSpec, TrainSpec};
use crate::text::BitSet;

/// A parameter that learns.
pub(super) struct Learning {
    pub node: usize,
    pub name: String,
    pub parameter: Var,
    /// The position of its optimizer.
    pub site: usize,
    /// How many layers stand behind it on the longest way to an output.
    pub depth: usize,
}

/// The changes of parameters in a train phase.
pub(super) struct Updates {
    accumulate: usize,
    clip: Option<BuiltClip>,
    rate: Option<Course>,
    /// How often parameters were changed.
    pub taken: usize,
    /// The sums of gradients since the last change.
    gradients: Gradients,
}

/// What one step is to the change that it belongs to.
pub(super) struct Turn {
    /// The inputs that are fed.
    pub fed: BitSet,
    /// By term of the loss, the share that the step has in it; none where it is the only step.
    pub shares: Option<Vec<f64>>,
    /// Whether parameters change after it.
    pub ends: bool,
}

impl Updates {
    pub fn new(train: &TrainSpec, parameters: &[Learning]) -> Result<Self> {
        let clip = train.clip.as_ref().map(ClipSpec::build).transpose()?;
        let rate = train.rate.as_ref().map(CourseSpec::build).transpose()?;
        let gradients = Gradients::of(parameters.iter().map(|learning| &learning.parameter))?;
        Ok(Self { accumulate: train.accumulate.max(1), clip, rate, taken: 0, gradients })
    }

    /// What a step of an epoch is; `weights` tells what each term of the loss weighs in a step.
    ///
    /// The steps of a change share it by weight, so that their gradients add up to that of one large batch.
    pub fn turn(
        &self,
        step: usize,
        steps: usize,
        fed: BitSet,
        weights: impl Fn(usize) -> Result<Vec<f64>>,
    ) -> Result<Turn> {
        let first = step - step % self.accumulate;
        let end = (first + self.accumulate).min(steps);
        if end - first == 1 {
            return Ok(Turn { fed, shares: None, ends: true });
        }
        let mut totals = Vec::new();
        for step in first..end {
            let weights = weights(step)?;
            totals.resize(weights.len(), 0.0);
            totals.iter_mut().zip(weights).for_each(|(total, weight)| *total += weight);
        }
        let share = |(weight, total): (f64, f64)| if total > 0.0 { weight / total } else { 0.0 };
        let shares = weights(step)?.into_iter().zip(totals).map(share).collect();
        Ok(Turn { fed, shares: Some(shares), ends: step + 1 == end })
    }

    /// Forgets gradients whose change did not come, because their epoch was broken off.
    pub fn start_epoch(&mut self) {
        self.gradients.clear();
    }

    /// Adds the gradients of what a step makes small.
    pub fn add(&mut self, part: &Tensor) -> Result<()> {
        Ok(self.gradients.add(part)?)
    }

    /// Adds a gradient of a parameter, by position.
    pub fn add_at(&mut self, parameter: usize, gradient: &Tensor) -> Result<()> {
        Ok(self.gradients.add_at(parameter, gradient)?)
    }

    /// Whether a parameter, by position, has a gradient since the last change.
    pub fn moves(&self, parameter: usize) -> bool {
        self.gradients.get(parameter).is_some()
    }

    /// The gradients since the last change, by position.
    pub fn gradients(&self) -> impl Iterator<Item = (usize, &Tensor)> {
        (0..self.gradients.len()).filter_map(|at| self.gradients.get(at).map(|gradient| (at, gradient)))
    }

    /// Takes over the gradient of a parameter that was saved.
    pub fn set_gradient(&mut self, parameter: usize, gradient: &Tensor) -> Result<()> {
        Ok(self.gradients.set(parameter, gradient)?)
    }

    /// Changes the parameters where the turn of a step ends, and says whether; rates are multiplied by a factor beside that of the phase.
    pub fn take(
        &mut self,
        turn: &Turn,
        (epoch, factor): (usize, f64),
        parameters: &[Learning],
        optimizers: &mut Optimizers,
    ) -> Result<bool> {
        if !turn.ends {
            return Ok(false);
        }
        let most = parameters.len();
        let (mut moving, mut gradients) = (Vec::with_capacity(most), Vec::with_capacity(most));
        for (at, learning) in parameters.iter().enumerate() {
            if let Some(gradient) = self.gradients.get(at) {
                moving.push(learning);
                gradients.push(gradient.to_device(learning.parameter.device())?);
            }
        }
        if moving.is_empty() {
            return Ok(false);
        }
        if let Some(clip) = &self.clip {
            clip(&mut gradients)?;
        }
        let course = self.rate.as_ref().map_or(1.0, |rate| rate.factor(self.taken, epoch));
        optimizers.scale_rates(course * factor);
        optimizers.set_momentum(self.rate.as_ref().and_then(|rate| rate.momentum(self.taken, epoch)));
        let changes = moving.into_iter().zip(&gradients).map(|(learning, gradient)| {
            let change = Change { name: &learning.name, parameter: &learning.parameter, gradient };
            Changing { site: learning.site, depth: learning.depth, change }
        });
        optimizers.step(&changes.collect::<Vec<_>>())?;
        self.gradients.clear();
        self.taken += 1;
        Ok(true)
    }
}
