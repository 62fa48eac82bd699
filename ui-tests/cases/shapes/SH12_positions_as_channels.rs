// SH12

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat(length = 50)]
    steps: Vec<[f32; 2]>,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        windows = Conv1d::channels(4).kernel(2)(pulse.steps);
        code = Lstm::hidden(8)(pulse.steps);
        level = Sequential::of([GlobalAvgPool])(code);
        turned = Sequential::of([Transpose, Conv1d::channels(4).kernel(3), GlobalMaxPool])(pulse.steps);
        left = Flatten(windows);
        joined = Concat::axis(-1)(left, level, turned);
        soh = Linear::new()(joined) -> pulse.soh;
    }
}

fn main() {}
