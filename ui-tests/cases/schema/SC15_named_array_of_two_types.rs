// SC15

use modularml::prelude::*;

#[derive(NamedArray)]
struct Signals {
    voltage: f32,
    cycles: i64,
}

fn main() {}
