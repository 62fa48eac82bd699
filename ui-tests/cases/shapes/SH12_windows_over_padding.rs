// SH12

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat(length = 50)]
    current: Vec<f32>,
    #[target(length = 50)]
    course: Vec<f32>,
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        channels = Reshape::to([1, 50])(pulse.current);
        eighths = Sequential::of([Conv1d::channels(4).kernel(3), AdaptiveAvgPool::to([8])])(channels);
        means = AvgPool1d::kernel(3).partial()(channels);
        left = Flatten(eighths);
        right = Flatten(means);
        joined = Concat::axis(-1)(left, right);
        soh = Linear::new()(joined) -> pulse.soh;
        course = Ridge::penalty(1.0)(pulse.current) -> pulse.course;
    }
}

fn main() {}
