// DA01

use modularml::candle_nn::VarBuilder;
use modularml::data::Shape;
use modularml::{layers::*, prelude::*};

#[derive(Layer, Clone, Copy)]
struct Bare;

impl BuildModule for Bare {
    type Module = modularml::candle_nn::Linear;

    fn build(&self, input: &Shape, output: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module> {
        Ok(modularml::candle_nn::linear(input.axis(0), output.axis(0), vars)?)
    }
}

fn main() {}
