// SC15

use modularml::prelude::*;

#[derive(NamedArray)]
struct Signals {
    maker: String,
    model: String,
}

fn main() {}
