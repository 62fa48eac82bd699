//! Rows of a batch that are mixed.

use modularml::data::{Column, ColumnSpec, Domain, Dtype, Longer, SchemaSpec};
use modularml::experiment::{MixSpec, TrainBuilder};
use modularml::graph::GraphBuilder;
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::process::SamplerSpec;

use crate::shared::{CELL, SOH, VOLTAGE, column, graph, pulse, soh, split_by};
use crate::{Case, same_words};

const GROUPED: ColumnSpec = ColumnSpec { groups: true, ..CELL };

const SCHEMA: SchemaSpec = pulse(&[
    VOLTAGE,
    ColumnSpec { classes: &["charge", "rest"], ..column("kind", Domain::Feature, Dtype::Class, &[]) },
    ColumnSpec { sequence: Some(Longer::Refuse), ..column("path", Domain::Feature, Dtype::F32, &[50, 1]) },
    SOH,
    GROUPED,
]);

fn net() -> GraphBuilder {
    graph(SCHEMA).node("voltage", Mlp::hidden([32]).output([4]), ["pulse.voltage"])
}

fn plain() -> GraphBuilder {
    net().node("soh", Linear::new(), soh("voltage"))
}

fn joined(graph: GraphBuilder, second: &str) -> GraphBuilder {
    graph.node("all", Concat::axis(-1), ["voltage", second]).node("soh", Linear::new(), soh("all"))
}

fn fed(sampler: impl Into<SamplerSpec>, mix: impl Into<MixSpec>) -> impl FnOnce(TrainBuilder) -> TrainBuilder {
    let (sampler, mix) = (sampler.into(), mix.into());
    move |train| train.feed("pulse", sampler, "train").mix(mix).epochs(20)
}

fn with(
    graph: GraphBuilder,
    train: impl FnOnce(TrainBuilder) -> TrainBuilder,
) -> modularml::experiment::ExperimentBuilder {
    let cell: Column<i64> = Column::new(GROUPED);
    let study = split_by(graph, Random::ratios([("train", 0.7), ("val", 0.15), ("test", 0.15)]).group_by(cell));
    study.train("regress", train)
}

pub(crate) fn mixes() -> Vec<Case> {
    let (mixup, mse) = (Mixup::alpha(0.2), ["soh", "pulse.soh"]);
    let cell: Column<i64> = Column::new(GROUPED);
    let triplets = fed(Triplets::of(32).same(cell), mixup);
    let other = joined(net().node("other", Linear::to([4]), ["pulse.voltage"]), "other");
    let both = fed(Batches::of(32), mixup);
    same_words(vec![
        ("mix/MX01_alpha_of_zero", with(plain(), |t| fed(Batches::of(32), Mixup::alpha(0.0))(t).loss(Mse, mse))),
        ("mix/MX02_rows_in_roles", with(plain(), |t| triplets(t).loss(Mse, ["soh.anchor", "pulse.soh.anchor"]))),
        (
            "mix/MX03_classes",
            with(joined(net().node("kind", Embedding::size(2), ["pulse.kind"]), "kind"), |t| {
                fed(Batches::of(32), mixup)(t).loss(Mse, mse)
            }),
        ),
        (
            "mix/MX03_unequal_lengths",
            with(joined(net().node("path", MeanOfSequence, ["pulse.path"]), "path"), |t| {
                fed(Batches::of(32), mixup)(t).loss(Mse, mse)
            }),
        ),
        (
            "mix/MX04_compares_rows",
            with(other, |t| both(t).loss(Mse, mse).loss(InfoNce::temperature(0.1), ["voltage", "other"])),
        ),
        ("mix/MX05_batch_of_one", with(plain(), |t| fed(Batches::of(1), mixup)(t).loss(Mse, mse))),
    ])
}
