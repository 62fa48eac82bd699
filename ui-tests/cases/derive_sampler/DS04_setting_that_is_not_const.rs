// DS04

use modularml::prelude::*;

#[derive(Sampler, Clone, Copy)]
#[roles(anchor, positive)]
struct Mined {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
    /// Where to look.
    #[setting(default = String::new())]
    path: String,
}

impl Draw for Mined {
    fn draw(&self, _: &View, _: &mut Rng) -> Result<Vec<MinedDraw>> {
        Ok(vec![MinedDraw { anchor: 0, positive: 1 }])
    }
}

fn main() {}
