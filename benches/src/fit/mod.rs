//! Models that are fitted to all rows at once, against scikit-learn on the same numbers, one thread each.

mod neighbours;

use std::process::Command;

use crate::{Request, Result};

pub const PARTS: &[&str] = &["neighbours"];

/// Set in the process that works on one thread.
const ONE_THREAD: &str = "RAYON_NUM_THREADS";

/// Runs the parts in a process that has one thread.
pub fn run(request: &Request) -> Result<()> {
    if std::env::var(ONE_THREAD).is_ok_and(|threads| threads == "1") {
        if request.wants("neighbours") {
            neighbours::run(request)?;
        }
        return Ok(());
    }
    let arguments = std::env::args_os().skip(1);
    let status = Command::new(std::env::current_exe()?).args(arguments).env(ONE_THREAD, "1").status()?;
    if status.success() { Ok(()) } else { Err("the process of one thread has failed".into()) }
}
