//! Whether ids are unique, in bounded memory.

use std::collections::HashMap;

use uuid::Uuid;

/// How many ids are compared with one another at once.
const AT_ONCE: usize = 1 << 20;

/// The first two rows of which the second has an id of an earlier row.
///
/// Ids are told apart part by part, so that the memory does not grow with their number; each part takes one pass.
pub(super) fn repeated(ids: &[Uuid]) -> Option<(usize, usize)> {
    repeated_by(ids, AT_ONCE)
}

fn repeated_by(ids: &[Uuid], at_once: usize) -> Option<(usize, usize)> {
    let parts = ids.len().div_ceil(at_once).max(1) as u64;
    let mut first: Option<(usize, usize)> = None;
    let mut rows = HashMap::new();
    for part in 0..parts {
        rows.clear();
        for (row, id) in ids.iter().enumerate().filter(|(_, id)| part_of(id, parts) == part) {
            if let Some(before) = rows.insert(id, row)
                && first.is_none_or(|(_, first)| row < first)
            {
                first = Some((before, row));
            }
        }
    }
    first
}

/// Spreads ids evenly, those that were counted up as well as random ones.
fn part_of(id: &Uuid, parts: u64) -> u64 {
    let (high, low) = id.as_u64_pair();
    let mixed = (high ^ low.rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    (mixed >> 32) % parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_repetition_is_found_in_whatever_part() {
        let mut ids: Vec<Uuid> = (0..1000).map(Uuid::from_u128).collect();
        assert_eq!(repeated_by(&ids, 64), None);
        ids[900] = ids[17];
        ids[400] = ids[399];
        assert_eq!(repeated_by(&ids, 64), Some((399, 400)));
        assert_eq!(repeated_by(&ids, AT_ONCE), Some((399, 400)));
        assert_eq!(repeated_by(&[], 64), None);
    }
}
