//! Declarations that `cfg` turns on, and declarations that macros of one's own write, in part or as a whole.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Row {
    #[cfg(test)]
    #[feat]
    x: [f32; 4],
    #[cfg(not(test))]
    #[feat]
    x: [f32; 400],
    #[cfg_attr(test, target)]
    y: f32,
}

#[cfg(test)]
model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(row: Row) { y = Linear(row.x) -> row.y; }
}

#[cfg(not(test))]
model_graph! {
    graph Net(row: Nothing) { y = Nothing(row.nothing); }
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Branches(row: Row) {
        #[cfg(any())]
        hidden = Nothing(row.nothing);
        #[cfg(all())]
        hidden = Linear::to([4])(row.x);
        y = Linear(hidden) -> row.y;
    }
}

experiment! {
    experiment UnderConditions for Branches {
        #[cfg(all())]
        seed = 1;
        #[cfg(not(all()))]
        seed = 2;
        split row = Random::ratios(train: 0.7, test: 0.3);
        #[cfg(any())]
        scale row.y = Standard fitted on train;
        #[cfg(any())]
        train left_out { feed row = Batches::of(8)(nothing); loss = Nothing(y); }
        /// Learns.
        #[cfg(all())]
        train regress { feed row = Batches::of(8)(train); loss = Mse(y, row.y); epochs = 1; }
        #[cfg(not(any()))]
        eval test { feed row = test; rmse = Rmse(y, row.y); }
    }
}

/// What is generated of a phase is there where its condition holds.
#[allow(dead_code)]
fn measured(results: &UnderConditionsResults) -> (usize, f64) {
    (results.regress.epochs, results.test.rmse)
}

macro_rules! names {
    ($study:ident, $graph:ty, $input:ident, $node:ident, $target:ident, $phase:ident, $split:ident, $metric:ident, $weight:expr, $epochs:literal) => {
        experiment! {
            experiment $study for $graph {
                seed = 0;
                split $input = Random::ratios($split: 0.7, test: 0.3);
                scale $input.$target = Standard fitted on $split;
                train $phase {
                    feed $input = Batches::of(8)($split);
                    loss = $weight * Mse($node, $input.$target) + L1($node, $input.$target);
                    epochs = $epochs;
                }
                eval test { feed $input = test; $metric = Rmse($node, $input.$target) in raw units; }
            }
        }
    };
}

names!(Study, Net, row, y, y, regress, old, rmse, 0.5 + 0.25, 3);
names!(Again, self::Net, row, y, y, again, rows, off, WEIGHT, 1);

const WEIGHT: f64 = 2.0;

macro_rules! statements {
    ($study:ident { $($body:tt)* }) => {
        experiment! { experiment $study for Net { seed = 0; $($body)* } }
    };
}

statements!(Forwarded {
    split row = Random::ratios(train: 0.5, test: 0.5);
    train regress { feed row = Batches::of(8)(train); loss = Mse(y, row.y); epochs = 1; }
});

macro_rules! layers {
    ($graph:ident, [$($node:ident reads $source:ident),*], $last:ident) => {
        model_graph! {
            #[optimizer(Adam::lr(1e-3))]
            graph $graph(row: Row) {
                first = Linear::to([4])(row.x);
                $($node = Linear::to([4])($source);)*
                y = Linear($last) -> row.y;
            }
        }
    };
}

layers!(Deep, [second reads first, third reads second], third);

macro_rules! schema {
    ($name:ident { $($domain:ident $field:ident: $kind:ty),* $(,)? }) => {
        #[derive(SampleSchema)]
        struct $name { $(#[$domain] $field: $kind),* }
    };
}

schema!(Written { feat x: [f32; 3], tag cell: i64, target y: f64 });

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph OfWritten(row: Written) { y = Linear(row.x) -> row.y; }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Branches::new(1).map(drop), &UnderConditions::spec());
    assert_eq!(UnderConditions::spec().seed, 1);
    assert_eq!(UnderConditions::spec().phases.iter().map(|phase| phase.name).collect::<Vec<_>>(), ["regress", "test"]);
    crate::accepted(Net::new(1).map(drop), &Study::spec());
    crate::accepted(Net::new(1).map(drop), &Again::spec());
    crate::accepted(Net::new(1).map(drop), &Forwarded::spec());
    crate::accepted(Deep::new(1).map(drop), &Study::spec());
    crate::accepted(OfWritten::new(1).map(drop), &Study::spec());
}
