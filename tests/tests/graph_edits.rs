//! Graphs that are made of others keep what they had learned, and say what they had not.

use std::collections::BTreeMap;

use modularml::Error;
use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec, Shape};
use modularml::graph::{Adam, Concat, GraphBuilder, LayerNorm, Linear, Mlp, ModelGraph, Reads, Relu};

const PULSE: SchemaSpec = SchemaSpec {
    name: "Pulse",
    columns: &[
        ColumnSpec::new("voltage", Domain::Feature, Dtype::F32, Shape::new(&[5])),
        ColumnSpec::new("temperature", Domain::Feature, Dtype::F32, Shape::SCALAR),
        ColumnSpec::new("soh", Domain::Target, Dtype::F32, Shape::SCALAR),
    ],
};

fn graph() -> ModelGraph {
    GraphBuilder::new("SohNet")
        .input("pulse", PULSE)
        .optimizer(Adam::lr(1e-3))
        .node("encoder", Mlp::hidden([8]).output([4]), ["pulse.voltage"])
        .node("thermal", Linear::to([4]), ["pulse.temperature"])
        .node("fused", Concat::axis(-1), ["encoder", "thermal"])
        .node("soh", Linear::new(), Reads::of(["fused"]).predicts("pulse.soh"))
        .build(42)
        .unwrap()
}

/// What reads what, as `soh: fused`.
fn reads(graph: &ModelGraph) -> Vec<String> {
    let of_node = |node: &modularml::graph::NodeSpec| {
        let reads: Vec<String> = node.inputs.iter().map(|read| short(&format!("{read:?}"))).collect();
        format!("{}: {}", node.name, reads.join(" "))
    };
    graph.spec().nodes.iter().map(of_node).collect()
}

/// `Name("encoder")` as `encoder`, a column by its own name.
fn short(source: &str) -> String {
    source.split('"').skip(1).step_by(2).last().unwrap_or_default().to_owned()
}

fn bits(graph: &ModelGraph, node: &str) -> BTreeMap<String, Vec<u32>> {
    let numbers = |tensor: &candle_core::Tensor| tensor.flatten_all().and_then(|it| it.to_vec1::<f32>()).unwrap();
    let state = graph.state().unwrap();
    let of_node = state.iter().filter(|(name, _)| name.starts_with(&format!("{node}.")));
    of_node.map(|(name, it)| (name.clone(), numbers(it).into_iter().map(f32::to_bits).collect())).collect()
}

fn refused(change: impl FnOnce(GraphBuilder) -> GraphBuilder) -> String {
    match graph().edited(change) {
        Err(Error::Refused(lines)) => lines.join("\n"),
        Err(other) => other.to_string(),
        Ok(_) => "nothing".to_owned(),
    }
}

#[test]
fn nodes_are_put_in_and_keep_what_stays() {
    let graph = graph();
    let edited = graph.edited(|graph| graph.insert_after("encoder", "norm", LayerNorm::new())).unwrap();
    assert_eq!(reads(&edited.graph)[1..4], ["norm: encoder", "thermal: temperature", "fused: norm thermal"]);
    assert_eq!((edited.kept.len(), edited.drawn), (4, vec!["norm"]));
    for node in ["encoder", "thermal", "soh"] {
        assert_eq!(bits(&edited.graph, node), bits(&graph, node));
    }
    let before = graph.edited(|graph| graph.insert_before("soh", "squashed", Relu)).unwrap().graph;
    assert_eq!(reads(&before)[3..], ["squashed: fused", "soh: squashed"]);
    let between = graph.edited(|graph| graph.insert_between("thermal", "fused", "relu", Relu)).unwrap().graph;
    assert_eq!(reads(&between)[2..4], ["relu: thermal", "fused: encoder relu"]);
    let column = graph.edited(|graph| graph.insert_between("pulse.voltage", "encoder", "first", Relu)).unwrap().graph;
    assert_eq!(reads(&column)[..2], ["first: voltage", "encoder: first"]);
}

#[test]
fn nodes_are_taken_out_replaced_and_joined_anew() {
    let graph = graph();
    let fewer = graph.edited(|graph| graph.remove("thermal").remove("fused")).err().unwrap();
    assert!(fewer.to_string().contains("Linear takes one input, `soh` gives it 2"), "{fewer}");
    let alone = graph.edited(|graph| graph.rewire("soh", ["encoder"]).remove("fused").remove("thermal")).unwrap();
    assert_eq!(reads(&alone.graph), ["encoder: voltage", "soh: encoder"]);
    // It reads four numbers now, not eight.
    assert_eq!((alone.kept, alone.drawn), (vec!["encoder"], vec!["soh"]));
    let wider = graph.edited(|graph| graph.replace("encoder", Mlp::hidden([16]).output([4]))).unwrap();
    assert_eq!(wider.drawn, ["encoder"]);
    assert_eq!(bits(&wider.graph, "soh"), bits(&graph, "soh"));
}

#[test]
fn nodes_are_frozen_and_drawn_anew() {
    let mut graph = graph().edited(|graph| graph.freeze(["encoder", "thermal"]).unfreeze(["thermal"])).unwrap().graph;
    let frozen: Vec<bool> = graph.spec().nodes.iter().map(|node| node.frozen).collect();
    assert_eq!(frozen, [true, false, false, false]);
    let (encoder, soh) = (bits(&graph, "encoder"), bits(&graph, "soh"));
    graph.reset(["encoder"], 7).unwrap();
    assert_ne!(bits(&graph, "encoder"), encoder);
    assert_eq!(bits(&graph, "soh"), soh);
    graph.reset(["encoder"], 42).unwrap();
    assert_eq!(bits(&graph, "encoder"), encoder);
    let error = graph.reset(["soh", "encodr"], 1).unwrap_err().to_string();
    assert_eq!(error, "no node `encodr` in `SohNet`; did you mean `encoder`? nodes: encoder, thermal, fused, soh");
    assert_eq!(bits(&graph, "soh"), soh);
}

#[test]
fn what_is_not_there_cannot_be_changed() {
    let unknown = "no node `encodr` in `SohNet`; did you mean `encoder`? nodes: encoder, thermal, fused, soh";
    assert_eq!(refused(|graph| graph.remove("encodr")), unknown);
    assert_eq!(refused(|graph| graph.insert_after("encodr", "norm", LayerNorm::new())), unknown);
    assert_eq!(refused(|graph| graph.replace("encodr", Relu).freeze(["encodr"])), format!("{unknown}\n{unknown}"));
    assert_eq!(
        refused(|graph| graph.insert_between("encoder", "soh", "norm", LayerNorm::new())),
        "node `soh` does not read `encoder`; it reads `fused`"
    );
    // What comes of the changes is looked at by the rules of every graph.
    assert!(refused(|graph| graph.insert_after("soh", "norm", LayerNorm::new())).contains("`norm`"));
    assert!(refused(|graph| graph.insert_after("encoder", "soh", Relu)).contains("`soh`"));
    assert!(refused(|graph| graph.rewire("encoder", ["soh"])).contains("cycle"));
}
