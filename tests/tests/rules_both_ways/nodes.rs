//! Names, and who reads what.

use modularml::data::SchemaSpec;
use modularml::graph::Reads;
use modularml::layers::*;

use crate::shared::{CAPACITY, CELL, CELLS, FOUR, SOH, TWO, branches, encoded, graph, merged, pulse, soh};
use crate::{Case, same_words};

pub(crate) fn names_and_wiring() -> Vec<Case> {
    let g = || graph(FOUR);
    same_words(vec![
        ("nodes/NO14_graph_without_nodes", graph(TWO)),
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
    ])
}
