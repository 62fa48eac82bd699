// DS03

use modularml::prelude::*;

#[derive(Sampler, Clone, Copy)]
#[roles(anchor, positive)]
struct Mined {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
}

impl Draw for Mined {
    fn draw(&self, _: &View, _: &mut Rng) -> Result<Vec<[usize; 2]>> {
        Ok(vec![[0, 1]])
    }
}

fn main() {}
