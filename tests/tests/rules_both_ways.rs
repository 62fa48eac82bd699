//! One rule, two times: a mistake that does not compile in the macros is refused by `build()` in the same words when it
//! is written with the builders. The words are those of the messages in `ui-tests/cases`, so that neither can change
//! alone.

use std::path::Path;

use modularml::Error;
use modularml::data::{Column, ColumnSpec, Domain, Dtype, SchemaSpec, Shape};
use modularml::experiment::{ExperimentBuilder, TrainBuilder};
use modularml::graph::{GraphBuilder, Reads};
use modularml::prelude::*;
use modularml::process::SplitterSpec;

const fn column(key: &'static str, domain: Domain, dtype: Dtype, axes: &[usize]) -> ColumnSpec {
    let shape = Shape::new(axes);
    ColumnSpec {
        key,
        stored_as: key,
        domain,
        dtype,
        shape,
        classes: &[],
        allows_missing: false,
        groups: false,
        sequence: None,
    }
}

const VOLTAGE: ColumnSpec = column("voltage", Domain::Feature, Dtype::F32, &[101]);
const TEMPERATURE: ColumnSpec = column("temperature", Domain::Feature, Dtype::F32, &[]);
const SOH: ColumnSpec = column("soh", Domain::Target, Dtype::F32, &[]);
const CELL: ColumnSpec = column("cell", Domain::Tag, Dtype::I64, &[]);
const STATE: ColumnSpec =
    ColumnSpec { classes: &["fresh", "worn", "dead"], ..column("state", Domain::Target, Dtype::Class, &[]) };

const fn pulse(columns: &'static [ColumnSpec]) -> SchemaSpec {
    SchemaSpec { name: "Pulse", columns }
}

const TWO: SchemaSpec = pulse(&[VOLTAGE, SOH]);
const TAGGED: SchemaSpec = pulse(&[VOLTAGE, SOH, CELL]);
const CLASSED: SchemaSpec = pulse(&[VOLTAGE, SOH, STATE]);
const FOUR: SchemaSpec = pulse(&[VOLTAGE, TEMPERATURE, SOH, CELL]);
const CAPACITY: ColumnSpec = column("capacity", Domain::Feature, Dtype::F32, &[]);
const CELLS: SchemaSpec =
    SchemaSpec { name: "Cell", columns: &[CAPACITY, column("life", Domain::Target, Dtype::F32, &[])] };

/// What `build()` says.
trait Mistakes {
    fn mistakes(self) -> Vec<String>;
}

fn lines<T>(built: modularml::Result<T>) -> Vec<String> {
    match built {
        Err(Error::Refused(lines)) => lines,
        Err(other) => vec![format!("not refused by a rule: {other}")],
        Ok(_) => Vec::new(),
    }
}

impl Mistakes for GraphBuilder {
    fn mistakes(self) -> Vec<String> {
        lines(self.build(0))
    }
}

impl Mistakes for ExperimentBuilder {
    fn mistakes(self) -> Vec<String> {
        // Rules come before data, so that none is needed.
        lines(self.build(Vec::new()))
    }
}

/// What rustc says in a case of the UI tests: the words of the rules, each one error.
fn words(case: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ui-tests/cases").join(case).with_extension("stderr");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().filter_map(|line| line.split_once("evaluation panicked: ")).map(|(_, words)| words.into()).collect()
}

#[track_caller]
fn same_words(cases: Vec<(&str, impl Mistakes)>) {
    let mut differing = Vec::new();
    for (case, builder) in cases {
        let (mut at_compile_time, mut at_run_time) = (words(case), builder.mistakes());
        at_compile_time.sort();
        at_run_time.sort();
        if at_compile_time.is_empty() || at_compile_time != at_run_time {
            differing.push(format!("{case}\n  macro:   {at_compile_time:#?}\n  builder: {at_run_time:#?}"));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

fn graph(schema: SchemaSpec) -> GraphBuilder {
    without_optimizer(schema).optimizer(Adam::lr(1e-3))
}

fn without_optimizer(schema: SchemaSpec) -> GraphBuilder {
    GraphBuilder::new("SohNet").input("pulse", schema)
}

/// What a node reads that predicts the state of health.
fn soh(source: &str) -> Reads {
    Reads::of([source]).predicts("pulse.soh")
}

fn encoded(graph: GraphBuilder) -> GraphBuilder {
    graph.node("encoder", Mlp::hidden([64]).output([16]), ["pulse.voltage"])
}

fn branches() -> GraphBuilder {
    encoded(graph(FOUR)).node("thermal", Linear::to([4]), ["pulse.temperature"])
}

fn merged(graph: GraphBuilder, axis: i64, sources: &[&str]) -> GraphBuilder {
    graph.node("fused", Concat::axis(axis), sources.to_vec()).node("soh", Linear::new(), soh("fused"))
}

#[test]
fn names_and_wiring() {
    let g = || graph(FOUR);
    same_words(vec![
        (
            "nodes/NO02_cycle",
            g().node("a", Mlp::hidden([8]).output([8]), ["b"]).node("b", Mlp::hidden([8]).output([8]), ["a"]).node(
                "soh",
                Linear::new(),
                soh("pulse.voltage"),
            ),
        ),
        ("nodes/NO03_node_reads_itself", merged(encoded(g()), -1, &["encoder", "fused"])),
        (
            "nodes/NO04_two_nodes_of_one_name",
            encoded(g()).node("encoder", Mlp::hidden([8]).output([4]), ["pulse.temperature"]).node(
                "soh",
                Linear::new(),
                soh("encoder"),
            ),
        ),
        (
            "nodes/NO05_node_named_like_input",
            g().node("pulse", Mlp::hidden([64]).output([16]), ["pulse.voltage"]).node(
                "soh",
                Linear::new(),
                soh("pulse.voltage"),
            ),
        ),
        (
            "nodes/NO06_reserved_name",
            g().node("loss", Mlp::hidden([64]).output([16]), ["pulse.voltage"]).node("soh", Linear::new(), soh("loss")),
        ),
        ("nodes/NO07_node_used_by_nothing", branches().node("soh", Linear::new(), soh("encoder"))),
        (
            "nodes/NO08_input_never_read",
            graph(TWO).input("cell", CELLS).node("soh", Linear::new(), soh("pulse.voltage")),
        ),
        (
            "nodes/NO09_no_inputs",
            g().node("encoder", Mlp::hidden([64]).output([16]), Vec::<&str>::new()).node(
                "soh",
                Linear::new(),
                soh("encoder"),
            ),
        ),
        (
            "nodes/NO10_several_inputs_to_a_one_input_component",
            branches().node("soh", Mlp::hidden([32]), Reads::of(["encoder", "thermal"]).predicts("pulse.soh")),
        ),
        ("nodes/NO10_one_input_to_a_merge", merged(encoded(g()), -1, &["encoder"])),
        ("nodes/NO12_setting_out_of_range", g().node("soh", Mlp::hidden([64]).dropout(1.5), soh("pulse.voltage"))),
        (
            "nodes/NO13_no_output_shape",
            g().node("encoder", Mlp::hidden([64]), ["pulse.voltage"]).node("soh", Linear::new(), soh("encoder")),
        ),
        (
            "schema/SC04_no_feature_in_a_graph_input",
            graph(pulse(&[SOH, CELL])).input("cell", SchemaSpec { name: "Cell", columns: &[CAPACITY] }).node(
                "soh",
                Linear::new(),
                soh("cell.capacity"),
            ),
        ),
    ]);
}

#[test]
fn sources_and_targets() {
    const CODE: ColumnSpec = column("chemistry", Domain::Feature, Dtype::U8, &[]);
    const STATE_AS_TEXT: ColumnSpec = column("state", Domain::Target, Dtype::Text, &[]);
    const TEXT: ColumnSpec = column("chemistry", Domain::Feature, Dtype::Text, &[]);
    let reads = |source| graph(FOUR).node("soh", Mlp::hidden([8]), soh(source));
    let predicts = |target| graph(FOUR).node("soh", Mlp::hidden([32]), Reads::of(["pulse.voltage"]).predicts(target));
    same_words(vec![
        ("columns/CO02_target_as_model_input", reads("pulse.soh")),
        ("columns/CO03_tag_as_model_input", reads("pulse.cell")),
        ("columns/CO04_whole_input_as_column", reads("pulse")),
        (
            "columns/CO05_integer_code_as_amount",
            graph(pulse(&[CODE, SOH])).node("soh", Mlp::hidden([8]), soh("pulse.chemistry")),
        ),
        (
            "columns/CO05_text_as_model_input",
            graph(pulse(&[TEXT, SOH])).node("soh", Mlp::hidden([8]), soh("pulse.chemistry")),
        ),
        ("targets/TA01_output_and_target_disagree", graph(FOUR).node("soh", Linear::to([3]), soh("pulse.voltage"))),
        (
            "targets/TA01_too_few_classes",
            graph(pulse(&[VOLTAGE, STATE])).node(
                "state",
                Linear::to([2]),
                Reads::of(["pulse.voltage"]).predicts("pulse.state"),
            ),
        ),
        (
            "targets/TA01_text_predicted",
            graph(pulse(&[VOLTAGE, STATE_AS_TEXT])).node(
                "state",
                Mlp::hidden([32]),
                Reads::of(["pulse.voltage"]).predicts("pulse.state"),
            ),
        ),
        ("targets/TA03_feature_predicted", predicts("pulse.temperature")),
        ("targets/TA04_tag_predicted", predicts("pulse.cell")),
    ]);
}

/// The voltage as a sequence of one channel, and a node that reads it.
fn one_channel(encoder: Conv1d) -> GraphBuilder {
    graph(TWO).node("one", Reshape::to([1, 101]), ["pulse.voltage"]).node("encoder", encoder, ["one"])
}

#[test]
fn shapes_and_merges() {
    const IMAGE: ColumnSpec = column("image", Domain::Feature, Dtype::F32, &[8, 8]);
    let two = |a: Linear, b: Linear| graph(FOUR).node("a", a, ["pulse.voltage"]).node("b", b, ["pulse.voltage"]);
    same_words(vec![
        (
            "shapes/SH01_vector_wanted_matrix_given",
            graph(pulse(&[IMAGE, SOH])).node("peak", ArgMax, ["pulse.image"]).node("soh", Linear::new(), soh("peak")),
        ),
        (
            "shapes/SH01_channels_wanted_vector_given",
            graph(TWO).node("encoder", Conv1d::channels(16).kernel(3), ["pulse.voltage"]).node(
                "soh",
                Linear::new(),
                soh("encoder"),
            ),
        ),
        (
            "shapes/SH02_kernel_longer_than_its_input",
            one_channel(Conv1d::channels(8).kernel(103)).node("soh", Linear::new(), soh("encoder")),
        ),
        (
            "shapes/SH02_reflection_of_more_than_there_is",
            one_channel(Conv1d::channels(8).padding(101).padding_mode(Padding::Reflect)).node(
                "soh",
                Linear::new(),
                soh("encoder"),
            ),
        ),
        (
            "shapes/SH03_groups_that_do_not_divide",
            graph(TWO).node("norm", GroupNorm::groups(4), ["pulse.voltage"]).node("soh", Linear::new(), soh("norm")),
        ),
        (
            "shapes/SH04_reshape_of_another_count",
            graph(TWO).node("image", Reshape::to([10, 10]), ["pulse.voltage"]).node("soh", Linear::new(), soh("image")),
        ),
        (
            "shapes/SH07_absurd_channels",
            one_channel(Conv1d::channels(5_000_000_000)).node("short", GlobalAvgPool, ["encoder"]).node(
                "soh",
                Linear::new(),
                soh("short"),
            ),
        ),
        ("shapes/SH07_absurd_width", graph(TWO).node("soh", Mlp::hidden([4_000_000_000, 64]), soh("pulse.voltage"))),
        ("shapes/SH07_width_zero", graph(TWO).node("soh", Mlp::hidden([64, 0]), soh("pulse.voltage"))),
        (
            "merges/ME01_sizes_differ_off_the_axis",
            merged(two(Linear::to([16, 99]), Linear::to([16, 50])), 0, &["a", "b"]),
        ),
        ("merges/ME01_ranks_differ", merged(two(Linear::to([16, 4]), Linear::to([16])), 0, &["a", "b"])),
        ("merges/ME02_axis_out_of_range", merged(branches(), 2, &["encoder", "thermal"])),
        ("merges/ME02_concat_of_a_number", merged(encoded(graph(FOUR)), -1, &["pulse.temperature", "encoder"])),
        (
            "merges/ME02_stack_axis_out_of_range",
            encoded(graph(FOUR))
                .node("again", Linear::to([16]), ["pulse.voltage"])
                .node("pair", Stack::axis(2), ["encoder", "again"])
                .node("soh", Linear::new(), soh("pair")),
        ),
        (
            "shapes/SH05_sum_that_would_stretch",
            encoded(graph(FOUR))
                .node("thermal", Linear::to([1]), ["pulse.temperature"])
                .node("total", Add::new(), ["encoder", "thermal"])
                .node("soh", Linear::new(), soh("total")),
        ),
        ("merges/ME03_same_node_twice", merged(branches(), -1, &["encoder", "encoder", "thermal"])),
        (
            "merges/ME04_rows_of_two_inputs",
            merged(
                graph(TWO)
                    .input("cell", SchemaSpec { name: "Cell", columns: &[CAPACITY] })
                    .node("a", Linear::to([16]), ["pulse.voltage"])
                    .node("b", Linear::to([4]), ["cell.capacity"]),
                -1,
                &["a", "b"],
            ),
        ),
    ]);
}

#[test]
fn optimizers() {
    let at = |reads: fn(Reads) -> Reads| without_optimizer(TWO).node("soh", Linear::new(), reads(soh("pulse.voltage")));
    same_words(vec![
        (
            "gradient/GR06_two_optimizers",
            graph(TWO)
                .node("encoder", Mlp::hidden([64]).output([16]), Reads::of(["pulse.voltage"]).optimizer(Sgd::lr(0.1)))
                .node("soh", Linear::new(), soh("encoder")),
        ),
        ("gradient/GR08_negative_learning_rate", at(|reads| reads).optimizer(Adam::lr(-1e-3))),
        (
            "gradient/GR08_learning_rate_zero_of_a_node",
            at(|reads| reads.override_optimizer(Sgd::lr(0.0))).optimizer(Adam::lr(1e-3)),
        ),
        (
            "backends/BA04_optimizer_on_a_fit_only_node",
            without_optimizer(TWO).node("ridge", Ridge::penalty(1.0), soh("pulse.voltage").optimizer(Adam::lr(1e-3))),
        ),
    ]);
}

/// A graph of one node.
fn net(schema: SchemaSpec) -> GraphBuilder {
    graph(schema).node("soh", Mlp::hidden([32]), soh("pulse.voltage"))
}

/// A graph of an encoder and an estimate.
fn deep(graph: GraphBuilder) -> GraphBuilder {
    encoded(graph).node("soh", Linear::new(), soh("encoder"))
}

fn states(schema: SchemaSpec) -> GraphBuilder {
    graph(schema).node("state", Mlp::hidden([32]), Reads::of(["pulse.voltage"]).predicts("pulse.state"))
}

fn study(graph: GraphBuilder) -> ExperimentBuilder {
    ExperimentBuilder::new("SohStudy", graph.spec())
        .split("pulse", Random::ratios([("train", 0.7), ("val", 0.15), ("test", 0.15)]))
}

fn split_by(graph: GraphBuilder, splitter: impl Into<SplitterSpec>) -> ExperimentBuilder {
    ExperimentBuilder::new("SohStudy", graph.spec()).split("pulse", splitter)
}

/// A study with a split of a split.
fn nested(schema: SchemaSpec, parent: &str, halves: Random) -> ExperimentBuilder {
    split_by(net(schema), Random::ratios([("train", 0.7), ("test", 0.3)])).split(parent, halves)
}

fn fed(phase: TrainBuilder) -> TrainBuilder {
    phase.feed("pulse", Batches::of(32), "train").epochs(20)
}

fn trained(phase: TrainBuilder) -> TrainBuilder {
    fed(phase).loss(Mse, ["soh", "pulse.soh"])
}

fn validated(phase: TrainBuilder) -> TrainBuilder {
    trained(phase).val(1, "val", |eval| eval.loss(Mse, ["soh", "pulse.soh"]))
}

fn tested(study: ExperimentBuilder) -> ExperimentBuilder {
    study.eval("test", |eval| eval.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh"]))
}

#[test]
fn splits() {
    const GROUPED: SchemaSpec = pulse(&[VOLTAGE, SOH, ColumnSpec { groups: true, ..CELL }]);
    let cell = Column::<i64>::new(CELL);
    let halves = Random::ratios([("train", 0.7), ("test", 0.3)]);
    let with = |splitter| split_by(net(TAGGED), splitter).train("regress", trained);
    same_words(vec![
        (
            "splits/SP01_misspelt_split",
            split_by(net(TAGGED), halves).train("regress", |t| {
                t.feed("pulse", Batches::of(32), "trian").epochs(20).loss(Mse, ["soh", "pulse.soh"])
            }),
        ),
        (
            "splits/SP01_misspelt_split_in_val",
            split_by(net(TAGGED), Random::ratios([("train", 0.7), ("val", 0.3)]))
                .train("regress", |t| trained(t).val(1, "vla", |eval| eval.loss(Mse, ["soh", "pulse.soh"]))),
        ),
        ("splits/SP02_shares_beyond_one", with(Random::ratios([("train", 0.7), ("val", 0.2), ("test", 0.2)]))),
        ("splits/SP02_share_of_zero", with(Random::ratios([("train", 1.0), ("test", 0.0)]))),
        ("splits/SP03_two_splits_of_one_name", with(Random::ratios([("train", 0.7), ("val", 0.15), ("val", 0.15)]))),
        ("splits/SP03_input_split_twice", with(halves).split("pulse", Random::ratios([("a", 0.7), ("b", 0.3)]))),
        ("splits/SP04_grouped_and_stratified", with(halves.group_by(cell).stratify_by(cell))),
        ("splits/SP05_stratified_by_a_float", with(halves.stratify_by(Column::<f32>::new(SOH)))),
        ("splits/SP05_stratified_by_an_array", with(halves.stratify_by(Column::<[f32; 101]>::new(VOLTAGE)))),
        ("splits/SP02_no_shares", split_by(net(TAGGED), Ordered::by(cell)).train("regress", trained)),
        ("splits/SP08_rows_that_belong_together", split_by(net(GROUPED), halves).train("regress", trained)),
    ]);
}

#[test]
fn splits_of_splits() {
    const GROUPED: SchemaSpec = pulse(&[VOLTAGE, SOH, ColumnSpec { groups: true, ..CELL }]);
    const LABELLED: SchemaSpec = pulse(&[VOLTAGE, SOH, column("operator", Domain::Tag, Dtype::Text, &[])]);
    const SOURCE: ColumnSpec =
        ColumnSpec { classes: &["ours", "theirs"], ..column("source", Domain::Tag, Dtype::Class, &[]) };
    const SOURCES: SchemaSpec = pulse(&[VOLTAGE, SOH, SOURCE]);
    let cell = Column::<i64>::new(CELL);
    let wholes = Random::ratios([("train", 0.7), ("test", 0.3)]);
    let halves = Random::ratios([("fit", 0.9), ("val", 0.1)]);
    let fit =
        |phase: TrainBuilder| phase.feed("pulse", Batches::of(32), "fit").epochs(20).loss(Mse, ["soh", "pulse.soh"]);
    let measured = |study: ExperimentBuilder, split: &str| {
        study.eval("test", |eval| eval.feed("pulse", split).metric("rmse", Rmse, ["soh", "pulse.soh"]))
    };
    same_words(vec![
        ("splits/SP09_misspelt_parent", nested(TAGGED, "pulse.trian", halves).train("regress", trained)),
        (
            "splits/SP09_parent_made_further_down",
            ExperimentBuilder::new("SohStudy", net(TAGGED).spec())
                .split("pulse.train", halves)
                .split("pulse", wholes)
                .train("regress", fit),
        ),
        (
            "splits/SP03_name_of_an_earlier_split",
            nested(TAGGED, "pulse.train", Random::ratios([("fit", 0.9), ("test", 0.1)])).train("regress", fit),
        ),
        (
            "splits/SP03_split_of_a_split_twice",
            nested(TAGGED, "pulse.train", halves)
                .split("pulse.train", Random::ratios([("a", 0.9), ("b", 0.1)]))
                .train("regress", fit),
        ),
        (
            "splits/SP05_ordered_by_text",
            split_by(net(LABELLED), Ordered::by(Column::<String>::new(LABELLED.columns[2])).ratios([
                ("train", 0.7),
                ("test", 0.3),
            ]))
            .train("regress", trained),
        ),
        (
            "splits/SP08_split_of_a_split_parts_groups",
            split_by(net(GROUPED), wholes.group_by(cell)).split("pulse.train", halves).train("regress", fit),
        ),
        (
            "splits/SP10_condition_on_an_unknown_class",
            split_by(
                net(SOURCES),
                ByCondition::splits(const {
                    &[
                        ("train", Column::<Class>::new(SOURCE).eq("ours")),
                        ("test", Column::<Class>::new(SOURCE).eq("thiers")),
                    ]
                }),
            )
            .train("regress", trained),
        ),
        (
            "scalers/SL02_fitted_on_the_whole_of_evaluated_rows",
            measured(
                nested(TAGGED, "pulse.train", halves)
                    .scale("pulse.voltage", [Standard::new()], "train")
                    .train("regress", fit),
                "val",
            ),
        ),
        (
            "scalers/SL08_whole_of_a_trained_part_evaluated",
            measured(nested(TAGGED, "pulse.train", halves).train("regress", fit), "train"),
        ),
        (
            "scalers/SL08_part_of_trained_rows_in_val",
            nested(TAGGED, "pulse.train", halves).train("regress", validated),
        ),
        (
            "scalers/SL08_overlapping_rows_evaluated",
            measured(
                split_by(
                    net(TAGGED),
                    ByCondition::splits(const {
                        &[("train", Column::<i64>::new(CELL).le(5)), ("test", Column::<i64>::new(CELL).ge(5))]
                    })
                    .allow_overlap(),
                )
                .train("regress", trained),
                "test",
            ),
        ),
    ]);
}

#[test]
fn scalers_and_leakage() {
    let scaled = |column, split| study(net(TWO)).scale(column, [MinMax::new()], split).train("regress", trained);
    same_words(vec![
        ("scalers/SL01_fitted_on_an_unknown_split", scaled("pulse.voltage", "trian")),
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
                    .stop(EarlyStopping::patience(3), "loss")
            })),
        ),
    ]);
}

#[test]
fn losses() {
    let with = |graph, loss: fn(TrainBuilder) -> TrainBuilder| study(graph).train("regress", |t| loss(fed(t)));
    let output = |name: &'static str, axes: usize| {
        graph(CLASSED).node(name, Mlp::hidden([32]).output([axes]), Reads::of(["pulse.voltage"]).output())
    };
    same_words(vec![
        ("losses/LO01_shapes_that_broadcast", with(output("trend", 101), |t| t.loss(Mse, ["trend", "pulse.soh"]))),
        ("losses/LO02_one_value_for_a_number", with(output("soh", 1), |t| t.loss(Mse, ["soh", "pulse.soh"]))),
        ("losses/LO03_classes_loss_on_a_number", with(net(TWO), |t| t.loss(CrossEntropy::new(), ["soh", "pulse.soh"]))),
        (
            "losses/LO04_wrong_number_of_classes",
            with(output("logits", 2), |t| t.loss(CrossEntropy::new(), ["logits", "pulse.state"])),
        ),
        (
            "losses/LO13_class_weights_of_other_classes",
            with(
                graph(CLASSED).node("state", Mlp::hidden([32]), Reads::of(["pulse.voltage"]).predicts("pulse.state")),
                |t| {
                    let weights = [("worn", 1.0), ("fresh", 0.5), ("dead", 4.0)];
                    t.loss(CrossEntropy::new().class_weights(weights), ["state", "pulse.state"])
                },
            ),
        ),
        (
            "losses/LO13_negative_class_weight",
            with(
                graph(CLASSED).node("state", Mlp::hidden([32]), Reads::of(["pulse.voltage"]).predicts("pulse.state")),
                |t| {
                    let weights = [("fresh", 0.5), ("worn", -1.0), ("dead", 4.0)];
                    t.loss(CrossEntropy::new().class_weights(weights), ["state", "pulse.state"])
                },
            ),
        ),
        (
            "losses/LO05_cross_entropy_on_probabilities",
            with(
                graph(CLASSED).node(
                    "state",
                    Mlp::hidden([32]).output_activation(Activation::Softmax),
                    Reads::of(["pulse.voltage"]).predicts("pulse.state"),
                ),
                |t| t.loss(CrossEntropy::new(), ["state", "pulse.state"]),
            ),
        ),
        ("losses/LO06_bce_on_an_unbounded_output", with(net(TWO), |t| t.loss(Bce, ["soh", "pulse.soh"]))),
        ("losses/LO07_regression_loss_on_classes", with(states(CLASSED), |t| t.loss(Mse, ["state", "pulse.state"]))),
        (
            "losses/LO08_prediction_and_target_swapped",
            with(states(CLASSED), |t| t.loss(CrossEntropy::new(), ["pulse.state", "state"])),
        ),
        ("losses/LO09_missing_loss_input", with(net(TWO), |t| t.loss(Mse, ["soh"]))),
        ("losses/LO09_surplus_loss_input", with(net(TWO), |t| t.loss(Mse, ["soh", "pulse.soh", "pulse.soh"]))),
        ("losses/LO09_whole_input_in_a_loss", with(net(TWO), |t| t.loss(Mse, ["soh", "pulse"]))),
        ("losses/LO10_loss_reads_no_node", with(net(TWO), |t| t.loss(Mse, ["pulse.soh", "pulse.soh"]))),
        (
            "losses/LO11_negative_weight",
            with(net(TWO), |t| t.loss(Mse, ["soh", "pulse.soh"]).add_loss(-0.01, L2, ["soh"])),
        ),
        ("losses/LO11_weight_zero", with(net(TWO), |t| t.loss(Mse, ["soh", "pulse.soh"]).add_loss(0.0, L2, ["soh"]))),
        ("losses/LO12_setting_out_of_range", with(net(TWO), |t| t.loss(Huber::delta(0.0), ["soh", "pulse.soh"]))),
        ("targets/TA04_tag_in_a_loss", with(net(FOUR), |t| t.loss(Mse, ["soh", "pulse.cell"]))),
    ]);
}

#[test]
fn what_learns() {
    let regress = |graph, more: fn(TrainBuilder) -> TrainBuilder| study(graph).train("regress", |t| more(trained(t)));
    let ridge = || graph(TWO).node("ridge", Ridge::penalty(1.0), soh("pulse.voltage"));
    let over = |t: TrainBuilder| fed(t).loss(Mse, ["ridge", "pulse.soh"]);
    let picked = || encoded(graph(TWO)).node("pick", ArgMax, ["encoder"]).node("soh", Linear::new(), soh("pick"));
    same_words(vec![
        (
            "gradient/GR01_everything_frozen",
            regress(deep(graph(TWO)), |t| t.freeze(["encoder", "soh"]).as_initialised()),
        ),
        (
            "gradient/GR02_active_node_out_of_reach",
            regress(
                deep(graph(TWO)).node("copy", Linear::new(), Reads::of(["encoder"]).reconstructs("pulse.voltage")),
                |t| t.nodes(["encoder", "soh", "copy"]),
            ),
        ),
        (
            "gradient/GR03_fit_only_node_in_the_path",
            study(encoded(graph(TWO)).node("ridge", Ridge::penalty(1.0), soh("encoder")))
                .fit("start", |f| f.nodes(["ridge"]).feed("pulse", "train"))
                .train("regress", over),
        ),
        ("gradient/GR04_rounding_node_in_the_path", regress(picked(), |t| t)),
        ("gradient/GR07_no_optimizer", regress(deep(without_optimizer(TWO)), |t| t)),
        (
            "gradient/GR09_trained_and_frozen",
            regress(deep(graph(TWO)), |t| t.nodes(["encoder", "soh"]).freeze(["encoder"])),
        ),
        ("backends/BA01_fit_only_node_in_a_train_phase", study(ridge()).train("regress", |t| over(t).nodes(["ridge"]))),
        (
            "backends/BA01_nothing_learns_by_steps",
            study(ridge()).fit("baseline", |f| f.nodes(["ridge"]).feed("pulse", "train")).train("regress", over),
        ),
        (
            "backends/BA02_gradient_node_in_a_fit_phase",
            study(deep(graph(TWO))).fit("baseline", |f| f.nodes(["encoder"]).feed("pulse", "train")),
        ),
        (
            "backends/BA02_node_without_parameters_in_a_fit_phase",
            study(
                graph(TWO).node("encoder", Linear::to([4]), ["pulse.voltage"]).node("pick", ArgMax, ["encoder"]).node(
                    "soh",
                    Linear::new(),
                    soh("pick"),
                ),
            )
            .fit("baseline", |f| f.nodes(["pick"]).feed("pulse", "train")),
        ),
        (
            "backends/BA03_read_before_it_is_fitted",
            study(ridge())
                .eval("test", |e| e.feed("pulse", "test").metric("mae", Mae, ["ridge", "pulse.soh"]))
                .fit("baseline", |f| f.nodes(["ridge"]).feed("pulse", "train")),
        ),
        ("phases/PH05_freezes_what_nothing_trained", regress(deep(graph(TWO)), |t| t.freeze(["encoder"]))),
        (
            "phases/PH08_loss_outside_the_nodes",
            regress(deep(graph(TWO)).node("code", Linear::to([2]), Reads::of(["encoder"]).output()), |t| {
                t.nodes(["code"])
            }),
        ),
    ]);
}

#[test]
fn roles_and_streams() {
    const MARGIN: TripletMargin = TripletMargin::margin(0.2);
    let triplets = || Triplets::batch(64).same(Column::<i64>::new(CELL));
    let halves = || split_by(deep(graph(TAGGED)), Random::ratios([("train", 0.8), ("test", 0.2)]));
    let over = |loss: TripletMargin, inputs: [&'static str; 3]| {
        halves().train("pretrain", |t| t.feed("pulse", triplets(), "train").loss(loss, inputs).epochs(20))
    };
    let fed_by = |sampler: Triplets| {
        halves().train("pretrain", |t| {
            let inputs = ["encoder.anchor", "encoder.positive", "encoder.negative"];
            t.feed("pulse", sampler, "train").loss(MARGIN, inputs).epochs(20)
        })
    };
    let two = || {
        let graph = GraphBuilder::new("Net").input("pulse", TWO).input("cell", CELLS).optimizer(Adam::lr(1e-3));
        let graph = graph.node("soh", Linear::new(), soh("pulse.voltage"));
        let graph = graph.node("life", Linear::new(), Reads::of(["cell.capacity"]).predicts("cell.life"));
        ExperimentBuilder::new("Study", graph.spec())
            .split("pulse", Random::ratios([("train", 0.7), ("test", 0.3)]))
            .split("cell", Random::ratios([("old", 0.7), ("new", 0.3)]))
    };
    same_words(vec![
        ("roles/RO01_misspelt_role", over(MARGIN, ["encoder.anchr", "encoder.positive", "encoder.negative"])),
        (
            "roles/RO02_triplet_loss_on_plain_batches",
            halves()
                .train("pretrain", |t| fed(t).loss(MARGIN, ["encoder.anchor", "encoder.positive", "encoder.negative"])),
        ),
        ("roles/RO03_role_of_another_sampler", over(MARGIN, ["encoder.anchor", "encoder.pair", "encoder.negative"])),
        (
            "roles/RO04_role_not_said",
            halves().train("pretrain", |t| {
                t.feed("pulse", triplets(), "train").loss(Mse, ["soh", "pulse.soh.anchor"]).epochs(20)
            }),
        ),
        ("roles/RO05_role_twice", over(MARGIN, ["encoder.anchor", "encoder.anchor", "encoder.negative"])),
        ("roles/RO06_roles_swapped", over(MARGIN, ["encoder.anchor", "encoder.negative", "encoder.positive"])),
        ("roles/RO09_condition_on_an_array", fed_by(Triplets::batch(64).same(Column::<[f32; 101]>::new(VOLTAGE)))),
        ("roles/RO11_equality_of_floats", fed_by(Triplets::batch(64).same(Column::<f32>::new(SOH)))),
        (
            "streams/ST01_input_not_fed",
            two().train("regress", |t| fed(t).loss(Mse, ["soh", "pulse.soh"]).loss(Mse, ["life", "cell.life"])),
        ),
        (
            "streams/ST02_input_fed_twice",
            two().train("regress", |t| trained(t).feed("pulse", Batches::of(16), "train")),
        ),
        ("streams/ST03_input_not_needed", two().train("regress", |t| trained(t).feed("cell", Batches::of(32), "old"))),
        (
            "streams/ST05_split_of_another_input",
            two().train("regress", |t| {
                t.feed("pulse", Batches::of(32), "old").loss(Mse, ["soh", "pulse.soh"]).epochs(9)
            }),
        ),
        (
            "streams/ST07_batch_size_zero",
            study(net(TWO)).train("regress", |t| {
                t.feed("pulse", Batches::of(0), "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
            }),
        ),
    ]);
}

#[derive(Sampler, Clone, Copy)]
#[roles(default)]
#[streams(easy, semi)]
struct Mined {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
}

impl Draw for Mined {
    fn draw(&self, _: &View, _: &mut Rng) -> modularml::Result<MinedStreams> {
        Ok(MinedStreams { easy: Vec::new(), semi: Vec::new() })
    }
}

#[derive(Sampler, Clone, Copy)]
#[roles(default)]
struct Mixed {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
    /// Equal.
    #[setting(default = None, condition = same)]
    same: Option<Name>,
    /// Unequal.
    #[setting(default = None, condition = different)]
    unlike: Option<Name>,
}

impl Draw for Mixed {
    fn draw(&self, _: &View, _: &mut Rng) -> modularml::Result<Vec<MixedDraw>> {
        Ok(Vec::new())
    }
}

#[test]
fn samplers_of_ones_own() {
    let cell = Column::<i64>::new(CELL);
    let study = |schema| split_by(net(schema), Random::ratios([("train", 0.8), ("test", 0.2)]));
    let learns = |t: TrainBuilder| t.loss(Mse, ["soh", "pulse.soh"]).epochs(20);
    same_words(vec![
        (
            "streams/ST04_unknown_stream",
            study(TWO).train("regress", |t| learns(t.feed_stream("pulse", Mined::batch(64), "hard", "train"))),
        ),
        (
            "streams/ST04_stream_not_said",
            study(TWO).train("regress", |t| learns(t.feed("pulse", Mined::batch(64), "train"))),
        ),
        (
            "roles/RO10_contradicting_conditions",
            study(TAGGED)
                .train("regress", |t| learns(t.feed("pulse", Mixed::batch(64).same(cell).unlike(cell), "train"))),
        ),
    ]);
}

#[test]
fn phases_and_metrics() {
    let regress = || study(net(TWO)).train("regress", trained);
    let stopped = |stopping, watches: &'static str, epochs| {
        study(net(TWO)).train("regress", move |t| validated(t).stop(stopping, watches).epochs(epochs))
    };
    same_words(vec![
        ("phases/PH01_two_phases_of_one_name", regress().train("regress", trained)),
        ("phases/PH03_zero_epochs", study(net(TWO)).train("regress", |t| trained(t).epochs(0))),
        ("phases/PH04_train_phase_without_loss", study(net(TWO)).train("regress", fed)),
        ("phases/PH07_eval_phase_without_metric", regress().eval("test", |e| e.feed("pulse", "test"))),
        ("metrics/CB01_stops_on_an_unknown_metric", stopped(EarlyStopping::patience(3), "los", 20)),
        (
            "metrics/CB01_stops_without_val",
            study(net(TWO)).train("regress", |t| trained(t).stop(EarlyStopping::patience(3), "loss")),
        ),
        ("metrics/CB02_wrong_direction", stopped(EarlyStopping::patience(3).max(), "loss", 20)),
        ("metrics/CB03_patience_never_runs_out", stopped(EarlyStopping::patience(200), "loss", 200)),
        (
            "metrics/CB03_val_never_runs",
            study(net(TWO))
                .train("regress", |t| trained(t).val(50, "val", |eval| eval.loss(Mse, ["soh", "pulse.soh"]))),
        ),
        (
            "metrics/CB05_classes_metric_on_a_number",
            regress().eval("test", |e| e.feed("pulse", "test").metric("accuracy", Accuracy, ["soh", "pulse.soh"])),
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
                .eval("test", |e| e.feed("pulse", "test").metric("mae", Mae, ["soh.anchor", "pulse.soh"])),
        ),
        (
            "metrics/CB07_two_metrics_of_one_name",
            regress().eval("test", |e| {
                let eval = e.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh"]);
                eval.metric("rmse", Mae, ["soh", "pulse.soh"])
            }),
        ),
        (
            "metrics/CB07_reserved_name",
            regress().eval("test", |e| e.feed("pulse", "test").metric("epoch", Rmse, ["soh", "pulse.soh"])),
        ),
    ]);
}

/// In the macros these names are fields of generated structs, so that rustc refuses them in words of its own.
#[test]
fn names_that_rustc_refuses_in_the_macros() {
    let cases = vec![
        (
            net(FOUR).node("copy", Linear::new(), Reads::of(["pulse.volatge"]).predicts("pulse.soh")).mistakes(),
            "no column `volatge` in `Pulse`; did you mean `voltage`? columns: voltage, temperature, soh, cell",
        ),
        (
            encoded(graph(FOUR)).node("soh", Mlp::hidden([32]), soh("encodr")).mistakes(),
            "no node `encodr` in `SohNet`; did you mean `encoder`? nodes: encoder, soh",
        ),
        (
            graph(TWO).node("soh", Linear::new(), soh("puls.voltage")).mistakes(),
            "no input `puls` in `SohNet`; did you mean `pulse`? inputs: pulse",
        ),
        (
            graph(TWO).node("soh", Linear::new(), Reads::of(["pulse.voltage"]).predicts("pulse.sho")).mistakes(),
            "no column `sho` in `Pulse`; did you mean `soh`? columns: voltage, soh",
        ),
        (
            study(net(TWO)).train("regress", |t| fed(t).loss(Mse, ["sho", "pulse.soh"])).mistakes(),
            "no node `sho` in `SohNet`; did you mean `soh`? nodes: soh",
        ),
        (
            study(net(TWO)).train("regress", |t| fed(t).loss(Mse, ["soh", "pulse.sho"])).mistakes(),
            "no column `sho` in `Pulse`; did you mean `soh`? columns: voltage, soh",
        ),
        (
            study(net(TWO)).scale("pulse.volatge", [MinMax::new()], "train").train("regress", trained).mistakes(),
            "no column `volatge` in `Pulse`; did you mean `voltage`? columns: voltage, soh",
        ),
        (
            study(deep(graph(TWO))).train("regress", |t| trained(t).freeze(["encodr"])).mistakes(),
            "no node `encodr` in `SohNet`; did you mean `encoder`? nodes: encoder, soh",
        ),
        (
            study(net(TWO))
                .train("regress", |t| {
                    t.feed("puls", Batches::of(32), "train").loss(Mse, ["soh", "pulse.soh"]).epochs(20)
                })
                .mistakes(),
            "no input `puls` in `SohNet`; did you mean `pulse`? inputs: pulse",
        ),
    ];
    for (mistakes, words) in cases {
        assert_eq!(mistakes, [words]);
    }
}

#[test]
fn samplers_and_schedules() {
    const WARM: SchemaSpec = pulse(&[VOLTAGE, SOH, column("temperature", Domain::Tag, Dtype::F32, &[])]);
    const NAMED: SchemaSpec = pulse(&[VOLTAGE, SOH, column("operator", Domain::Tag, Dtype::Text, &[])]);
    const IMAGE: SchemaSpec = SchemaSpec {
        name: "Image",
        columns: &[
            column("pixels", Domain::Feature, Dtype::F32, &[64]),
            column("wear", Domain::Target, Dtype::F32, &[]),
        ],
    };
    let fed = |schema: SchemaSpec, sampler: modularml::process::SamplerSpec, inputs: [&'static str; 2]| {
        let net = encoded(graph(schema)).node("soh", Linear::new(), soh("encoder"));
        ExperimentBuilder::new("SohStudy", net.spec())
            .split("pulse", Random::ratios([("train", 0.8), ("test", 0.2)]))
            .train("regress", move |phase| phase.feed("pulse", sampler, "train").loss(Mse, inputs).epochs(20))
    };
    let paired =
        |schema, condition| fed(schema, Pairs::batch(64).pair([condition]).into(), ["soh.anchor", "pulse.soh.anchor"]);
    let plain = |schema, sampler: Batches| fed(schema, sampler.into(), ["soh", "pulse.soh"]);
    let cell = Column::<i64>::new(CELL);
    let temperature = Similar::new("temperature", true);
    let two = || {
        encoded(graph(TWO)).node("soh", Linear::new(), soh("encoder")).input("image", IMAGE).node(
            "wear",
            Linear::new(),
            Reads::of(["image.pixels"]).predicts("image.wear"),
        )
    };
    same_words(vec![
        ("roles/RO11_similar_floats_without_tolerance", paired(WARM, temperature)),
        ("roles/RO14_tolerance_on_text", paired(NAMED, Similar::new("operator", true).within(5.0))),
        ("roles/RO15_negative_tolerance", paired(WARM, temperature.within(-5.0))),
        ("batches/BT01_stratified_and_grouped", plain(TAGGED, Batches::of(32).stratify_by(cell).group_by(cell))),
        (
            "streams/ST11_loss_over_feeds_that_take_turns",
            ExperimentBuilder::new("SohStudy", two().spec())
                .split("pulse", Random::ratios([("train", 0.8), ("test", 0.2)]))
                .split("image", Random::ratios([("train", 0.8), ("test", 0.2)]))
                .train("regress", |phase| {
                    let phase = phase.feed("pulse", Batches::of(32), "train").feed("image", Batches::of(32), "train");
                    phase.schedule(Alternate::cycle()).loss(Mse, ["soh", "image.wear"]).epochs(20)
                }),
        ),
        (
            "streams/ST10_schedule_of_one_feed",
            ExperimentBuilder::new("SohStudy", encoded(graph(TWO)).node("soh", Linear::new(), soh("encoder")).spec())
                .split("pulse", Random::ratios([("train", 0.8), ("test", 0.2)]))
                .train("regress", |phase| {
                    let phase = phase.feed("pulse", Batches::of(32), "train").schedule(Zip::cycle());
                    phase.loss(Mse, ["soh", "pulse.soh"]).epochs(20)
                }),
        ),
    ]);
}

#[test]
fn layers_of_layers_sequences_and_codes() {
    const CHEMISTRY: ColumnSpec =
        ColumnSpec { classes: &["lfp", "nmc", "lco"], ..column("chemistry", Domain::Feature, Dtype::Class, &[]) };
    const WEEKDAY: ColumnSpec = column("weekday", Domain::Feature, Dtype::U8, &[]);
    const IMAGES: ColumnSpec = column("images", Domain::Feature, Dtype::F32, &[3, 8, 8]);
    const LAYERS: [&[modularml::graph::LayerSpec]; 7] = [
        &[Linear::to([4, 16]).spec(), Relu.spec(), Flatten.spec(), MaxPool1d::kernel(2).spec()],
        &[Linear::new().spec(), Relu.spec(), Linear::new().spec()],
        &[Linear::to([4]).spec(), Concat::axis(-1).spec()],
        &[Relu.spec(), Ridge::penalty(1.0).spec()],
        &[Linear::to([64]).spec(), Relu.spec()],
        &[Dropout::probability(1.5).spec(), Linear::new().spec()],
        &[Relu.spec(), Embedding::size(4).entries(7).spec(), Linear::new().spec()],
    ];
    let code = |schema, layer: modularml::graph::LayerSpec, source: &str| {
        graph(schema).node("code", layer, [source]).node("soh", Linear::new(), soh("code"))
    };
    let sequence = |layers| graph(TWO).node("soh", Sequential::of(layers), soh("pulse.voltage"));
    let voltage = |layer| code(TWO, layer, "pulse.voltage");
    let codes = |column, layer: Embedding, source| code(pulse(column), layer.spec(), source);
    same_words(vec![
        ("shapes/SH01_sequence_wanted_vector_given", voltage(Lstm::hidden(16).last().spec())),
        (
            "shapes/SH01_channels_wanted_image_given",
            graph(pulse(&[IMAGES, SOH])).node("soh", Cnn1d::channels([8]), soh("pulse.images")),
        ),
        ("shapes/SH08_element_that_does_not_fit", voltage(Sequential::of(LAYERS[0]).spec())),
        ("shapes/SH08_element_without_output_shape", sequence(LAYERS[1])),
        ("shapes/SH08_merge_as_an_element", voltage(Sequential::of(LAYERS[2]).spec())),
        ("shapes/SH08_fit_only_element", sequence(LAYERS[3])),
        ("shapes/SH08_embedding_as_an_element", sequence(LAYERS[6])),
        ("shapes/SH08_no_elements", voltage(Sequential::of(&[]).spec())),
        ("shapes/SH09_residual_of_another_shape", voltage(Residual::around(LAYERS[4]).spec())),
        ("nodes/NO12_setting_of_an_element_out_of_range", sequence(LAYERS[5])),
        (
            "columns/CO05_class_as_amount",
            graph(pulse(&[CHEMISTRY, SOH])).node("soh", Linear::new(), soh("pulse.chemistry")),
        ),
        ("columns/CO12_embedding_of_a_float", codes(&[TEMPERATURE, SOH], Embedding::size(4), "pulse.temperature")),
        (
            "columns/CO12_embedding_of_a_node",
            graph(pulse(&[TEMPERATURE, SOH]))
                .node("rest", Linear::to([2]), ["pulse.temperature"])
                .node("code", Embedding::size(4).entries(7), ["rest"])
                .node("soh", Linear::new(), soh("code")),
        ),
        (
            "columns/CO12_embedding_of_codes_without_entries",
            codes(&[WEEKDAY, SOH], Embedding::size(4), "pulse.weekday"),
        ),
        (
            "columns/CO12_embedding_of_other_classes",
            codes(&[CHEMISTRY, SOH], Embedding::size(4).entries(10), "pulse.chemistry"),
        ),
    ]);
}
