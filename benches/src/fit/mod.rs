//! Models that are fitted to all rows at once, and what they predict, against scikit-learn.

mod linear;

use crate::{Request, Result};

pub const PARTS: &[&str] = &["linear"];

pub fn run(request: &Request) -> Result<()> {
    type Part = fn(&Request) -> Result<()>;
    let parts: [Part; 1] = [linear::run];
    for (name, run) in PARTS.iter().zip(parts) {
        if request.wants(name) {
            run(request)?;
        }
    }
    Ok(())
}
