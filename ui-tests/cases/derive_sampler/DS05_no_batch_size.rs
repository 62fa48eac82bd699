// DS05

use modularml::prelude::*;

#[derive(Sampler, Clone, Copy)]
#[roles(anchor, positive)]
struct Mined {
    /// The margin.
    #[setting(first)]
    margin: f64,
}

impl Draw for Mined {
    fn draw(&self, _: &View, _: &mut Rng) -> Result<Vec<MinedDraw>> {
        Ok(vec![MinedDraw { anchor: 0, positive: 1 }])
    }
}

fn main() {}
