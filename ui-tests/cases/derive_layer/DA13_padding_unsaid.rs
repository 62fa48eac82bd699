// DA13

use modularml::candle_nn::{Activation, VarBuilder};
use modularml::data::Shape;
use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat(length = 50)]
    current: Vec<f32>,
    #[target]
    soh: f32,
}

#[derive(Layer, Clone, Copy)]
#[layer(shape = same, learns = nothing)]
struct Centered;

impl BuildModule for Centered {
    type Module = Activation;

    fn build(&self, _input: &Shape, _output: &Shape, _vars: VarBuilder<'_>) -> Result<Activation> {
        Ok(Activation::Relu)
    }
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        centered = Centered(pulse.current);
        soh = Linear::new()(centered) -> pulse.soh;
    }
}

fn main() {}
