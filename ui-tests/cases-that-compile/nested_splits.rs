//! Splits of splits, blocks in the order of a column, rows by condition, and a part that is validated while another is learned from.

use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;

#[derive(SampleSchema)]
struct Reading {
    #[feat]
    volts: [f32; 4],
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
    #[tag]
    day: f64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Estimate(reading: Reading) {
        soh = Linear(reading.volts) -> reading.soh;
    }
}

experiment! {
    experiment EstimateStudy for Estimate {
        seed = 3;
        #[allow(ungrouped)]
        split reading = Ordered::by(reading.day).ratios(past: 0.8, future: 0.2).gap(2);
        split reading.past = Random::ratios(train: 0.7, val: 0.3).group_by(reading.cell);
        #[allow(ungrouped, unused)]
        split reading.future = ByCondition::splits(near: reading.day.lt(400.0), far: reading.day.ge(400.0)).rest("unknown");
        #[allow(unused)]
        split reading.val = ByCondition::splits(ours: reading.cell.is_in(&[1, 2])).rest("theirs");
        split reading.train = Ordered::by(reading.cell).ratios(first: 0.5, second: 0.5);
        scale reading.volts = Standard fitted on first;
        train regress {
            feed reading = Batches::of(8).shuffled()(first);
            loss = Mse(soh, reading.soh);
            validate on second every 1 epoch { loss = Mse(soh, reading.soh); }
            epochs = 2;
        }
        eval later { feed reading = future; rmse = Rmse(soh, reading.soh); }
        eval held_out { feed reading = val; rmse = Rmse(soh, reading.soh); }
        #[allow(training_rows)]
        eval seen { feed reading = past; rmse = Rmse(soh, reading.soh); }
    }
}

#[test]
fn is_accepted_at_run_time_too() {
    crate::accepted(Estimate::new(1).map(drop), &EstimateStudy::spec());
}
