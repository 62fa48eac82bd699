//! Scalers, and what they must not see.

use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use modularml::data::{ColumnSpec, Domain, Dtype, Longer, SchemaSpec};
use modularml::experiment::ExperimentBuilder;
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;

use crate::shared::{
    CLASSED, SOH, TAGGED, TWO, VOLTAGE, column, fed, graph, net, pulse, soh, states, study, tested, trained,
};
use crate::{Case, same_words};

const CURRENT: ColumnSpec =
    ColumnSpec { sequence: Some(Longer::Refuse), ..column("current", Domain::Feature, Dtype::F32, &[50]) };

const SIGNALS: ColumnSpec = ColumnSpec { allows_missing: true, ..column("signals", Domain::Feature, Dtype::F32, &[3]) };

fn split_by(graph: GraphBuilder) -> ExperimentBuilder {
    ExperimentBuilder::new("SohStudy", graph.spec()).split("cell", Random::ratios([("train", 0.7), ("test", 0.3)]))
}

pub(crate) fn scalers_and_leakage() -> Vec<Case> {
    let scaled = |column, split| study(net(TWO)).scale(column, [MinMax::new()], split).train("regress", trained);
    same_words(vec![
        ("scalers/SL01_fitted_on_an_unknown_split", scaled("pulse.voltage", "trian")),
        (
            "scalers/SL10_range_upside_down",
            study(
                graph(pulse(&[VOLTAGE, ColumnSpec { key: "current", stored_as: "current", ..VOLTAGE }, SOH]))
                    .node("both", Concat::axis(-1), ["pulse.voltage", "pulse.current"])
                    .node("soh", Linear::new(), soh("both")),
            )
            .scale("pulse.voltage", [MinMax::new().low(1.0).high(-1.0)], "train")
            .scale("pulse.current", [Robust::new().lower(80.0)], "train")
            .scale("pulse.soh", [MinMax::new().low(2.0)], "train")
            .train("regress", trained),
        ),
        ("scalers/SL02_fitted_on_evaluated_rows", tested(scaled("pulse.voltage", "test"))),
        (
            "scalers/SL03_column_scaled_twice",
            scaled("pulse.voltage", "train").scale("pulse.voltage", [MinMax::new()], "train"),
        ),
        (
            "scalers/SL04_class_column_scaled",
            study(states(CLASSED))
                .scale("pulse.state", [Standard::new()], "train")
                .train("regress", |t| fed(t).loss(CrossEntropy::new(), ["state", "pulse.state"])),
        ),
        (
            "scalers/SL13_imputer_before_is_missing",
            study(graph(pulse(&[SIGNALS, SOH])).node("known", IsMissing::new(), ["pulse.signals"]).node(
                "soh",
                Linear::new(),
                soh("known"),
            ))
            .scale("pulse.signals", [Imputer::new().spec(), Standard::new().spec()], "train")
            .train("regress", trained),
        ),
        (
            "scalers/SL04_tag_scaled",
            study(net(TAGGED)).scale("pulse.cell", [Standard::new()], "train").train("regress", trained),
        ),
        (
            "scalers/SL05_over_an_axis_that_is_not_there",
            study(net(TWO)).scale("pulse.voltage", [Standard::new().over([1])], "train").train("regress", trained),
        ),
        (
            "scalers/SL05_segments_that_do_not_cover_the_value",
            study(net(TWO))
                .scale("pulse.voltage", [Segmented::at([0, 50, 100], const { &MinMax::new().spec() })], "train")
                .train("regress", trained),
        ),
        (
            "scalers/SL06_scaler_that_changes_the_shape",
            study(net(TWO))
                .scale("pulse.voltage", [Standard::new().spec(), KBins::new().one_hot().spec()], "train")
                .train("regress", trained),
        ),
        (
            "scalers/SL12_sample_of_a_sequence",
            split_by(
                GraphBuilder::new("SohNet")
                    .input("cell", SchemaSpec::at_run_time("Cell", vec![CURRENT, SOH]))
                    .optimizer(Adam::lr(1e-3))
                    .node("mean", MeanOfSequence::new(), ["cell.current"])
                    .node("soh", Linear::new(), Reads::of(["mean"]).predicts("cell.soh")),
            )
            .scale("cell.current", [PerSampleMinMax::new()], "train")
            .train("regress", |t| t.feed("cell", Batches::of(32), "train").epochs(20).loss(Mse, ["soh", "cell.soh"])),
        ),
        ("scalers/SL07_units_not_said", tested(scaled("pulse.soh", "train"))),
        (
            "scalers/SL08_trained_rows_evaluated",
            study(net(TWO))
                .train("regress", trained)
                .eval("test", |eval| eval.feed("pulse", "train").metric("rmse", Rmse, ["soh", "pulse.soh"])),
        ),
        (
            "scalers/SL08_trained_rows_in_val",
            study(net(TWO))
                .train("regress", |t| trained(t).val(1, "train", |eval| eval.loss(Mse, ["soh", "pulse.soh"]))),
        ),
        (
            "scalers/SL09_reported_rows_choose_the_epoch",
            tested(study(net(TWO)).train("regress", |t| {
                trained(t)
                    .val(1, "test", |eval| eval.loss(Mse, ["soh", "pulse.soh"]))
                    .callback(EarlyStopping::patience(3), ["val.loss"])
            })),
        ),
    ])
}
