// SC11

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse<T> {
    #[feature]
    voltage: T,
}

fn main() {}
