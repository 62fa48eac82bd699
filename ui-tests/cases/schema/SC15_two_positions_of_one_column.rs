// SC15

use modularml::prelude::*;

#[derive(NamedArray)]
struct Signals {
    voltage: f32,
    #[column(rename = "voltage")]
    current: f32,
}

fn main() {}
