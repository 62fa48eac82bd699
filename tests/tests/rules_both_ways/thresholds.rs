//! Thresholds that are chosen on a split.

use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec};
use modularml::experiment::metric::MetricSpec;
use modularml::experiment::{EvalBuilder, ExperimentBuilder};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

use crate::choose::choosing;
use crate::shared::{STATE, column};
use crate::{Case, same_words, told};

const X: ColumnSpec = column("x", Domain::Feature, Dtype::F32, &[8]);
const LOUD: ColumnSpec = column("loud", Domain::Target, Dtype::Bool, &[]);
const SOUNDS: ColumnSpec = column("sounds", Domain::Target, Dtype::Bool, &[3]);
const LEVEL: ColumnSpec =
    ColumnSpec { classes: &["quiet", "loud"], ..column("level", Domain::Target, Dtype::Class, &[]) };
const DAY: ColumnSpec = column("day", Domain::Tag, Dtype::I64, &[]);

const OF_DAY: Column<i64> = Column::new(DAY);

fn split() -> ExperimentBuilder {
    let predicts = |target: &str| Reads::of(["clip.x"]).predicts(target);
    let graph = GraphBuilder::new("Net")
        .input("clip", SchemaSpec { name: "Clip", columns: &[X, LOUD, SOUNDS, LEVEL, STATE, DAY] })
        .optimizer(Adam::lr(1e-3))
        .node("loud", Linear::new(), predicts("clip.loud"))
        .node("sounds", Linear::new(), predicts("clip.sounds"))
        .node("state", Linear::new(), predicts("clip.state"))
        .node("pair", Linear::to([2]), predicts("clip.level"))
        .node("best", ArgMax::new(), Reads::of(["pair"]).output());
    ExperimentBuilder::new("Study", graph.spec())
}

fn halves() -> ExperimentBuilder {
    split().split("clip", Random::ratios([("train", 0.6), ("val", 0.2), ("test", 0.2)]))
}

fn trained(study: ExperimentBuilder, validates: bool) -> ExperimentBuilder {
    study.train("learn", |learn| {
        let learn = learn.feed("clip", Batches::of(32), "train").epochs(20);
        let learn = learn
            .loss(BceWithLogits::new(), ["loud", "clip.loud"])
            .loss(BceWithLogits::new(), ["sounds", "clip.sounds"])
            .loss(CrossEntropy::new(), ["state", "clip.state"])
            .loss(CrossEntropy::new(), ["pair", "clip.level"]);
        if !validates {
            return learn;
        }
        let of_loud = ["loud", "clip.loud"];
        learn.val(1, "val", |val| val.threshold("cut", F1::new(), of_loud, "val").loss(BceWithLogits::new(), of_loud))
    })
}

fn f1(eval: EvalBuilder) -> EvalBuilder {
    eval.metric("f1", F1::new(), ["loud", "clip.loud"])
}

/// A study that chooses a threshold of these on a split, of the rows of another one.
fn chosen(
    study: ExperimentBuilder,
    (metric, reads): (MetricSpec, [&'static str; 2]),
    (on, of): (&'static str, &'static str),
) -> ExperimentBuilder {
    trained(study, false).eval("test", move |eval| f1(eval.feed("clip", of).threshold("cut", metric, reads, on)))
}

pub(crate) fn thresholds() -> Vec<Case> {
    let loud = ["loud", "clip.loud"];
    let on = |study, split, of| chosen(study, (F1::new().spec(), loud), (split, of));
    let by = |metric: MetricSpec, reads| chosen(halves(), (metric, reads), ("val", "test"));
    let parts = halves().split("clip.test", Random::ratios([("tune", 0.5), ("rest", 0.5)]));
    let folds = split().folds("clip", KFold::of(5), ["train", "val"]);
    let evaluated = |eval: fn(EvalBuilder) -> EvalBuilder| {
        trained(halves(), false).eval("test", move |test| eval(test.feed("clip", "test")))
    };
    let roles = trained(halves(), false).eval("test", |eval| {
        let eval = eval.feed_by("clip", Pairs::of(8).same(OF_DAY), "test");
        let of_anchor = ["loud.anchor", "clip.loud.anchor"];
        eval.threshold("cut", F1::new(), of_anchor, "val").metric("f1", F1::new(), of_anchor)
    });
    let in_training = trained(halves(), true).eval("test", |eval| f1(eval.feed("clip", "test")));
    let by_cut = choosing(on(halves(), "val", "test").spec(), GridSearch, "test.cut");
    let mut cases = same_words(vec![
        ("thresholds/TH01_on_the_rows_that_it_measures", on(halves(), "test", "test")),
        ("thresholds/TH01_on_training_rows", on(halves(), "train", "test")),
        ("thresholds/TH01_on_a_part_of_what_it_measures", on(parts, "tune", "test")),
        ("thresholds/TH01_on_rows_that_are_left_out", on(folds, "val", "val")),
        ("thresholds/TH02_unknown_split", on(halves(), "vla", "test")),
        ("thresholds/TH04_metric_that_decides_nothing", by(RocAuc::new().spec(), loud)),
        ("thresholds/TH04_metric_that_is_no_number", by(Confusion::new().spec(), loud)),
        ("thresholds/TH04_three_classes", by(F1::new().class(1).spec(), ["state", "clip.state"])),
        ("thresholds/TH04_several_labels", by(F1::new().average(Average::Micro).spec(), ["sounds", "clip.sounds"])),
        ("thresholds/TH04_score_a_class", by(F1::new().spec(), ["pair", "clip.level"])),
        ("thresholds/TH04_number_of_a_class", by(F1::new().spec(), ["best", "clip.level"])),
        ("thresholds/TH04_threshold_is_said", by(F1::new().threshold(0.3).spec(), loud)),
        ("thresholds/TH05_recall_alone", by(Recall::new().spec(), loud)),
        ("thresholds/TH05_precision_alone", by(Precision::new().spec(), loud)),
        ("thresholds/TH05_at_least_out_of_range", by(Recall::new().at_least(1.5).spec(), loud)),
        (
            "thresholds/TH05_at_least_of_a_metric",
            evaluated(|eval| eval.metric("recall", Recall::new().at_least(0.9), ["loud", "clip.loud"])),
        ),
        (
            "thresholds/TH06_two_of_one_score",
            evaluated(|eval| {
                let eval = eval.threshold("cut", F1::new(), ["loud", "clip.loud"], "val");
                f1(eval.threshold("sure", Precision::new().at_least(0.9), ["loud", "clip.loud"], "val"))
            }),
        ),
        (
            "thresholds/TH06_name_of_a_metric",
            evaluated(|eval| f1(eval.threshold("f1", F1::new(), ["loud", "clip.loud"], "val"))),
        ),
        ("thresholds/TH08_rows_of_a_role", roles),
    ]);
    cases.extend(same_words(vec![("thresholds/TH07_chosen_by_a_threshold", by_cut)]));
    let anew = "threshold `cut` would be chosen anew at each evaluation of training; choose it in an eval phase that measures \
                other rows than `val`";
    cases.push(told(anew, in_training));
    cases
}
