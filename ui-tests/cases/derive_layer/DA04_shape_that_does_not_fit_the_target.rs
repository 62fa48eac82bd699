// DA04

use modularml::candle_nn::{self, VarBuilder};
use modularml::data::Shape;
use modularml::{layers::*, prelude::*};

#[derive(Layer, Clone, Copy)]
#[layer(shape = width)]
struct Wide {
    /// How wide.
    #[setting(first)]
    width: usize,
}

impl BuildModule for Wide {
    type Module = candle_nn::Linear;

    fn build(&self, input: &Shape, _: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module> {
        Ok(candle_nn::linear(input.axis(0), self.width, vars)?)
    }
}

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    curve: [f32; 8],
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse) {
        curve = Wide::width(9)(pulse.voltage) -> pulse.curve;
    }
}

fn main() {}
