// SH05

use modularml::{layers::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[feat]
    temperature: f32,
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        encoder = Mlp::hidden([64]).output([16])(pulse.voltage);
        thermal = Linear::to([1])(pulse.temperature);
        total = Add::new()(encoder, thermal);
        soh = Linear::new()(total) -> pulse.soh;
    }
}

fn main() {}
