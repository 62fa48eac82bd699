//! The running graph: order, roles, frozen nodes, noise, state and fitting.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor};
use modularml::data::{ColumnSpec, Domain, Dtype, SchemaSpec, Shape};
use modularml::graph::{
    Adam, ArgMax, Change, ColumnSource, Concat, GraphBuilder, Linear, Mlp, ModelGraph, Outputs, Precision, Reads,
    Ridge, Source,
};
use modularml::random::Place;
use modularml::{Error, Result};
use modularml_tests::{difference, numbers, without_lines};

const fn column(key: &'static str, domain: Domain, axes: &[usize]) -> ColumnSpec {
    ColumnSpec::new(key, domain, Dtype::F32, Shape::new(axes))
}

const PULSE: SchemaSpec = SchemaSpec {
    name: "Pulse",
    columns: &[
        column("voltage", Domain::Feature, &[3]),
        column("temperature", Domain::Feature, &[]),
        column("soh", Domain::Target, &[]),
    ],
};

/// Rows in memory, with as many roles as there are maps of columns.
struct Rows(Vec<BTreeMap<&'static str, Tensor>>);

impl Rows {
    fn one(columns: &[(&'static str, &[f64], &[usize])]) -> Self {
        let tensor = |values: &[f64], dims: &[usize]| Tensor::from_vec(values.to_vec(), dims, &Device::Cpu).unwrap();
        Self(vec![columns.iter().map(|&(key, values, dims)| (key, tensor(values, dims))).collect()])
    }

    fn pulses() -> Self {
        Self::one(&[
            ("voltage", &[0.5, -1.0, 2.0, 1.5, 0.25, -0.75], &[2, 3]),
            ("temperature", &[20.0, 30.0], &[2]),
            ("soh", &[0.9, 0.7], &[2]),
        ])
    }
}

impl ColumnSource for Rows {
    fn column(&self, _: usize, role: usize, key: &str) -> Result<Tensor> {
        self.0[role].get(key).cloned().ok_or_else(|| Error::Data(format!("no column `{key}`")))
    }

    fn roles(&self, _: usize) -> usize {
        self.0.len()
    }
}

/// encoder and thermal -> fused -> soh, declared in another order than they run.
fn builder() -> GraphBuilder {
    GraphBuilder::new("SohNet")
        .input("pulse", PULSE)
        .optimizer(Adam::lr(1e-3))
        .node("soh", Mlp::hidden([8]), Reads::of(["fused"]).predicts("pulse.soh"))
        .node("fused", Concat::axis(-1), ["encoder", "thermal"])
        .node("encoder", Mlp::hidden([8]).output([4]).dropout(0.5), ["pulse.voltage"])
        .node("thermal", Linear::to([2]), ["pulse.temperature"])
}

const SOH: usize = 0;
const FUSED: usize = 1;
const ENCODER: usize = 2;
const THERMAL: usize = 3;

fn gradients_reach(graph: &ModelGraph, outputs: &Outputs, node: usize) -> bool {
    let gradients = outputs.by_node[SOH][0].sum_all().unwrap().backward().unwrap();
    let reached: Vec<bool> =
        graph.parameters(node).iter().map(|(_, parameter)| gradients.get(parameter).is_some()).collect();
    assert!(reached.iter().all(|&one| one == reached[0]), "some parameters of the node, but not others");
    reached[0]
}

#[test]
fn nodes_run_in_the_order_of_their_edges_whatever_the_order_of_declaration() {
    let graph = builder().build(1).unwrap();
    assert_eq!(graph.needed(&[ENCODER]), [ENCODER]);
    let needed = graph.needed(&[SOH]);
    assert_eq!(needed.len(), 4);
    assert_eq!(needed[2..], [FUSED, SOH]);
    let outputs = graph.run(&[SOH], &[], &Rows::pulses(), None).unwrap();
    let dims = |node: usize| outputs.by_node[node][0].dims().to_vec();
    assert_eq!([dims(SOH), dims(FUSED), dims(ENCODER), dims(THERMAL)], [vec![2], vec![2, 6], vec![2, 4], vec![2, 2]]);
    let outputs = graph.run(&[ENCODER], &[], &Rows::pulses(), None).unwrap();
    assert!(outputs.by_node[SOH].is_empty() && outputs.by_node[ENCODER].len() == 1);
}

#[test]
fn gradients_pass_through_inactive_nodes_to_active_ones_only() {
    let graph = builder().build(1).unwrap();
    let run = |active: [bool; 4]| graph.run(&[SOH], &active, &Rows::pulses(), Some((0, Place::default()))).unwrap();
    let reached = |active: [bool; 4]| {
        let outputs = run(active);
        [SOH, ENCODER, THERMAL].map(|node| gradients_reach(&graph, &outputs, node))
    };
    assert_eq!(reached([true; 4]), [true, true, true]);
    assert_eq!(reached([true, true, false, true]), [true, false, true]);
    assert_eq!(reached([false, false, true, false]), [false, true, false]);
    let outputs = run([true, true, false, false]);
    assert!(!outputs.by_node[FUSED][0].track_op(), "nothing above it learns, so nothing is to be remembered");
}

#[test]
fn noise_is_keyed_by_place_and_off_where_nothing_learns() {
    let graph = builder().build(1).unwrap();
    let run = |active: bool, noise| {
        numbers(&graph.run(&[ENCODER], &[active; 4], &Rows::pulses(), noise).unwrap().by_node[ENCODER][0])
    };
    let step = |step| Some((7, Place { step, ..Place::default() }));
    assert_eq!(run(true, step(0)), run(true, step(0)));
    assert_ne!(run(true, step(0)), run(true, step(1)));
    assert_eq!(run(false, step(0)), run(true, None));
}

#[test]
fn dropout_keeps_the_mean() {
    let graph = GraphBuilder::new("Wide")
        .input("pulse", PULSE)
        .node("wide", Mlp::hidden([40_000]).dropout(0.3), Reads::of(["pulse.voltage"]).predicts("pulse.soh"))
        .build(1)
        .unwrap();
    let rows = Rows::pulses();
    // Weights of one on both sides: the output is the sum over the hidden layer.
    let state = graph.state().unwrap().into_iter().map(|(name, tensor)| {
        let value = if name.ends_with("weight") { tensor.ones_like() } else { tensor.zeros_like() };
        (name, value.unwrap())
    });
    let mut graph = graph;
    graph.set_state(&state.collect()).unwrap();
    let sum = |noise| numbers(&graph.run(&[0], &[true], &rows, noise).unwrap().by_node[0][0])[0];
    let (all, kept) = (sum(None), sum(Some((1, Place::default()))));
    // The standard deviation of the share is sqrt(0.3 / 0.7 / 40000) = 0.0033.
    assert!((kept / all - 1.0).abs() < 0.015, "{kept} of {all}");
    assert!((kept / all - 1.0).abs() > 1e-9, "nothing was dropped");
}

#[test]
fn the_seed_decides_the_initial_weights() {
    let weights = |seed| numbers(&builder().build(seed).unwrap().state().unwrap()["encoder.0.weight"]);
    assert_eq!(weights(1), weights(1));
    assert_ne!(weights(1), weights(2));
    // Uniform in ±1 / sqrt(3).
    let bound = 1.0 / 3f64.sqrt();
    assert!(weights(1).iter().all(|weight| weight.abs() <= bound));
    assert!(weights(1).iter().any(|weight| weight.abs() > 0.8 * bound));
}

#[test]
fn every_role_runs_through_the_same_weights() {
    let mut rows = Rows::pulses();
    rows.0.push(rows.0[0].clone());
    let graph = builder().build(1).unwrap();
    let outputs = graph.run(&[SOH], &[], &rows, None).unwrap();
    assert_eq!(outputs.by_node[SOH].len(), 2);
    assert_eq!(numbers(&outputs.by_node[SOH][0]), numbers(&outputs.by_node[SOH][1]));
}

#[test]
fn a_state_is_a_copy_and_is_taken_over_whole_or_not_at_all() {
    let mut graph = builder().build(1).unwrap();
    let first = graph.state().unwrap();
    assert_eq!(
        first.keys().collect::<Vec<_>>(),
        [
            "encoder.0.bias",
            "encoder.0.weight",
            "encoder.1.bias",
            "encoder.1.weight",
            "soh.0.bias",
            "soh.0.weight",
            "soh.1.bias",
            "soh.1.weight",
            "thermal.0.bias",
            "thermal.0.weight",
        ]
    );
    let all = |state: &BTreeMap<String, Tensor>| state.values().flat_map(numbers).collect::<Vec<f64>>();
    let kept = all(&first);
    let spec = graph.spec().optimizer.unwrap();
    let mut optimizer = spec.build().unwrap();
    for node in [SOH, ENCODER, THERMAL] {
        for (name, parameter) in graph.parameters(node) {
            let gradient = &parameter.ones_like().unwrap();
            optimizer.step(&[Change { name: &name, parameter: &parameter, gradient }]).unwrap();
        }
    }
    let second = graph.state().unwrap();
    assert_eq!(all(&first), kept, "a step changed a state that was taken before it");
    assert_ne!(all(&first), all(&second));

    let mut missing = first.clone();
    missing.remove("thermal.0.bias");
    let mut unknown = first.clone();
    unknown.insert("encoder.2.weight".to_owned(), first["soh.1.bias"].clone());
    let mut elsewhere = first.clone();
    elsewhere.insert("decoder.0.weight".to_owned(), first["soh.1.bias"].clone());
    let mut reshaped = first.clone();
    reshaped.insert("thermal.0.weight".to_owned(), first["soh.1.bias"].clone());
    for (state, message) in [
        (missing, "node `thermal`: `0.bias` is missing"),
        (unknown, "node `encoder`: `2.weight` is not known here"),
        (elsewhere, "`decoder.0.weight` belongs to no node of `SohNet`; nodes: soh, fused, encoder, thermal"),
        (reshaped, "node `thermal`: `0.weight` has shape [1], [2, 1] is needed"),
    ] {
        assert_eq!(without_lines(&graph.set_state(&state).unwrap_err().to_string()), message);
        assert_eq!(all(&graph.state().unwrap()), all(&second), "{message}: something was changed");
    }
    graph.set_state(&first).unwrap();
    assert_eq!(all(&graph.state().unwrap()), kept);
}

#[test]
fn a_513th_input_is_refused() {
    const MOST: usize = 512;
    let graph = |inputs: usize| {
        (0..inputs).fold(GraphBuilder::new("Wide"), |graph, i| {
            let (input, node) = (format!("pulse{i}"), format!("node{i}"));
            let reads = Reads::of([format!("{input}.voltage").as_str()]);
            let graph = graph.input(&input, PULSE);
            // There may be no more nodes either.
            if i < MOST { graph.node(&node, Linear::to([1]), reads.output()) } else { graph }
        })
    };
    assert!(graph(MOST).build(1).is_ok());
    assert_eq!(
        graph(MOST + 1).build(1).err().unwrap().to_string(),
        "input `pulse512`: a graph has at most 512 inputs; put columns of one row into one schema"
    );
}

#[test]
fn errors_name_the_node() {
    let graph = builder().build(1).unwrap();
    let mut rows = Rows::pulses();
    rows.0[0].remove("voltage");
    let error = graph.run(&[SOH], &[], &rows, None).unwrap_err().to_string();
    assert_eq!(without_lines(&error), "node `encoder`: no column `voltage`");
    assert!(error.starts_with("node `encoder` (tests/tests/graph.rs:"), "{error}");
    let wide = Rows::one(&[("voltage", &[0.0; 8], &[2, 4]), ("temperature", &[20.0, 30.0], &[2])]);
    let error = without_lines(&graph.run(&[SOH], &[], &wide, None).unwrap_err().to_string());
    assert!(error.starts_with("node `encoder`: linear map 0: "), "{error}");
}

fn ridge(penalty: f64) -> ModelGraph {
    let builder = GraphBuilder::new("Fitted").input("pulse", PULSE).node(
        "soh",
        Ridge::penalty(penalty),
        Reads::of(["pulse.voltage"]).predicts("pulse.soh"),
    );
    ModelGraph::build(builder.precision(Precision::F64).spec(), 1).unwrap()
}

#[test]
fn ridge_is_fitted_in_closed_form() {
    let x = [1.0, 2.0, 0.5, -1.0, 0.0, 3.0, 2.0, 1.0, 1.0, 0.0, -2.0, 2.5, 1.5, 4.0, -0.5];
    let rows = Rows::one(&[("voltage", &x, &[5, 3]), ("soh", &[1.0, 3.0, -2.0, 0.5, 2.0], &[5])]);
    let mut graph = ridge(2.0);
    let error = without_lines(&graph.run(&[0], &[], &rows, None).unwrap_err().to_string());
    assert_eq!(error, "node `soh`: Ridge has not been fitted; a fit phase must run before");
    graph.fit(0, &rows, 0).unwrap();
    let predicted = numbers(&graph.run(&[0], &[], &rows, None).unwrap().by_node[0][0]);
    // Where the penalised sum of squares is least, its gradient is zero: Xᵀ(y - Xw - b) = penalty w, and the
    // residuals sum to zero because the intercept is not penalised.
    let rest: Vec<f64> = [1.0, 3.0, -2.0, 0.5, 2.0].iter().zip(&predicted).map(|(y, p)| y - p).collect();
    assert!(rest.iter().sum::<f64>().abs() < 1e-12);
    let weight = numbers(&graph.state().unwrap()["soh.weight"]);
    let pulled: Vec<f64> = (0..3).map(|j| (0..5).map(|i| x[3 * i + j] * rest[i]).sum()).collect();
    let penalty: Vec<f64> = weight.iter().map(|weight| 2.0 * weight).collect();
    assert!(difference(&pulled, &penalty, 1.0) < 1e-12, "{pulled:?} {penalty:?}");

    let state = graph.state().unwrap();
    let mut other = ridge(2.0);
    other.set_state(&state).unwrap();
    assert_eq!(numbers(&other.run(&[0], &[], &rows, None).unwrap().by_node[0][0]), predicted);
}

#[test]
fn ridge_refuses_what_it_cannot_fit() {
    let fit = |penalty, x: &[f64], y: &[f64]| {
        let rows = Rows::one(&[("voltage", x, &[x.len() / 3, 3]), ("soh", y, &[y.len()])]);
        without_lines(&ridge(penalty).fit(0, &rows, 0).unwrap_err().to_string())
    };
    let twice = [1.0, 1.0, 0.0, 2.0, 2.0, 5.0, 3.0, 3.0, -1.0, 4.0, 4.0, 2.0];
    assert!(fit(0.0, &twice, &[1.0, 2.0, 3.0, 4.0]).contains("depend linearly on each other"));
    let holed = [1.0, 2.0, 3.0, 4.0, f64::NAN, 6.0];
    assert_eq!(
        fit(1.0, &holed, &[1.0, 2.0]),
        "node `soh`: Ridge needs finite numbers, found NaN in row 1; put FillMissing before it, scale the column by Imputer, or leave such rows out by .complete()"
    );
    let mut stepwise = builder().build(1).unwrap();
    let error = without_lines(&stepwise.fit(SOH, &Rows::pulses(), 0).unwrap_err().to_string());
    assert_eq!(error, "node `soh`: this layer learns by steps; use a train phase");
}

#[test]
fn argmax_gives_the_first_largest_and_no_gradient() {
    let graph = GraphBuilder::new("Picked")
        .input("pulse", PULSE)
        .node("pick", ArgMax, Reads::of(["pulse.voltage"]).predicts("pulse.soh"))
        .build(1)
        .unwrap();
    let rows = Rows::one(&[("voltage", &[1.0, 3.0, 3.0, -1.0, -2.0, -3.0], &[2, 3])]);
    let picked = &graph.run(&[0], &[true], &rows, None).unwrap().by_node[0][0];
    assert_eq!(numbers(picked), [1.0, 0.0]);
    assert!(!picked.track_op());
}

#[test]
fn a_builder_reads_names_and_columns() {
    assert_eq!(Source::from("encoder"), Source::Name("encoder"));
    let column = |as_number| Source::Column { input: "pulse", column: "voltage", as_number };
    assert_eq!(Source::from("pulse.voltage"), column(false));
    assert_eq!(Source::from("pulse.voltage").as_number(), column(true));
}

#[test]
fn pictures_name_what_each_node_reads_and_predicts() {
    let graph = ridge(1.0);
    let mermaid = "flowchart LR\n    pulse[(\"pulse\")]\n    soh[\"soh: Ridge<br/>[], 0 parameters\"]\n    \
                   pulse -- voltage --> soh\n    soh -. predicts .-> soh_target([\"pulse.soh\"])\n";
    assert_eq!(graph.mermaid(), mermaid);
    let dot = "digraph \"Fitted\" {\n    rankdir=LR;\n    \"pulse\" [shape=cylinder];\n    \"soh\" [shape=box, \
               label=\"soh: Ridge\\n[], 0 parameters\"];\n    \"pulse\" -> \"soh\" [label=\"voltage\"];\n    \"soh\" -> \
               \"pulse.soh\" [style=dashed];\n}\n";
    assert_eq!(graph.dot(), dot);
}
