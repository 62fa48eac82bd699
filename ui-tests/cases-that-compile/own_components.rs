//! A sampler with streams and a loss of one's own.

use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 101],
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
}

/// The rows in order, and the same from the end.
#[derive(Sampler, Clone, Copy)]
#[roles(row, next)]
#[streams(forwards, backwards)]
struct Neighbours {
    /// Draws a batch.
    #[setting(first)]
    batch: usize,
    /// The column that both share.
    #[setting(default = None, condition = same)]
    same: Option<Name>,
}

impl Draw for Neighbours {
    fn draw(&self, rows: &View, _: &mut Rng) -> Result<NeighboursStreams> {
        let pairs = |row: usize| (row, row + 1);
        let forwards = (1..rows.len()).map(|end| pairs(end - 1)).map(|(row, next)| NeighboursDraw { row, next });
        let backwards = (1..rows.len()).rev().map(|row| NeighboursDraw { row, next: row - 1 });
        Ok(NeighboursStreams { forwards: forwards.collect(), backwards: backwards.collect() })
    }
}

/// How much the order of two rows is missed.
#[derive(Loss, Clone, Copy)]
#[inputs(first: Output, second: Output, truth: Numbers)]
#[shape(first == second == truth)]
struct Order {
    /// The wanted distance.
    #[setting(first, above = 0.0)]
    distance: f64,
}

impl Formula for Order {
    fn forward(&self, inputs: OrderInputs<'_>) -> Result<PerSample> {
        let excess = ((inputs.first - inputs.second)? + self.distance)?;
        Ok(PerSample((excess.relu()? * inputs.truth)?))
    }
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Ordered(pulse: Pulse) {
        soh = Linear::new()(pulse.voltage) -> pulse.soh;
    }
}

experiment! {
    experiment OrderedStudy for Ordered {
        seed = 0;
        split pulse = Random::ratios(train: 0.8, test: 0.2);
        train order {
            feed pulse = Neighbours::batch(16).same(pulse.cell)(train).backwards;
            loss = Order::distance(0.1)(soh.row, soh.next, pulse.soh.row) + 0.5 * Mse(soh.row, pulse.soh.row);
            epochs = 3;
        }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Ordered::new(1).map(drop), &OrderedStudy::spec());
}
