// DS05

use modularml::prelude::*;

#[derive(Sampler, Clone, Copy)]
#[roles(anchor, positive)]
struct Mined {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
}

fn main() {}
