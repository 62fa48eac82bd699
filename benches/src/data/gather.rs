//! A shuffled batch against copying the same rows one by one.

use std::hint::black_box;
use std::time::Instant;

use candle_core::DType;
use modularml::data::Reader;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};

use super::{Pulse, ROWS, WIDTH, batch, values};
use crate::figure::{Figure, alternate};
use crate::{Request, Result};

const ROUNDS: usize = 15;
/// How many rows one measurement gathers in all.
const GATHERED: usize = 1 << 17;

pub fn run(_: &Request) -> Result<()> {
    eprintln!("gather: {ROWS} rows of {WIDTH} f32");
    let plain = values(ROWS);
    let view = Reader::<Pulse>::new().batches([batch(plain.clone())?])?.view();
    let mut order: Vec<u32> = (0..u32::try_from(ROWS)?).collect();
    Rng::new(1, Purpose::Sample, Place::default()).shuffle(&mut order);
    for (name, rows) in [("gather_32", 32), ("gather_256", 256), ("gather_4096", 4096)] {
        let batches = GATHERED / rows;
        // Each round takes rows of its own, so that neither finds them in the cache.
        let of_round = |round: usize| order.chunks_exact(rows).cycle().skip(round * batches).take(batches);
        let ours = |round: usize| {
            let start = Instant::now();
            for positions in of_round(round) {
                black_box(view.take(positions)?.tensor("voltage", Representation::Raw, DType::F32)?);
            }
            Ok(per_batch(start, batches))
        };
        let mut buffer = vec![0.0_f32; rows * WIDTH];
        let peer = |round: usize| {
            let start = Instant::now();
            for positions in of_round(round + ROUNDS) {
                for (to, &row) in buffer.chunks_exact_mut(WIDTH).zip(positions) {
                    let from = row as usize * WIDTH;
                    to.copy_from_slice(&plain[from..from + WIDTH]);
                }
                black_box(&buffer);
            }
            Ok(per_batch(start, batches))
        };
        let (ours, peer) = alternate(ROUNDS, ours, peer)?;
        println!("{}", Figure { name, ours, peer_name: "memcpy", peer, unit: "us", target: 2.0 });
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "a few thousand batches")]
fn per_batch(start: Instant, batches: usize) -> f64 {
    start.elapsed().as_secs_f64() * 1e6 / batches as f64
}
