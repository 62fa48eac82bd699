//! Names, and who reads what.

use modularml::data::SchemaSpec;
use modularml::graph::Reads;
use modularml::prelude::*;

use crate::shared::{
    CAPACITY, CELL, CELLS, FOUR, SOH, TWO, branches, deep, encoded, fed, graph, merged, net, pulse, soh, study, trained,
};
use crate::{Case, same_words, told};

pub(crate) fn names_and_wiring() -> Vec<Case> {
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
    ])
}

/// In the macros these names are fields of generated structs, so that rustc refuses them in words of its own.
pub(crate) fn names_that_rustc_refuses_in_the_macros() -> Vec<Case> {
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
