//! What a sampler draws for one epoch.

use crate::{Error, Result};

/// The draws of one stream in one epoch: positions in the view, as many for each draw as the sampler has roles.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draws {
    /// Positions in the view, draw after draw, role after role.
    pub(super) positions: Vec<u32>,
    /// What each of them weighs in losses; empty where all weigh 1.
    pub(super) weights: Vec<f64>,
    /// How many positions stand before each place where a batch ends although it is not full.
    pub(super) ends: Vec<usize>,
}

impl Draws {
    /// The draws from the positions in each, one a role.
    ///
    /// # Errors
    /// When a position is above `u32::MAX`, which no view has.
    pub fn new<const ROLES: usize>(sampler: &str, draws: impl IntoIterator<Item = [usize; ROLES]>) -> Result<Self> {
        let positions = draws.into_iter().flatten().map(|position| {
            u32::try_from(position)
                .map_err(|_| Error::Data(format!("sampler `{sampler}` drew row {position}, which no view has")))
        });
        Ok(Self { positions: positions.collect::<Result<_>>()?, ..Self::default() })
    }

    /// Adds one draw, a position for each role.
    pub fn push(&mut self, positions: &[u32]) {
        self.positions.extend_from_slice(positions);
        if !self.weights.is_empty() {
            self.weights.resize(self.positions.len(), 1.0);
        }
    }

    /// Adds one draw, a position and its weight in losses for each role. Weights are at least 0 and finite.
    pub fn push_weighted(&mut self, draw: &[(u32, f64)]) {
        self.weights.resize(self.positions.len(), 1.0);
        self.positions.extend(draw.iter().map(|(position, _)| *position));
        self.weights.extend(draw.iter().map(|(_, weight)| *weight));
    }

    /// Ends the batch, full or not.
    pub fn end_batch(&mut self) {
        self.ends.push(self.positions.len());
    }
}
