// SC11

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse<T> {
    #[feat]
    voltage: T,
}

fn main() {}
