//! A step of `mlp_classes` on one rank and on two, each with one thread: of the same two shares, to the same bits.

use std::process::Command;

use modularml::experiment::{Collective, Ranks, Threads};
use modularml::graph::keep_freed_memory;

use crate::figure::alternate;
use crate::step::mlp_classes;
use crate::{Request, Result};

/// The word with which this program calls itself.
pub const CHILD: &str = "--ranks";
const ROUNDS: usize = 7;
/// Into how many shares each batch is cut.
const SHARES: usize = 2;

pub const PARTS: &[&str] = &["threads", "mpi"];

pub fn run(request: &Request) -> Result<()> {
    if request.wants("threads") {
        let on = |ranks| move |_| child_of(&mut Command::new(std::env::current_exe()?), ranks, "threads");
        print("threads", alternate(ROUNDS, on(2), on(1))?);
    }
    if request.wants("mpi") && cfg!(feature = "mpi") {
        let on = |ranks: usize| {
            move |_| {
                let mut launcher = Command::new("mpirun");
                launcher.args(["-n", &ranks.to_string()]).arg(std::env::current_exe()?);
                child_of(&mut launcher, ranks, "mpi")
            }
        };
        print("mpi", alternate(ROUNDS, on(2), on(1))?);
    }
    Ok(())
}

fn print(kind: &str, (two, one): (f64, f64)) {
    let verdict = if two <= 0.7 * one { "met" } else { "missed" };
    println!(
        "figure ranks_mlp_classes_{kind} us: two ranks {two:.1}, one rank {one:.1}, ratio {:.2}, target 0.7 {verdict}",
        two / one
    );
}

/// The microseconds of a step that a process of its own measures: the number of threads is read once by a process.
fn child_of(program: &mut Command, ranks: usize, kind: &str) -> Result<f64> {
    let root = ["OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"].map(|variable| (variable, "1"));
    let output = program.args([CHILD, kind, &ranks.to_string()]).envs(root).env("RAYON_NUM_THREADS", "1").output()?;
    let text = String::from_utf8(output.stdout)?;
    let time = text.lines().find_map(|line| line.strip_prefix("us ")?.parse().ok());
    time.ok_or_else(|| format!("{kind}: no time; {}", String::from_utf8_lossy(&output.stderr)).into())
}

/// Measures, and prints what the first rank has measured.
pub fn child(words: &[String]) -> Result<()> {
    let [kind, ranks] = words else { return Err("expected a kind and a number of ranks".into()) };
    // As a program does that trains for long.
    keep_freed_memory();
    match kind.as_str() {
        "threads" => {
            let ended = Threads::run(ranks.parse()?, |rank| {
                let place = rank.rank();
                Ok((place, mlp_classes::on(Ranks::of(rank).shares(SHARES)).map_err(|error| error.to_string())))
            });
            for (place, time) in ended? {
                say(place, time?);
            }
            Ok(())
        }
        "mpi" => of_mpi(),
        other => Err(format!("no kind of ranks {other}").into()),
    }
}

#[cfg(feature = "mpi")]
fn of_mpi() -> Result<()> {
    let mpi = modularml::experiment::Mpi::start()?;
    say(mpi.rank(), mlp_classes::on(Ranks::of(mpi.clone()).shares(SHARES))?);
    Ok(())
}

#[cfg(not(feature = "mpi"))]
fn of_mpi() -> Result<()> {
    Err("MPI is measured with --features mpi".into())
}

fn say(rank: usize, time: f64) {
    if rank == 0 {
        println!("us {time}");
    }
}
