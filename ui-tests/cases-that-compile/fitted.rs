//! A node that learns by fit, over an encoder that was trained before.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[target]
    #[classes("fresh", "worn")]
    state: Class,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Fitted(pulse: Pulse) {
        encoder = Mlp::hidden([32]).output([8])(pulse.voltage);
        #[allow(reconstruct)]
        copy = Linear::new()(encoder) -> pulse.voltage;
        ridge = Ridge::penalty(1.0)(encoder) -> pulse.soh;
        baseline = Ridge::penalty(0.0)(pulse.voltage) -> pulse.soh;
        state = Linear::new()(encoder) -> pulse.state;
        #[output]
        best = ArgMax(state);
    }
}

experiment! {
    experiment FittedStudy for Fitted {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        train compress {
            feed pulse = Batches::of(32)(train);
            loss = Mse(copy, pulse.voltage);
            epochs = 20;
        }
        fit both { nodes = [ridge, baseline]; feed pulse = train; }
        train classify {
            freeze = [encoder];
            feed pulse = Batches::of(32)(train);
            loss = CrossEntropy::new()(state, pulse.state);
            epochs = 20;
        }
        eval test {
            feed pulse = test;
            ridge = Rmse(ridge, pulse.soh);
            baseline = Rmse(baseline, pulse.soh);
            accuracy = Accuracy(best, pulse.state);
        }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Fitted::new(1).map(drop), &FittedStudy::spec());
}
