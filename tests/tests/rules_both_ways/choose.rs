//! How it is chosen: a file or a program of one's own may describe it as it likes.

use modularml::data::{ColumnSpec, SchemaSpec};
use modularml::experiment::{
    ChoiceSpec, ChooseSpec, ChosenFrom, EvalBuilder, ExperimentBuilder, ExperimentSpec, ParameterSpec, ParameterValue,
    SplitSpec, Spread, TrainBuilder,
};
use modularml::graph::GraphSpec;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::process::FoldsSpec;
use modularml::search::SearchSpec;
use modularml::text::intern;

use crate::shared::{CELL, SOH, TAGGED, VOLTAGE, net, pulse, study, trained};
use crate::{Case, same_words, told};

const GROUPED: SchemaSpec = pulse(&[VOLTAGE, SOH, ColumnSpec { groups: true, ..CELL }]);

/// Those that stand together.
const CELLS: Column<i64> = Column::new(CELL);

/// An experiment that chooses a width, or a rate, by a value.
pub(crate) fn choosing(spec: ExperimentSpec, search: impl Into<SearchSpec>, by: &'static str) -> ExperimentSpec {
    // The name of a term has a dot itself.
    let (by, term) = by.split_once(".terms.").map_or((by, None), |(by, label)| (by, Some(format!("terms.{label}"))));
    let by: Vec<_> = by.split('.').chain(term.as_deref().map(intern)).collect();
    let parameters = [("width", ParameterValue::Int(32)), ("lr", ParameterValue::Float(1e-3))];
    let parameters: Vec<_> = parameters.map(|(name, value)| ParameterSpec { name, value }).into();
    let graph = GraphSpec { parameters: parameters.into(), ..spec.graph.clone() };
    let widths = ChosenFrom::Listed(vec![ParameterValue::Int(16), ParameterValue::Int(32)].into());
    let choices = vec![ChoiceSpec { name: "width", from: widths }];
    let choose = ChooseSpec { search: search.into(), by: by.into(), within: None };
    ExperimentSpec { graph, choices: choices.into(), choose: Some(choose), ..spec }
}

fn rates(spec: ExperimentSpec) -> ExperimentSpec {
    let (low, high) = (ParameterValue::Float(1e-4), ParameterValue::Float(1e-2));
    let from = ChosenFrom::Range { spread: Spread::LogUniform, low, high };
    ExperimentSpec { choices: vec![ChoiceSpec { name: "lr", from }].into(), ..spec }
}

/// The same in inner folds.
fn within(spec: ExperimentSpec, inner: impl Into<FoldsSpec>, of: &'static str) -> ExperimentSpec {
    let inner = SplitSpec {
        input: "pulse",
        of: Some(of),
        splitter: inner.into().into_splits("train", "left_out"),
        rows_are_independent: false,
        unused: true,
        within: None,
    };
    let choose = spec.choose.clone().map(|choose| ChooseSpec { within: Some(inner), ..choose });
    ExperimentSpec { choose, ..spec }
}

fn rmse(eval: EvalBuilder) -> EvalBuilder {
    eval.metric("rmse", Rmse, ["soh", "pulse.soh"])
}

fn validated(phase: TrainBuilder) -> TrainBuilder {
    trained(phase).val(1, "val", |eval| rmse(eval.loss(Mse, ["soh", "pulse.soh"])))
}

fn tested(experiment: ExperimentBuilder) -> ExperimentBuilder {
    experiment.eval("test", |eval| rmse(eval.feed("pulse", "test")))
}

fn one() -> ExperimentSpec {
    tested(study(net(TAGGED)).train("regress", validated)).spec()
}

fn folds(schema: SchemaSpec, made: impl Into<FoldsSpec>) -> ExperimentBuilder {
    ExperimentBuilder::new("SohStudy", net(schema).spec()).folds("pulse", made, ["train", "left_out"])
}

fn unseen(experiment: ExperimentBuilder) -> ExperimentBuilder {
    experiment.eval("unseen", |eval| rmse(eval.feed("pulse", "left_out")))
}

fn five() -> ExperimentSpec {
    unseen(folds(TAGGED, KFold::of(5)).train("regress", trained)).spec()
}

/// Folds in which part of what is trained on validates.
fn validated_folds(schema: SchemaSpec, made: KFold, inner: Random) -> ExperimentSpec {
    let phase = |phase: TrainBuilder| {
        let phase = phase.feed("pulse", Batches::of(32), "fit").epochs(20).loss(Mse, ["soh", "pulse.soh"]);
        phase.val(1, "val", |eval| rmse(eval.loss(Mse, ["soh", "pulse.soh"])))
    };
    unseen(folds(schema, made).split("pulse.train", inner).train("regress", phase)).spec()
}

fn val_and_more(experiment: ExperimentBuilder, again: &'static str) -> ExperimentSpec {
    let again = |eval: EvalBuilder| rmse(eval.feed("pulse", again));
    tested(experiment.train("regress", validated).eval("again", again)).spec()
}

pub(crate) fn values_and_searches() -> Vec<Case> {
    let halving = HalvingSearch::trials(2);
    let slow = |phase: TrainBuilder| trained(phase).val(5, "val", rmse);
    let slow = tested(study(net(TAGGED)).train("regress", slow)).spec();
    let without = tested(study(net(TAGGED)).train("regress", trained)).spec();
    let mut cases = same_words(vec![
        (
            "choose/CH01_nothing_varies",
            ExperimentSpec { choices: Vec::new().into(), ..choosing(one(), GridSearch, "regress.val.rmse") },
        ),
        ("choose/CH03_unknown_phase", choosing(one(), GridSearch, "regres.val.rmse")),
        ("choose/CH03_unknown_metric_of_val", choosing(one(), GridSearch, "regress.val.rsme")),
        (
            "choose/CH03_unknown_term",
            choosing(
                tested(study(net(TAGGED)).train("regress", |t| {
                    let of = ["soh", "pulse.soh"];
                    let eval = |e: EvalBuilder| rmse(e.loss(Mse, of).add_loss(1.0, L2Penalty, ["soh"]));
                    trained(t).add_loss(1.0, L2Penalty, ["soh"]).val(1, "val", eval)
                }))
                .spec(),
                GridSearch,
                "regress.val.terms.l2_penlty",
            ),
        ),
        (
            "choose/CH03_unknown_metric_of_eval",
            within(choosing(five(), GridSearch, "unseen.mae"), KFold::of(3), "train"),
        ),
        ("choose/CH03_not_of_val", choosing(one(), GridSearch, "regress.rmse")),
        ("choose/CH03_val_of_eval", choosing(one(), GridSearch, "test.val.rmse")),
        ("choose/CH03_val_alone", choosing(one(), GridSearch, "regress.val")),
        ("choose/CH03_without_val", choosing(without, GridSearch, "regress.val.loss")),
        ("choose/CH03_too_long", choosing(one(), GridSearch, "regress.val.rmse.mean")),
        ("choose/CH04_range_in_grid", rates(choosing(one(), GridSearch, "regress.val.rmse"))),
        ("choose/CH04_more_trials_than_combinations", choosing(one(), RandomSearch::trials(40), "regress.val.rmse")),
        ("choose/CH04_no_trials", rates(choosing(one(), SobolSearch::trials(0), "regress.val.rmse"))),
        ("choose/CH05_halving_by_eval", within(choosing(five(), halving, "unseen.rmse"), KFold::of(3), "train")),
        ("choose/CH05_halving_begins_too_late", choosing(one(), halving.from(20), "regress.val.rmse")),
        ("choose/CH05_halving_before_val", choosing(slow, halving.from(2), "regress.val.rmse")),
    ]);
    let fitted = study(net(TAGGED)).fit("fitted", |fit| fit.feed("pulse", "train").nodes(["soh"]));
    let mistakes =
        told("fit `fitted` measures nothing; choose by a value of an eval phase, or of `validate` in a train phase", {
            choosing(tested(fitted).spec(), GridSearch, "fitted.rmse")
        });
    // That its layer is not fitted is another mistake, and none of choosing.
    cases.extend([mistakes].into_iter().filter(|case| case.lines.len() == 1));
    cases
}

pub(crate) fn reported_rows_and_inner_folds() -> Vec<Case> {
    let by_val = |spec| choosing(spec, GridSearch, "regress.val.rmse");
    let by_unseen = |spec| choosing(spec, GridSearch, "unseen.rmse");
    let halves = Random::ratios([("half", 0.5), ("other", 0.5)]);
    let stop = || Random::ratios([("fit", 0.8), ("val", 0.2)]);
    let of_pool = ExperimentBuilder::new("SohStudy", net(TAGGED).spec())
        .split("pulse", Random::ratios([("pool", 0.8), ("test", 0.2)]))
        .folds("pulse.pool", KFold::of(5), ["train", "left_out"])
        .train("regress", trained);
    let of_pool = tested(unseen(of_pool)).spec();
    let grouped = unseen(folds(GROUPED, KFold::of(5).group_by(CELLS)).train("regress", trained)).spec();
    let calib =
        |phase: TrainBuilder| phase.feed("pulse", Batches::of(32), "fit").epochs(20).loss(Mse, ["soh", "pulse.soh"]);
    let calib = folds(TAGGED, KFold::of(5))
        .split("pulse.train", Random::ratios([("fit", 0.8), ("calib", 0.2)]))
        .train("regress", calib);
    let calib = unseen(calib).eval("again", |eval| rmse(eval.feed("pulse", "calib"))).spec();
    let seen = |eval: EvalBuilder| rmse(eval.feed("pulse", "train").on_training_rows());
    let seen = tested(study(net(TAGGED)).train("regress", validated)).eval("seen", seen).spec();
    let mut cases = same_words(vec![
        ("choose/CH06_inner_folds_and_training_rows", within(by_unseen(calib), KFold::of(3), "train")),
        ("choose/CH06_what_is_reported_beside_training_rows", choosing(seen, GridSearch, "test.rmse")),
        ("choose/CH06_by_what_is_reported", choosing(one(), GridSearch, "test.rmse")),
        ("choose/CH06_val_is_reported", by_val(val_and_more(study(net(TAGGED)), "val"))),
        (
            "choose/CH06_part_of_val_is_reported",
            by_val(val_and_more(study(net(TAGGED)).split("pulse.val", halves), "half")),
        ),
        ("choose/CH06_one_choice_for_all_folds", by_val(validated_folds(TAGGED, KFold::of(5), stop()))),
        (
            "choose/CH06_one_choice_for_all_grouped_folds",
            by_val(validated_folds(GROUPED, KFold::of(5).group_by(CELLS), stop().group_by(CELLS))),
        ),
        ("choose/CH06_by_the_folds_that_are_reported", by_unseen(five())),
        (
            "choose/CH06_inner_folds_and_the_same_rows",
            within(choosing(of_pool, GridSearch, "test.rmse"), KFold::of(3), "train"),
        ),
        ("choose/CH07_inner_folds_tear_groups", within(by_unseen(grouped), KFold::of(3), "train")),
        ("choose/CH07_one_fold", within(by_unseen(five()), KFold::of(1), "train")),
    ]);
    cases.extend([
        told(
            "inner folds divide the rows that a fold trains on into parts of the same names, and KFold does not",
            within(by_unseen(five()), KFold::of(3), "left_out"),
        ),
        told(
            "no column `cel` in `Pulse`; did you mean `cell`? columns: voltage, soh, cell",
            within(
                by_unseen(five()),
                KFold::of(3).group_by(Column::<i64>::new(ColumnSpec { key: "cel", ..CELL })),
                "train",
            ),
        ),
    ]);
    cases
}
