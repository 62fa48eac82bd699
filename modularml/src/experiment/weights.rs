//! Weights and optimizer states at one moment.

use std::collections::BTreeMap;

use candle_core::Tensor;

use super::optimizers::OptimizerStates;
use super::state::State;

/// The weights and optimizer states of a session at one moment; later steps do not change them.
#[derive(Clone, Debug)]
pub struct Weights {
    pub(super) graph: BTreeMap<String, Tensor>,
    pub(super) optimizers: OptimizerStates,
}

impl Weights {
    /// The weights as tensors, the state of each optimizer as a part.
    pub(super) fn to_state(&self) -> State {
        let state = State::default().with_tensors(self.graph.clone());
        self.optimizers.iter().fold(state, |state, (site, own)| {
            state.with_part(site.as_str(), State::default().with_tensors(own.clone()))
        })
    }

    /// The weights of a state.
    pub(super) fn of_state(state: &State) -> Self {
        let optimizers = state.parts().iter().map(|(site, own)| (site.clone(), own.tensors().clone()));
        Self { graph: state.tensors().clone(), optimizers: optimizers.collect() }
    }
}
