// DA08

use modularml::candle_nn::VarBuilder;
use modularml::data::Shape;
use modularml::{layers::*, prelude::*};

/// All products of a number of one vector with a number of the other, mixed into so many.
#[derive(Layer, Clone, Copy)]
#[layer(shape = own, inputs = 2)]
struct CrossProduct {
    /// How many numbers come out.
    #[setting(first, at_least = 1)]
    rank: usize,
}

struct Crossed;

impl MergeModule for Crossed {
    fn forward(&self, inputs: &[Tensor], _: bool) -> Result<Tensor> {
        Ok((&inputs[0] * &inputs[1])?)
    }
}

impl BuildMerge for CrossProduct {
    type Module = Crossed;

    fn build(&self, _: &[Shape], _: &Shape, _: VarBuilder<'_>) -> Result<Crossed> {
        Ok(Crossed)
    }
}

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 8],
    #[feat]
    image: [[f32; 4]; 4],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse) {
        crossed = CrossProduct::rank(4)(pulse.voltage, pulse.image);
        soh = Linear(crossed) -> pulse.soh;
    }
}

fn main() {}
