// DA12

use modularml::candle_nn::{Activation, VarBuilder};
use modularml::data::Shape;
use modularml::layers::BuildModule;
use modularml::prelude::*;

#[derive(Layer, Clone, Copy)]
#[layer(shape = same, padding = zeroes)]
struct Misspelt;

impl BuildModule for Misspelt {
    type Module = Activation;

    fn build(&self, _input: &Shape, _output: &Shape, _vars: VarBuilder<'_>) -> Result<Activation> {
        Ok(Activation::Relu)
    }
}

#[derive(Layer, Clone, Copy)]
#[layer(shape = same, padding = masks)]
struct Module;

impl BuildModule for Module {
    type Module = Activation;

    fn build(&self, _input: &Shape, _output: &Shape, _vars: VarBuilder<'_>) -> Result<Activation> {
        Ok(Activation::Relu)
    }
}

fn main() {}
