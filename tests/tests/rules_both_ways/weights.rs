//! Rows that weigh more or less than others.

use modularml::data::{Column, ColumnSpec, Domain, Dtype, SchemaSpec};
use modularml::experiment::ExperimentBuilder;
use modularml::experiment::metric::MetricSpec;
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::process::SamplerSpec;

use crate::shared::{SOH, VOLTAGE, column, soh};
use crate::{Case, same_words, told};

const SITE: ColumnSpec = ColumnSpec { classes: &["a", "b"], ..column("site", Domain::Tag, Dtype::Class, &[]) };
const NOISE: ColumnSpec = ColumnSpec { allows_missing: true, ..column("noise", Domain::Tag, Dtype::F32, &[]) };
const OPERATOR: ColumnSpec = column("operator", Domain::Tag, Dtype::Text, &[]);

const fn number(key: &'static str) -> ColumnSpec {
    column(key, Domain::Tag, Dtype::F32, &[])
}

fn graph() -> GraphBuilder {
    let columns = vec![VOLTAGE, SOH, number("weight"), number("trust"), OPERATOR, SITE, NOISE];
    let graph = GraphBuilder::new("SohNet").input("pulse", SchemaSpec::at_run_time("Pulse", columns));
    graph.optimizer(Adam::lr(1e-3)).node("soh", Mlp::hidden([32]), soh("pulse.voltage"))
}

fn split_by(graph: GraphBuilder, splitter: Random) -> ExperimentBuilder {
    ExperimentBuilder::new("SohStudy", graph.spec()).split("pulse", splitter)
}

fn study(graph: GraphBuilder) -> ExperimentBuilder {
    split_by(graph, Random::ratios([("train", 0.7), ("test", 0.3)]))
}

fn trained(
    study: ExperimentBuilder,
    sampler: impl Into<SamplerSpec>,
    metric: impl Into<MetricSpec>,
) -> ExperimentBuilder {
    let (sampler, metric) = (sampler.into(), metric.into());
    let study = study
        .train("regress", |phase| phase.feed("pulse", sampler, "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20));
    study.eval("test", |eval| eval.feed("pulse", "test").metric("error", metric, ["soh", "pulse.soh"]))
}

pub(crate) fn weights() -> Vec<Case> {
    let by = |column: &str| trained(study(graph()).weigh(column), Batches::of(32), L1);
    let ridge = graph().node("ridge", NearestNeighbours::k(5), soh("pulse.voltage"));
    let fitted = study(ridge).weigh("pulse.weight").fit("baseline", |fit| fit.nodes(["ridge"]).feed("pulse", "train"));
    let fitted = fitted.eval("linear", |eval| eval.feed("pulse", "test").metric("mae", L1, ["ridge", "pulse.soh"]));
    let joined = GraphBuilder::new("Net")
        .input(
            "pulse",
            SchemaSpec::at_run_time(
                "Pulse",
                vec![
                    column("voltage", Domain::Feature, Dtype::F32, &[8]),
                    SOH,
                    column("cell", Domain::Tag, Dtype::I64, &[]),
                ],
            ),
        )
        .input(
            "image",
            SchemaSpec::at_run_time(
                "Image",
                vec![
                    column("pixels", Domain::Feature, Dtype::F32, &[8]),
                    column("cell", Domain::Tag, Dtype::I64, &[]),
                    number("weight"),
                ],
            ),
        )
        .align("pulse", "image", "cell")
        .optimizer(Adam::lr(1e-3))
        .node("both", Concat::axis(-1), ["pulse.voltage", "image.pixels"])
        .node("soh", Linear::new(), Reads::of(["both"]).predicts("pulse.soh"));
    let whole_cells = Random::ratios([("train", 0.7), ("test", 0.3)]).group_by(Column::<i64>::new(crate::shared::CELL));
    let joined = split_by(joined, whole_cells).weigh("image.weight").train("regress", |phase| {
        let phase = phase.feed("pulse", Batches::of(32), "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20);
        phase.val(1, "test", |eval| eval.loss(Mse, ["soh", "pulse.soh"]))
    });
    let drawn = Batches::of(32).weighted_by(Column::<f32>::new(number("weight")));
    let mut cases = same_words(vec![
        (
            "weights/WE02_weighed_twice",
            trained(study(graph()).weigh("pulse.weight").weigh("pulse.trust"), Batches::of(32), L1),
        ),
        ("weights/WE03_weight_of_classes", by("pulse.site")),
        ("weights/WE03_weight_of_text", by("pulse.operator")),
        ("weights/WE03_weight_of_several_numbers", by("pulse.voltage")),
        ("weights/WE03_weight_that_may_be_missing", by("pulse.noise")),
        ("weights/WE04_drawn_and_weighed", trained(study(graph()).weigh("pulse.weight"), drawn, L1)),
        ("weights/WE05_fitted_rows_that_weigh", trained(fitted, Batches::of(32), L1)),
        (
            "weights/WE06_metric_that_takes_no_weights",
            trained(study(graph()).weigh("pulse.weight"), Batches::of(32), MedianAbsoluteError),
        ),
        ("weights/WE07_rows_that_come_along", joined),
    ]);
    // Fields, which rustc looks up in the macros.
    cases.push(told(
        "no column `wieght` in `Pulse`; did you mean `weight`? columns: voltage, soh, weight, trust, operator, site, noise",
        by("pulse.wieght"),
    ));
    cases.push(told("no input `puls` in `SohNet`; did you mean `pulse`? inputs: pulse", by("puls.weight")));
    cases
}
