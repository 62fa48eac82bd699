// DA03

use modularml::prelude::*;

#[derive(Layer, Clone, Copy)]
#[layer(shape = same)]
struct Bare;

fn main() {}
