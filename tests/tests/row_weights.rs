//! `weigh pulse by pulse.weight;`: a row of weight k counts as k equal rows, in what is learned and in all that is measured.

use modularml::data::Representation;
use modularml::experiment::{ExperimentBuilder, Ranks, Session, Threads, TrainBuilder};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::process::Draws;
use modularml::{Error, Registry};
use modularml_tests::numbers;

/// Declares one experiment, with or without a statement.
macro_rules! study {
    ($module:ident: $($statement:tt)*) => {
        mod $module {
            use super::*;

            #[derive(SampleSchema, Clone)]
            pub struct Pulse {
                #[feat]
                pub x: [f32; 2],
                #[feat(length = 4)]
                pub course: Vec<f32>,
                #[target]
                pub soh: f32,
                #[target(length = 4)]
                pub next: Vec<f32>,
                #[target]
                pub dead: bool,
                #[target]
                #[classes("a", "b", "c")]
                pub kind: Class,
                #[target]
                pub labels: [bool; 2],
                #[tag]
                pub fold: i64,
                #[tag]
                pub weight: u8,
            }

            model_graph! {
                #[optimizer(Sgd::lr(0.1))]
                #[precision(F64)]
                pub graph Net(pulse: Pulse) {
                    hidden = Mlp::hidden([4]).output([3])(pulse.x);
                    soh = Linear(hidden) -> pulse.soh;
                    dead = Linear(hidden) -> pulse.dead;
                    kind = Linear(hidden) -> pulse.kind;
                    labels = Linear(hidden) -> pulse.labels;
                    line = Reshape::to([1, 4])(pulse.course);
                    each = Conv1d::channels(1).kernel(1)(line);
                    next = Reshape::to([4])(each) -> pulse.next;
                }
            }

            experiment! {
                pub experiment Study for Net {
                    seed = 5;
                    folds pulse = PredefinedFolds::by(pulse.fold) into train, test;
                    $($statement)*
                    train learn {
                        feed pulse = Batches::of(1000)(train);
                        loss = Mse(soh, pulse.soh) + BceWithLogits(dead, pulse.dead) + CrossEntropy(kind, pulse.kind)
                            + 0.5 * BceWithLogits(labels, pulse.labels) + L1(next, pulse.next) + 0.01 * L2Penalty(hidden);
                        validate on test every 1 epoch { loss; r2 = R2(soh, pulse.soh); }
                        epochs = 6;
                    }
                    eval test {
                        feed pulse = test;
                        loss = Mse(soh, pulse.soh) + CrossEntropy(kind, pulse.kind);
                        mse = Mse(soh, pulse.soh);
                        rmse = Rmse(soh, pulse.soh);
                        mae = L1(soh, pulse.soh);
                        r2 = R2(soh, pulse.soh);
                        pinball = Pinball::alpha(0.9)(soh, pulse.soh);
                        next = L1(next, pulse.next);
                        next_rmse = Rmse(next, pulse.next);
                        accuracy = Accuracy(dead, pulse.dead);
                        f1 = F1(dead, pulse.dead);
                        mcc = Mcc(dead, pulse.dead);
                        auc = RocAuc(dead, pulse.dead);
                        ap = AveragePrecision(dead, pulse.dead);
                        log_loss = LogLoss.from_logits()(dead, pulse.dead);
                        brier = Brier.from_logits()(kind, pulse.kind);
                        balanced = BalancedAccuracy(kind, pulse.kind);
                        macro_f1 = F1.average(Average::Macro)(kind, pulse.kind);
                        kinds_auc = RocAuc.average(Average::Weighted)(kind, pulse.kind);
                        top = TopKAccuracy::k(2)(kind, pulse.kind);
                        samples = F1.average(Average::Samples)(labels, pulse.labels);
                        labels_auc = RocAuc(labels, pulse.labels);
                        ranked = LabelRankingAveragePrecision(labels, pulse.labels);
                        confusion = Confusion(kind, pulse.kind);
                    }
                }
            }

            /// Rows, of which some do not count and others count several times.
            pub fn row(i: u16) -> Pulse {
                let t = f32::from(i);
                let (a, b) = ((t * 0.7).sin(), (t * 1.3).cos());
                let course: Vec<f32> = (0..1 + i % 4).map(|k| a + f32::from(k) * b).collect();
                Pulse {
                    x: [a, b],
                    next: course.iter().map(|x| 0.5 * x + 0.1 * a).collect(),
                    course,
                    soh: a - 0.5 * b + 0.1 * (t * 2.1).sin(),
                    dead: a + 0.6 * (t * 3.3).cos() > 0.1,
                    kind: Class::new(u32::from(a > 0.3) + u32::from(b > 0.0)),
                    labels: [a > b, a + 0.4 * (t * 1.9).sin() > 0.0],
                    fold: i64::from(i % 3),
                    weight: [0u8, 1, 3, 2, 1][usize::from(i % 5)],
                }
            }

            pub fn study(rows: Vec<Pulse>) -> Study {
                let mut study = Study::new(FeatureSet::from_rows(rows).unwrap()).unwrap();
                study.progress(Progress::Silent);
                study
            }
        }
    };
}

study!(weighed: weigh pulse by pulse.weight;);
study!(repeated:);

#[track_caller]
fn close(name: &str, found: f64, expected: f64) {
    let near = (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
    assert!(near || (found.is_nan() && expected.is_nan()), "{name}: {found}, expected {expected}");
}

fn weights_of(session: &Session) -> Vec<f64> {
    session.graph().state().unwrap().values().flat_map(numbers).collect()
}

macro_rules! same_values {
    ($a:expr, $b:expr; $($metric:ident)*) => { $(close(stringify!($metric), $a.$metric, $b.$metric);)* };
}

#[test]
fn a_weight_counts_as_so_many_equal_rows() {
    let all = || 0..90u16;
    let repeat = |row: repeated::Pulse| vec![row.clone(); usize::from(row.weight)];
    let mut weighed = weighed::study(all().map(weighed::row).collect());
    let mut repeated = repeated::study(all().map(repeated::row).flat_map(repeat).collect());
    let (found, expected) = (weighed.run().unwrap(), repeated.run().unwrap());
    for (found, expected) in weights_of(weighed.session()).iter().zip(weights_of(repeated.session())) {
        close("a parameter", *found, expected);
    }
    for epoch in 0..6 {
        close("loss of an epoch", found.learn.loss[epoch], expected.learn.loss[epoch]);
        close("val.loss", found.learn.val.loss[epoch], expected.learn.val.loss[epoch]);
        close("val.r2", found.learn.val.r2[epoch], expected.learn.val.r2[epoch]);
    }
    same_values!(found.test, expected.test; loss mse rmse mae r2 pinball next next_rmse accuracy f1 mcc auc ap log_loss brier
        balanced macro_f1 kinds_auc top samples labels_auc ranked);
    for (right, predicted) in (0..3).flat_map(|a| (0..3).map(move |b| (a, b))) {
        let count = |matrix: &ConfusionMatrix| matrix.count(right, predicted);
        close("confusion", count(&found.test.confusion), count(&expected.test.confusion));
    }
    // Were rows counted alike, the values would be others.
    let mut alike = repeated::study(all().map(repeated::row).collect());
    let alike = alike.run().unwrap();
    assert!((alike.test.mse - found.test.mse).abs() > 1e-4 && (alike.test.accuracy - found.test.accuracy).abs() > 1e-4);
}

#[test]
fn values_over_all_folds_are_weighed_as_well() {
    let repeat = |row: repeated::Pulse| vec![row.clone(); usize::from(row.weight)];
    let found = weighed::study((0..60).map(weighed::row).collect()).run_folds().unwrap();
    let expected = repeated::study((0..60).map(repeated::row).flat_map(repeat).collect()).run_folds().unwrap();
    let pairs = [
        ("mse", &found.test.mse, &expected.test.mse),
        ("r2", &found.test.r2, &expected.test.r2),
        ("next_rmse", &found.test.next_rmse, &expected.test.next_rmse),
        ("auc", &found.test.auc, &expected.test.auc),
        ("samples", &found.test.samples, &expected.test.samples),
        ("loss", &found.test.loss, &expected.test.loss),
    ];
    for (name, found, expected) in pairs {
        found.by_fold.iter().zip(&expected.by_fold).for_each(|(found, expected)| close(name, *found, *expected));
        close(name, found.pooled.unwrap(), expected.pooled.unwrap());
    }
}

#[test]
fn rows_from_elsewhere_and_saved_studies_are_weighed() {
    let mut study = weighed::study((0..60).map(weighed::row).collect());
    study.run().unwrap();
    let others = FeatureSet::from_rows((60..90).map(weighed::row)).unwrap();
    let found = study.session_mut().measure("test", vec![others.view()]).unwrap().metrics;
    let predicted = study.session().predict(&[others.view()]).unwrap();
    let soh = numbers(predicted.get("soh").unwrap());
    let [wanted, weights] = ["soh", "weight"].map(|key| others.view().numbers(key, Representation::Raw).unwrap());
    let errors = soh.iter().zip(&wanted).map(|(a, b)| (a - b).powi(2));
    let mse = errors.zip(&weights).map(|(error, weight)| error * weight).sum::<f64>() / weights.iter().sum::<f64>();
    close("mse", found.iter().find(|(name, _)| *name == "mse").unwrap().1, mse);

    let path = std::env::temp_dir().join(format!("modularml-row-weights-{}.mml", std::process::id()));
    study.save(&path).unwrap();
    let mut loaded = Session::load(&path, &Registry::new()).unwrap();
    std::fs::remove_file(&path).ok();
    let weights: Vec<_> = loaded.spec().weights.iter().map(|weight| (weight.input, weight.column)).collect();
    assert_eq!(weights, [("pulse", "weight")]);
    let again = loaded.measure("test", vec![others.view()]).unwrap().metrics;
    close("mse", again.iter().find(|(name, _)| *name == "mse").unwrap().1, mse);
    // A description without weights is written as it was before there were any.
    let plain = serde_json::to_string(&repeated::Study::spec()).unwrap();
    assert!(!plain.contains("\"weights\""), "{plain}");
}

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: [f32; 2],
    #[target]
    y: f32,
    #[tag]
    weight: f64,
    /// What a sampler gives a row.
    #[tag]
    drawn: f64,
    /// Both multiplied.
    #[tag]
    product: f64,
    #[tag]
    other: f64,
}

fn points(of: impl Fn(u8) -> f64) -> FeatureSet<Point> {
    let row = |i: u8| {
        let x = f32::from(i) / 50.0;
        let (weight, drawn) = (of(i), [1.0, 0.5, 3.0][usize::from(i % 3)]);
        Point { x: [x, 1.0 - x * x], y: (5.0 * x).sin(), weight, drawn, product: weight * drawn, other: 0.0 }
    };
    FeatureSet::from_rows((0..50).map(row)).unwrap()
}

/// Every row, weighed by the column `drawn`.
#[derive(Sampler, Clone, Copy)]
#[roles(default)]
#[draws]
struct Weighed {
    /// Rows a batch.
    #[setting(first, at_least = 1)]
    batch: usize,
}

impl Draw for Weighed {
    fn draw(&self, rows: &View, _: &mut Rng) -> Result<Draws> {
        let mut draws = Draws::default();
        for (position, weight) in (0u32..).zip(rows.numbers("drawn", Representation::Raw)?) {
            draws.push_weighted(&[(position, weight)]);
        }
        Ok(draws)
    }
}

fn line(column: &str, train: impl FnOnce(TrainBuilder) -> TrainBuilder) -> Result<Session> {
    let graph = GraphBuilder::new("Line").input("point", Point::SCHEMA).optimizer(Sgd::lr(0.1).momentum(0.5)).node(
        "y",
        Mlp::hidden([4]),
        Reads::of(["point.x"]).predicts("point.y"),
    );
    let mut session = ExperimentBuilder::new("Study", graph.spec())
        .seed(3)
        .split("point", Random::ratios([("train", 0.7), ("test", 0.3)]))
        .weigh(column)
        .train("learn", |phase| train(phase.loss(Mse, ["y", "point.y"]).epochs(4).step_loss()))
        .eval("test", |eval| eval.feed("point", "test").metric("rmse", Rmse, ["y", "point.y"]))
        .build(vec![points(|i| f64::from(i % 4) * 0.7).view()])?;
    session.progress(Progress::Silent);
    Ok(session)
}

fn learned(session: Result<Session>) -> Vec<f64> {
    let mut session = session.unwrap();
    session.run().unwrap();
    weights_of(&session)
}

fn near(found: &[f64], expected: &[f64]) -> bool {
    found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| (a - b).abs() <= 1e-5 * b.abs().max(0.1))
}

#[test]
fn weights_of_a_sampler_and_of_a_column_are_multiplied() {
    let drawn = learned(line("point.weight", |phase| phase.feed("point", Weighed::batch(9), "train")));
    let product = learned(line("point.product", |phase| phase.feed("point", Batches::of(9), "train")));
    assert!(near(&drawn, &product), "{drawn:?}, expected {product:?}");
    let column = learned(line("point.weight", |phase| phase.feed("point", Batches::of(9), "train")));
    assert!(!near(&column, &product), "the weights of the sampler change something at all");
}

#[test]
fn gathered_batches_and_shares_of_ranks_are_exact() {
    let fed = |batch| move |phase: TrainBuilder| phase.feed("point", Batches::of(batch), "train");
    let whole = learned(line("point.weight", fed(35)));
    assert!(near(&learned(line("point.weight", |phase| fed(7)(phase).accumulate(5))), &whole));
    assert!(near(&learned(line("point.weight", |phase| fed(12)(phase).accumulate(3))), &whole));
    assert!(!near(&learned(line("point.weight", fed(7))), &whole), "gathering changes something at all");
    let on = |ranks| {
        let all = Threads::run(ranks, |rank| {
            let mut session = line("point.weight", fed(35))?;
            session.share_out(Ranks::of(rank).shares(4))?.run()?;
            Ok(weights_of(&session))
        });
        all.unwrap().remove(0)
    };
    let one = on(1);
    assert!(near(&one, &whole), "{one:?}, expected {whole:?}");
    for ranks in 2..=4 {
        let bits = |weights: &[f64]| weights.iter().map(|weight| weight.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&on(ranks)), bits(&one), "{ranks} ranks");
    }
}

#[test]
fn what_is_no_weight_is_refused_with_its_rows() {
    let with = |of: fn(u8) -> f64| {
        let graph = GraphBuilder::new("Line").input("point", Point::SCHEMA).optimizer(Sgd::lr(0.1)).node(
            "y",
            Linear::new(),
            Reads::of(["point.x"]).predicts("point.y"),
        );
        let points = points(of);
        let built = ExperimentBuilder::new("Study", graph.spec())
            .seed(3)
            .split("point", Random::ratios([("train", 0.7), ("test", 0.3)]))
            .weigh("point.weight")
            .train("learn", |phase| phase.feed("point", Batches::of(9), "train").loss(Mse, ["y", "point.y"]).epochs(1))
            .build(vec![points.view()]);
        (built.map(drop).unwrap_err(), points.view().ids())
    };
    let (refused, all) = with(|i| if i == 7 || i == 31 { -0.5 } else { 1.0 });
    let Error::Rows { ids, problem } = refused else { panic!("{refused}") };
    assert_eq!(ids, [all[7], all[31]]);
    assert_eq!(
        problem,
        "2 of 50 rows have no weight in `point.weight` that is a number from 0 on, the first of them -0.5; mend the \
         column, or leave these rows out"
    );
    let (refused, _) = with(|_| 0.0);
    let refused = modularml_tests::without_lines(&refused.to_string());
    assert_eq!(
        refused,
        "train `learn`: all 35 rows of input `point` weigh 0 by `point.weight`, and a mean of nothing is no number; split \
         rows otherwise, or give one a weight above 0"
    );
}
