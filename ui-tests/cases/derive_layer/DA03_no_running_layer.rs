// DA03

use modularml::prelude::*;

#[derive(Layer, Clone, Copy)]
#[layer(shape = same, builds = layer)]
struct Bare;

fn main() {}
