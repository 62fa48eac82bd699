//! What a checkpoint of 100 MB of weights costs, beside writing as many bytes.

use std::fs::File;
use std::io::Write as _;
use std::time::Instant;

use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::Linear;
use modularml::losses::Mse;
use modularml::prelude::*;
use modularml::record::{Every, Records};

use crate::Result;
use crate::figure::alternate;

const ROUNDS: usize = 5;
/// A matrix of 5000 x 5000 weights is 100 MB.
const WIDTH: usize = 5000;
/// Each eval phase is one step, behind which a checkpoint is written.
const CHECKPOINTS: u32 = 8;
/// What a checkpoint may take, as a multiple of writing its bytes.
const MOST: f64 = 1.5;

#[derive(SampleSchema)]
struct Row {
    #[feat]
    x: f32,
    #[target]
    y: f32,
}

fn study() -> Result<Session> {
    let net = GraphBuilder::new("Net").input("rows", Row::SCHEMA);
    let net = net.node("wide", Linear::to([WIDTH]), Reads::of(["rows.x"]));
    let net = net.node("square", Linear::to([WIDTH]).no_bias(), Reads::of(["wide"]));
    let net = net.node("y", Linear::new(), Reads::of(["square"]).predicts("rows.y"));
    let mut study = ExperimentBuilder::new("Study", net.spec());
    study = study.split("rows", Random::ratios([("test", 1.0)]));
    for phase in 0..CHECKPOINTS {
        study = study.eval(&format!("test_{phase}"), |phase| phase.feed("rows", "test").loss(Mse, ["y", "rows.y"]));
    }
    let rows = FeatureSet::from_rows((0..4u8).map(|row| Row { x: f32::from(row), y: 1.0 }))?;
    let mut study = study.build(vec![rows.view()])?;
    study.progress(Progress::Silent);
    Ok(study)
}

/// Prints how many milliseconds a checkpoint takes beside writing as many bytes: to a file beside, synchronised, renamed.
pub fn run() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("modularml-bench-checkpoints-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let bytes = vec![7u8; WIDTH * WIDTH * 4];
    let checkpoint = |_| {
        let (mut whole, mut plain) = (study()?, study()?);
        let start = Instant::now();
        whole.run_in(Records::at(&folder).every(Every::Seconds(f64::INFINITY)).without_report())?;
        let recorded = start.elapsed();
        let start = Instant::now();
        plain.run()?;
        // One more is written at the start.
        Ok(1e3 * (recorded.saturating_sub(start.elapsed())).as_secs_f64() / f64::from(CHECKPOINTS + 1))
    };
    let plain = |_| {
        let start = Instant::now();
        for number in 0..=CHECKPOINTS {
            let path = folder.join("bytes.new");
            let mut file = File::create(&path)?;
            file.write_all(&bytes)?;
            file.sync_all()?;
            std::fs::rename(&path, folder.join(format!("bytes-{}", number % 2)))?;
        }
        Ok(1e3 * start.elapsed().as_secs_f64() / f64::from(CHECKPOINTS + 1))
    };
    let times = alternate(ROUNDS, checkpoint, plain);
    std::fs::remove_dir_all(&folder)?;
    let (checkpoint, plain) = times?;
    let ratio = checkpoint / plain;
    let verdict = if ratio <= MOST { "met" } else { "missed" };
    println!(
        "figure checkpoint_100_mb ms: checkpoint {checkpoint:.1}, bytes {plain:.1}, ratio {ratio:.2}, target {MOST} {verdict}"
    );
    Ok(())
}
