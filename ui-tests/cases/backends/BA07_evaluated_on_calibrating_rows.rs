// BA07

use modularml::{layers::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
}

model_graph! {
    graph SohNet(pulse: Pulse) {
        state = NaiveBayes(pulse.voltage) -> pulse.state;
        calibrated = Platt(state) -> pulse.state;
    }
}

experiment! {
    experiment SohStudy for SohNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15);
        fit baseline { nodes = [state]; feed pulse = train; }
        fit trust { nodes = [calibrated]; feed pulse = val; }
        eval test { feed pulse = val; log_loss = LogLoss(calibrated, pulse.state); }
    }
}

fn main() {}
