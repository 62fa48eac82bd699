//! Splits against shuffling as many indices.

use std::hint::black_box;
use std::time::Instant;

use modularml::prelude::*;
use modularml::random::{Place, Purpose};

use super::ROWS;
use crate::figure::{Figure, alternate};
use crate::{Request, Result};

const ROUNDS: usize = 11;
const STRATA: u8 = 100;

/// A row of one of the strata.
#[derive(SampleSchema)]
struct Row {
    #[feat]
    value: f32,
    #[tag]
    stratum: i64,
}

pub fn run(_: &Request) -> Result<()> {
    const PLAIN: Random = Random::ratios([("train", 0.7), ("val", 0.15), ("test", 0.15)]);
    eprintln!("split: {ROWS} rows, {STRATA} strata");
    let rows = (0..STRATA).cycle().take(ROWS).map(|stratum| Row { value: 0.0, stratum: stratum.into() });
    let view = FeatureSet::from_rows(rows)?.view();
    let rng = |round: usize| Rng::new(round as u64, Purpose::Split, Place::default());
    for (name, splitter) in [("split_plain", PLAIN), ("split_100_strata", PLAIN.stratify_by(Row::COLUMNS.stratum))] {
        let ours = |round: usize| {
            let start = Instant::now();
            black_box(splitter.spec().apply(&view, &mut rng(round))?);
            Ok(start.elapsed().as_secs_f64() * 1e3)
        };
        let peer = |round: usize| {
            let mut indices: Vec<u32> = (0..u32::try_from(ROWS)?).collect();
            let start = Instant::now();
            rng(round).shuffle(black_box(&mut indices));
            Ok(start.elapsed().as_secs_f64() * 1e3)
        };
        let (ours, peer) = alternate(ROUNDS, ours, peer)?;
        println!("{}", Figure { name, ours, peer_name: "shuffle", peer, unit: "ms", target: 3.0 });
    }
    Ok(())
}
