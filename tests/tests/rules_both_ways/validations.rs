//! Several evaluations of a train phase.

use modularml::experiment::{EvalBuilder, ExperimentBuilder, ExperimentSpec, TrainBuilder};
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use crate::choose::choosing;
use crate::shared::{TWO, net, study, trained, validated};
use crate::{Case, same_words, told};

const OF: [&str; 2] = ["soh", "pulse.soh"];

fn loss(eval: EvalBuilder) -> EvalBuilder {
    eval.loss(Mse, OF)
}

fn rmse(eval: EvalBuilder) -> EvalBuilder {
    eval.metric("rmse", Rmse, OF)
}

fn regress(phase: impl FnOnce(TrainBuilder) -> TrainBuilder) -> ExperimentBuilder {
    study(net(TWO)).train("regress", phase)
}

/// A phase that validates twice.
fn both(every: usize) -> impl Fn(TrainBuilder) -> TrainBuilder {
    move |phase| validated(phase).validate("far", every, "val", rmse)
}

pub(crate) fn names_and_periods() -> Vec<Case> {
    let stop = || EarlyStopping::patience(3);
    let reported = |phase: ExperimentBuilder| phase.eval("test", |eval| rmse(eval.feed("pulse", "test")));
    let named = |name: &'static str| regress(move |t| trained(t).validate(name, 1, "val", loss));
    let mut cases = same_words(vec![
        ("phases/PH27_two_evaluations_of_one_name", regress(|t| validated(t).validate("val", 5, "test", loss))),
        ("phases/PH27_evaluation_of_a_reserved_name", named("loss")),
        ("phases/PH27_evaluation_called_as_its_metric", regress(|t| trained(t).validate("rmse", 1, "val", rmse))),
        ("phases/PH27_evaluation_called_as_another_split", named("test")),
        ("phases/PH27_evaluation_of_trained_rows", regress(|t| validated(t).validate("far", 5, "train", loss))),
        ("metrics/CB03_second_never_runs", regress(|t| validated(t).validate("far", 50, "test", loss))),
        ("metrics/CB26_stops_on_an_unknown_evaluation", regress(|t| both(2)(t).callback(stop(), ["fra.rmse"]))),
        ("metrics/CB26_stops_on_a_value_of_another", regress(|t| both(2)(t).callback(stop(), ["val.rmse"]))),
        (
            "metrics/CB26_patience_of_far_never_runs_out",
            regress(|t| both(5)(t).callback(EarlyStopping::patience(4), ["far.rmse"])),
        ),
        (
            "metrics/CB26_second_steers_and_is_reported",
            reported(regress(|t| validated(t).validate("far", 2, "test", loss).callback(stop(), ["far.loss"]))),
        ),
        (
            "syntax/SY12_no_training_rows_in_far",
            regress(|t| validated(t).validate("far", 5, "test", |eval| loss(eval).on_training_rows())),
        ),
    ]);
    cases.extend([
        told(
            "EarlyStopping watches a value of an evaluation, found `loss`; write the evaluation before it, for example \
             val.loss",
            regress(|t| validated(t).callback(stop(), ["loss"])),
        ),
        told("evaluation `a.b`: its name is one word, without dots, commas or quotes; rename it", named("a.b")),
        told("evaluation ``: its name is one word, without dots, commas or quotes; rename it", named("")),
        told("evaluation `learning_rate` has a reserved name; rename it", named("learning_rate")),
        told(
            "train `regress` watches far.rmse but has no far; add: validate far on val every 1 epoch { .. }",
            regress(|t| trained(t).callback(stop(), ["far.rmse"])),
        ),
        told(
            "metric `rmse` is declared twice in far of train `regress`; rename one",
            regress(|t| validated(t).validate("far", 1, "test", |eval| rmse(rmse(eval)))),
        ),
    ]);
    cases
}

pub(crate) fn choices() -> Vec<Case> {
    let spec = |phase: &dyn Fn(TrainBuilder) -> TrainBuilder| -> ExperimentSpec {
        regress(phase).eval("test", |eval| rmse(eval.feed("pulse", "test"))).spec()
    };
    let restored = |phase| both(5)(phase).callback(EarlyStopping::patience(3).restore_best(), ["val.loss"]);
    same_words(vec![
        ("choose/CH08_unknown_evaluation", choosing(spec(&both(2)), GridSearch, "regress.fra.rmse")),
        ("choose/CH08_value_of_another_evaluation", choosing(spec(&both(2)), GridSearch, "regress.val.rmse")),
        ("choose/CH08_not_of_an_evaluation", choosing(spec(&both(2)), GridSearch, "regress.rmse")),
        ("choose/CH08_not_measured_at_the_best_epoch", choosing(spec(&restored), GridSearch, "regress.far.rmse")),
    ])
}
