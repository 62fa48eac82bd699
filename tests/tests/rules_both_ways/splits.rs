//! Splits, and splits of splits.

use modularml::data::{Column, ColumnSpec, Domain, Dtype, SchemaSpec};
use modularml::experiment::{ExperimentBuilder, TrainBuilder};
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use crate::shared::{
    CELL, SOH, TAGGED, VOLTAGE, column, deep, graph, nested, net, pulse, split_by, trained, validated,
};
use crate::{Case, same_words};

pub(crate) fn splits() -> Vec<Case> {
    const GROUPED: SchemaSpec = pulse(&[VOLTAGE, SOH, ColumnSpec { groups: true, ..CELL }]);
    let cell = Column::<i64>::new(CELL);
    let halves = Random::ratios([("train", 0.7), ("test", 0.3)]);
    let with = |splitter| split_by(net(TAGGED), splitter).train("regress", trained);
    same_words(vec![
        (
            "splits/SP01_misspelt_split",
            split_by(net(TAGGED), halves).train("regress", |t| {
                t.feed("pulse", Batches::of(32), "trian").epochs(20).loss(Mse, ["soh", "pulse.soh"])
            }),
        ),
        (
            "splits/SP01_misspelt_split_in_val",
            split_by(net(TAGGED), Random::ratios([("train", 0.7), ("val", 0.3)]))
                .train("regress", |t| trained(t).val(1, "vla", |eval| eval.loss(Mse, ["soh", "pulse.soh"]))),
        ),
        ("splits/SP02_shares_beyond_one", with(Random::ratios([("train", 0.7), ("val", 0.2), ("test", 0.2)]))),
        ("splits/SP02_share_of_zero", with(Random::ratios([("train", 1.0), ("test", 0.0)]))),
        ("splits/SP03_two_splits_of_one_name", with(Random::ratios([("train", 0.7), ("val", 0.15), ("val", 0.15)]))),
        ("splits/SP03_input_split_twice", with(halves).split("pulse", Random::ratios([("a", 0.7), ("b", 0.3)]))),
        ("splits/SP04_grouped_and_stratified", with(halves.group_by(cell).stratify_by(cell))),
        ("splits/SP05_stratified_by_a_float", with(halves.stratify_by(Column::<f32>::new(SOH)))),
        ("splits/SP05_stratified_by_an_array", with(halves.stratify_by(Column::<[f32; 101]>::new(VOLTAGE)))),
        ("splits/SP02_no_shares", split_by(net(TAGGED), Ordered::by(cell)).train("regress", trained)),
        ("splits/SP08_rows_that_belong_together", split_by(net(GROUPED), halves).train("regress", trained)),
    ])
}

/// Permissions behind which nothing stands.
pub(crate) fn permissions() -> Vec<Case> {
    let shares = |second| Random::ratios([("train", 0.7), (second, 0.3)]);
    same_words(vec![
        (
            "syntax/SY12_nothing_is_parted",
            ExperimentBuilder::new("SohStudy", net(TAGGED).spec())
                .split_independent_rows("pulse", shares("test"))
                .train("regress", trained),
        ),
        (
            "syntax/SY12_nothing_is_untrained",
            split_by(deep(graph(TAGGED)), shares("test"))
                .train("whole", trained)
                .train("regress", |t| trained(t).freeze(["encoder"]).as_initialised()),
        ),
        (
            "syntax/SY12_no_training_rows",
            split_by(net(TAGGED), shares("test")).train("regress", trained).eval("test", |eval| {
                eval.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh"]).on_training_rows()
            }),
        ),
        (
            "syntax/SY12_no_training_rows_in_val",
            split_by(net(TAGGED), shares("val")).train("regress", |t| {
                trained(t).val(1, "val", |eval| eval.loss(Mse, ["soh", "pulse.soh"]).on_training_rows())
            }),
        ),
    ])
}

pub(crate) fn splits_of_splits() -> Vec<Case> {
    const GROUPED: SchemaSpec = pulse(&[VOLTAGE, SOH, ColumnSpec { groups: true, ..CELL }]);
    const LABELLED: SchemaSpec = pulse(&[VOLTAGE, SOH, column("operator", Domain::Tag, Dtype::Text, &[])]);
    const SOURCE: ColumnSpec =
        ColumnSpec { classes: &["ours", "theirs"], ..column("source", Domain::Tag, Dtype::Class, &[]) };
    const SOURCES: SchemaSpec = pulse(&[VOLTAGE, SOH, SOURCE]);
    let cell = Column::<i64>::new(CELL);
    let wholes = Random::ratios([("train", 0.7), ("test", 0.3)]);
    let halves = Random::ratios([("fit", 0.9), ("val", 0.1)]);
    let fit =
        |phase: TrainBuilder| phase.feed("pulse", Batches::of(32), "fit").epochs(20).loss(Mse, ["soh", "pulse.soh"]);
    let measured = |study: ExperimentBuilder, split: &str| {
        study.eval("test", |eval| eval.feed("pulse", split).metric("rmse", Rmse, ["soh", "pulse.soh"]))
    };
    same_words(vec![
        ("splits/SP09_misspelt_parent", nested(TAGGED, "pulse.trian", halves).train("regress", trained)),
        (
            "splits/SP09_parent_made_further_down",
            ExperimentBuilder::new("SohStudy", net(TAGGED).spec())
                .split("pulse.train", halves)
                .split("pulse", wholes)
                .train("regress", fit),
        ),
        (
            "splits/SP03_name_of_an_earlier_split",
            nested(TAGGED, "pulse.train", Random::ratios([("fit", 0.9), ("test", 0.1)])).train("regress", fit),
        ),
        (
            "splits/SP03_split_of_a_split_twice",
            nested(TAGGED, "pulse.train", halves)
                .split("pulse.train", Random::ratios([("a", 0.9), ("b", 0.1)]))
                .train("regress", fit),
        ),
        (
            "splits/SP05_ordered_by_text",
            split_by(net(LABELLED), Ordered::by(Column::<String>::new(LABELLED.columns[2])).ratios([
                ("train", 0.7),
                ("test", 0.3),
            ]))
            .train("regress", trained),
        ),
        (
            "splits/SP08_split_of_a_split_parts_groups",
            split_by(net(GROUPED), wholes.group_by(cell)).split("pulse.train", halves).train("regress", fit),
        ),
        (
            "splits/SP10_condition_on_an_unknown_class",
            split_by(
                net(SOURCES),
                ByCondition::splits(const {
                    &[
                        ("train", Column::<Class>::new(SOURCE).eq("ours")),
                        ("test", Column::<Class>::new(SOURCE).eq("thiers")),
                    ]
                }),
            )
            .train("regress", trained),
        ),
        (
            "scalers/SL02_fitted_on_the_whole_of_evaluated_rows",
            measured(
                nested(TAGGED, "pulse.train", halves)
                    .scale("pulse.voltage", [Standard::new()], "train")
                    .train("regress", fit),
                "val",
            ),
        ),
        (
            "scalers/SL08_whole_of_a_trained_part_evaluated",
            measured(nested(TAGGED, "pulse.train", halves).train("regress", fit), "train"),
        ),
        (
            "scalers/SL08_part_of_trained_rows_in_val",
            nested(TAGGED, "pulse.train", halves).train("regress", validated),
        ),
        (
            "scalers/SL08_overlapping_rows_evaluated",
            measured(
                split_by(
                    net(TAGGED),
                    ByCondition::splits(const {
                        &[("train", Column::<i64>::new(CELL).le(5)), ("test", Column::<i64>::new(CELL).ge(5))]
                    })
                    .allow_overlap(),
                )
                .train("regress", trained),
                "test",
            ),
        ),
    ])
}
