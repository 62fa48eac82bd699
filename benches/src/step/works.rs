//! What is trained: eight small networks, written as a user writes them.

#![allow(clippy::wildcard_imports, reason = "each work reads like a program of its own")]

use std::time::Instant;

use modularml::experiment::Ranks;
use modularml::layers::{Conv1d, Linear, Lstm, Mlp, Relu, Sequential, TransformerEncoder};
use modularml::losses::{CrossEntropy, Mse, TripletMargin};
use modularml::prelude::*;

use crate::Result;
use crate::figure::median;

/// Batches of an epoch; a fifth more rows are set aside.
const STEPS: usize = 32;

/// The seconds that a step of a work takes, in one run of its phase.
pub type Timed = Box<dyn FnMut() -> Result<f64>>;

/// Times the phase of a study again and again.
macro_rules! timed {
    ($study:ident, $rows:expr, $batch:literal, $epochs:literal) => {
        /// The phase, ready to be run again and again.
        pub fn ready() -> Result<Timed> {
            let mut study = $study::new(FeatureSet::from_rows((0..$batch * STEPS * 5 / 4).map($rows))?)?;
            study.progress(Progress::Silent);
            Ok(Box::new(move || {
                let start = Instant::now();
                study.run()?;
                Ok(start.elapsed().as_secs_f64() / f64::from(u32::try_from(STEPS * $epochs)?))
            }))
        }
    };
}

/// A number between -1 and 1 that looks random.
#[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "values are made up")]
fn number(row: usize, place: usize) -> f32 {
    ((row * 7919 + place * 104_729) as f64).sin() as f32
}

fn row<const N: usize>(row: usize) -> [f32; N] {
    std::array::from_fn(|place| number(row, place))
}

fn table<const N: usize, const M: usize>(row: usize) -> [[f32; N]; M] {
    std::array::from_fn(|line| std::array::from_fn(|place| number(row, line * N + place)))
}

fn target(row: usize) -> f32 {
    number(row, 1)
}

fn class(row: usize) -> Class {
    Class::new(u32::try_from(row % 10).unwrap_or_default())
}

fn kind(row: usize) -> i32 {
    i32::try_from(row % 20).unwrap_or_default()
}

pub mod mlp_small {
    use super::*;

    /// A row of the table.
    #[derive(SampleSchema)]
    pub struct Row {
        /// What the network reads.
        #[feat]
        x: [f32; 10],
        /// What it learns.
        #[target]
        y: f32,
    }

    model_graph! {
        /// The network.
        #[optimizer(Adam::lr(1e-3))]
        graph Net(rows: Row) {
            y = Mlp::hidden([32, 32])(rows.x) -> rows.y;
        }
    }

    experiment! {
        /// Some epochs.
        experiment Study for Net {
            seed = 1;
            split rows = Random::ratios(train: 0.8, rest: 0.2);
            train steps {
                feed rows = Batches::of(32).shuffled()(train);
                loss = Mse(y, rows.y);
                epochs = 60;
            }
        }
    }

    /// The row at a place of the table.
    pub fn row_at(at: usize) -> Row {
        Row { x: row(at), y: target(at) }
    }

    timed!(Study, row_at, 32, 60);
}

pub mod mlp {
    use super::*;

    #[derive(SampleSchema)]
    struct Row {
        /// What the network reads.
        #[feat]
        x: [f32; 101],
        /// What it learns.
        #[target]
        y: f32,
    }

    model_graph! {
        /// The network.
        #[optimizer(Adam::lr(1e-3))]
        graph Net(rows: Row) {
            y = Mlp::hidden([256, 256])(rows.x) -> rows.y;
        }
    }

    experiment! {
        /// Some epochs.
        experiment Study for Net {
            seed = 1;
            split rows = Random::ratios(train: 0.8, rest: 0.2);
            train steps {
                feed rows = Batches::of(128).shuffled()(train);
                loss = Mse(y, rows.y);
                epochs = 6;
            }
        }
    }

    timed!(Study, |at| Row { x: row(at), y: target(at) }, 128, 6);
}

pub mod mlp_classes {
    use super::*;

    #[derive(SampleSchema)]
    struct Row {
        /// What the network reads.
        #[feat]
        x: [f32; 784],
        /// What it learns.
        #[target]
        #[classes(10)]
        y: Class,
    }

    model_graph! {
        /// The network.
        #[optimizer(Adam::lr(1e-3))]
        graph Net(rows: Row) {
            y = Mlp::hidden([512, 512])(rows.x) -> rows.y;
        }
    }

    experiment! {
        /// Some epochs.
        experiment Study for Net {
            seed = 1;
            split rows = Random::ratios(train: 0.8, rest: 0.2);
            train steps {
                feed rows = Batches::of(256).shuffled()(train);
                loss = CrossEntropy(y, rows.y);
                epochs = 1;
            }
        }
    }

    timed!(Study, |at| Row { x: row(at), y: class(at) }, 256, 1);

    /// The microseconds of a step whose batch is shared out, of a median run of the phase.
    pub fn on(ranks: Ranks) -> Result<f64> {
        let rows = (0..256 * STEPS * 5 / 4).map(|at| Row { x: row(at), y: class(at) });
        let mut study = Study::new(FeatureSet::from_rows(rows)?)?;
        study.progress(Progress::Silent);
        study.session_mut().share_out(ranks)?;
        // The first run warms up.
        study.run()?;
        let mut seconds = Vec::new();
        for _ in 0..5 {
            let start = Instant::now();
            study.run()?;
            seconds.push(start.elapsed().as_secs_f64() / f64::from(u32::try_from(STEPS)?));
        }
        Ok(1e6 * median(seconds))
    }
}

pub mod cnn_small {
    use super::*;

    #[derive(SampleSchema)]
    struct Row {
        /// What the network reads.
        #[feat]
        x: [[f32; 101]; 1],
        /// What it learns.
        #[target]
        y: f32,
    }

    model_graph! {
        /// The network.
        #[optimizer(Adam::lr(1e-3))]
        graph Net(rows: Row) {
            y = Sequential::of([Conv1d::channels(16).padding(1), Relu, Conv1d::channels(16).padding(1), Relu, Linear])(rows.x) -> rows.y;
        }
    }

    experiment! {
        /// Some epochs.
        experiment Study for Net {
            seed = 1;
            split rows = Random::ratios(train: 0.8, rest: 0.2);
            train steps {
                feed rows = Batches::of(32).shuffled()(train);
                loss = Mse(y, rows.y);
                epochs = 6;
            }
        }
    }

    timed!(Study, |at| Row { x: table(at), y: target(at) }, 32, 6);
}

pub mod cnn {
    use super::*;

    #[derive(SampleSchema)]
    struct Row {
        /// What the network reads.
        #[feat]
        x: [[f32; 64]; 1],
        /// What it learns.
        #[target]
        y: f32,
    }

    model_graph! {
        /// The network.
        #[optimizer(Adam::lr(1e-3))]
        graph Net(rows: Row) {
            y = Sequential::of([Conv1d::channels(32).padding(1), Relu, Conv1d::channels(32).padding(1), Relu, Linear])(rows.x) -> rows.y;
        }
    }

    experiment! {
        /// Some epochs.
        experiment Study for Net {
            seed = 1;
            split rows = Random::ratios(train: 0.8, rest: 0.2);
            train steps {
                feed rows = Batches::of(128).shuffled()(train);
                loss = Mse(y, rows.y);
                epochs = 1;
            }
        }
    }

    timed!(Study, |at| Row { x: table(at), y: target(at) }, 128, 1);
}

pub mod lstm {
    use super::*;

    #[derive(SampleSchema)]
    struct Row {
        /// What the network reads.
        #[feat]
        x: [[f32; 8]; 50],
        /// What it learns.
        #[target]
        y: f32,
    }

    model_graph! {
        /// The network.
        #[optimizer(Adam::lr(1e-3))]
        graph Net(rows: Row) {
            last = Lstm::hidden(32).last()(rows.x);
            y = Linear(last) -> rows.y;
        }
    }

    experiment! {
        /// Some epochs.
        experiment Study for Net {
            seed = 1;
            split rows = Random::ratios(train: 0.8, rest: 0.2);
            train steps {
                feed rows = Batches::of(32).shuffled()(train);
                loss = Mse(y, rows.y);
                epochs = 3;
            }
        }
    }

    timed!(Study, |at| Row { x: table(at), y: target(at) }, 32, 3);
}

pub mod transformer {
    use super::*;

    #[derive(SampleSchema)]
    struct Row {
        /// What the network reads.
        #[feat]
        x: [[f32; 64]; 32],
        /// What it learns.
        #[target]
        y: f32,
    }

    model_graph! {
        /// The network.
        #[optimizer(Adam::lr(1e-3))]
        graph Net(rows: Row) {
            block = TransformerEncoder::heads(4).feed_forward(256)(rows.x);
            y = Linear(block) -> rows.y;
        }
    }

    experiment! {
        /// Some epochs.
        experiment Study for Net {
            seed = 1;
            split rows = Random::ratios(train: 0.8, rest: 0.2);
            train steps {
                feed rows = Batches::of(32).shuffled()(train);
                loss = Mse(y, rows.y);
                epochs = 1;
            }
        }
    }

    timed!(Study, |at| Row { x: table(at), y: target(at) }, 32, 1);
}

pub mod triplet {
    use super::*;

    #[derive(SampleSchema)]
    struct Row {
        /// What the network reads.
        #[feat]
        x: [f32; 64],
        /// What it is one of.
        #[tag]
        kind: i32,
    }

    model_graph! {
        /// The network.
        #[optimizer(Adam::lr(1e-3))]
        graph Net(rows: Row) {
            #[output]
            code = Mlp::hidden([64]).output([32])(rows.x);
        }
    }

    experiment! {
        /// Some epochs.
        experiment Study for Net {
            seed = 1;
            split rows = Random::ratios(train: 0.8, rest: 0.2);
            train steps {
                feed rows = Triplets::of(64).same(rows.kind)(train);
                loss = TripletMargin::margin(1.0)(code.anchor, code.positive, code.negative);
                epochs = 10;
            }
        }
    }

    timed!(Study, |at| Row { x: row(at), kind: kind(at) }, 64, 10);
}
