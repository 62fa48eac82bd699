//! A small study with a command line, which `tests/cli.rs` starts.

use std::process::ExitCode;

use modularml::layers::Mlp;
use modularml::losses::Mse;
use modularml::metrics::Rmse;
use modularml::prelude::*;

/// A pulse of a cell.
#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 3],
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    graph SohNet(pulse: Pulse; width: usize = 16, dropout: f64 = 0.1) {
        soh = Mlp::hidden([width]).dropout(dropout)(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment SohStudy(epochs: usize = 200) for SohNet {
        seed = 5;
        vary width in [8, 16];
        split pulse = Random::ratios(train: 0.6, val: 0.2, test: 0.2).group_by(pulse.cell);
        scale pulse.soh = Standard fitted on train;
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            epochs = epochs;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh) in raw units; }
    }
}

fn main() -> ExitCode {
    SohStudy::main(|source| FeatureSet::<Pulse>::from_csv(source.or("pulses.csv")?))
}
