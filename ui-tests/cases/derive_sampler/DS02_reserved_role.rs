// DS02

use modularml::prelude::*;

#[derive(Sampler, Clone, Copy)]
#[roles(anchor, all)]
struct Mined {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
}

impl Draw for Mined {
    fn draw(&self, _: &View, _: &mut Rng) -> Result<Vec<MinedDraw>> {
        Ok(vec![MinedDraw { anchor: 0, all: 1 }])
    }
}

fn main() {}
