//! What an eval phase compares in a fold, so that its metrics can be measured over the rows of all folds.

use candle_core::Tensor;
use serde::{Deserialize, Serialize};

use super::metric::Measurement;
use super::state::State;
use super::terms::Mean;
use crate::graph::Mask;
use crate::{Error, Result};

/// What an eval phase compared, batch after batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gathered {
    /// What was measured of each term of the loss.
    pub means: Vec<Mean>,
    /// What each metric read.
    pub batches: Vec<Batch>,
}

/// What a metric read of a batch.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// The position of the metric in the phase.
    pub measure: usize,
    pub inputs: Vec<Tensor>,
    pub mask: Option<Mask>,
    /// What each row weighs; none where all weigh 1.
    pub weights: Option<Tensor>,
}

impl Batch {
    /// Has a measurement take it in.
    pub(super) fn measured_by(&self, measurement: &mut dyn Measurement) -> Result<()> {
        match (&self.mask, &self.weights) {
            (None, None) => measurement.add(&self.inputs),
            (Some(mask), None) => measurement.add_masked(&self.inputs, mask),
            (None, Some(weights)) => measurement.add_weighted(&self.inputs, weights),
            (Some(mask), Some(weights)) => measurement.add_masked_weighted(&self.inputs, mask, weights),
        }
    }
}

/// The values follow from it, and are compared.
impl PartialEq for Gathered {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The values of a state: what was measured of the loss, and of each batch its metric, how many inputs that read, and whether
/// it has a mask. A tensor of weights is there or not.
#[derive(Serialize, Deserialize)]
struct Saved {
    means: Vec<Mean>,
    batches: Vec<(usize, usize, bool)>,
}

impl Gathered {
    pub(super) fn to_state(&self) -> Result<State> {
        let batches = self.batches.iter().map(|batch| (batch.measure, batch.inputs.len(), batch.mask.is_some()));
        let state = State::of(&Saved { means: self.means.clone(), batches: batches.collect() })?;
        let tensors = self.batches.iter().enumerate().flat_map(|(at, batch)| {
            let inputs = batch.inputs.iter().enumerate().map(move |(k, input)| (input_name(at, k), input.clone()));
            let mask = batch.mask.iter().map(move |mask| (mask_name(at), mask.as_tensor().clone()));
            inputs.chain(mask).chain(batch.weights.iter().map(move |weights| (weights_name(at), weights.clone())))
        });
        Ok(state.with_tensors(tensors))
    }

    pub(super) fn of_state(state: &State) -> Result<Self> {
        let Saved { means, batches } = state.values()?;
        let tensor = |name: String| {
            let none = || Error::State(format!("the saved state has no tensor `{name}`"));
            state.tensors().get(&name).cloned().ok_or_else(none)
        };
        let batches = batches.into_iter().enumerate().map(|(at, (measure, count, is_masked))| {
            let inputs = (0..count).map(|k| tensor(input_name(at, k))).collect::<Result<_>>()?;
            let mask = is_masked.then(|| Mask::new(&tensor(mask_name(at))?)).transpose()?;
            let weights = state.tensors().get(&weights_name(at)).cloned();
            Ok(Batch { measure, inputs, mask, weights })
        });
        Ok(Self { means, batches: batches.collect::<Result<_>>()? })
    }
}

fn input_name(batch: usize, input: usize) -> String {
    format!("{batch}.{input}")
}

fn weights_name(batch: usize) -> String {
    format!("{batch}.weights")
}

fn mask_name(batch: usize) -> String {
    format!("{batch}.mask")
}
