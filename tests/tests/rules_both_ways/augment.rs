//! Columns that are varied in training.

use modularml::data::{ColumnSpec, Domain, Dtype, Longer, SchemaSpec};
use modularml::experiment::ExperimentBuilder;
use modularml::graph::{GraphBuilder, Reads, Source};
use modularml::layers::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::process::AugmenterSpec;

use crate::shared::{CELL, SOH, TEMPERATURE, TWO, VOLTAGE, column, graph, pulse, soh, split_by, study, trained};
use crate::{Case, same_words, told};

const SCHEMA: SchemaSpec = pulse(&[
    VOLTAGE,
    TEMPERATURE,
    column("cycles", Domain::Feature, Dtype::I64, &[]),
    column("unread", Domain::Feature, Dtype::F32, &[]),
    ColumnSpec { sequence: Some(Longer::Refuse), ..column("path", Domain::Feature, Dtype::F32, &[50, 1]) },
    SOH,
    CELL,
]);

fn net() -> GraphBuilder {
    graph(SCHEMA)
        .node("voltage", Mlp::hidden([32]).output([4]), ["pulse.voltage"])
        .node("thermal", Linear::to([4]), ["pulse.temperature"])
        .node("age", Linear::to([4]), Reads::of([Source::from("pulse.cycles").as_number()]))
        .node("steps", PositionwiseLinear::to(4), ["pulse.path"])
        .node("path", MeanOfSequence, ["steps"])
        .node("all", Concat::axis(-1), ["voltage", "thermal", "age", "path"])
        .node("soh", Linear::new(), soh("all"))
}

fn with(column: &str, augmenter: impl Into<AugmenterSpec>) -> ExperimentBuilder {
    study(net()).augment(column, [augmenter.into()]).train("regress", trained)
}

pub(crate) fn augments() -> Vec<Case> {
    let noise = Noise::deviation(0.01);
    let ridge = GraphBuilder::new("SohNet").input("pulse", TWO).node("soh", Ridge::penalty(1.0), soh("pulse.voltage"));
    let ridge = split_by(ridge, Random::ratios([("train", 0.7), ("test", 0.3)])).augment("pulse.voltage", [noise]);
    let ridge = ridge.fit("baseline", |fit| fit.nodes(["soh"]).feed("pulse", "train"));
    let ridge = ridge.eval("test", |e| e.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh"]));
    let mut cases = same_words(vec![
        ("augment/AU02_target", with("pulse.soh", noise)),
        ("augment/AU02_tag", with("pulse.cell", noise)),
        ("augment/AU02_whole_numbers", with("pulse.cycles", noise)),
        (
            "augment/AU02_twice",
            study(net())
                .augment("pulse.voltage", [noise])
                .augment("pulse.voltage", [Scaling::by(0.1)])
                .train("regress", trained),
        ),
        ("augment/AU03_no_node_reads_it", with("pulse.unread", noise)),
        ("augment/AU03_nothing_is_trained", ridge),
        ("augment/AU04_shift_of_one_number", with("pulse.temperature", Shift::up_to(2))),
        ("augment/AU04_flip_along_no_axis", with("pulse.voltage", Flip::axis(1))),
        (
            "augment/AU04_crop_of_more_positions",
            study(net()).augment("pulse.voltage", [noise.spec(), Crop::to(128).spec()]).train("regress", trained),
        ),
        ("augment/AU04_crop_of_one_axis", with("pulse.voltage", ResizedCrop::axis(0))),
        ("augment/AU04_shift_of_unequal_lengths", with("pulse.path", Shift::up_to(2))),
        ("augment/AU05_no_noise", with("pulse.voltage", Noise::deviation(0.0))),
    ]);
    // rustc looks names up in the macros.
    cases.push(told(
        "no column `volatge` in `Pulse`; did you mean `voltage`? columns: voltage, temperature, cycles, unread, path, soh, cell",
        with("pulse.volatge", noise),
    ));
    cases.push(told("no input `puls` in `SohNet`; did you mean `pulse`? inputs: pulse", with("puls.voltage", noise)));
    cases
}
