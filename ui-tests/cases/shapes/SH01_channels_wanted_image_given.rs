// SH01

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    images: [[[f32; 8]; 8]; 3],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Cnn1d::channels([8])(pulse.images) -> pulse.soh;
    }
}

fn main() {}
