//! Mistakes without a case of the UI tests: most can be made with builders alone, because in the macros rustc or the
//! parser refuses them in other words.

use modularml::data::{Column, Domain, Dtype};
use modularml::experiment::{ExperimentSpec, FeedSpec, PhaseSpec};
use modularml::graph::Reads;
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

use crate::shared::{
    FOUR, TWO, column, deep, encoded, fed, graph, net, soh, split_by, study, trained, without_optimizer,
};
use crate::{Case, same_words, told};

/// In the macros these names are fields of generated structs, so that rustc refuses them in words of its own.
pub(crate) fn names() -> Vec<Case> {
    vec![
        told(
            "no column `volatge` in `Pulse`; did you mean `voltage`? columns: voltage, temperature, soh, cell",
            net(FOUR).node("copy", Linear::new(), Reads::of(["pulse.volatge"]).predicts("pulse.soh")),
        ),
        told(
            "no node `encodr` in `SohNet`; did you mean `encoder`? nodes: encoder, soh",
            encoded(graph(FOUR)).node("soh", Mlp::hidden([32]), soh("encodr")),
        ),
        told(
            "no input `puls` in `SohNet`; did you mean `pulse`? inputs: pulse",
            graph(TWO).node("soh", Linear::new(), soh("puls.voltage")),
        ),
        told(
            "no column `sho` in `Pulse`; did you mean `soh`? columns: voltage, soh",
            graph(TWO).node("soh", Linear::new(), Reads::of(["pulse.voltage"]).predicts("pulse.sho")),
        ),
        told(
            "no node `sho` in `SohNet`; did you mean `soh`? nodes: soh",
            study(net(TWO)).train("regress", |t| fed(t).loss(Mse, ["sho", "pulse.soh"])),
        ),
        told(
            "no column `sho` in `Pulse`; did you mean `soh`? columns: voltage, soh",
            study(net(TWO)).train("regress", |t| fed(t).loss(Mse, ["soh", "pulse.sho"])),
        ),
        told(
            "no column `volatge` in `Pulse`; did you mean `voltage`? columns: voltage, soh",
            study(net(TWO)).scale("pulse.volatge", [MinMax::new()], "train").train("regress", trained),
        ),
        told(
            "no node `encodr` in `SohNet`; did you mean `encoder`? nodes: encoder, soh",
            study(deep(graph(TWO))).train("regress", |t| trained(t).freeze(["encodr"])),
        ),
        told(
            "no input `puls` in `SohNet`; did you mean `pulse`? inputs: pulse",
            study(net(TWO)).train("regress", |t| {
                t.feed("puls", Batches::of(32), "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
    ]
}

pub(crate) fn more_names() -> Vec<Case> {
    let voltage: Column<i64> = Column::new(column("volatge", Domain::Tag, Dtype::I64, &[]));
    let halves = Random::ratios([("train", 0.5), ("test", 0.5)]);
    let unknown = "no column `volatge` in `Pulse`; did you mean `voltage`? columns: voltage, soh";
    vec![
        told(
            "no input `puls` in `SohNet`; did you mean `pulse`? inputs: pulse",
            net(TWO).align("puls", "pulse", "soh"),
        ),
        told(
            "no input `puls` in `SohNet`; did you mean `pulse`? inputs: pulse",
            study(net(TWO)).split("puls", halves).train("regress", trained),
        ),
        told(unknown, split_by(net(TWO), halves.group_by(voltage)).train("regress", trained)),
        told(
            unknown,
            study(net(TWO)).train("regress", |t| {
                let batches = Batches::of(32).group_by(voltage);
                t.feed("pulse", batches, "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
        told(
            "no node `encodr` in `SohNet`; did you mean `encoder`? nodes: encoder, soh",
            study(deep(graph(TWO))).train("regress", |t| trained(t).nodes(["encodr", "soh"])),
        ),
    ]
}

pub(crate) fn graphs() -> Vec<Case> {
    vec![
        told("input `pulse` is declared twice; rename one", net(TWO).input("pulse", TWO)),
        told(
            "`both` gives [32], but `pulse.soh` is []; put Linear::new() behind it, and let that predict",
            encoded(graph(TWO)).node("other", Linear::to([16]), ["pulse.voltage"]).node(
                "both",
                Concat::axis(-1),
                Reads::of(["encoder", "other"]).predicts("pulse.soh"),
            ),
        ),
    ]
}

/// Settings out of range, of components that have no case of their own.
pub(crate) fn settings() -> Vec<Case> {
    vec![
        told(
            "eval `test` measures nothing; add a metric, for example: rmse = Rmse(<node>, <input>.<target>);",
            study(net(TWO)).train("regress", trained).eval("test", |e| e.feed("pulse", "test")),
        ),
        told(
            "over(0) of `Cosine`: must be at least 1",
            study(net(TWO)).train("regress", |t| trained(t).rate([Cosine::over(0)], Per::Epoch)),
        ),
        told(
            "rate of train `regress`: Cosine begins after 50 epochs, and the phase has 20; shorten what stands before it, \
             or raise epochs",
            study(net(TWO))
                .train("regress", |t| trained(t).rate([Ramp::over(50).spec(), Cosine::over(95).spec()], Per::Epoch)),
        ),
        told(
            "bins(1) of `KBins`: must be at least 2",
            study(net(TWO)).scale("pulse.voltage", [KBins::new().bins(1)], "train").train("regress", trained),
        ),
        told(
            "`EarlyStopping` watches one value of an evaluation, found 0; write for example EarlyStopping..(val.loss)",
            study(net(TWO)).train("regress", |t| {
                let t = trained(t).val(1, "val", |eval| eval.loss(Mse, ["soh", "pulse.soh"]));
                t.callback(EarlyStopping::patience(3), [])
            }),
        ),
        told(
            "`EarlyStopping` watches values of evaluations, which train phases have; move it to the callbacks of a train phase",
            study(net(TWO)).train("regress", trained).callback(EarlyStopping::patience(3)),
        ),
        told(
            "train `regress` watches val.loss but has no val; add: validate on val every 1 epoch { .. }",
            study(net(TWO)).train("regress", |t| trained(t).callback(EarlyStopping::patience(3), ["val.loss"])),
        ),
    ]
}

/// An experiment whose first phase is fed otherwise.
fn refed(experiment: ExperimentSpec, feed: impl FnOnce(&FeedSpec) -> FeedSpec) -> ExperimentSpec {
    let mut phases: Vec<PhaseSpec> = experiment.phases.iter().cloned().collect();
    phases[0].feeds = vec![feed(&phases[0].feeds.items()[0])].into();
    ExperimentSpec { phases: phases.into(), ..experiment }
}

/// Descriptions that builders cannot make either, but files can.
pub(crate) fn descriptions() -> Vec<Case> {
    let batches = Batches::of(32).spec();
    same_words(vec![
        (
            "streams/ST01_train_phase_without_batches",
            refed(study(net(TWO)).train("regress", trained).spec(), |feed| FeedSpec { sampler: None, ..feed.clone() }),
        ),
        (
            "streams/ST01_batches_in_a_fit_phase",
            refed(
                study(without_optimizer(TWO).node("soh", Ridge::penalty(0.1), soh("pulse.voltage")))
                    .fit("closed", |fit| fit.feed("pulse", "train").nodes(["soh"]))
                    .spec(),
                |feed| FeedSpec { sampler: Some(batches), ..feed.clone() },
            ),
        ),
    ])
}
