//! Data whose columns are not as the graph declares them: mapped by name where that has one meaning, refused otherwise.

use std::panic::{AssertUnwindSafe, catch_unwind};

use modularml::data::{Domain, Dtype, Dynamic, FeatureSet, Reader, Representation};
use modularml::experiment::{Callback, EvalResult, ExperimentBuilder, Moment, Next, PhaseResult};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::{Error, Result};
use modularml_tests::file::File;
use modularml_tests::without_lines;

/// A reading whose state is known.
#[derive(SampleSchema)]
struct Reading {
    /// What is known.
    #[feat]
    #[classes("a", "b", "c")]
    kind: Class,
    /// What is predicted.
    #[target]
    y: f32,
}

model_graph! {
    /// One value for each kind.
    #[optimizer(Sgd::lr(0.5))]
    graph Kinds(reading: Reading) {
        entry = Embedding::size(1)(reading.kind);
        y = Linear::new()(entry) -> reading.y;
    }
}

experiment! {
    experiment Study for Kinds {
        seed = 3;
        split reading = Random::ratios(train: 0.5, test: 0.5);
        train learn {
            feed reading = Batches::of(4)(train);
            loss = Mse(y, reading.y);
            epochs = 2;
        }
        eval check { feed reading = test; mae = L1(y, reading.y); }
    }
}

fn rows() -> Vec<Reading> {
    (0..12u8).map(|i| Reading { kind: Class::new(u32::from(i % 3)), y: f32::from(i % 3) }).collect()
}

/// A file as a reader without a schema learns it; `classes` are those that occur, in their order.
fn learned(name: &str, text: &str, read: impl Fn(Reader<Dynamic>) -> Reader<Dynamic>) -> FeatureSet<Dynamic> {
    let file = File::of(&format!("{name}.csv"), text);
    read(Reader::dynamic()).csv(file.0.as_path()).unwrap()
}

fn values(outputs: &modularml::Tensor) -> Vec<f32> {
    outputs.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn learned_classes_stand_for_those_of_their_names() {
    let study = Study::new(FeatureSet::from_rows(rows()).unwrap()).unwrap();
    let known = study.predict(
        FeatureSet::from_rows([1u32, 2, 1].map(|kind| Reading { kind: Class::new(kind), y: 0.0 })).unwrap().view(),
    );
    let known = values(&known.unwrap().y);
    assert!((known[0] - known[1]).abs() > 1e-3);

    // b is class 0 and c class 1 of this file.
    let text = "kind,y\nb,0\nc,0\nb,0\n";
    let new = learned("classes", text, |reader| reader.features(["kind"]).targets(["y"]).classes("kind"));
    assert_eq!(new.view().schema().column("kind").unwrap().classes, ["b", "c"]);
    let predicted = study.session().predict(&[new.view()]).unwrap();
    assert_eq!(values(predicted.get("y").unwrap()), known);
    let graph = Kinds::new(3).unwrap();
    assert_eq!(values(&graph.forward(vec![new.view()]).unwrap().y), known);

    // A reader that was not told so takes them for texts.
    let texts = learned("texts", text, |reader| reader.features(["kind"]).targets(["y"]));
    let predicted = study.session().predict(&[texts.view()]).unwrap();
    assert_eq!(values(predicted.get("y").unwrap()), known);
}

#[test]
fn a_class_that_the_graph_does_not_know_is_refused() {
    let study = Study::new(FeatureSet::from_rows(rows()).unwrap()).unwrap();
    let new =
        learned("unknown", "kind,y\nb,0\nd,0\n", |reader| reader.features(["kind"]).targets(["y"]).classes("kind"));
    let error = study.session().predict(&[new.view()]).unwrap_err().to_string();
    for part in ["input `reading`", "`kind`", "`d`", "b, d", "a, b, c"] {
        assert!(error.contains(part), "{error}: {part}");
    }
}

#[test]
fn data_is_bound_as_it_is_declared() {
    let text = "kind,y\nb,0\nc,1\nb,0\na,2\nc,1\na,2\na,2\nb,0\n";
    let learned = learned("bound", text, |reader| reader.features(["kind"]).targets(["y"]).classes("kind"));
    let typed = learned.typed::<Reading>().unwrap();
    let weights = |data: modularml::data::View| {
        let mut session = modularml::experiment::Session::new(Study::spec(), vec![data]).unwrap();
        session.run().unwrap();
        session.graph().state().unwrap().into_iter().map(|(name, tensor)| (name, values(&tensor))).collect::<Vec<_>>()
    };
    assert_eq!(weights(learned.view()), weights(typed.view()));
}

#[test]
fn numbers_of_another_type_are_the_same_numbers() {
    let graph = Kinds::new(3).unwrap();
    let whole =
        learned("whole", "kind,y\nb,0\nc,1\n", |reader| reader.features(["kind"]).targets(["y"]).classes("kind"));
    let outputs = graph.forward(vec![whole.view()]).unwrap();
    assert_eq!(values(&outputs.y).len(), 2);

    let kinds = FeatureSet::from_rows(rows()).unwrap().view().to_feature_set().unwrap();
    let beyond =
        kinds.without_column("kind").unwrap().with_column("kind", Domain::Feature, (0..12i64).collect::<Vec<_>>());
    let error = graph.forward(vec![beyond.unwrap().view()]).unwrap_err().to_string();
    assert!(error.contains("`3`") && error.contains("a, b, c"), "{error}");
    assert!(kinds.view().array("kind", Representation::Raw, Dtype::U32).is_ok());
}

#[test]
fn a_later_phase_that_cannot_be_fed_is_refused_before_the_first_one_trains() {
    let graph = GraphBuilder::new("Two")
        .optimizer(Sgd::lr(0.1))
        .input("a", Reading::SCHEMA)
        .input("b", Reading::SCHEMA)
        .node("x", Embedding::size(1), ["a.kind"])
        .node("p", Linear::new(), Reads::of(["x"]).predicts("a.y"))
        .node("z", Embedding::size(1), ["b.kind"])
        .node("q", Linear::new(), Reads::of(["z"]).predicts("b.y"))
        .spec();
    let study = |cycles: bool| {
        let study = ExperimentBuilder::new("Study", graph.clone()).seed(1);
        let study = study.split("a", Random::ratios([("train", 0.5), ("test", 0.5)]));
        let study = study.split("b", Random::ratios([("train", 0.75), ("test", 0.25)]));
        let study =
            study.train("first", |phase| phase.feed("a", Batches::of(2), "train").loss(Mse, ["p", "a.y"]).epochs(1));
        let data =
            || vec![FeatureSet::from_rows(rows()).unwrap().view(), FeatureSet::from_rows(rows()).unwrap().view()];
        let study = study.train("both", |phase| {
            let phase = phase.feed("a", Batches::of(2), "train").feed("b", Batches::of(2), "train");
            let phase = if cycles { phase.schedule(Zip::cycle()) } else { phase };
            phase.loss(Mse, ["p", "a.y"]).add_loss(1.0, Mse, ["q", "b.y"]).epochs(1)
        });
        // Each is measured over all its rows, as many as there are.
        let study = study.eval("check", |phase| {
            phase.feed("a", "test").feed("b", "test").loss(Mse, ["p", "a.y"]).add_loss(1.0, Mse, ["q", "b.y"])
        });
        study.build(data())
    };
    let mut accepted = study(true).unwrap();
    let results = accepted.progress(Progress::Silent).run().unwrap();
    let PhaseResult::Eval(check) = &results[2] else { panic!("{results:?}") };
    let alone = |input: &str, target: &str| {
        let rows = accepted.split(input, "test").unwrap();
        let outputs = accepted.predict(&[rows.clone(), rows.clone()]).unwrap();
        let given = values(outputs.get(if input == "a" { "p" } else { "q" }).unwrap());
        let targets = rows.numbers(target, Representation::Raw).unwrap();
        let squares = given.iter().zip(&targets).map(|(given, target)| (f64::from(*given) - target).powi(2));
        #[allow(clippy::cast_precision_loss)]
        let mean = squares.sum::<f64>() / targets.len() as f64;
        mean
    };
    let expected = alone("a", "y") + alone("b", "y");
    assert!((check.loss.unwrap() - expected).abs() < 1e-6 * expected, "{check:?}, not {expected}");
    let unequal = without_lines(&study(false).map(|_| ()).unwrap_err().to_string());
    assert!(unequal.starts_with("train `both`: `a` gives 3 batches, `b` 5;"), "{unequal}");
}

/// Fails in an evaluation.
struct Stops;

impl Callback for Stops {
    fn on_evaluation_end(&mut self, _: &mut Moment<'_>, _: &EvalResult) -> Result<Next> {
        Err(Error::own("the disk is full"))
    }
}

#[test]
fn what_ran_before_a_phase_that_fails_is_kept() {
    let mut study = Study::new(FeatureSet::from_rows(rows()).unwrap()).unwrap();
    study.progress(Progress::Silent);
    let error = study.run_with(&mut Stops).unwrap_err();
    assert!(matches!(error, Error::Own(_)) || error.to_string().contains("the disk is full"), "{error}");
    let results = study.session().results();
    assert_eq!(results.len(), 1);
    let PhaseResult::Train(trained) = &results[0] else { panic!("{results:?}") };
    assert_eq!((trained.name, trained.epochs, trained.loss.len()), ("learn", 2, 2));
    study.run().unwrap();
    assert_eq!(study.session().results().len(), 2);
}

/// Fails when the second epoch starts, by an error or a panic.
struct Breaks {
    panics: bool,
}

impl Callback for Breaks {
    fn on_epoch_start(&mut self, moment: &mut Moment<'_>) -> Result<Next> {
        assert!(!(self.panics && moment.epoch == 1), "the machine is on fire");
        if moment.epoch == 1 { Err(Error::own("the machine is on fire")) } else { Ok(Next::Continue) }
    }
}

#[test]
fn the_epochs_before_a_failure_are_kept() {
    let mut study = Study::new(FeatureSet::from_rows(rows()).unwrap()).unwrap();
    let whole = study.progress(Progress::Silent).run().unwrap().learn.loss;
    for panics in [false, true] {
        let mut study = Study::new(FeatureSet::from_rows(rows()).unwrap()).unwrap();
        study.progress(Progress::Silent);
        let run = catch_unwind(AssertUnwindSafe(|| study.run_with(&mut Breaks { panics }).unwrap_err()));
        assert_eq!(run.is_err(), panics);
        let results = study.session().results();
        let [PhaseResult::Train(trained)] = results else { panic!("{results:?}") };
        assert_eq!((trained.epochs, trained.loss.as_slice()), (1, &whole[..1]));
    }
}
