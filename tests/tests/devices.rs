//! Devices by name: what moving changes, which on the CPU is nothing, and what is refused.

use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{Graph as _, GraphBuilder, Precision, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml_tests::numbers;

#[derive(SampleSchema)]
struct Point {
    #[feat]
    place: [f32; 3],
    #[target]
    height: f32,
}

fn points() -> FeatureSet<Point> {
    let point = |row: u8| {
        let place = [1.0, 2.0, 3.0].map(|turn: f32| (turn * f32::from(row)).sin());
        Point { place, height: place[0] * place[1] - place[2] }
    };
    FeatureSet::from_rows((0..60).map(point)).unwrap()
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    graph Net(point: Point) {
        inner = Linear::to([8])(point.place);
        norm = BatchNorm::new()(inner);
        height = Mlp::hidden([8]).dropout(0.1)(norm) -> point.height;
    }
}

experiment! {
    experiment Study for Net {
        seed = 0;
        split point = Random::ratios(train: 0.8, test: 0.2);
        scale point.height = Standard fitted on train;
        train fit {
            feed point = Batches::of(16).shuffled()(train);
            loss = Mse(height, point.height) + 0.01 * L2Penalty(inner);
            epochs = 3;
        }
        eval test { feed point = test; rmse = Rmse(height, point.height) in raw units; }
    }
}

/// Every number of the weights and buffers.
fn weights(study: &Session) -> Vec<(String, Vec<u64>)> {
    let state = study.graph().state().unwrap();
    state.iter().map(|(name, tensor)| (name.clone(), numbers(tensor).into_iter().map(f64::to_bits).collect())).collect()
}

#[test]
fn a_study_that_is_moved_goes_on_with_the_same_bits() {
    let (mut moved, mut stayed) = (Study::new(points()).unwrap(), Study::new(points()).unwrap());
    for study in [&mut moved, &mut stayed] {
        study.progress(Progress::Silent).run().unwrap();
    }
    let before = weights(moved.session());
    moved.device("cpu").unwrap();
    assert_eq!(weights(moved.session()), before);
    assert_eq!(moved.run().unwrap().test.rmse.to_bits(), stayed.run().unwrap().test.rmse.to_bits());
    assert_eq!(weights(moved.session()), weights(stayed.session()));
    assert_ne!(weights(moved.session()), before);
}

/// With every precision, and with a head that was fitted.
#[test]
fn copies_and_fitted_nodes_are_moved_as_well() {
    for precision in Precision::ALL {
        let study = || {
            let graph = GraphBuilder::new("Net").precision(precision).input("point", Point::SCHEMA);
            let graph = graph.optimizer(AdamW::lr(0.01)).node("inner", Mlp::hidden([8]).output([4]), ["point.place"]);
            let graph = graph.node("height", Linear::new(), Reads::of(["inner"]).predicts("point.height"));
            let graph = graph.node("solved", Ridge::penalty(0.1), Reads::of(["inner"]).predicts("point.height"));
            let study = ExperimentBuilder::new("Study", graph.spec()).split("point", Random::ratios([("train", 1.0)]));
            let study = study.train("fit", |phase| {
                phase.feed("point", Batches::of(16), "train").loss(Mse, ["height", "point.height"]).epochs(3)
            });
            let study = study.fit("solve", |phase| phase.feed("point", "train").nodes(["solved"]));
            let mut study = study.build(vec![points().view()]).unwrap();
            study.progress(Progress::Silent).run().unwrap();
            study
        };
        let (mut moved, mut stayed) = (study(), study());
        moved.device("cpu").unwrap().run().unwrap();
        stayed.run().unwrap();
        assert_eq!(weights(&moved), weights(&stayed), "{precision:?}");
        assert!(moved.graph().runs_on().is_cpu());
    }
}

#[test]
fn a_graph_that_is_moved_predicts_the_same() {
    let mut net = Net::new(1).unwrap();
    let before = net.forward(points().view()).unwrap().height;
    net.device("cpu").unwrap();
    assert_eq!(numbers(&net.forward(points().view()).unwrap().height), numbers(&before));
    assert_eq!(Net::SPEC.precision, Precision::F32);
}

/// In words that end with what was left as it is, and nothing is.
#[test]
fn what_is_not_there_is_refused_and_nothing_moves() {
    let mut study = Study::new(points()).unwrap();
    let before = weights(study.session());
    let message = study.device("cdua:1").map(drop).unwrap_err().to_string();
    let there = "there are cpu, cuda, cuda:N, metal and metal:N, where N counts from 0";
    assert_eq!(message, format!("no device `cdua:1`; {there}; did you mean `cuda`?"));
    let message = study.device("metal").map(drop).unwrap_err().to_string();
    assert_eq!(
        message,
        "device `metal`: modularml was built without the feature `metal`; nothing was moved; turn it on: \
         cargo build --features modularml/metal"
    );
    assert!(Net::new(1).unwrap().device("cuda").is_err());
    assert_eq!(weights(study.session()), before);
    study.progress(Progress::Silent).run().unwrap();
}
