// DA05

use modularml::candle_nn::{self, VarBuilder};
use modularml::data::Shape;
use modularml::{layers::*, prelude::*};

#[derive(Layer, Clone, Copy)]
#[layer(shape = size)]
struct Head {
    /// The shape of what comes out.
    #[setting(default = None)]
    size: Option<Shape>,
}

impl BuildModule for Head {
    type Module = candle_nn::Linear;

    fn build(&self, input: &Shape, output: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module> {
        Ok(candle_nn::linear(input.axis(0), output.axis(0), vars)?)
    }
}

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse) {
        inner = Head(pulse.voltage);
        soh = Linear(inner) -> pulse.soh;
    }
}

fn main() {}
