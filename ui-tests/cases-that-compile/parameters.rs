//! Parameters called as the settings that they are for, in code of every form, and through macros of one's own.

#![deny(warnings, missing_docs, unused, unreachable_pub, clippy::all, clippy::pedantic)]

use modularml::experiment::Between;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

/// A row.
#[derive(SampleSchema)]
pub(crate) struct Row {
    #[feat]
    x: [f32; 12],
    #[tag]
    cell: i64,
    #[target]
    y: f32,
}

/// The rates that are tried everywhere.
const RATES: Between<f64> = LogUniform::between(1e-4, 1e-2);

model_graph! {
    /// Every type of parameter, under the names of settings.
    #[optimizer(Adam::lr(lr).weight_decay(if decays { 0.01 } else { 0.0 }))]
    pub(crate) graph Net(
        row: Row;
        /// How wide a hidden layer is.
        hidden: usize = 8,
        dropout: f64 = 0.1,
        lr: f64 = 1e-3,
        axis: i64 = -1,
        decays: bool = true,
        r#type: Init = Init::Orthogonal,
        kernel: usize = 3,
    ) {
        wide = Mlp::hidden([hidden, { let twice = 2 * hidden; twice + 1 }]).output([4]).dropout(dropout)(row.x);
        deep = Sequential::of([
            Reshape::to([1, 12]),
            Residual::around([Sequential::of([Conv1d::channels(2).kernel(kernel).same(), Conv1d::channels(1).kernel(kernel).same()])]),
            Linear::to([hidden]).init(r#type),
            Relu,
        ])(row.x);
        plain = Sequential::of([Linear::to([3]), Relu])(row.x);
        joined = Concat::axis(axis)(wide, deep, plain);
        y = Linear(joined) -> row.y;
    }
}

experiment! {
    /// Chooses and uses nothing of its own.
    pub(crate) experiment Plain for Net {
        seed = 0;
        split row = Random::ratios(train: 0.7, test: 0.3);
        train steps { feed row = Batches::of(2)(train); loss = Mse(y, row.y); epochs = 2; }
        eval test { feed row = test; off = Rmse(y, row.y); }
    }
}

experiment! {
    /// Chooses of the graph alone.
    pub(crate) experiment Chosen for Net {
        seed = 0;
        vary hidden in [4, 8, 16,], lr in RATES, decays in [true, false];
        vary r#type in [Init::Zeros, Init::Orthogonal], axis in [-1, 0], seed in Integers::between(1, 100);
        split row = Random::ratios(train: 0.7, test: 0.3);
        train steps { feed row = Batches::of(2)(train); loss = Mse(y, row.y); epochs = 2; }
        eval test { feed row = test; off = Rmse(y, row.y); }
    }
}

experiment! {
    /// Uses parameters of the graph alone.
    pub(crate) experiment Using(hidden, lr) for Net {
        seed = 0;
        split row = Random::ratios(train: 1.0 - lr, test: lr);
        train steps {
            feed row = Batches::of(hidden.pow(2))(train);
            loss = lr * Mse(y, row.y) + (lr * 2.0) * L2Penalty(y);
            epochs = hidden;
        }
        eval test { feed row = test; off = Rmse(y, row.y); }
    }
}

experiment! {
    /// Uses its own and those of the graph everywhere.
    pub(crate) experiment Own(
        /// How long it goes on.
        epochs: usize = 20,
        patience: usize = 4,
        start: u64 = 7,
        share: f64 = 0.7,
        hidden,
    ) for Net {
        seed = start + 1;
        vary epochs in [20, 40], hidden in LogUniform::between(4, 64), share in Uniform::between(0.5, 0.8);
        callbacks = [TimeLimit::seconds(60.0 * share)];
        split row = Random::ratios(train: share, val: 0.9 - share, test: 0.1).seed(start);
        scale row.x = [Standard, MinMax.low(-share)] fitted on train;
        train steps {
            feed row = Batches::of(hidden).shuffled()(train);
            loss = share * Mse(y, row.y);
            accumulate = patience;
            clip = ByNorm::of(share);
            rate = Cosine::over(epochs) per epoch;
            validate on val every patience epochs { loss; far = Pinball::alpha(share)(y, row.y); }
            stop = EarlyStopping::patience(patience)(val.loss);
            callbacks = [Snapshots::every(patience)];
            epochs = epochs;
        }
        eval test { feed row = test; off = Huber::delta(share)(y, row.y); }
    }
}

macro_rules! study {
    ($module:ident, $parameter:ident, $default:expr, { $($nodes:tt)* }, $epochs:expr) => {
        mod $module {
            use super::*;

            model_graph! {
                #[optimizer(Adam::lr(rate))]
                pub(crate) graph Net(row: Row; $parameter: usize = $default, rate: f64 = 1e-3) { $($nodes)* }
            }

            experiment! {
                pub(crate) experiment Study($parameter, length: usize = 2) for Net {
                    seed = 0;
                    vary length in [1, 2], $parameter in [2, 4];
                    split row = Random::ratios(train: 0.7, test: 0.3);
                    train steps {
                        feed row = Batches::of($parameter + length)(train);
                        loss = Mse(y, row.y);
                        epochs = $epochs;
                    }
                    eval test { feed row = test; off = Rmse(y, row.y); }
                }
            }
        }
    };
}

study!(narrow, width, 4, { y = Mlp::hidden([width])(row.x) -> row.y; }, width * 2);

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Net::new(1).map(drop), &Plain::spec());
    crate::accepted(Net::new(1).map(drop), &Chosen::spec());
    crate::accepted(Net::new(1).map(drop), &Using::spec());
    crate::accepted(Net::new(1).map(drop), &Own::spec());
    crate::accepted(Net::new(1).map(drop), &Own::with(|p| p.hidden = 12).spec());
    crate::accepted(narrow::Net::new(1).map(drop), &narrow::Study::with(|p| p.width = 2).spec());
    assert_eq!(Own::spec().seed, 8);
    assert_eq!(Own::with(|p| p.start = 1).spec().seed, 2);
}
