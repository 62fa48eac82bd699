//! Metrics and losses of bools and of several labels a row.

use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec};
use modularml::experiment::metric::MetricSpec;
use modularml::experiment::{ExperimentBuilder, LossSpec};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use crate::shared::{STATE, column};
use crate::{Case, same_words};

const X: ColumnSpec = column("x", Domain::Feature, Dtype::F32, &[8]);
const LOUD: ColumnSpec = column("loud", Domain::Target, Dtype::Bool, &[]);

fn clips(labels: Dtype) -> GraphBuilder {
    let sounds = column("sounds", Domain::Target, labels, &[3]);
    let predicts = |target: &str| Reads::of(["clip.x"]).predicts(target);
    GraphBuilder::new("Net")
        .input("clip", SchemaSpec::at_run_time("Clip", vec![X, LOUD, sounds, STATE]))
        .optimizer(Adam::lr(1e-3))
        .node("loud", Linear::new(), predicts("clip.loud"))
        .node("sounds", Linear::new(), predicts("clip.sounds"))
        .node("state", Linear::new(), predicts("clip.state"))
}

/// A study of bools, classes and labels, whose losses of the first and the last are these.
fn trained(graph: GraphBuilder, loud: impl Into<LossSpec>, sounds: impl Into<LossSpec>) -> ExperimentBuilder {
    let last = graph.clone().spec().nodes.iter().any(|node| node.name == "last");
    let (loud, sounds) = (loud.into(), sounds.into());
    ExperimentBuilder::new("Study", graph.spec()).split("clip", Random::ratios([("train", 0.7), ("test", 0.3)])).train(
        "learn",
        |learn| {
            let learn = learn.feed("clip", Batches::of(32), "train").epochs(20).loss(loud, ["loud", "clip.loud"]);
            let learn =
                learn.loss(CrossEntropy::new(), ["state", "clip.state"]).loss(sounds, ["sounds", "clip.sounds"]);
            if last { learn.loss(BceWithLogits::new(), ["last", "clip.loud"]) } else { learn }
        },
    )
}

fn measured(graph: GraphBuilder, metric: impl Into<MetricSpec>, reads: [&'static str; 2]) -> ExperimentBuilder {
    let metric = metric.into();
    let study = trained(graph, BceWithLogits::new(), BceWithLogits::new());
    study.eval("test", move |eval| eval.feed("clip", "test").metric("value", metric, reads))
}

pub(crate) fn balanced() -> Vec<Case> {
    let graph = |labels: usize| {
        let sounds = column("sounds", Domain::Target, Dtype::Bool, &[labels]);
        let predicts = |target: &str| Reads::of(["clip.x"]).predicts(target);
        GraphBuilder::new("Net")
            .input("clip", SchemaSpec::at_run_time("Clip", vec![X, LOUD, sounds, STATE]))
            .optimizer(Adam::lr(1e-3))
            .node("loud", Linear::new(), predicts("clip.loud"))
            .node("sounds", Linear::new(), predicts("clip.sounds"))
            .node("state", Linear::new(), predicts("clip.state"))
    };
    let study = |[loud, sounds, state]: [LossSpec; 3]| {
        ExperimentBuilder::new("Study", graph(40).spec())
            .split("clip", Random::ratios([("train", 0.7), ("test", 0.3)]))
            .train("learn", move |learn| {
                let learn = learn.feed("clip", Batches::of(32), "train").epochs(20).loss(loud, ["loud", "clip.loud"]);
                learn.loss(sounds, ["sounds", "clip.sounds"]).loss(state, ["state", "clip.state"])
            })
    };
    let tested = |study: ExperimentBuilder, metric: CrossEntropy| {
        study.eval("test", move |eval| eval.feed("clip", "test").metric("error", metric, ["state", "clip.state"]))
    };
    let (yes, classes) = (BceWithLogits::new, CrossEntropy::new);
    let plain = || study([yes().spec(), yes().spec(), classes().spec()]);
    let by_classes = classes().balanced().class_weights([("fresh", 1.0), ("worn", 2.0), ("dead", 4.0)]);
    same_words(vec![
        ("losses/LO23_balanced_metric", tested(plain(), classes().balanced())),
        (
            "losses/LO23_balanced_where_nothing_trains",
            plain().eval("test", |eval| {
                let eval = eval.feed("clip", "test").loss(classes().balanced(), ["state", "clip.state"]);
                eval.metric("error", classes(), ["state", "clip.state"])
            }),
        ),
        (
            "losses/LO23_balanced_and_weighed_classes",
            tested(study([yes().spec(), yes().spec(), by_classes.spec()]), classes()),
        ),
        (
            "losses/LO23_balanced_and_weighed_yes",
            tested(study([yes().balanced().positive_weight(3.0).spec(), yes().spec(), classes().spec()]), classes()),
        ),
        (
            "losses/LO23_balanced_labels_beyond_what_fits",
            tested(study([yes().spec(), yes().balanced().spec(), classes().spec()]), classes()),
        ),
    ])
}

pub(crate) fn labels() -> Vec<Case> {
    let of = |metric: MetricSpec, node: &'static str, target: &'static str| {
        measured(clips(Dtype::Bool), metric, [node, target])
    };
    let before_last = |node: &'static str, size: usize| {
        clips(Dtype::Bool).node(node, Linear::to([size]), ["clip.x"]).node(
            "last",
            Linear::new(),
            Reads::of([node]).predicts("clip.loud"),
        )
    };
    let both = clips(Dtype::Bool).node("left", Linear::to([]), ["clip.x"]).node("right", Linear::to([]), ["clip.x"]);
    let both = both.node("last", Add::new(), Reads::of(["left", "right"]).predicts("clip.loud"));
    let weighted = |loud: BceWithLogits, sounds: BceWithLogits| trained(clips(Dtype::Bool), loud, sounds);
    let plain = BceWithLogits::new;
    same_words(vec![
        ("metrics/CB21_threshold_of_three_classes", of(Accuracy::new().threshold(0.3).spec(), "state", "clip.state")),
        (
            "metrics/CB21_threshold_of_two_scores",
            measured(before_last("two", 2), Accuracy::new().threshold(0.3), ["two", "clip.loud"]),
        ),
        ("metrics/CB21_threshold_not_said", measured(both, F1::new(), ["last", "clip.loud"])),
        ("metrics/CB21_threshold_out_of_range", of(Accuracy::new().threshold(3.0).spec(), "loud", "clip.loud")),
        ("metrics/CB22_metric_of_one_class_on_labels", of(Mcc::new().spec(), "sounds", "clip.sounds")),
        ("metrics/CB22_labels_as_numbers", measured(clips(Dtype::U8), HammingLoss::new(), ["sounds", "clip.sounds"])),
        ("metrics/CB22_ranking_of_numbers", measured(clips(Dtype::U8), RocAuc::new(), ["sounds", "clip.sounds"])),
        ("metrics/CB22_average_of_labels_not_said", of(F1::new().spec(), "sounds", "clip.sounds")),
        ("metrics/CB22_samples_of_one_class", of(F1::new().average(Average::Samples).spec(), "state", "clip.state")),
        ("metrics/CB22_label_that_is_not_there", of(F1::new().class(3).spec(), "sounds", "clip.sounds")),
        (
            "metrics/CB22_scores_of_another_number",
            measured(before_last("four", 4), RocAuc::new(), ["four", "clip.sounds"]),
        ),
        (
            "losses/LO22_weights_of_other_labels",
            weighted(plain(), plain().positive_weights([("hum", 1.0), ("hiss", 4.0)])),
        ),
        ("losses/LO22_weights_of_one_label", weighted(plain().positive_weights([("yes", 4.0)]), plain())),
        (
            "losses/LO22_negative_weight_of_a_label",
            weighted(plain(), plain().positive_weights([("hum", 1.0), ("click", -1.0), ("hiss", 4.0)])),
        ),
    ])
}
