//! The running graph: the one engine under macros, builder and files.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor, Var};

use super::layer::Mode;
use super::spec::GraphSpec;
use crate::Result;
use crate::random::{Place, Rng};

/// Where a graph gets the columns of a batch from.
pub trait ColumnSource {
    /// The column of an input for the rows of one role, as `[rows, shape..]`.
    ///
    /// # Errors
    /// When there is no such column.
    fn column(&self, input: usize, role: usize, key: &str) -> Result<Tensor>;

    /// How many roles the rows of an input have.
    fn roles(&self, input: usize) -> usize;
}

/// What the nodes computed: for each node that ran, one tensor a role.
#[derive(Debug, Default)]
pub struct Outputs {
    /// By node in the order of declaration, then by role; empty for nodes that did not run.
    pub by_node: Vec<Vec<Tensor>>,
}

/// A graph with its weights.
pub struct ModelGraph {}

impl ModelGraph {
    /// Checks a description with every rule and builds it, with initial weights drawn from `seed`.
    pub fn build(spec: GraphSpec, dtype: DType, seed: u64) -> Result<Self> {
        let _ = (spec, dtype, seed);
        todo!()
    }

    /// The description.
    #[must_use]
    pub fn spec(&self) -> &GraphSpec {
        todo!()
    }

    /// The type of parameters and columns.
    #[must_use]
    pub fn dtype(&self) -> DType {
        todo!()
    }

    /// The wanted nodes and all that they read, as positions in a topological order.
    #[must_use]
    pub fn needed(&self, wanted: &[usize]) -> Vec<usize> {
        let _ = wanted;
        todo!()
    }

    /// Runs the wanted nodes and all that they read. Nodes outside `active` run without noise, and no gradient reaches
    /// their parameters.
    pub fn run(
        &self,
        wanted: &[usize],
        active: &[bool],
        rows: &dyn ColumnSource,
        noise: Option<(u64, Place)>,
    ) -> Result<Outputs> {
        let _ = (wanted, active, rows, noise);
        todo!()
    }

    /// The parameters of a node, by full names such as `encoder.0.weight`.
    #[must_use]
    pub fn parameters(&self, node: usize) -> Vec<(String, Var)> {
        let _ = node;
        todo!()
    }

    /// Everything that saving must keep, by full names.
    #[must_use]
    pub fn state(&self) -> BTreeMap<String, Tensor> {
        todo!()
    }

    /// Takes over a saved state whole, or refuses it and changes nothing.
    pub fn set_state(&mut self, state: &BTreeMap<String, Tensor>) -> Result<()> {
        let _ = state;
        todo!()
    }

    /// Fits one node to all rows.
    pub fn fit(&mut self, node: usize, rows: &dyn ColumnSource) -> Result<()> {
        let _ = (node, rows);
        todo!()
    }
}

/// The noise generator of a node in a step.
pub(crate) fn mode(noise: Option<(u64, Place)>, node: u32) -> Mode {
    match noise {
        Some((seed, place)) => {
            Mode::Train(Rng::new(seed, crate::random::Purpose::Noise, Place { item: node, ..place }))
        }
        None => Mode::Eval,
    }
}
