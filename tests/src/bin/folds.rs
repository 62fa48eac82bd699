//! Studies with folds and a command line, for the tests that start them as a process.

use std::process::ExitCode;

use modularml::layers::Mlp;
use modularml::losses::Mse;
use modularml::metrics::Rmse;
use modularml::prelude::*;

/// What is known of a pulse.
#[derive(SampleSchema)]
pub struct Pulse {
    /// The voltage at three moments.
    #[feat]
    pub voltage: [f32; 3],
    /// The state of health.
    #[target]
    pub soh: f32,
    /// The cell.
    #[tag(group)]
    pub cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-2))]
    graph SohNet(pulse: Pulse; width: usize = 8) {
        soh = Mlp::hidden([width])(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    /// The state of health of cells that the model has not seen.
    experiment SohStudy for SohNet {
        seed = 7;
        folds pulse = KFold::of(4).group_by(pulse.cell) into train, held_out;
        scale pulse.soh = Standard fitted on train;
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 6;
        }
        eval left_out {
            feed pulse = held_out;
            rmse = Rmse(soh, pulse.soh) in raw units;
            predictions;
        }
    }
}

experiment! {
    /// The same, with a width that each fold chooses for itself.
    experiment ChosenStudy for SohNet {
        seed = 7;
        vary width in [2, 8];
        choose GridSearch by left_out.rmse in KFold::of(2).group_by(pulse.cell);
        folds pulse = KFold::of(3).group_by(pulse.cell) into train, held_out;
        scale pulse.soh = Standard fitted on train;
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 6;
        }
        eval left_out {
            feed pulse = held_out;
            rmse = Rmse(soh, pulse.soh) in raw units;
            predictions;
        }
    }
}

fn main() -> ExitCode {
    // Which of the two a test asks for.
    if std::env::var_os("CHOOSES").is_some() {
        return ChosenStudy::main(|source| FeatureSet::<Pulse>::from_csv(source.or("pulses.csv")?));
    }
    SohStudy::main(|source| FeatureSet::<Pulse>::from_csv(source.or("pulses.csv")?))
}
