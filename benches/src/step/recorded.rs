//! What a record of a run and a checkpoint each epoch add to a step, beside the same run that leaves nothing behind.

use std::time::Instant;

use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::Mlp;
use modularml::losses::Mse;
use modularml::prelude::*;
use modularml::record::{Every, Records};

use super::works::mlp_small;
use crate::Result;
use crate::figure::alternate;

const ROUNDS: usize = 9;
const BATCH: usize = 32;
/// Steps an epoch, with as many epochs as make 60,000 steps.
const STEPS: [usize; 3] = [300, 3_000, 30_000];
const ALL_STEPS: u32 = 60_000;
/// What records may add, in parts of the run.
const MOST: f64 = 0.03;

fn study(rows: &FeatureSet<mlp_small::Row>, epochs: usize) -> Result<Session> {
    let net = GraphBuilder::new("Net").input("rows", mlp_small::Row::SCHEMA);
    let net = net.node("y", Mlp::hidden([32, 32]), Reads::of(["rows.x"]).predicts("rows.y"));
    let study = ExperimentBuilder::new("Study", net.optimizer(Adam::lr(1e-3)).spec());
    let study = study.seed(1).split("rows", Random::ratios([("train", 1.0)])).train("steps", |phase| {
        phase.feed("rows", Batches::of(BATCH).shuffled(), "train").loss(Mse, ["y", "rows.y"]).epochs(epochs)
    });
    let mut study = study.build(vec![rows.view()])?;
    study.progress(Progress::Silent);
    Ok(study)
}

pub fn run() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("modularml-bench-records-{}", std::process::id()));
    for steps in STEPS {
        let rows = FeatureSet::from_rows((0..BATCH * steps).map(mlp_small::row_at))?;
        let epochs = usize::try_from(ALL_STEPS)? / steps;
        let recorded = |_| {
            let mut study = study(&rows, epochs)?;
            let start = Instant::now();
            study.run_in(Records::at(&folder).every(Every::Epochs(1)))?;
            Ok(1e6 * start.elapsed().as_secs_f64() / f64::from(ALL_STEPS))
        };
        let plain = |_| {
            let mut study = study(&rows, epochs)?;
            let start = Instant::now();
            study.run()?;
            Ok(1e6 * start.elapsed().as_secs_f64() / f64::from(ALL_STEPS))
        };
        let times = alternate(ROUNDS, recorded, plain);
        std::fs::remove_dir_all(&folder)?;
        let (recorded, plain) = times?;
        let adds = recorded / plain - 1.0;
        let verdict = if adds <= MOST { "met" } else { "missed" };
        println!(
            "figure step_recorded_{steps} us: recorded {recorded:.2}, plain {plain:.2}, adds {:.1} %, target {} % {verdict}",
            100.0 * adds,
            100.0 * MOST
        );
    }
    Ok(())
}
