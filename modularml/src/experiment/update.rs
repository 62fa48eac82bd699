//! From gradients to changed parameters: gathered over several steps, clipped, at the rate of the moment.

use candle_core::Tensor;
use candle_core::backprop::GradStore;

use super::clip::ClipSpec;
use super::optimizers::Optimizers;
use super::rate::CourseSpec;
use super::spec::TrainSpec;
use super::train::Learning;
use crate::Result;

/// The changes of parameters in a train phase.
pub(super) struct Updates {
    accumulate: usize,
    clip: Option<ClipSpec>,
    rate: Option<CourseSpec>,
    /// How often parameters were changed.
    taken: usize,
    /// By parameter, the sum of its gradients since the last change.
    gathered: Vec<Option<Tensor>>,
}

/// What one step is to the change that it belongs to.
pub(super) struct Turn {
    /// The inputs that are fed, a bit each.
    pub fed: u64,
    /// By term of the loss, the share that the step has in it; none where it is the only step.
    pub shares: Option<Vec<f64>>,
    /// Whether parameters change after it.
    pub ends: bool,
}

impl Updates {
    pub fn new(train: &TrainSpec, parameters: usize) -> Self {
        let (clip, rate) = (train.clip, train.rate.clone());
        Self { accumulate: train.accumulate.max(1), clip, rate, taken: 0, gathered: vec![None; parameters] }
    }

    /// What a step of an epoch is; `weights` tells what each term of the loss weighs in a step.
    ///
    /// The steps of a change share it by weight, so that their gradients add up to that of one large batch.
    pub fn turn(
        &self,
        step: usize,
        steps: usize,
        fed: u64,
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
        self.gathered.fill(None);
    }

    /// Takes in the gradients of a step, none where it is left out, and changes the parameters where its turn ends.
    pub fn take(
        &mut self,
        turn: &Turn,
        epoch: usize,
        parameters: &[Learning],
        gradients: Option<&GradStore>,
        optimizers: &mut Optimizers,
    ) -> Result<()> {
        if let Some(gradients) = gradients {
            for (sum, learning) in self.gathered.iter_mut().zip(parameters) {
                if let Some(gradient) = gradients.get(learning.parameter.as_tensor()) {
                    let gradient = gradient.detach();
                    *sum = Some(match sum.take() {
                        Some(sum) => (sum + gradient)?,
                        None => gradient,
                    });
                }
            }
        }
        if !turn.ends {
            return Ok(());
        }
        let gathered = parameters.iter().zip(&mut self.gathered);
        let gathered = gathered.filter_map(|(learning, sum)| sum.take().map(|sum| (learning, sum)));
        let (moving, mut gradients): (Vec<&Learning>, Vec<Tensor>) = gathered.unzip();
        if moving.is_empty() {
            return Ok(());
        }
        if let Some(clip) = &self.clip {
            (clip.clip)(&clip.settings, &mut gradients)?;
        }
        optimizers.scale_rates(self.rate.as_ref().map_or(1.0, |rate| rate.factor(self.taken, epoch)));
        for (learning, gradient) in moving.into_iter().zip(&gradients) {
            optimizers.step(learning.site, &learning.name, &learning.parameter, gradient)?;
        }
        self.taken += 1;
        Ok(())
    }
}
