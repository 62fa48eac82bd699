//! Shapes and merges.

use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec};
use modularml::graph::GraphBuilder;
use modularml::layers::*;

use crate::shared::{CAPACITY, FOUR, SOH, TWO, branches, column, encoded, graph, merged, pulse, soh};
use crate::{Case, same_words};

/// The voltage as a sequence of one channel, and a node that reads it.
fn one_channel(encoder: Conv1d) -> GraphBuilder {
    graph(TWO).node("one", Reshape::to([1, 101]), ["pulse.voltage"]).node("encoder", encoder, ["one"])
}

pub(crate) fn shapes_and_merges() -> Vec<Case> {
    const IMAGE: ColumnSpec = column("image", Domain::Feature, Dtype::F32, &[8, 8]);
    const CHANNELS: ColumnSpec = column("channels", Domain::Feature, Dtype::F32, &[2, 50]);
    let read = ["pulse.channels"];
    let contradicting = graph(pulse(&[CHANNELS, SOH]))
        .node("strided", Conv1d::channels(4).kernel(4).same().stride(2), read)
        .node("padded", Conv1d::channels(4).kernel(4).same().padding(1), read)
        .node("longer", ConvTranspose1d::channels(4).stride(2).output_padding(2), read)
        .node("nothing", ConvTranspose1d::channels(4).padding(30), read)
        .node("groups", ConvTranspose1d::channels(3).groups(2), read)
        .node("neither", Upsample::new(), read)
        .node("both", Upsample::by([2]).sizes([100]), read)
        .node("image", Upsample::by([2, 2]), read)
        .node(
            "joined",
            Concat::axis(0),
            ["strided", "padded", "longer", "nothing", "groups", "neither", "both", "image"],
        )
        .node("soh", Linear::new(), soh("joined"));
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
        ("shapes/SH13_windows_that_contradict_themselves", contradicting),
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
    ])
}
