//! Rows of different lengths in running experiments: how far they are padded changes nothing.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::process;
use modularml_tests::difference;

/// Declares the same rows and experiment with a greatest length of its own.
macro_rules! study_of {
    ($module:ident, $length:literal) => {
        mod $module {
            use super::*;

            /// A discharge, measured until it was over.
            #[derive(SampleSchema, Clone)]
            pub struct Discharge {
                /// Amperes and volts.
                #[feat(length = $length)]
                steps: Vec<[f32; 2]>,
                /// The course that is predicted.
                #[target(length = $length)]
                course: Vec<f32>,
                /// Another one.
                #[feat(length = $length)]
                noise: Vec<f32>,
                /// State of health.
                #[target]
                soh: f32,
            }

            model_graph! {
                #[optimizer(Adam::lr(0.01))]
                graph Net(cell: Discharge) {
                    code = Lstm::hidden(4).bidirectional()(cell.steps);
                    seen = MultiHeadAttention::heads(2)(code);
                    level = Sequential::of([LayerNorm, MeanOfSequence])(seen);
                    windows = Sequential::of([
                        Reshape::to([1, $length]),
                        Conv1d::channels(3).kernel(3).padding(1).no_bias(),
                        BatchNorm,
                        Relu,
                        MaxPool1d::kernel(2),
                        GlobalAvgPool,
                    ])(cell.noise);
                    joined = Concat::axis(-1)(level, windows);
                    soh = Mlp::hidden([4])(joined) -> cell.soh;
                    each = Conv1d::channels(1).kernel(1)(course_of);
                    course_of = Reshape::to([1, $length])(cell.noise);
                    course = Reshape::to([$length])(each) -> cell.course;
                }
            }

            experiment! {
                experiment Study for Net {
                    seed = 3;
                    split cell = Random::ratios(train: 0.75, test: 0.25);
                    train learn {
                        feed cell = Batches::of(8).shuffled()(train);
                        loss = Mse(soh, cell.soh) + 0.5 * L1(course, cell.course);
                        validate on test every 1 epoch { loss = Mse(soh, cell.soh); }
                        epochs = 3;
                    }
                    eval check {
                        feed cell = test;
                        soh = L1(soh, cell.soh);
                        squares = Mse(course, cell.course);
                        mae = L1(course, cell.course);
                        rmse = Rmse(course, cell.course);
                        most = MaxError(course, cell.course);
                        middle = MedianAbsoluteError(course, cell.course);
                        r2 = R2(course, cell.course);
                        variance = ExplainedVariance(course, cell.course);
                    }
                }
            }

            pub fn run() -> Vec<f64> {
                let value =
                    |row: u16, position: usize| f32::from(row * 7 + u16::try_from(position).unwrap() * 5) % 11.0;
                let rows = (0..60u16).map(|row| {
                    let length = 2 + usize::from(row) % 5;
                    Discharge {
                        steps: (0..length).map(|i| [value(row, i) / 11.0, value(row + 1, i) / 7.0]).collect(),
                        course: (0..length).map(|i| value(row, i)).collect(),
                        noise: (0..length).map(|i| value(row, 2 * i) / 11.0).collect(),
                        soh: f32::from(row % 3),
                    }
                });
                let mut study = Study::new(FeatureSet::from_rows(rows.collect::<Vec<_>>()).unwrap()).unwrap();
                let results = study.run().unwrap();
                let check = &results.check;
                let val = results.learn.val.loss.iter().copied();
                let curve = results.learn.loss.iter().copied().chain(val);
                let measures = [check.soh, check.squares, check.mae, check.rmse, check.most, check.middle, check.r2];
                curve.chain(measures).chain([check.variance]).collect()
            }
        }
    };
}

study_of!(tight, 6);
study_of!(wide, 16);

#[test]
fn how_far_rows_are_padded_changes_nothing() {
    let (tight, wide) = (tight::run(), wide::run());
    assert!(tight.iter().all(|value| value.is_finite()), "{tight:?}");
    for (tight, wide) in tight.iter().zip(&wide) {
        assert!((tight - wide).abs() <= 2e-5 * tight.abs().max(1.0), "{tight} and {wide}");
    }
}

/// One value a row at least, and a course of up to four.
#[derive(SampleSchema)]
struct Walk {
    /// What a constant is read from.
    #[feat]
    start: f32,
    /// Where it went.
    #[target(length = 4)]
    path: Vec<f32>,
}

model_graph! {
    #[optimizer(Sgd::lr(0.5))]
    graph Constant(walk: Walk) {
        path = Linear::new()(walk.start) -> walk.path;
    }
}

experiment! {
    experiment Walks for Constant {
        seed = 1;
        split walk = ByCondition::splits(all: walk.start.ge(0.0));
        eval check {
            feed walk = all;
            l1 = L1(path, walk.path);
            squares = Mse(path, walk.path);
            huber = Huber::delta(50.0)(path, walk.path);
            rmse = Rmse(path, walk.path);
            mape = Mape(path, walk.path);
            most = MaxError(path, walk.path);
            middle = MedianAbsoluteError(path, walk.path);
            explained = ExplainedVariance(path, walk.path);
            r2 = R2(path, walk.path);
        }
    }
}

/// The numbers are those of numpy over the values alone: the mean of a row over its values, then over the rows that have
/// any; of metrics that are taken number by number, the mean over the numbers.
#[test]
fn losses_and_metrics_are_over_values() {
    let paths: [&[f32]; 5] = [&[100.0], &[100.0, 90.0], &[100.0, 80.0, 70.0, 60.0], &[], &[100.0, 80.0, 60.0]];
    let rows = paths.iter().map(|path| Walk { start: 0.0, path: path.to_vec() });
    let mut study = Walks::new(FeatureSet::from_rows(rows.collect::<Vec<_>>()).unwrap()).unwrap();
    let check = study.run().unwrap().check;
    let given: Vec<f32> = {
        let rows = FeatureSet::from_rows([Walk { start: 0.0, path: vec![0.0; 4] }]).unwrap();
        study.predict(&rows).unwrap().path.flatten_all().unwrap().to_vec1().unwrap()
    };
    let errors: Vec<Vec<f64>> = paths
        .iter()
        .map(|path| path.iter().zip(&given).map(|(target, given)| f64::from((given - target).abs())).collect())
        .collect();
    #[allow(clippy::cast_precision_loss)]
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let of_rows = |of: &dyn Fn(f64) -> f64| {
        let rows = errors.iter().filter(|row| !row.is_empty());
        mean(&rows.map(|row| mean(&row.iter().map(|&error| of(error)).collect::<Vec<_>>())).collect::<Vec<_>>())
    };
    let columns: Vec<Vec<f64>> =
        (0..4).map(|at| errors.iter().filter_map(|row| row.get(at).copied()).collect()).collect();
    let of_columns = |of: &dyn Fn(&[f64]) -> f64| mean(&columns.iter().map(|column| of(column)).collect::<Vec<_>>());
    let near = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-4 * expected, "{found}, {expected}");
    near(check.l1, of_rows(&|error| error));
    near(check.squares, of_rows(&|error| error * error));
    near(check.huber, of_rows(&|error| if error <= 50.0 { error * error / 2.0 } else { 50.0 * (error - 25.0) }));
    near(check.rmse, of_columns(&|column| mean(&column.iter().map(|error| error * error).collect::<Vec<_>>()).sqrt()));
    near(check.most, errors.iter().flatten().copied().fold(0.0, f64::max));
    let middle = |column: &[f64]| {
        let mut sorted = column.to_vec();
        sorted.sort_by(f64::total_cmp);
        f64::midpoint(sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2])
    };
    near(check.middle, of_columns(&middle));
    // The third position varies over two rows; one row alone, at the fourth, tells no variance. A constant is not explained.
    let targets = |at: usize| paths.iter().filter_map(|path| path.get(at).copied().map(f64::from)).collect::<Vec<_>>();
    let share = |at: usize| {
        let (targets, given) = (targets(at), f64::from(given[at]));
        let around = |center: f64| targets.iter().map(|target| (target - center).powi(2)).sum::<f64>();
        let varied = around(mean(&targets));
        if varied > 0.0 { 1.0 - around(given) / varied } else { 0.0 }
    };
    let r2 = mean(&[share(0), share(1), share(2)]);
    assert!((check.r2 - r2).abs() < 1e-4 * r2.abs(), "{}, {r2}", check.r2);
    // The errors of a constant vary as the targets do; those of the first position do not vary at all.
    near(check.explained, 1.0 / 3.0);
}

/// A recording, perhaps of nothing.
#[derive(SampleSchema)]
struct Recording {
    /// Amperes and volts.
    #[feat(length = 4)]
    steps: Vec<[f32; 2]>,
    /// What rows are chosen by.
    #[feat]
    start: f32,
}

model_graph! {
    #[optimizer(Sgd::lr(0.5))]
    graph Twins(recording: Recording) {
        #[output]
        first = PositionwiseLinear::to(3)(recording.steps);
        #[output]
        #[frozen]
        second = PositionwiseLinear::to(3)(recording.steps);
    }
}

experiment! {
    experiment Agree for Twins {
        seed = 4;
        split recording = ByCondition::splits(all: recording.start.ge(0.0));
        train learn {
            feed recording = Batches::of(8)(all);
            loss = Mse(first, second) + 0.25 * L1(second, first);
            #[allow(training_rows)]
            validate on all every 1 epoch { loss; }
            epochs = 4;
        }
    }
}

#[test]
fn rows_without_values_count_in_no_loss_of_outputs() {
    let run = |lengths: &[u8]| {
        let rows = lengths.iter().enumerate().map(|(row, length)| {
            let value = |at: u8| [f32::from(at) - 1.0, f32::from(u8::try_from(row).unwrap() % 2)];
            Recording { steps: (0..*length).map(value).collect(), start: 0.0 }
        });
        let mut study = Agree::new(FeatureSet::from_rows(rows.collect::<Vec<_>>()).unwrap()).unwrap();
        let learn = study.run().unwrap().learn;
        learn.loss.into_iter().chain(learn.val.loss).collect::<Vec<f64>>()
    };
    let (with, without) = (run(&[2, 4, 1, 3, 0, 0]), run(&[2, 4, 1, 3]));
    assert!(without[0] > 0.0 && without[3] < without[0], "{without:?}");
    for (with, without) in with.iter().zip(&without) {
        assert!((with - without).abs() < 1e-6 * without.abs(), "{with} and {without}");
    }
}

/// A discharge of a cell, measured until it was over.
#[derive(SampleSchema)]
struct Scaled {
    #[feat(length = 4)]
    current: Vec<f32>,
    #[feat(length = 3)]
    path: Vec<[f64; 2]>,
    #[target(length = 4)]
    next: Vec<f32>,
    #[tag]
    cell: i64,
}

fn scaled() -> FeatureSet<Scaled> {
    let row = |current: &[f32], path: &[[f64; 2]], cell| Scaled {
        current: current.to_vec(),
        path: path.to_vec(),
        next: current.to_vec(),
        cell,
    };
    FeatureSet::from_rows([
        row(&[1.0, 2.0, 4.0], &[[1.0, 10.0], [3.0, 30.0]], 0),
        row(&[5.0], &[[5.0, 20.0]], 1),
        row(&[9.0, 9.0, 9.0, 9.0], &[[7.0, 7.0], [7.0, 7.0], [7.0, 7.0]], 2),
    ])
    .unwrap()
}

/// Of the first two rows numpy gives `np.mean([1, 2, 4, 5]) = 3`, `np.std(..) = 1.5811388300841898`; of the columns of the
/// paths the means 3 and 20, and both deviations as np.std([1, 3, 5]) times 1 and np.std([10, 30, 20]).
#[test]
fn sequences_are_scaled_over_their_true_values() {
    let set = scaled();
    let train = set.view().take(&[0, 1]).unwrap();
    let fit = |key: &str| process::FittedChain::fit(&[Standard::new().spec()], key, &train).unwrap();
    let chain = fit("current");
    let found = chain.transform(&set.view()).unwrap().numbers("current", Representation::Transformed).unwrap();
    let of = |value: f64| (value - 3.0) / 1.581_138_830_084_189_8;
    let expected = [[of(1.0), of(2.0), of(4.0), 0.0], [of(5.0), 0.0, 0.0, 0.0], [of(9.0); 4]].concat();
    assert!(difference(&found, &expected, 1.0) < 1e-12, "{found:?}");
    let mut back = found;
    chain.inverse(&mut back, &set.view()).unwrap();
    assert!(difference(&back[..3], &[1.0, 2.0, 4.0], 1.0) < 1e-12, "{back:?}");

    let found = fit("path").transform(&set.view()).unwrap().numbers("path", Representation::Transformed).unwrap();
    let (x, y) =
        (|value: f64| (value - 3.0) / 1.632_993_161_855_452, |value: f64| (value - 20.0) / 8.164_965_809_277_26);
    let expected = [x(1.0), y(10.0), x(3.0), y(30.0), 0.0, 0.0, x(5.0), y(20.0), 0.0, 0.0, 0.0, 0.0];
    assert!(difference(&found[..12], &expected, 1.0) < 1e-12, "{found:?}");
}

/// A store is mapped, and its scaled values are computed for the rows that are read.
#[test]
fn sequences_of_a_store_are_scaled_alike() {
    let set = scaled();
    let path = std::env::temp_dir().join(format!("modularml-padding-{}.arrow", std::process::id()));
    set.to_arrow_file(&path).unwrap();
    let opened = FeatureSet::<Scaled>::open(path.as_path()).unwrap();
    let train = set.view().take(&[0, 1]).unwrap();
    let chain = process::FittedChain::fit(&[MinMax::new().spec()], "current", &train).unwrap();
    let scaled = |set: &FeatureSet<Scaled>| {
        chain.transform(&set.view()).unwrap().numbers("current", Representation::Transformed).unwrap()
    };
    let found = scaled(&opened);
    assert_eq!(found, scaled(&set));
    assert_eq!(found[..8], [0.0, 0.25, 0.75, 0.0, 1.0, 0.0, 0.0, 0.0]);
    std::fs::remove_file(path).unwrap();
}
