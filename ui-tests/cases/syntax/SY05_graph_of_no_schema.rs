// SY05

use modularml::{layers::*, prelude::*};

struct Pulse;

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph SohNet(pulse: Pulse) {
        soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
    }
}

fn main() {}
