//! A whole training step (gather, forward, backward, Adam) beside peers and the bare products of its matrices.

mod checkpoint;
mod floor;
mod framework;
mod growth;
mod plain_candle;
mod recorded;
mod works;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use modularml::graph::keep_freed_memory;

use crate::figure::median;
use crate::peer::Peer;
use crate::{Request, Result};
use works::Timed;
pub use works::mlp_classes;

/// The word with which this program calls itself.
pub const CHILD: &str = "--step";
const ROUNDS: usize = 7;

/// The name of a work and what makes it ready.
type Work = (&'static str, fn() -> Result<Timed>);

const WORKS: [Work; 8] = [
    ("mlp_small", works::mlp_small::ready),
    ("mlp", works::mlp::ready),
    ("mlp_classes", works::mlp_classes::ready),
    ("cnn_small", works::cnn_small::ready),
    ("cnn", works::cnn::ready),
    ("lstm", works::lstm::ready),
    ("transformer", works::transformer::ready),
    ("triplet", works::triplet::ready),
];

pub const PARTS: &[&str] = &[
    "framework",
    "growth",
    "recorded",
    "checkpoint",
    "mlp_small",
    "mlp",
    "mlp_classes",
    "cnn_small",
    "cnn",
    "lstm",
    "transformer",
    "triplet",
];

/// The environment variable in which the process with two threads gets the times with one.
const ONE_THREAD: &str = "MODULARML_BENCH_ONE_THREAD";

pub fn run(request: &Request) -> Result<()> {
    let mut ours = Vec::new();
    // The number of threads is read once by a process.
    for threads in ["1", "2"] {
        let mut child = Command::new(std::env::current_exe()?);
        let child = child.args([CHILD, threads]).args(&request.parts).env("RAYON_NUM_THREADS", threads);
        let child = child.env("CANDLE_NUM_THREADS", "1").env(ONE_THREAD, ours.join(" "));
        let mut child = child.stdout(Stdio::piped()).spawn()?;
        for line in BufReader::new(child.stdout.take().ok_or("the part has no output")?).lines() {
            let line = line?;
            println!("{line}");
            let words: Vec<&str> = line.split_whitespace().collect();
            if let ["figure", name, "threads", "1", "us:", "ours", time, ..] = words.as_slice() {
                ours.push(format!("{name}={time}"));
            }
        }
        if !child.wait()?.success() {
            return Err("a part of the suite failed".into());
        }
    }
    Ok(())
}

/// All works with so many threads, one line each.
pub fn child(words: &[String]) -> Result<()> {
    // As a program does that trains for long; the peers have allocators of their own.
    keep_freed_memory();
    let (threads, parts) = words.split_first().ok_or("expected a number of threads")?;
    let threads: usize = threads.parse()?;
    let one_thread = std::env::var(ONE_THREAD).unwrap_or_default();
    let one_thread = one_thread.split_whitespace().filter_map(|word| word.split_once('='));
    let one_thread: BTreeMap<&str, f64> =
        one_thread.filter_map(|(name, time)| Some((name, time.parse().ok()?))).collect();
    let wants = |name: &str| parts.is_empty() || parts.iter().any(|part| part == name);
    if threads == 1 && wants("framework") {
        framework::run()?;
    }
    if threads == 1 && wants("growth") {
        growth::run()?;
    }
    if threads == 1 && wants("recorded") {
        recorded::run()?;
    }
    if threads == 1 && wants("checkpoint") {
        checkpoint::run()?;
    }
    let mut torch = Peer::python("step.py", "torch")?;
    let mut burn = Peer::burn()?;
    for (name, ready) in WORKS.iter().filter(|(name, _)| wants(name)) {
        let mut sides: Vec<(&str, Timed)> = vec![("ours", ready()?)];
        if let Some(candle) = plain_candle::ready(name)? {
            sides.push(("candle", candle));
        }
        let mut rounds: Vec<(&str, Vec<f64>)> = sides.iter().map(|(side, _)| (*side, Vec::new())).collect();
        rounds.extend(["burn", "torch", "torch_fused", "floor"].map(|side| (side, Vec::new())));
        let products = floor::products(name);
        for round in 0..=ROUNDS {
            for (side, seconds) in &mut rounds {
                let peer = if *side == "burn" { &mut burn } else { &mut torch };
                let time = match (sides.iter_mut().find(|(known, _)| known == side), peer) {
                    (Some((_, timed)), _) => timed()?,
                    (None, _) if *side == "floor" => floor::seconds(&products, threads),
                    (None, Some(peer)) => *peer.ask(&format!("{name} {side} {threads}"))?.first().ok_or("no time")?,
                    (None, None) => continue,
                };
                // The first round warms up.
                if round > 0 {
                    seconds.push(time);
                }
            }
        }
        print(name, threads, one_thread.get(format!("step_{name}").as_str()).copied(), rounds);
    }
    Ok(())
}

/// One line: all medians, the ratio to the fastest peer and to the floor, and whether the target is met: with one thread
/// half of the fastest peer or 1.2 of the floor, with two neither slower than that peer nor than with one.
fn print(name: &str, threads: usize, one_thread: Option<f64>, rounds: Vec<(&str, Vec<f64>)>) {
    let rounds = rounds.into_iter().filter(|(_, seconds)| !seconds.is_empty());
    let medians: Vec<(&str, f64)> = rounds.map(|(side, seconds)| (side, 1e6 * median(seconds))).collect();
    let of = |wanted: &str| medians.iter().find(|(side, _)| *side == wanted).map_or(f64::NAN, |(_, time)| *time);
    let (ours, floor) = (of("ours"), of("floor"));
    let peers = medians.iter().filter(|(side, _)| !["ours", "floor"].contains(side));
    let Some((fastest, peer)) = peers.copied().min_by(|a, b| a.1.total_cmp(&b.1)) else {
        println!("figure step_{name} threads {threads} ours {ours:.1} us floor {floor:.1} us; no peer");
        return;
    };
    let most = match one_thread {
        Some(one_thread) => peer.min(one_thread),
        None => (peer / 2.0).max(1.2 * floor),
    };
    let verdict = if ours <= most { "met" } else { "missed" };
    let all: Vec<String> = medians.iter().map(|(side, time)| format!("{side} {time:.1}")).collect();
    println!(
        "figure step_{name} threads {threads} us: {}; ours over {fastest} {:.2}, over floor {:.2}, target {verdict}",
        all.join(" "),
        ours / peer,
        ours / floor
    );
}
