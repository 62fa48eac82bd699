//! Splits, and splits of splits.

use modularml::data::{Column, ColumnSpec, Domain, Dtype, SchemaSpec};
use modularml::experiment::{ExperimentBuilder, TrainBuilder, Units};
use modularml::graph::GraphBuilder;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use crate::shared::{
    CELL, SOH, TAGGED, VOLTAGE, column, deep, graph, nested, net, pulse, split_by, trained, validated,
};
use crate::{Case, same_words, told};

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

/// Conditions on several columns.
pub(crate) fn joined_conditions() -> Vec<Case> {
    use Condition::{All, Any, Not};
    const SOURCE: ColumnSpec =
        ColumnSpec { classes: &["ours", "theirs"], ..column("source", Domain::Tag, Dtype::Class, &[]) };
    const SOURCES: SchemaSpec = pulse(&[VOLTAGE, SOH, CELL, SOURCE]);
    const CELLS: Column<i64> = Column::new(CELL);
    const OURS: Condition = Column::<Class>::new(SOURCE).eq("ours");
    const THIERS: Condition = Column::<Class>::new(SOURCE).eq("thiers");
    const BELOW: Condition = CELLS.lt(5);
    const FROM: Condition = CELLS.ge(5);
    let by = |pairs| split_by(net(SOURCES), ByCondition::splits(pairs)).train("regress", trained);
    same_words(vec![
        (
            "splits/SP10_unknown_class_among_conditions",
            by(const { &[("train", BELOW), ("test", All(&[FROM, Not(&THIERS)]))] }),
        ),
        (
            "splits/SP15_joined_conditions_that_meet",
            by(const { &[("train", All(&[OURS, BELOW])), ("test", All(&[OURS, CELLS.le(3)]))] }),
        ),
        (
            "splits/SP17_conditions_that_exclude_each_other",
            by(const { &[("train", All(&[BELOW, CELLS.gt(9)])), ("test", CELLS.between(5, 9))] }),
        ),
        ("splits/SP17_range_upside_down", by(const { &[("train", BELOW), ("test", CELLS.between(9, 5))] })),
        ("splits/SP17_asks_for_missing_of_none", by(const { &[("train", BELOW), ("test", CELLS.is_missing())] })),
        (
            "splits/SP17_conditions_that_exclude_nothing",
            by(const { &[("train", BELOW), ("test", All(&[OURS, Any(&[FROM, CELLS.le(9)])]))] }),
        ),
    ])
    .into_iter()
    .chain(same_words(vec![
        (
            "splits/SP19_complete_beside_a_rest",
            split_by(
                net(SOURCES),
                ByCondition::splits(const { &[("train", BELOW), ("test", CELLS.gt(5))] }).rest("others").complete(),
            )
            .train("regress", trained),
        ),
        (
            "splits/SP21_ids_in_a_column_of_floats",
            split_by(net(TAGGED), ByIds::files(&[("train", "a.txt")]).in_column(Column::<f32>::new(SOH)))
                .train("regress", trained),
        ),
        (
            "splits/SP20_in_every_split_of_no_column",
            split_by(net(TAGGED), Random::ratios([("train", 0.7), ("test", 0.3)]).in_every_split())
                .train("regress", trained),
        ),
    ]))
    .chain([told(
        "a condition joins no conditions; write at least one, or leave it out",
        by(const { &[("train", BELOW), ("test", All(&[FROM, Any(&[])]))] }),
    )])
    .collect()
}

/// Splits by lists of values.
pub(crate) fn lists_of_values() -> Vec<Case> {
    use modularml::data::Literal::{Int, Text};
    const SOURCE: ColumnSpec =
        ColumnSpec { classes: &["ours", "theirs"], ..column("source", Domain::Tag, Dtype::Class, &[]) };
    const SOURCES: SchemaSpec = pulse(&[VOLTAGE, SOH, CELL, SOURCE]);
    let cell = ByValues::of(Column::<i64>::new(CELL));
    let with = |splitter: ByValues| split_by(net(SOURCES), splitter).train("regress", trained);
    same_words(vec![
        (
            "splits/SP22_value_in_two_lists",
            with(cell.splits(&[("train", &[Int(1), Int(2), Int(5)]), ("test", &[Int(3), Int(2)])])),
        ),
        (
            "splits/SP22_value_twice_in_a_list",
            with(cell.splits(&[("train", &[Int(1), Int(2), Int(1)]), ("test", &[Int(3)])])),
        ),
        ("splits/SP22_list_without_values", with(cell.splits(&[("train", &[Int(1), Int(2)]), ("test", &[])]))),
        (
            "splits/SP22_values_of_another_type",
            with(cell.splits(&[("train", &[Int(1), Int(2)]), ("test", &[Text("3")])])),
        ),
        (
            "splits/SP22_unknown_class_in_a_list",
            with(
                ByValues::of(Column::<Class>::new(SOURCE))
                    .splits(&[("train", &[Text("ours")]), ("test", &[Text("thiers")])]),
            ),
        ),
        (
            "splits/SP22_lists_of_floats",
            with(ByValues::of(Column::<f32>::new(SOH)).splits(&[("train", &[Int(1), Int(2)]), ("test", &[Int(3)])])),
        ),
        ("splits/SP22_no_lists", with(cell.rest("train"))),
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

pub(crate) fn folds() -> Vec<Case> {
    const GROUPED: SchemaSpec = pulse(&[VOLTAGE, SOH, ColumnSpec { groups: true, ..CELL }]);
    let cell = Column::<i64>::new(CELL);
    let names = ["train", "val"];
    let empty = |graph: GraphBuilder| ExperimentBuilder::new("SohStudy", graph.spec()).seed(0);
    let study = || empty(net(TAGGED));
    let pool = || study().split("pulse", Random::ratios([("pool", 0.8), ("test", 0.2)]));
    let of = |split: &'static str| {
        move |t: TrainBuilder| t.feed("pulse", Batches::of(32), split).loss(Mse, ["soh", "pulse.soh"]).epochs(20)
    };
    let left_out = |study: ExperimentBuilder| {
        study.eval("left_out", |eval| eval.feed("pulse", "val").metric("rmse", Rmse, ["soh", "pulse.soh"]))
    };
    same_words(vec![
        (
            "folds/FO03_rows_that_belong_together",
            left_out(empty(net(GROUPED)).folds("pulse", KFold::of(5), names).train("regress", of("train"))),
        ),
        (
            "folds/FO04_folds_tear_what_a_split_keeps",
            left_out(
                study()
                    .split("pulse", Random::ratios([("pool", 0.8), ("test", 0.2)]).group_by(cell))
                    .folds("pulse.pool", KFold::of(5), names)
                    .train("regress", of("train")),
            ),
        ),
        (
            "folds/FO04_split_tears_what_folds_keep",
            left_out(
                study()
                    .folds("pulse", KFold::of(5).group_by(cell), names)
                    .split("pulse.train", Random::ratios([("fit", 0.9), ("stop", 0.1)]))
                    .train("regress", |t| of("fit")(t).val(1, "stop", |eval| eval.loss(Mse, ["soh", "pulse.soh"]))),
            ),
        ),
        (
            "folds/FO05_left_out_rows_stop_training",
            left_out(study().folds("pulse", KFold::of(5), names).train("regress", |t| {
                let t = of("train")(t).val(1, "val", |eval| eval.loss(Mse, ["soh", "pulse.soh"]));
                t.callback(EarlyStopping::patience(3).restore_best(), ["val.loss"])
            })),
        ),
        (
            "folds/FO06_scaler_fitted_before_the_folds",
            pool()
                .folds("pulse.pool", KFold::of(5), names)
                .scale("pulse.soh", [Standard::new()], "pool")
                .train("regress", of("train"))
                .eval("left_out", |eval| {
                    eval.feed("pulse", "val").metric_in(Units::Raw, "rmse", Rmse, ["soh", "pulse.soh"])
                }),
        ),
        (
            "folds/FO06_trained_on_the_pool",
            left_out(pool().folds("pulse.pool", KFold::of(5), names).train("regress", of("pool"))),
        ),
        (
            "folds/FO07_repeats_of_the_same",
            left_out(study().folds("pulse", KFold::of(5).repeats(3), names).train("regress", of("train"))),
        ),
        (
            "folds/FO08_folds_of_folds",
            left_out(
                study()
                    .folds("pulse", KFold::of(5), names)
                    .folds("pulse.train", KFold::of(3), ["fit", "stop"])
                    .train("regress", of("fit")),
            ),
        ),
        (
            "folds/FO08_part_of_an_earlier_name",
            left_out(
                study()
                    .split("pulse", Random::ratios([("pool", 0.8), ("val", 0.2)]))
                    .folds("pulse.pool", KFold::of(5), names)
                    .train("regress", of("train")),
            ),
        ),
        (
            "folds/FO08_two_parts_of_one_name",
            study().folds("pulse", KFold::of(5), ["train", "train"]).train("regress", of("train")),
        ),
        (
            "folds/FO09_misspelt_pool",
            left_out(pool().folds("pulse.pol", KFold::of(5), names).train("regress", of("train"))),
        ),
        ("folds/FO10_one_fold", left_out(study().folds("pulse", KFold::of(1), names).train("regress", of("train")))),
        (
            "folds/FO10_grouped_by_an_array",
            left_out(
                study()
                    .folds("pulse", KFold::of(5).group_by(Column::<[f32; 101]>::new(VOLTAGE)), names)
                    .train("regress", of("train")),
            ),
        ),
        (
            "folds/FO11_nothing_is_parted",
            left_out(study().folds_of_independent_rows("pulse", KFold::of(5), names).train("regress", of("train"))),
        ),
    ])
}
