// ST04

use modularml::{layers::*, losses::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

#[derive(Sampler, Clone, Copy)]
#[roles(default)]
#[streams(easy, semi)]
struct Mined {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
}

impl Draw for Mined {
    fn draw(&self, _: &View, _: &mut Rng) -> Result<MinedStreams> {
        Ok(MinedStreams { easy: Vec::new(), semi: Vec::new() })
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
            feed pulse = Mined::batch(64)(train);
            loss = Mse(soh, pulse.soh);
            epochs = 20;
        }
    }
}

fn main() {}
