//! What an experiment adds to a step: phases, samplers, losses by name, callbacks and records, beside a bare loop over the
//! same rows, layers, loss and optimizer.

use std::time::Instant;

use modularml::candle_core::DType;
use modularml::graph::{Change, ColumnSource, GraphBuilder, ModelGraph, Reads};
use modularml::layers::Mlp;
use modularml::losses::Mse;
use modularml::prelude::*;
use modularml::random::Place;

use super::works::{Timed, mlp_small};
use crate::Result;
use crate::figure::alternate;

const ROUNDS: usize = 15;
const BATCH: usize = 32;
const STEPS: usize = 32;
const EPOCHS: usize = 60;
/// What an experiment may add to a step, in microseconds.
const MOST: f64 = 3.0;

/// The columns of a batch, gathered once a step.
struct Rows {
    x: Tensor,
    y: Tensor,
}

impl ColumnSource for Rows {
    fn column(&self, _: usize, _: usize, key: &str) -> modularml::Result<Tensor> {
        Ok(if key == "x" { self.x.clone() } else { self.y.clone() })
    }

    fn roles(&self, _: usize) -> usize {
        1
    }
}

/// The loop that does no more than it must.
fn bare() -> Result<Timed> {
    let view = FeatureSet::from_rows((0..BATCH * STEPS).map(mlp_small::row_at))?.view();
    let spec = GraphBuilder::new("Net")
        .input("rows", mlp_small::Row::SCHEMA)
        .node("y", Mlp::hidden([32, 32]), Reads::of(["rows.x"]).predicts("rows.y"))
        .spec();
    let graph = ModelGraph::build(spec, 1)?;
    let (loss, adam) = (Mse.spec(), Adam::lr(1e-3).spec());
    let mut adam = adam.build()?;
    let parameters = graph.parameters(0);
    let count = u32::try_from(BATCH * STEPS)?;
    let order: Vec<u32> = (0..count).map(|row| row * 7919 % count).collect();
    Ok(Box::new(move || {
        let start = Instant::now();
        for positions in (0..EPOCHS).flat_map(|_| order.chunks(BATCH)) {
            let batch = view.take(positions)?;
            let column = |key| batch.tensor(key, Representation::Transformed, DType::F32);
            let rows = Rows { x: column("x")?, y: column("y")? };
            let outputs = graph.run(&[0], &[true], &rows, Some((1, Place::default())))?;
            let inputs = [outputs.by_node[0][0].clone(), rows.y.clone()];
            let value = loss.evaluate(&inputs)?.0.mean_all()?;
            value.to_scalar::<f32>()?;
            let gradients = value.backward()?;
            let changes = parameters.iter().filter_map(|(name, parameter)| {
                gradients.get(parameter).map(|gradient| Change { name, parameter, gradient })
            });
            let changes: Vec<Change<'_>> = changes.collect();
            adam.step(&changes)?;
        }
        Ok(start.elapsed().as_secs_f64() / f64::from(u32::try_from(STEPS * EPOCHS)?))
    }))
}

pub fn run() -> Result<()> {
    let (mut ours, mut bare) = (mlp_small::ready()?, bare()?);
    ours()?;
    bare()?;
    let (ours, bare) = alternate(ROUNDS, |_| ours(), |_| bare())?;
    let adds = 1e6 * (ours - bare);
    let verdict = if adds <= MOST { "met" } else { "missed" };
    println!(
        "figure step_framework us: experiment {:.1}, bare loop {:.1}, adds {adds:.1}, target {MOST} {verdict}",
        1e6 * ours,
        1e6 * bare
    );
    Ok(())
}
