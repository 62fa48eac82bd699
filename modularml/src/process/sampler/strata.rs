//! Rows by the values of a column, and in turn.

use crate::data::View;
use crate::text::Name;
use crate::{Error, Result};

/// Some rows by their value of a column, values by first appearance among all rows, and within one in the given order.
pub(super) fn by_value(column: Name, rows: &View, positions: impl Iterator<Item = u32>) -> Result<Vec<Vec<u32>>> {
    let groups = rows.groups(column)?;
    let mut parts: Vec<Vec<u32>> = Vec::new();
    for position in positions {
        let Some(group) = groups.get(position as usize).map(|group| *group as usize) else { continue };
        if group >= parts.len() {
            parts.resize_with(group + 1, Vec::new);
        }
        if let Some(part) = parts.get_mut(group) {
            part.push(position);
        }
    }
    parts.retain(|part| !part.is_empty());
    Ok(parts)
}

/// Rows of each value in turn, to the end of all, or where it is strict to the turn for which one has no row left.
///
/// A row makes `draws` draws, one behind the other.
///
/// # Errors
/// When a batch cannot hold a row of each value.
pub(super) fn in_turn(
    setting: impl std::fmt::Display,
    strata: &[Vec<u32>],
    batch: usize,
    draws: usize,
    strict: bool,
) -> Result<Vec<u32>> {
    let needed = strata.len().saturating_mul(draws);
    if needed > batch {
        let of_each = if draws > 1 { format!(", {draws} times each") } else { String::new() };
        return Err(Error::Data(format!(
            "{setting}: a batch of {batch} cannot hold a row of each of {} values{of_each}; make batches of at least {needed}",
            strata.len()
        )));
    }
    let lengths = || strata.iter().map(Vec::len);
    let turns = if strict { lengths().min() } else { lengths().max() };
    let turn = |turn| strata.iter().filter_map(move |stratum: &Vec<u32>| stratum.get(turn).copied());
    Ok((0..turns.unwrap_or(0)).flat_map(turn).collect())
}
