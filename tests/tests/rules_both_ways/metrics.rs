//! Phases, metrics and early stopping.

use modularml::data::ColumnSpec;
use modularml::experiment::{CallbackSpec, EvalBuilder, ExperimentBuilder, TrainBuilder};
use modularml::graph::Reads;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use crate::shared::{
    CLASSED, SOH, STATE, TAGGED, TWO, VOLTAGE, fed, graph, net, pulse, soh, split_by, states, study, trained,
    validated, without_optimizer,
};
use crate::{Case, same_words, told};

pub(crate) fn phases_and_metrics() -> Vec<Case> {
    let regress = || study(net(TWO)).train("regress", trained);
    let stopped = |stopping, watches: &'static str, epochs| {
        study(net(TWO)).train("regress", move |t| validated(t).callback(stopping, [watches]).epochs(epochs))
    };
    let reduced = |reducing, watches: &'static str| {
        study(net(TWO)).train("regress", move |t| validated(t).callback(reducing, [watches]).epochs(20))
    };
    let called = |callback: CallbackSpec, watches: &'static [&'static str]| {
        study(net(TWO)).train("regress", move |t| validated(t).callback(callback, watches.iter().copied()))
    };
    same_words(vec![
        ("phases/PH01_two_phases_of_one_name", regress().train("regress", trained)),
        ("phases/PH03_zero_epochs", study(net(TWO)).train("regress", |t| trained(t).epochs(0))),
        ("phases/PH04_train_phase_without_loss", study(net(TWO)).train("regress", fed)),
        ("metrics/CB01_stops_on_an_unknown_metric", stopped(EarlyStopping::patience(3), "val.los", 20)),
        (
            "metrics/CB01_stops_without_val",
            study(net(TWO)).train("regress", |t| trained(t).callback(EarlyStopping::patience(3), ["val.loss"])),
        ),
        (
            "metrics/CB06_reduces_without_val",
            study(net(TWO)).train("regress", |t| trained(t).callback(ReduceOnPlateau::patience(3), ["val.loss"])),
        ),
        ("metrics/CB06_reduces_by_an_unknown_metric", reduced(ReduceOnPlateau::patience(3), "val.los")),
        ("metrics/CB06_reduces_too_late", reduced(ReduceOnPlateau::patience(20), "val.loss")),
        ("metrics/CB06_reduces_to_more", reduced(ReduceOnPlateau::patience(3).factor(2.0), "val.loss")),
        ("metrics/CB03_patience_never_runs_out", stopped(EarlyStopping::patience(200), "val.loss", 200)),
        ("metrics/CB20_snapshots_of_no_epoch", called(Snapshots::every(0).spec(), &[])),
        ("metrics/CB20_best_by_nothing", called(Snapshots::every(1).best(3).spec(), &[])),
        ("metrics/CB20_best_by_an_unknown_value", called(Snapshots::every(1).best(3).spec(), &["val.los"])),
        (
            "metrics/CB20_best_without_val",
            study(net(TWO)).train("regress", |t| trained(t).callback(Snapshots::every(1).best(3), ["val.loss"])),
        ),
        ("metrics/CB20_all_by_a_value", called(Snapshots::every(5).spec(), &["val.loss"])),
        (
            "metrics/CB20_predictions_without_val",
            study(net(TWO)).train("regress", |t| trained(t).callback(PredictionsEvery::epochs(5), [])),
        ),
        ("metrics/CB20_no_time", called(TimeLimit::minutes(0.0).spec(), &[])),
        ("metrics/CB20_norms_of_no_change", called(GradientNorms::new().every(0).spec(), &[])),
        ("metrics/CB20_best_beside_the_phases", regress().callback(Snapshots::every(1).best(3))),
        (
            "metrics/CB03_val_never_runs",
            study(net(TWO))
                .train("regress", |t| trained(t).val(50, "val", |eval| eval.loss(Mse, ["soh", "pulse.soh"]))),
        ),
        (
            "metrics/CB05_classes_metric_on_a_number",
            regress()
                .eval("test", |e| e.feed("pulse", "test").metric("accuracy", Accuracy::new(), ["soh", "pulse.soh"])),
        ),
        (
            "metrics/CB10_probabilities_of_logits",
            study(states(CLASSED).node(
                "other",
                Sequential::of(const { &[Linear::to([8]).spec(), Relu.spec(), Linear::new().spec()] }),
                Reads::of(["pulse.voltage"]).predicts("pulse.state"),
            ))
            .train("regress", |t| {
                let loss = fed(t).loss(CrossEntropy::new(), ["state", "pulse.state"]);
                loss.loss(CrossEntropy::new(), ["other", "pulse.state"])
            })
            .eval("test", |e| {
                let eval = e.feed("pulse", "test").metric("log_loss", LogLoss::new(), ["state", "pulse.state"]);
                eval.metric("brier", Brier::new(), ["other", "pulse.state"])
            }),
        ),
        (
            "metrics/CB05_numbers_metric_on_classes",
            study(states(CLASSED))
                .train("regress", |t| fed(t).loss(CrossEntropy::new(), ["state", "pulse.state"]))
                .eval("test", |e| e.feed("pulse", "test").metric("rmse", Rmse, ["state", "pulse.state"])),
        ),
        (
            "roles/RO02_role_in_an_eval_phase",
            split_by(net(TAGGED), Random::ratios([("train", 0.8), ("test", 0.2)]))
                .train("regress", trained)
                .eval("test", |e| e.feed("pulse", "test").metric("mae", L1, ["soh.anchor", "pulse.soh"])),
        ),
        (
            "metrics/CB07_two_metrics_of_one_name",
            regress().eval("test", |e| {
                let eval = e.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh"]);
                eval.metric("rmse", L1, ["soh", "pulse.soh"])
            }),
        ),
        (
            "metrics/CB08_penalty_as_a_metric",
            regress().eval("test", |e| e.feed("pulse", "test").metric("size", L2Penalty, ["soh"])),
        ),
        (
            "metrics/CB07_reserved_name",
            regress().eval("test", |e| e.feed("pulse", "test").metric("epoch", Rmse, ["soh", "pulse.soh"])),
        ),
    ])
}

/// Terms of a loss that something watches.
pub(crate) fn terms() -> Vec<Case> {
    let stopped_by_terms = |watches: &'static str| {
        study(net(TWO)).train("regress", move |t| {
            let of = ["soh", "pulse.soh"];
            let t = fed(t).labelled_loss("fit", 1.0, Mse, of).add_loss(1.0, L2Penalty, ["soh"]);
            let t = t.val(1, "val", |e| e.labelled_loss("fit", 1.0, Mse, of).add_loss(1.0, L2Penalty, ["soh"]));
            t.callback(EarlyStopping::patience(3), [watches]).epochs(20)
        })
    };
    let of_one = study(net(TWO))
        .train("regress", |t| validated(t).callback(EarlyStopping::patience(3), ["val.terms.mse"]).epochs(20));
    same_words(vec![
        ("metrics/CB25_stops_on_an_unknown_term", stopped_by_terms("val.terms.fti")),
        ("metrics/CB25_stops_on_a_term_as_a_metric", stopped_by_terms("val.l2_penalty")),
        ("metrics/CB25_stops_on_no_certain_term", stopped_by_terms("val.terms")),
        ("metrics/CB25_stops_on_the_only_term", of_one),
    ])
}

/// A study whose states are of these classes.
fn of_classes(classes: &'static [&'static str]) -> ExperimentBuilder {
    let state = ColumnSpec { classes, ..STATE };
    // A schema of a running program is kept for its life.
    let columns: &'static [ColumnSpec] = Vec::leak(vec![VOLTAGE, state, SOH]);
    study(states(pulse(columns)))
}

fn classified(phase: TrainBuilder) -> TrainBuilder {
    fed(phase).loss(CrossEntropy::new(), ["state", "pulse.state"])
}

pub(crate) fn results_that_are_no_numbers() -> Vec<Case> {
    const OF: [&str; 2] = ["state", "pulse.state"];
    let (two, three) = (|| of_classes(&["fresh", "worn"]), || of_classes(&["fresh", "worn", "dead"]));
    let tested = |study: ExperimentBuilder, eval: fn(EvalBuilder) -> EvalBuilder| {
        study.train("regress", classified).eval("test", move |test| eval(test.feed("pulse", "test")))
    };
    let mut cases = same_words(vec![
        (
            "metrics/CB16_curve_in_validate",
            two().train("regress", |t| {
                let t = classified(t).val(1, "val", |e| e.loss(CrossEntropy::new(), OF).metric("roc", Roc::new(), OF));
                t.callback(EarlyStopping::patience(3), ["val.roc"])
            }),
        ),
        ("metrics/CB17_curve_of_three_classes", tested(three(), |e| e.metric("roc", Roc::new(), OF))),
        (
            "metrics/CB07_metric_called_terms",
            tested(two(), |e| {
                e.labelled_loss("worn", 1.0, CrossEntropy::new(), OF).metric("terms", Accuracy::new(), OF)
            }),
        ),
        (
            "metrics/CB07_metric_called_predictions",
            tested(two(), |e| e.predictions().metric("predictions", Accuracy::new(), OF)),
        ),
        (
            "phases/PH26_predictions_of_no_rows",
            two()
                .train("regress", classified)
                .eval("val", |e| e.feed("pulse", "val").metric("accuracy", Accuracy::new(), OF))
                .eval("test", EvalBuilder::predictions),
        ),
    ]);
    // The parser refuses it in the macros.
    cases.push(told(
        "train `regress` would keep predictions of each evaluation; keep them in an eval phase on split `val`",
        two().train("regress", |t| classified(t).val(1, "val", |e| e.loss(CrossEntropy::new(), OF).predictions())),
    ));
    cases
}

pub(crate) fn changes_of_parameters() -> Vec<Case> {
    let changed = |change: fn(TrainBuilder) -> TrainBuilder| study(net(TWO)).train("regress", |t| change(trained(t)));
    let reads = || soh("pulse.voltage");
    let by_zero = || without_optimizer(TWO).optimizer(Sgd::lr(0.1)).node("soh", Linear::new(), reads());
    let by_none = || graph(TWO).node("soh", Linear::new(), reads().override_optimizer(Adagrad::lr(0.01)));
    same_words(vec![
        ("phases/PH09_accumulates_nothing", changed(|t| t.accumulate(0))),
        ("phases/PH10_clips_at_zero", changed(|t| t.clip(ByNorm::of(0.0)))),
        (
            "phases/PH11_rate_behind_an_endless_one",
            changed(|t| t.rate([StepDecay::every(5).spec(), Ramp::over(5).spec()], Per::Epoch)),
        ),
        ("phases/PH13_rate_of_nothing", changed(|t| t.rate::<StepDecay>([], Per::Epoch))),
        (
            "phases/PH14_leads_a_momentum_of_zero",
            study(by_zero())
                .train("regress", |t| trained(t).rate([Ramp::over(5).spec(), OneCycle::over(15).spec()], Per::Epoch)),
        ),
        (
            "phases/PH14_leads_no_momentum",
            study(by_none()).train("regress", |t| trained(t).rate([Triangle::up(100)], Per::Step)),
        ),
    ])
}
