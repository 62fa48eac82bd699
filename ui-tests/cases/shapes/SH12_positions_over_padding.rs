// SH12

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat(length = 50)]
    current: Vec<f32>,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        channels = Reshape::to([1, 50])(pulse.current);
        twice = Upsample::by([2]).interpolation(Interpolation::Linear)(channels);
        soh = Linear::new()(twice) -> pulse.soh;
    }
}

fn main() {}
