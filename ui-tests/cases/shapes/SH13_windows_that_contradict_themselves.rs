// SH13
// 8 mistakes

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    channels: [[f32; 50]; 2],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        strided = Conv1d::channels(4).kernel(4).same().stride(2)(pulse.channels);
        padded = Conv1d::channels(4).kernel(4).same().padding(1)(pulse.channels);
        longer = ConvTranspose1d::channels(4).stride(2).output_padding(2)(pulse.channels);
        nothing = ConvTranspose1d::channels(4).padding(30)(pulse.channels);
        groups = ConvTranspose1d::channels(3).groups(2)(pulse.channels);
        neither = Upsample::new()(pulse.channels);
        both = Upsample::by([2]).sizes([100])(pulse.channels);
        image = Upsample::by([2, 2])(pulse.channels);
        joined = Concat::axis(0)(strided, padded, longer, nothing, groups, neither, both, image);
        soh = Linear::new()(joined) -> pulse.soh;
    }
}

fn main() {}
