// SC15

use modularml::prelude::*;

#[derive(NamedArray)]
struct Signals {
    voltage: f32,
    #[column(renamed = "I (A)")]
    current: f32,
}

fn main() {}
