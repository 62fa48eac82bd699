//! Triplets by a tag, against the Python package on a fiftieth of the rows, and how their cost grows.

use std::hint::black_box;
use std::time::Instant;

use modularml::prelude::*;
use modularml::random::{Place, Purpose};

use crate::figure::{Figure, alternate};
use crate::peer::Peer;
use crate::{Request, Result};

const ROUNDS: usize = 5;
const ROWS: usize = 100_000;
/// The rows of the Python package.
const PEER_ROWS: usize = 2_000;
/// Rows of one cell.
const OF_A_CELL: usize = 20;

/// A row that belongs to a cell.
#[derive(SampleSchema)]
struct Row {
    #[feat]
    value: f32,
    #[tag]
    cell: i64,
}

pub fn run(_: &Request) -> Result<()> {
    eprintln!("samplers: triplets of {ROWS} rows, {OF_A_CELL} a cell");
    let all = rows(ROWS)?;
    let (twice, once) = (rows(2 * ROWS)?, |round: usize| draw(&all, round));
    let (ours, peer) = alternate(ROUNDS, |round| draw(&twice, round), once)?;
    // N log N from 100,000 to 200,000 rows is a factor of 2.12.
    println!("{}", Figure { name: "triplets_twice_rows", ours, peer_name: "once", peer, unit: "s", target: 2.4 });
    let Some(mut python) = Peer::python("samplers.py", "modularml")? else { return Ok(()) };
    let question = format!("{PEER_ROWS} {OF_A_CELL}");
    let (ours, peer) = alternate(ROUNDS, once, |_| Ok(python.ask(&question)?.into_iter().sum()))?;
    println!("{}", Figure { name: "triplets_100k", ours, peer_name: "python_2k", peer, unit: "s", target: 1.0 });
    Ok(())
}

fn rows(count: usize) -> Result<View> {
    let cells = i64::try_from(count / OF_A_CELL)?;
    let rows = (0..cells).cycle().take(count).map(|cell| Row { value: 0.0, cell });
    Ok(FeatureSet::from_rows(rows)?.view())
}

/// Seconds for the triplets of an epoch.
fn draw(rows: &View, round: usize) -> Result<f64> {
    const TRIPLETS: Triplets = Triplets::of(64).same(Row::COLUMNS.cell);
    let start = Instant::now();
    black_box(TRIPLETS.spec().epoch(rows, None, &mut Rng::new(round as u64, Purpose::Sample, Place::default()))?);
    Ok(start.elapsed().as_secs_f64())
}
