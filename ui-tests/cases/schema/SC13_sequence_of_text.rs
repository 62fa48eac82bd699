// SC13

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat(length = 20)]
    words: Vec<String>,
    #[target]
    soh: f32,
}

fn main() {}
