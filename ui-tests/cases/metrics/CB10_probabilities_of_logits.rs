// CB10

use modularml::{layers::*, losses::*, metrics::*, prelude::*};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph StateNet(pulse: Pulse) {
        state = Mlp::hidden([32])(pulse.voltage) -> pulse.state;
        other = Sequential::of([Linear::to([8]), Relu, Linear])(pulse.voltage) -> pulse.state;
        shares = Softmax(state);
        #[output]
        both = Mean(shares, others);
        others = Softmax(other);
    }
}

experiment! {
    experiment StateStudy for StateNet {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        train classify {
            feed pulse = Batches::of(32)(train);
            loss = CrossEntropy(state, pulse.state) + CrossEntropy(other, pulse.state);
            epochs = 20;
        }
        eval test {
            feed pulse = test;
            log_loss = LogLoss(state, pulse.state);
            brier = Brier(other, pulse.state);
            calibration = CalibrationError(shares, pulse.state);
            of_both = LogLoss(both, pulse.state);
            of_logits = LogLoss.from_logits()(state, pulse.state);
        }
    }
}

fn main() {}
