// SC13

use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat(length = 20)]
    #[classes("a", "b")]
    words: Vec<Class>,
    #[target]
    soh: f32,
}

fn main() {}
