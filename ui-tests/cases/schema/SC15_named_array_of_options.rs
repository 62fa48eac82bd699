// SC15

use modularml::prelude::*;

#[derive(NamedArray)]
struct Signals {
    voltage: Option<f32>,
    current: f32,
}

fn main() {}
