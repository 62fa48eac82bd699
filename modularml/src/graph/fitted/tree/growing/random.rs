//! Cuts of a column at random (Geurts, Ernst and Wehenkel, "Extremely randomized trees", 2006).

use super::columns::{Columns, MISSING};
use super::exact::Cut;
use super::tally::Tally;
use crate::random::Rng;

/// A cut at a number drawn evenly between the least and the greatest value in the node, or none where it would leave fewer than
/// `at_least` rows on a side; and whether rows differ in the column. Rows without a value go to a side that is drawn as well.
pub(super) fn random<T: Tally>(
    (feature, columns): (u32, &Columns),
    rows: &[u32],
    at_least: usize,
    tally: &mut T,
    rng: &mut Rng,
) -> (Option<Cut>, bool) {
    let column = columns.get(feature as usize);
    let (mut least, mut most, mut missing) = (MISSING, 0, 0usize);
    for row in rows {
        let rank = columns.rank(*row, feature);
        if rank == MISSING {
            missing += 1;
        } else {
            least = least.min(rank);
            most = most.max(rank);
        }
    }
    if missing == rows.len() || (least == most && missing == 0) {
        return (None, false);
    }
    let (low, high) = (column.distinct[least as usize], column.distinct[most as usize]);
    let threshold = between(low, high, rng);
    let rank = column.distinct.partition_point(|value| *value <= threshold) as u32 - 1;
    let missing_left = missing > 0 && rng.unit() < 0.5;
    tally.begin();
    let mut left = 0;
    for row in rows {
        let found = columns.rank(*row, feature);
        let goes_left = if found == MISSING { missing_left } else { found <= rank };
        tally.shift_if(*row, goes_left);
        left += usize::from(goes_left);
    }
    let right = rows.len() - left;
    let worth = tally.worth();
    if left < at_least || right < at_least || !worth.is_finite() {
        return (None, true);
    }
    let missing_left = if missing == 0 { left > right } else { missing_left };
    (Some(Cut { feature, rank, threshold, missing_left, worth }), true)
}

/// A number in `[low, high)`, or `low` where they are equal.
pub(super) fn between(low: f64, high: f64, rng: &mut Rng) -> f64 {
    let share = rng.unit();
    let number = low * (1.0 - share) + high * share;
    if number >= low && number < high { number } else { low }
}
