// SC11

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse([f32; 101], f32);

fn main() {}
