//! Folds and items: what workers gain, and what an item costs beside its run.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, Reads};
use modularml::items::ItemPlan;
use modularml::layers::Mlp;
use modularml::losses::Mse;
use modularml::metrics::Rmse;
use modularml::prelude::*;
use modularml::record::{Every, Records};

use crate::figure::alternate;
use crate::{Request, Result};

/// The first argument of a process that runs one item, as a worker does.
pub const CHILD: &str = "--item";

const ROUNDS: usize = 5;
const FOLDS: u32 = 5;
const TINY: u64 = 1_000;
/// Processes of which the overhead is the mean.
const PROCESSES: u8 = 20;

#[derive(SampleSchema)]
struct Row {
    #[feat]
    x: [f32; 8],
    #[target]
    y: f32,
}

fn rows(count: u16) -> Result<FeatureSet<Row>> {
    let row = |row: u16| {
        let at = f32::from(row) * 0.01;
        Row { x: [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0].map(|times| (at * times).sin()), y: at.cos() }
    };
    Ok(FeatureSet::from_rows((0..count).map(row))?)
}

fn study(count: u16, epochs: usize) -> Result<Session> {
    let net = GraphBuilder::new("Net").input("rows", Row::SCHEMA);
    let net = net.node("y", Mlp::hidden([32, 32]), Reads::of(["rows.x"]).predicts("rows.y"));
    let study = ExperimentBuilder::new("Study", net.optimizer(Adam::lr(1e-3)).spec())
        .seed(1)
        .folds("rows", KFold::of(FOLDS as usize).shuffled(), ["train", "left_out"])
        .train("learn", |phase| {
            phase.feed("rows", Batches::of(32).shuffled(), "train").loss(Mse, ["y", "rows.y"]).epochs(epochs)
        })
        .eval("test", |phase| phase.feed("rows", "left_out").metric("rmse", Rmse, ["y", "rows.y"]));
    let mut study = study.build(vec![rows(count)?.view()])?;
    study.progress(Progress::Silent);
    Ok(study)
}

pub const PARTS: &[&str] = &["folds", "tiny"];

pub fn run(request: &Request) -> Result<()> {
    if request.wants("folds") {
        folds()?;
    }
    if request.wants("tiny") {
        tiny()?;
    }
    Ok(())
}

/// Five folds of a small study on one thread and on two.
fn folds() -> Result<()> {
    let study = study(4_000, 20)?;
    let timed = |threads| {
        let start = Instant::now();
        study.run_folds_on(threads)?;
        Ok(start.elapsed().as_secs_f64())
    };
    let (two, one) = alternate(ROUNDS, |_| timed(2), |_| timed(1))?;
    println!("figure folds_5 s: two threads {two:.3}, one {one:.3}, ratio {:.2}", two / one);
    Ok(())
}

/// A thousand items of a few steps each, in one process, beside the same runs without a plan; and an item in a process of its
/// own, beside the same item in this one.
fn tiny() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("modularml-bench-items-{}", std::process::id()));
    let study = study(40, 1)?;
    let seeds: Vec<u64> = (0..TINY / u64::from(FOLDS)).collect();
    let plan = ItemPlan::of(&study, &seeds)?;
    let records = |folder: &Path| Records::at(folder).every(Every::Seconds(f64::INFINITY)).without_report();
    let start = Instant::now();
    plan.write(&folder)?;
    study.run_items(&plan, records(&folder))?;
    let ran = start.elapsed().as_secs_f64();
    let start = Instant::now();
    for seed in &seeds {
        for fold in 0..FOLDS {
            study.again(*seed, fold)?.run()?;
        }
    }
    let alone = start.elapsed().as_secs_f64();
    let start = Instant::now();
    let collected = study.collect(&plan, &folder)?;
    let read = start.elapsed().as_secs_f64();
    let count = plan.items.len();
    assert_eq!(collected.by_seed.len(), seeds.len());
    let each = |seconds: f64| 1e3 * seconds / f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    println!(
        "figure items_{count} ms an item: recorded {:.2}, run alone {:.2}, overhead {:.2}; collected in {:.2}",
        each(ran),
        each(alone),
        each(ran - alone),
        each(read)
    );
    let again = folder.with_extension("again");
    plan.write(&again)?;
    let start = Instant::now();
    for item in plan.items.iter().take(usize::from(PROCESSES)) {
        let mut child = Command::new(std::env::current_exe()?);
        child.args([CHILD, &again.to_string_lossy(), &item.id]);
        let status = child.stdin(Stdio::null()).status()?;
        if !status.success() {
            return Err("an item has failed".into());
        }
    }
    let processes = 1e3 * start.elapsed().as_secs_f64() / f64::from(PROCESSES);
    println!("figure item_process ms: an item in a process of its own {processes:.1}, in this one {:.1}", each(ran));
    std::fs::remove_dir_all(&folder)?;
    std::fs::remove_dir_all(&again)?;
    Ok(())
}

/// Runs one item, as a worker does.
pub fn child(words: &[String]) -> Result<()> {
    let [folder, id] = words else { return Err("an item is named by the folder of its plan and its id".into()) };
    let (study, plan) = (study(40, 1)?, ItemPlan::read(folder)?);
    let records = Records::at(folder).every(Every::Seconds(f64::INFINITY)).without_report();
    study.run_item(&plan, plan.item(id)?, records)?;
    Ok(())
}
