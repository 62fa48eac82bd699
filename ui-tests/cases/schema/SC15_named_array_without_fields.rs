// SC15

use modularml::prelude::*;

#[derive(NamedArray)]
struct Signals(f32, f32);

fn main() {}
