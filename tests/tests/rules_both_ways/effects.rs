//! What has no effect or another one than it seems: outputs against themselves, penalties, freezing, units, rates, splits,
//! and the order of phases.

use modularml::data::{Column, ColumnSpec, Domain, Dtype, Longer, SchemaSpec};
use modularml::experiment::{ExperimentBuilder, MetricSpec, RateSpec, TrainBuilder, Units};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use crate::shared::{
    CELL, CLASSED, SOH, STATE, TAGGED, TEMPERATURE, TWO, VOLTAGE, column, deep, encoded, fed, graph, net, pulse, soh,
    split_by, states, study, trained, validated,
};
use crate::{Case, same_words};

const MARGIN: TripletMargin = TripletMargin::margin(0.2);

const VOLTS: ColumnSpec =
    ColumnSpec { sequence: Some(Longer::Refuse), ..column("voltage", Domain::Feature, Dtype::F32, &[50]) };
const RAGGED: SchemaSpec = pulse(&[VOLTS, SOH, STATE]);

fn in_roles(phase: TrainBuilder) -> TrainBuilder {
    phase.feed("pulse", Triplets::of(32).same(Column::<i64>::new(CELL)), "train").epochs(20)
}

fn frozen() -> GraphBuilder {
    let reads = Reads::of(["pulse.voltage"]).frozen();
    graph(TWO).node("encoder", Mlp::hidden([64]).output([16]), reads).node("soh", Linear::new(), soh("encoder"))
}

fn classified(experiment: ExperimentBuilder) -> ExperimentBuilder {
    experiment.train("regress", |t| fed(t).loss(CrossEntropy::new(), ["state", "pulse.state"]))
}

/// A study that classifies, and measures it so.
fn measured(name: &str, metric: impl Into<MetricSpec>) -> ExperimentBuilder {
    classified(study(states(CLASSED)))
        .eval("test", |e| e.feed("pulse", "test").metric(name, metric, ["state", "pulse.state"]))
}

pub(crate) fn operands() -> Vec<Case> {
    let spread = || net(TAGGED).node("spread", Linear::new(), soh("pulse.voltage"));
    let of = |columns: &'static [ColumnSpec]| graph(pulse(columns));
    let reads = |target: &str| Reads::of(["pulse.voltage"]).predicts(target);
    let softmax = Mlp::hidden([32]).output_activation(Activation::Softmax);
    let relu = Sequential::of(const { &[Linear::to([]).spec(), Relu.spec()] });
    let logarithms = graph(CLASSED).node("scores", Linear::to([3]), ["pulse.voltage"]).node(
        "state",
        LogSoftmax::new(),
        Reads::of(["scores"]).predicts("pulse.state"),
    );
    let nll = |graph| study(graph).train("regress", |t| fed(t).loss(Nll::new(), ["state", "pulse.state"]));
    same_words(vec![
        (
            "losses/LO16_two_rows_compared",
            study(net(TAGGED)).train("regress", |t| in_roles(t).loss(Mse, ["soh.anchor", "pulse.soh.positive"])),
        ),
        (
            "losses/LO16_variance_of_another_row",
            study(spread()).train("regress", |t| {
                in_roles(t).loss(GaussianNll::new(), ["soh.anchor", "pulse.soh.anchor", "spread.positive"])
            }),
        ),
        (
            "losses/LO17_one_output_three_times",
            study(deep(graph(TWO))).train("regress", |t| fed(t).loss(MARGIN, ["encoder", "encoder", "encoder"])),
        ),
        (
            "losses/LO17_node_against_itself",
            study(net(TWO))
                .train("regress", |t| fed(t).loss(Mse, ["soh", "soh"]))
                .eval("test", |e| e.feed("pulse", "test").metric("rmse", Rmse, ["soh", "soh"])),
        ),
        ("losses/LO18_scores_for_logarithms", nll(states(pulse(&[VOLTAGE, STATE, SOH])))),
        (
            "losses/LO18_probabilities_for_logarithms",
            study(
                of(const { &[VOLTAGE, column("shares", Domain::Target, Dtype::F32, &[3]), SOH] })
                    .node("state", softmax, reads("pulse.shares"))
                    .node("flat", Flatten, Reads::of(["state"]).predicts("pulse.shares")),
            )
            .train("regress", |t| fed(t).loss(KlDiv::new(), ["flat", "pulse.shares"])),
        ),
        (
            "losses/LO18_function_that_is_no_probability",
            study(of(const { &[VOLTAGE, column("broken", Domain::Target, Dtype::F32, &[]), SOH] }).node(
                "broken",
                relu,
                reads("pulse.broken"),
            ))
            .train("regress", |t| fed(t).loss(Bce, ["broken", "pulse.broken"])),
        ),
        (
            "losses/LO20_ignored_class_that_is_not_there",
            study(states(CLASSED))
                .train("regress", |t| fed(t).loss(CrossEntropy::new().ignored_class(3), ["state", "pulse.state"])),
        ),
        (
            "roles/RO17_name_behind_as",
            study(deep(graph(TAGGED))).train("regress", |t| {
                in_roles(t).loss(MARGIN, ["encoder.anchor", "encoder.positive as bogus", "encoder.negative"])
            }),
        ),
        (
            "roles/RO17_name_behind_as_in_a_metric",
            study(net(TWO))
                .train("regress", trained)
                .eval("test", |e| e.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh as prediction"])),
        ),
        (
            "metrics/CB10_probabilities_of_log_softmax",
            nll(logarithms)
                .eval("test", |e| e.feed("pulse", "test").metric("brier", Brier::new(), ["state", "pulse.state"])),
        ),
        ("metrics/CB11_class_that_is_not_there", measured("f1", F1::new().class(7))),
        ("metrics/CB12_guesses_that_hold_all_classes", measured("top", TopKAccuracy::k(5))),
        (
            "metrics/CB13_average_not_said",
            classified(study(states(CLASSED))).eval("test", |e| {
                let eval = e.feed("pulse", "test").metric("f1", F1::new(), ["state", "pulse.state"]);
                eval.metric("recall", Recall::new(), ["state", "pulse.state"])
            }),
        ),
    ])
}

pub(crate) fn penalties_and_freezing() -> Vec<Case> {
    let warm = |graph| study(graph).train("warm", trained);
    let life = || deep(graph(TWO)).node("life", Linear::new(), soh("pulse.voltage"));
    same_words(vec![
        (
            "losses/LO19_penalty_on_a_frozen_node",
            warm(deep(graph(TWO)))
                .train("regress", |t| trained(t).freeze(["encoder"]).add_loss(0.01, L2Penalty, ["encoder"])),
        ),
        (
            "losses/LO19_penalty_on_a_node_marked_frozen",
            study(frozen()).train("regress", |t| trained(t).add_loss(0.01, L2Penalty, ["encoder"])),
        ),
        (
            "losses/LO19_penalty_outside_the_nodes",
            warm(deep(graph(TWO)))
                .train("regress", |t| trained(t).nodes(["soh"]).add_loss(0.01, L1Penalty, ["encoder"])),
        ),
        (
            "losses/LO19_penalty_on_a_node_of_no_other_loss",
            study(deep(graph(TWO)).node("other", Linear::new(), soh("pulse.voltage")))
                .train("regress", |t| trained(t).add_loss(0.01, L2Penalty, ["other"])),
        ),
        (
            "phases/PH20_node_listed_twice",
            study(deep(graph(TWO))).train("regress", |t| trained(t).nodes(["encoder", "encoder", "soh"])),
        ),
        (
            "phases/PH20_listed_and_marked_frozen",
            study(frozen()).train("regress", |t| trained(t).nodes(["encoder", "soh"])),
        ),
        (
            "phases/PH21_freezes_what_does_not_run",
            study(life())
                .train("warm", |t| fed(t).loss(L1, ["life", "pulse.soh"]))
                .train("regress", |t| trained(t).freeze(["life"])),
        ),
        (
            "phases/PH21_freezes_twice",
            warm(deep(graph(TWO))).train("regress", |t| trained(t).freeze(["encoder", "encoder"])),
        ),
        (
            "phases/PH21_freezes_what_is_marked_frozen",
            study(frozen()).train("regress", |t| trained(t).freeze(["encoder"])),
        ),
        (
            "gradient/GR11_optimizer_of_a_frozen_node",
            study(
                graph(TWO)
                    .node(
                        "encoder",
                        Mlp::hidden([64]).output([16]),
                        Reads::of(["pulse.voltage"]).frozen().override_optimizer(Sgd::lr(0.1)),
                    )
                    .node("soh", Linear::new(), soh("encoder")),
            )
            .train("regress", trained),
        ),
    ])
}

pub(crate) fn phases() -> Vec<Case> {
    let scaled = |column, split| study(net(TWO)).scale(column, [Standard::new()], split);
    let linear = || {
        let graph = encoded(graph(TWO)).node("soh", Linear::new(), soh("encoder"));
        study(graph.node("ridge", Ridge::penalty(1.0), soh("encoder")))
            .fit("linear", |f| f.nodes(["ridge"]).feed("pulse", "train"))
            .train("regress", trained)
            .eval("test", |e| e.feed("pulse", "test").metric("rmse", Rmse, ["ridge", "pulse.soh"]))
    };
    let heads = deep(graph(CLASSED)).node("state", Linear::new(), Reads::of(["encoder"]).predicts("pulse.state"));
    let heads = heads.node("chance", Softmax::new(), Reads::of(["state"]).output());
    let life = pulse(const { &[VOLTAGE, column("life", Domain::Target, Dtype::F32, &[]), SOH] });
    let life = deep(graph(life)).node("life", Linear::new(), Reads::of(["encoder"]).predicts("pulse.life"));
    let halves = Random::ratios([("fit", 0.8), ("tune", 0.2)]);
    let mut cases = graphs_of_axes();
    cases.extend(same_words(vec![
        ("scalers/SL02_fitted_on_validated_rows", scaled("pulse.voltage", "val").train("regress", validated)),
        (
            "scalers/SL02_fitted_on_the_whole_of_validated_rows",
            scaled("pulse.voltage", "train").split("pulse.train", halves).train("regress", |t| {
                let t = t.feed("pulse", Batches::of(32), "fit").loss(Mse, ["soh", "pulse.soh"]).epochs(20);
                t.val(1, "tune", |eval| eval.loss(Mse, ["soh", "pulse.soh"]))
            }),
        ),
        (
            "scalers/SL11_nothing_reads_the_column",
            study(net(pulse(&[VOLTAGE, TEMPERATURE, SOH])))
                .scale("pulse.temperature", [Standard::new()], "train")
                .train("regress", trained),
        ),
        ("phases/PH18_fitted_to_what_changes_afterwards", linear()),
        ("phases/PH19_no_phase", study(net(TWO))),
        (
            "phases/PH24_no_node_to_fit",
            study(deep(graph(TWO))).train("regress", trained).fit("linear", |f| f.feed("pulse", "train")),
        ),
        (
            "metrics/CB14_unit_of_classes",
            classified(study(states(CLASSED))).eval("test", |e| {
                e.feed("pulse", "test").metric_in(Units::Raw, "accuracy", Accuracy::new(), ["state", "pulse.state"])
            }),
        ),
        (
            "metrics/CB14_unit_of_what_nothing_scales",
            study(net(TWO))
                .train("regress", |t| {
                    trained(t).val(1, "val", |eval| eval.metric_in(Units::Scaled, "rmse", Rmse, ["soh", "pulse.soh"]))
                })
                .eval("test", |e| e.feed("pulse", "test").metric_in(Units::Raw, "rmse", Rmse, ["soh", "pulse.soh"])),
        ),
        (
            "metrics/CB14_unit_of_a_share",
            scaled("pulse.soh", "train")
                .train("regress", trained)
                .eval("test", |e| e.feed("pulse", "test").metric_in(Units::Raw, "r2", R2::new(), ["soh", "pulse.soh"])),
        ),
        (
            "metrics/CB15_head_that_nothing_trains",
            study(heads).train("regress", trained).eval("test", |e| {
                let eval = e.feed("pulse", "test").metric("accuracy", Accuracy::new(), ["state", "pulse.state"]);
                eval.metric("likely", LogLoss::new(), ["chance", "pulse.state"])
            }),
        ),
        (
            "metrics/CB15_head_that_nothing_trains_in_val",
            study(life).train("regress", |t| trained(t).val(1, "val", |eval| eval.loss(L1, ["life", "pulse.life"]))),
        ),
    ]));
    cases.extend(rates_and_splits());
    cases.extend(batches());
    cases
}

fn graphs_of_axes() -> Vec<Case> {
    let waves = |axes: &[usize]| {
        let columns = vec![VOLTAGE, column("wave", Domain::Feature, Dtype::F32, axes), SOH];
        graph(pulse(columns.leak()))
    };
    same_words(vec![
        (
            "shapes/SH13_channels_read_as_positions",
            waves(&[2, 50])
                .node("conv", Conv1d::channels(8).kernel(3), ["pulse.wave"])
                .node("relu", Relu, ["conv"])
                .node("code", Lstm::hidden(4).last(), ["relu"])
                .node("mean", MeanOfSequence, ["conv"])
                .node("both", Concat::axis(-1), ["code", "mean"])
                .node("soh", Linear::new(), soh("both")),
        ),
        (
            "shapes/SH13_positions_read_as_channels",
            waves(&[50, 2])
                .node("code", Lstm::hidden(4), ["pulse.wave"])
                .node("conv", Conv1d::channels(8).kernel(3), ["code"])
                .node("soh", Linear::new(), soh("conv")),
        ),
    ])
}

fn rates_and_splits() -> Vec<Case> {
    let rated = |phase: TrainBuilder, rate: RateSpec| trained(phase).rate([rate], Per::Epoch);
    let halves = Random::ratios([("fit", 0.8), ("tune", 0.2)]);
    let meeting = ByCondition::splits(
        const { &[("train", Column::<i64>::new(CELL).le(5)), ("test", Column::<i64>::new(CELL).ge(5))] },
    );
    same_words(vec![
        (
            "phases/PH22_rate_that_does_not_end",
            study(net(TWO))
                .train("regress", |t| trained(t).rate([Ramp::over(5).spec(), Cosine::over(95).spec()], Per::Epoch))
                .train("warm", |t| rated(t, Ramp::over(50).spec())),
        ),
        (
            "phases/PH22_milestone_beyond_the_end",
            study(net(TWO))
                .train("regress", |t| rated(t, Milestones::at([10, 80]).spec()))
                .train("again", |t| rated(t, StepDecay::every(30).spec())),
        ),
        (
            "phases/PH23_momentum_upside_down",
            study(net(TWO))
                .train("regress", |t| rated(t, OneCycle::over(20).base_momentum(0.95).max_momentum(0.8).spec())),
        ),
        (
            "syntax/SY12_nothing_is_unfinished",
            study(net(TWO)).train("regress", |t| rated(t, Cosine::over(20).spec()).unfinished()),
        ),
        ("syntax/SY12_nothing_is_unused", study(net(TWO)).unused().train("regress", trained)),
        (
            "splits/SP14_splits_that_nothing_uses",
            study(net(TWO)).split("pulse.train", halves).train("regress", trained),
        ),
        ("splits/SP15_conditions_that_meet", split_by(net(TAGGED), meeting).train("regress", trained)),
        (
            "batches/BT06_batch_smaller_than_the_classes",
            study(net(CLASSED)).train("regress", |t| {
                let batches = Batches::of(2).stratify_by(Column::<i64>::new(STATE));
                t.feed("pulse", batches, "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
        (
            "batches/BT11_strict_without_strata",
            study(net(CLASSED)).train("regress", |t| {
                let batches = Batches::of(32).strict();
                t.feed("pulse", batches, "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
        (
            "batches/BT12_pairs_stratified_and_grouped",
            study(net(TAGGED)).train("regress", |t| {
                let cell = Column::<i64>::new(CELL);
                let pairs = Pairs::of(64).same(cell).stratify_by(cell).group_by(cell);
                t.feed("pulse", pairs, "train").loss(Mse, ["soh.anchor", "pulse.soh.anchor"]).epochs(20)
            }),
        ),
        (
            "batches/BT12_fewer_pairs_than_classes",
            study(net(CLASSED)).train("regress", |t| {
                let state = Column::<Class>::new(STATE);
                let pairs = Pairs::of(2).same(state).stratify_by(state);
                t.feed("pulse", pairs, "train").loss(Mse, ["soh.anchor", "pulse.soh.anchor"]).epochs(20)
            }),
        ),
    ])
}

/// What batches cannot be.
fn batches() -> Vec<Case> {
    same_words(vec![
        (
            "batches/BT09_batch_that_parts_do_not_divide",
            study(net(CLASSED)).train("regress", |t| {
                let batches = Batches::of(30).shuffled().in_parts(4);
                t.feed("pulse", batches, "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
        (
            "batches/BT11_lengths_of_a_number",
            study(net(CLASSED)).train("regress", |t| {
                let batches = Batches::of(32).by_length(Column::<f32>::new(SOH));
                t.feed("pulse", batches, "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
        (
            "batches/BT11_lengths_of_an_array",
            study(net(CLASSED)).train("regress", |t| {
                let batches = Batches::of(32).by_length(Column::<[f32; 101]>::new(VOLTAGE));
                t.feed("pulse", batches, "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
        (
            "batches/BT12_lengths_and_strata",
            study(net(RAGGED)).train("regress", |t| {
                let batches =
                    Batches::of(32).stratify_by(Column::<i64>::new(STATE)).by_length(Column::<Vec<f32>>::new(VOLTS));
                t.feed("pulse", batches, "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
        (
            "batches/BT12_lengths_and_parts",
            study(net(RAGGED)).train("regress", |t| {
                let batches = Batches::of(32).by_length(Column::<Vec<f32>>::new(VOLTS)).in_parts(4);
                t.feed("pulse", batches, "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
        (
            "batches/BT10_parts_and_strata",
            study(net(CLASSED)).train("regress", |t| {
                let batches = Batches::of(32).stratify_by(Column::<i64>::new(STATE)).in_parts(4);
                t.feed("pulse", batches, "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
    ])
}
