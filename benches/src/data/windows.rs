//! Windows over a long recording against copying as many bytes.

use std::hint::black_box;
use std::time::Instant;

use candle_core::DType;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};

use crate::figure::{Figure, alternate};
use crate::{Request, Result};

const ROUNDS: usize = 15;
const ROWS: u32 = 10_000_000;
const LENGTH: usize = 256;
const COLUMNS: usize = 8;
/// How many values a window has.
const WINDOW: usize = LENGTH * COLUMNS;
/// How many windows a batch has, and how many batches a round.
const BATCH: usize = 64;
const BATCHES: usize = 128;

/// A row of a recording with eight sensors.
#[derive(SampleSchema)]
struct Reading {
    #[feat]
    a: f32,
    #[feat]
    b: f32,
    #[feat]
    c: f32,
    #[feat]
    d: f32,
    #[feat]
    e: f32,
    #[feat]
    f: f32,
    #[feat]
    g: f32,
    #[feat]
    h: f32,
}

/// A window as networks read it that go through time, and as convolutions do.
#[derive(SampleSchema)]
#[windows(of = Reading, length = LENGTH)]
struct Piece {
    #[feat(window = [a, b, c, d, e, f, g, h])]
    rows: [[f32; COLUMNS]; LENGTH],
    #[feat(window = [a, b, c, d, e, f, g, h], columns_first)]
    channels: [[f32; LENGTH]; COLUMNS],
}

pub fn run(_: &Request) -> Result<()> {
    eprintln!("windows: {ROWS} rows of {COLUMNS} f32, windows of {LENGTH}");
    let reading = |row: u32| {
        let value = |column: u16| f32::from(u16::try_from(row % 9973).unwrap_or(0)) + f32::from(column);
        Reading {
            a: value(0),
            b: value(1),
            c: value(2),
            d: value(3),
            e: value(4),
            f: value(5),
            g: value(6),
            h: value(7),
        }
    };
    let readings = FeatureSet::from_rows((0..ROWS).map(reading))?;
    let start = Instant::now();
    let pieces: FeatureSet<Piece> = Windows::stride(64).over(&readings)?;
    eprintln!("{} windows made in {:.3} s", pieces.len(), start.elapsed().as_secs_f64());
    let view = pieces.view();
    let mut order: Vec<u32> = view.rows().to_vec();
    Rng::new(1, Purpose::Sample, Place::default()).shuffle(&mut order);
    // As many bytes as the readings have, in windows one behind the other.
    let plain: Vec<f32> = vec![1.0; ROWS as usize * COLUMNS];
    let there = u32::try_from(plain.len() / WINDOW)?;
    // Each round takes windows of its own, so that neither finds them in the cache.
    let of_round = |round: usize| order.chunks_exact(BATCH).cycle().skip(round * BATCHES).take(BATCHES);
    for (name, key) in [("windows_rows", "rows"), ("windows_channels", "channels")] {
        let ours = |round: usize| {
            let start = Instant::now();
            for positions in of_round(round) {
                black_box(view.take(positions)?.tensor(key, Representation::Raw, DType::F32)?);
            }
            Ok(per_batch(start))
        };
        let mut buffer = vec![0.0_f32; BATCH * WINDOW];
        let peer = |round: usize| {
            let start = Instant::now();
            for positions in of_round(round + ROUNDS) {
                for (to, &window) in buffer.chunks_exact_mut(WINDOW).zip(positions) {
                    let from = (window % there) as usize * WINDOW;
                    to.copy_from_slice(&plain[from..from + WINDOW]);
                }
                black_box(&buffer);
            }
            Ok(per_batch(start))
        };
        let (ours, peer) = alternate(ROUNDS, ours, peer)?;
        println!("{}", Figure { name, ours, peer_name: "memcpy", peer, unit: "us", target: 2.0 });
    }
    Ok(())
}

#[allow(clippy::cast_precision_loss, reason = "a few batches")]
fn per_batch(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e6 / BATCHES as f64
}
