//! A feature is predicted on purpose, and nothing is a target.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

/// One voltage pulse.
#[derive(SampleSchema)]
pub struct Pulse {
    /// Volts over time.
    #[feat]
    pub voltage: [f32; 101],
}

model_graph! {
    /// Sixteen numbers that stand for a pulse.
    #[optimizer(Adam::lr(1e-3))]
    pub graph Autoencoder(pulse: Pulse) {
        code = Mlp::hidden([64]).output([16])(pulse.voltage);
        #[allow(reconstruct)]
        copy = Mlp::hidden([64])(code) -> pulse.voltage;
    }
}

experiment! {
    /// Compresses pulses.
    pub experiment Compression for Autoencoder {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        scale pulse.voltage = [Standard::new()] fitted on train;
        train compress {
            feed pulse = Batches::of(32).shuffled()(train);
            loss = Mse(copy, pulse.voltage);
            epochs = 20;
        }
        eval test { feed pulse = test; error = Rmse(copy, pulse.voltage) in raw units; }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Autoencoder::new(1).map(drop), &Compression::spec());
}
