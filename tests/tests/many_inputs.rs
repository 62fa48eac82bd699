//! A graph of more inputs than a machine word has bits.

use modularml::Error;
use modularml::data::View;
use modularml::experiment::{Alternate, ExperimentBuilder, PhaseResult, ScheduleSpec, Session, Zip};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

const INPUTS: u8 = 70;

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: f32,
    #[target]
    y: f32,
}

/// All rows of an input are the same, so that it does not matter which of them a split or batch takes.
fn row(input: u8) -> Point {
    Point { x: 1.0 + f32::from(input) / 100.0, y: f32::from(input) }
}

fn data() -> Vec<View> {
    (0..INPUTS).map(|input| FeatureSet::from_rows((0..8).map(|_| row(input))).unwrap().view()).collect()
}

/// One node an input.
fn graph() -> GraphBuilder {
    (0..INPUTS).fold(GraphBuilder::new("Many").optimizer(Sgd::lr(0.05)), |graph, i| {
        let reads = Reads::of([format!("p{i}.x").as_str()]).predicts(format!("p{i}.y").as_str());
        graph.input(&format!("p{i}"), Point::SCHEMA).node(&format!("n{i}"), Linear::new(), reads)
    })
}

/// One change of the parameters of each node; `more` are operands of further losses.
fn study(schedule: impl Into<ScheduleSpec>, more: &[[&str; 2]]) -> ExperimentBuilder {
    let splits = Random::ratios([("train", 0.5), ("test", 0.5)]);
    let names: Vec<[String; 3]> = (0..INPUTS).map(|i| [format!("p{i}"), format!("n{i}"), format!("p{i}.y")]).collect();
    let study = ExperimentBuilder::new("Study", graph().spec()).seed(1);
    let study = names.iter().fold(study, |study, [input, ..]| study.split(input, splits));
    let study = study.train("fit", |phase| {
        let phase = names.iter().fold(phase.schedule(schedule).epochs(1), |phase, [input, node, target]| {
            phase.feed(input, Batches::of(4), "train").add_loss(1.0, Mse, [node.as_str(), target.as_str()])
        });
        let phase = more.iter().fold(phase, |phase, operands| phase.add_loss(1.0, Mse, *operands));
        phase.val(1, "test", |eval| eval.metric("last", Rmse, ["n69", "p69.y"]))
    });
    study.eval("test", |phase| {
        let phase = phase.feed("p0", "test").feed("p69", "test");
        phase.metric("first", Rmse, ["n0", "p0.y"]).metric("last", Rmse, ["n69", "p69.y"])
    })
}

fn number(study: &Session, name: &str) -> f32 {
    study.graph().state().unwrap()[name].flatten_all().unwrap().to_vec1().unwrap()[0]
}

fn trains_each_node_on_its_own_rows(schedule: impl Into<ScheduleSpec>) {
    let mut study = study(schedule, &[]).build(data()).unwrap();
    let numbers = |study: &Session, node: u8| {
        (number(study, &format!("n{node}.0.weight")), number(study, &format!("n{node}.0.bias")))
    };
    let before: Vec<_> = (0..INPUTS).map(|node| numbers(&study, node)).collect();
    let results = study.progress(Progress::Silent).run().unwrap();
    let mut errors = Vec::new();
    for (node, (weight, bias)) in (0..INPUTS).zip(before) {
        let Point { x, y } = row(node);
        let slope = 2.0 * (weight * x + bias - y);
        let (stepped_weight, stepped_bias) = (weight - 0.05 * slope * x, bias - 0.05 * slope);
        let (found_weight, found_bias) = numbers(&study, node);
        assert!((found_weight - stepped_weight).abs() < 1e-4, "n{node}: {found_weight} {stepped_weight}");
        assert!((found_bias - stepped_bias).abs() < 1e-4, "n{node}: {found_bias} {stepped_bias}");
        errors.push(f64::from((stepped_weight * x + stepped_bias - y).abs()));
    }
    let close = |found: f64, node: u8| assert!((found - errors[usize::from(node)]).abs() < 1e-3, "n{node}: {found}");
    close(results[1].measured("first").unwrap(), 0);
    close(results[1].measured("last").unwrap(), 69);
    let PhaseResult::Train(fit) = &results[0] else { panic!("the first phase trains") };
    close(fit.history("val", "last").unwrap()[0], 69);
}

#[test]
fn a_step_of_all_feeds_trains_each_node_on_its_own_rows() {
    trains_each_node_on_its_own_rows(Zip::new());
}

#[test]
fn feeds_in_turn_train_each_node_on_its_own_rows() {
    trains_each_node_on_its_own_rows(Alternate::new());
}

fn refused<T>(built: Result<T>) -> Vec<String> {
    match built {
        Err(Error::Refused(lines)) => lines,
        Err(other) => panic!("not refused by a rule: {other}"),
        Ok(_) => panic!("not refused"),
    }
}

#[test]
fn rows_of_far_inputs_are_told_apart() {
    let lines = refused(study(Alternate::new(), &[["n0", "p64.y"]]).build(data()));
    let apart = "Mse compares rows of `p0` and `p64`, which nothing aligns; put the columns that belong to one row into \
                 one schema";
    assert_eq!(lines, [apart]);

    let merge = graph().node("mix", Add::new(), Reads::of(["p5.x", "p69.x"]).output());
    let mixes = "`mix` mixes rows of `p5` and `p69`, which nothing aligns; put the columns that belong to one row into \
                 one schema";
    assert_eq!(refused(merge.build(1)), [mixes]);
}
