//! One name of an experiment in a module, in a module inside that uses all of it, and in the body of a function; rows of
//! an earlier phase measured on purpose.

use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 8],
    #[target]
    soh: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(pulse: Pulse) { soh = Linear::new()(pulse.voltage) -> pulse.soh; }
}

experiment! {
    experiment Study for Net {
        seed = 0;
        split pulse = Random::ratios(old: 0.4, new: 0.4, test: 0.2);
        /// Trains [`Net`] on the old rows.
        train first { feed pulse = Batches::of(8)(old); loss = Mse(soh, pulse.soh); epochs = 2; }
        /// Trains [`Net`] on the new rows, and shows what it forgets.
        train second {
            feed pulse = Batches::of(8)(new);
            loss = Mse(soh, pulse.soh);
            #[allow(training_rows)]
            validate on old every 1 epoch { loss; }
            epochs = 2;
        }
    }
}

mod inside {
    use super::*;

    experiment! {
        pub(super) experiment Study for Net {
            seed = 1;
            split pulse = Random::ratios(old: 0.5, new: 0.5);
            train first { feed pulse = Batches::of(8)(old); loss = Mse(soh, pulse.soh); epochs = 1; }
        }
    }

    pub(super) const fn losses(results: &StudyResults) -> &Vec<f64> {
        &results.first.loss
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Net::new(1).map(drop), &Study::spec());
    crate::accepted(Net::new(1).map(drop), &inside::Study::spec());
    let _: fn(&inside::StudyResults) -> &Vec<f64> = inside::losses;
    experiment! {
        experiment Study for Net {
            seed = 2;
            split pulse = Random::ratios(old: 0.5, new: 0.5);
            train first { feed pulse = Batches::of(8)(old); loss = Mse(soh, pulse.soh); epochs = 1; }
        }
    }
    crate::accepted(Net::new(1).map(drop), &Study::spec());
}
