// RO10

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

#[derive(Sampler, Clone, Copy)]
#[roles(default)]
struct Mixed {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
    /// Equal.
    #[setting(default = None, condition = same)]
    same: Option<Name>,
    /// Unequal.
    #[setting(default = None, condition = different)]
    unlike: Option<Name>,
}

impl Draw for Mixed {
    fn draw(&self, _: &View, _: &mut Rng) -> Result<Vec<MixedDraw>> {
        Ok(Vec::new())
    }
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        train regress {
            feed pulse = Mixed::batch(64).same(pulse.cell).unlike(pulse.cell)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
