// DS02

use modularml::prelude::*;

#[derive(Sampler, Clone, Copy)]
#[roles(anchor, positive)]
struct Mined {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
    /// Equal.
    #[setting(default = None, condition = smae)]
    same: Option<Name>,
}

impl Draw for Mined {
    fn draw(&self, _: &View, _: &mut Rng) -> Result<Vec<MinedDraw>> {
        Ok(vec![MinedDraw { anchor: 0, positive: 1 }])
    }
}

fn main() {}
