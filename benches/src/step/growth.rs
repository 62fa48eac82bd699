//! How the cost of a step grows with the nodes of a graph and with the rows of a batch.

use std::time::Instant;

use modularml::experiment::ExperimentBuilder;
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::{Linear, Mlp};
use modularml::losses::Mse;
use modularml::prelude::*;

use super::works::mlp_small;
use crate::Result;
use crate::figure::median;

const ROUNDS: usize = 7;
const NODES: [usize; 6] = [1, 5, 20, 100, 250, 500];
const BATCHES: [usize; 7] = [1, 4, 16, 64, 256, 1024, 4096];

/// The microseconds of a step of a graph.
fn step(graph: GraphBuilder, batch: usize, steps: usize, epochs: usize) -> Result<f64> {
    let output = graph.optimizer(Adam::lr(1e-3)).spec();
    let rows = FeatureSet::from_rows((0..batch * steps).map(mlp_small::row_at))?;
    let study = ExperimentBuilder::new("Study", output).split("rows", Random::ratios([("train", 1.0)]));
    let study = study.train("steps", |phase| {
        phase.feed("rows", Batches::of(batch).shuffled(), "train").loss(Mse, ["y", "rows.y"]).epochs(epochs)
    });
    let mut study = study.build(vec![rows.view()])?;
    study.progress(Progress::Silent);
    let mut times = Vec::new();
    for round in 0..=ROUNDS {
        let start = Instant::now();
        study.run_phase("steps")?;
        if round > 0 {
            times.push(1e6 * start.elapsed().as_secs_f64() / f64::from(u32::try_from(steps * epochs)?));
        }
    }
    Ok(median(times))
}

fn graph() -> GraphBuilder {
    GraphBuilder::new("Net").input("rows", mlp_small::Row::SCHEMA)
}

/// Linear maps of eight numbers, one behind the other.
fn chain(nodes: usize) -> GraphBuilder {
    let mut graph = graph();
    let mut read = "rows.x".to_owned();
    for node in 1..nodes {
        let name = format!("n{node}");
        graph = graph.node(&name, Linear::to([8]), [read.as_str()]);
        read = name;
    }
    graph.node("y", Linear::new(), Reads::of([read.as_str()]).predicts("rows.y"))
}

pub fn run() -> Result<()> {
    for nodes in NODES {
        let time = step(chain(nodes), 32, 8, (1000 / nodes).clamp(2, 100))?;
        let each = time / f64::from(u32::try_from(nodes)?);
        println!("figure step_nodes_{nodes} us: step {time:.1}, a node {each:.2}");
    }
    for batch in BATCHES {
        let net = graph().node("y", Mlp::hidden([32, 32]), Reads::of(["rows.x"]).predicts("rows.y"));
        let time = step(net, batch, 8, (20_000 / batch).clamp(2, 100))?;
        let each = time / f64::from(u32::try_from(batch)?);
        println!("figure step_batch_{batch} us: step {time:.1}, a row {each:.3}");
    }
    Ok(())
}
