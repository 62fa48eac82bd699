//! Rows of different lengths, and batches of one row.

use modularml::data::{ColumnSpec, Domain, Dtype, Longer};
use modularml::graph::Reads;
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

use crate::shared::{SOH, TWO, column, fed, graph, pulse, soh, study};
use crate::{Case, same_words};

const fn sequence(key: &'static str, domain: Domain, axes: &[usize]) -> ColumnSpec {
    ColumnSpec { sequence: Some(Longer::Refuse), ..column(key, domain, Dtype::F32, axes) }
}

const COURSE: ColumnSpec = sequence("course", Domain::Target, &[50]);

pub(crate) fn padding_and_short_batches() -> Vec<Case> {
    let windows = graph(pulse(const { &[sequence("current", Domain::Feature, &[50]), COURSE, SOH] }))
        .node("channels", Reshape::to([1, 50]), ["pulse.current"])
        .node(
            "eighths",
            Sequential::of(const { &[Conv1d::channels(4).kernel(3).spec(), AdaptiveAvgPool::to([8]).spec()] }),
            ["channels"],
        )
        .node("means", AvgPool1d::kernel(3).partial(), ["channels"])
        .node("left", Flatten, ["eighths"])
        .node("right", Flatten, ["means"])
        .node("joined", Concat::axis(-1), ["left", "right"])
        .node("soh", Linear::new(), soh("joined"))
        .node("course", Ridge::penalty(1.0), Reads::of(["pulse.current"]).predicts("pulse.course"));
    let positions = graph(pulse(const { &[sequence("current", Domain::Feature, &[50]), SOH] }))
        .node("channels", Reshape::to([1, 50]), ["pulse.current"])
        .node("twice", Upsample::by([2]).interpolation(Interpolation::Linear), ["channels"])
        .node("soh", Linear::new(), soh("twice"));
    let codes = graph(pulse(const { &[sequence("steps", Domain::Feature, &[50, 2]), COURSE, SOH] }))
        .node("code", Lstm::hidden(8), ["pulse.steps"])
        .node("other", Lstm::hidden(8), ["pulse.steps"])
        .node("course", Linear::new(), Reads::of(["code"]).predicts("pulse.course"))
        .node("last", LastOfSequence, ["other"])
        .node("soh", Linear::new(), soh("last"));
    let compared = study(codes)
        .train("regress", |t| {
            let loss = fed(t).loss(Mse, ["course", "pulse.course"]).loss(Mse, ["soh", "pulse.soh"]);
            loss.loss(InfoNce::temperature(0.1), ["code", "other"])
        })
        .eval("check", |eval| {
            eval.feed("pulse", "test").metric("shares", SoftCrossEntropy::new(), ["course", "pulse.course"])
        });
    let norm = const { &[Linear::to([16]).spec(), BatchNorm::new().spec(), Relu.spec()] };
    let normed =
        graph(TWO).node("code", Sequential::of(norm), ["pulse.voltage"]).node("soh", Linear::new(), soh("code"));
    let one_by_one = study(normed)
        .train("regress", |t| t.feed("pulse", Batches::of(1), "train").epochs(20).loss(Mse, ["soh", "pulse.soh"]));
    let turned = const { &[Transpose.spec(), Conv1d::channels(4).kernel(3).spec(), GlobalMaxPool.spec()] };
    let as_channels = graph(pulse(const { &[sequence("steps", Domain::Feature, &[50, 2]), SOH] }))
        .node("windows", Conv1d::channels(4).kernel(2), ["pulse.steps"])
        .node("code", Lstm::hidden(8), ["pulse.steps"])
        .node("level", Sequential::of(const { &[GlobalAvgPool.spec()] }), ["code"])
        .node("turned", Sequential::of(turned), ["pulse.steps"])
        .node("left", Flatten, ["windows"])
        .node("joined", Concat::axis(-1), ["left", "level", "turned"])
        .node("soh", Linear::new(), soh("joined"));
    let mut cases = same_words(vec![
        ("shapes/SH12_windows_over_padding", windows),
        ("shapes/SH12_positions_as_channels", as_channels),
        ("shapes/SH12_positions_over_padding", positions),
    ]);
    cases.extend(same_words(vec![
        ("losses/LO15_whole_rows_of_unequal_length", compared),
        ("batches/BT05_batch_of_one_row", one_by_one),
    ]));
    cases
}
