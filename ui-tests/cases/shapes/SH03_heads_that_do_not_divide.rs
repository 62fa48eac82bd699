// SH03

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [[f32; 16]; 20],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        attended = MultiHeadAttention::heads(3)(pulse.voltage);
        block = TransformerEncoder::heads(5)(pulse.voltage);
        soh = Concat::axis(-1)(attended, block);
        out = Linear::new()(soh) -> pulse.soh;
    }
}

fn main() {}
