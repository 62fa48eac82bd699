//! Gradients gathered over several batches are those of one large batch.

use modularml::experiment::{EvalBuilder, ExperimentBuilder, Per, TrainBuilder};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: [f32; 2],
    #[target]
    y: f32,
}

/// The loss on the training rows after some training; 50 rows, 35 of which train.
fn loss_after(train: impl Fn(TrainBuilder) -> TrainBuilder) -> f64 {
    let rows = (0..50u8).map(|row| f32::from(row) / 50.0);
    let points = FeatureSet::from_rows(rows.map(|x| Point { x: [x, 1.0 - x * x], y: 3.0 * x - 1.0 })).unwrap();
    let graph = GraphBuilder::new("Line")
        .input("point", Point::SCHEMA)
        .optimizer(Sgd::lr(0.1).momentum(0.5))
        .node("hidden", Mlp::hidden([8]).output([4]), ["point.x"])
        .node("y", Linear::new(), Reads::of(["hidden"]).predicts("point.y"))
        .spec();
    let measured = |eval: EvalBuilder| eval.feed("point", "train").loss(Mse, ["y", "point.y"]).on_training_rows();
    let study = ExperimentBuilder::new("LineStudy", graph)
        .seed(42)
        .split("point", Random::ratios([("train", 0.7), ("test", 0.3)]))
        .train("regress", |phase| {
            train(phase.loss(Mse, ["y", "point.y"]).add_loss(0.01, L2Penalty, ["hidden"]).epochs(5))
        })
        .eval("again", measured);
    let mut study = study.build(vec![points.view()]).unwrap();
    study.progress(Progress::Silent).run().unwrap()[1].measured("loss").unwrap()
}

fn close(left: f64, right: f64) -> bool {
    (left - right).abs() <= 1e-5 * right.abs()
}

#[test]
fn equals_the_large_batch() {
    let of = |batch, accumulate| {
        loss_after(move |phase| phase.feed("point", Batches::of(batch), "train").accumulate(accumulate))
    };
    // Five batches of 7 in one change; batches of 12, 12 and 11; and 8, 8, 8, 8 before a change of 3 rows alone.
    let whole = of(35, 1);
    assert!(close(of(7, 5), whole));
    assert!(close(of(12, 3), whole));
    assert!(close(of(8, 4), of(32, 1)));
    assert!(!close(of(7, 1), whole), "gathering changes something at all");
}

/// Rows that weigh by how alike they are weigh as much in small batches.
#[test]
fn equals_the_large_batch_of_weighted_rows() {
    let rows = (0..50u8).map(|row| f32::from(row) / 50.0);
    let points = FeatureSet::from_rows(rows.map(|x| Point { x: [x, 1.0 - x * x], y: 3.0 * x - 1.0 })).unwrap();
    let of = |batch, accumulate| {
        let graph = GraphBuilder::new("Line")
            .input("point", Point::SCHEMA)
            .optimizer(Sgd::lr(0.1))
            .node("y", Linear::new(), Reads::of(["point.x"]).predicts("point.y"))
            .spec();
        let alike = Similar::to(Point::COLUMNS.y).within(0.2).weighting(Weighting::Linear);
        let pairs = Pairs::of(batch).pair([alike]);
        let study = ExperimentBuilder::new("LineStudy", graph)
            .split("point", Random::ratios([("train", 0.7), ("test", 0.3)]))
            .train("regress", |phase| {
                let phase = phase.feed("point", pairs, "train").loss(Mse, ["y.anchor", "point.y.pair as target"]);
                phase.accumulate(accumulate).epochs(3)
            })
            .eval("again", |eval| eval.feed("point", "train").loss(Mse, ["y", "point.y"]).on_training_rows());
        let mut study = study.build(vec![points.view()]).unwrap();
        study.progress(Progress::Silent).run().unwrap()[1].measured("loss").unwrap()
    };
    let whole = of(35, 1);
    assert!(close(of(7, 5), whole));
    assert!(!close(of(7, 1), whole), "gathering changes something at all");
}

/// A batch of each feed in turn, gathered, is both side by side.
#[test]
fn gathered_turns_equal_feeds_side_by_side() {
    let of = |schedule: fn(TrainBuilder) -> TrainBuilder| {
        let points = |slope: f32| {
            let rows = (0..20u8).map(|row| f32::from(row) / 20.0);
            FeatureSet::from_rows(rows.map(move |x| Point { x: [x, 1.0 - x], y: slope * x })).unwrap().view()
        };
        let graph = GraphBuilder::new("Lines")
            .input("a", Point::SCHEMA)
            .input("b", Point::SCHEMA)
            .optimizer(Sgd::lr(0.1).momentum(0.5))
            .node("first", Linear::new(), Reads::of(["a.x"]).predicts("a.y"))
            .node("second", Linear::new(), Reads::of(["b.x"]).predicts("b.y"))
            .spec();
        let all = || Random::ratios([("train", 1.0)]);
        let study = ExperimentBuilder::new("LinesStudy", graph).split("a", all()).split("b", all());
        let study = study.train("regress", |phase| {
            let phase = phase.feed("a", Batches::of(5), "train").feed("b", Batches::of(5), "train");
            schedule(phase.loss(Mse, ["first", "a.y"]).add_loss(2.0, Mse, ["second", "b.y"]).epochs(3))
        });
        let mut study = study.build(vec![points(2.0), points(-3.0)]).unwrap();
        study.progress(Progress::Silent).run().unwrap();
        let state = study.graph().state().unwrap();
        state.values().flat_map(modularml_tests::numbers).collect::<Vec<f64>>()
    };
    let together = of(|phase| phase.schedule(Zip::new()));
    assert_eq!(of(|phase| phase.schedule(Alternate::new()).accumulate(2)), together);
    assert_ne!(of(|phase| phase.schedule(Zip::new()).accumulate(2)), together);
}

/// A rate of 1 changes nothing, not one bit; half the rate is that of an optimizer with half of it.
/// As long as the phase, or longer.
const fn held(per: Per) -> usize {
    match per {
        Per::Step => 1000,
        Per::Epoch => 5,
    }
}

#[test]
fn a_rate_multiplies_that_of_the_optimizer() {
    let plain = loss_after(|phase| phase.feed("point", Batches::of(7), "train"));
    let rated = |factor, per| {
        loss_after(move |phase| {
            phase.feed("point", Batches::of(7), "train").rate([Hold::over(held(per)).factor(factor)], per)
        })
    };
    assert_eq!(rated(1.0, Per::Step).to_bits(), plain.to_bits());
    assert_eq!(rated(0.5, Per::Step).to_bits(), rated(0.5, Per::Epoch).to_bits());
    assert_ne!(rated(0.5, Per::Step).to_bits(), plain.to_bits());
}

/// Where no value ever counts as better, the rate falls after each evaluation but the first: as a rate of one epoch that
/// stays and then halves.
#[test]
fn a_plateau_lowers_the_rate() {
    let fed = |phase: TrainBuilder| phase.feed("point", Batches::of(7), "train");
    let watched = |phase: TrainBuilder| fed(phase).val(1, "test", |eval| eval.loss(Mse, ["y", "point.y"]));
    let reduce = ReduceOnPlateau::patience(1).threshold(1e9).absolute().factor(0.5);
    let reduced = loss_after(|phase| watched(phase).callback(reduce, ["val.loss"]));
    let halved = loss_after(|phase| {
        fed(phase).rate([Hold::over(1).factor(1.0).spec(), Exponential::factor(0.5).spec()], Per::Epoch)
    });
    assert_eq!(reduced.to_bits(), halved.to_bits());
    let never = loss_after(|phase| watched(phase).callback(ReduceOnPlateau::patience(4), ["val.loss"]));
    assert_eq!(never.to_bits(), loss_after(fed).to_bits());
}

/// A bound that no gradient reaches changes nothing; one that all exceed does.
#[test]
fn clipping_acts_on_large_gradients_alone() {
    let plain = loss_after(|phase| phase.feed("point", Batches::of(7), "train"));
    let clipped = |norm| loss_after(move |phase| phase.feed("point", Batches::of(7), "train").clip(ByNorm::of(norm)));
    assert_eq!(clipped(1e6).to_bits(), plain.to_bits());
    assert!(clipped(1e-3) > plain);
}
