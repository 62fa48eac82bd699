//! Fitting models to all rows and predicting by them, against scikit-learn on the same numbers, one thread each.

mod linear;
mod neighbours;
mod trees;

use std::process::Command;

use crate::{Request, Result};

pub const PARTS: &[&str] = &["trees", "linear", "neighbours"];

/// What says how many threads share the work of a process.
const THREADS: &str = "RAYON_NUM_THREADS";

/// The parts that are wanted, in a process of one thread.
pub fn run(request: &Request) -> Result<()> {
    if std::env::var_os(THREADS).is_none() {
        let status =
            Command::new(std::env::current_exe()?).args(std::env::args().skip(1)).env(THREADS, "1").status()?;
        return if status.success() { Ok(()) } else { Err("the process of one thread failed".into()) };
    }
    if request.wants("trees") {
        trees::run(request)?;
    }
    if request.wants("linear") {
        linear::run(request)?;
    }
    if request.wants("neighbours") {
        neighbours::run(request)?;
    }
    Ok(())
}
