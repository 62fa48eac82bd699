//! Blocks in the order of a column.

use super::{CELL, error, lens, rows, split};
use crate::process::splitter::Ordered;

#[test]
fn blocks_follow_the_order_and_leave_gaps() {
    let ordered = Ordered::by(CELL).ratios([("train", 0.6), ("val", 0.2), ("test", 0.2)]);
    // Backwards in time: the last rows come first.
    let parts = split(ordered, &rows((0..10).rev()), 0);
    assert_eq!(parts, [vec![4, 5, 6, 7, 8, 9], vec![2, 3], vec![0, 1]]);
    // 14 rows less two gaps of 2 are 10: blocks of 6, 2 and 2.
    let parts = split(ordered.gap(2), &rows(0..14), 0);
    assert_eq!(parts, [(0..6).collect::<Vec<_>>(), vec![8, 9], vec![12, 13]]);
    let message = error(ordered.gap(6), &rows(0..10));
    assert_eq!(message, "Ordered: 3 splits with gaps of 6 rows need more than 10 rows; use a smaller gap");
    // Nanoseconds that f64 cannot tell apart.
    let now = 1_700_000_000_000_000_000;
    let halves = Ordered::by(CELL).ratios([("a", 0.5), ("b", 0.5)]);
    assert_eq!(split(halves, &rows([now + 3, now + 1, now + 2, now]), 0), [vec![1, 3], vec![0, 2]]);
}

#[test]
fn equal_values_stay_in_one_block() {
    let halves = Ordered::by(CELL).ratios([("a", 0.5), ("b", 0.5)]);
    // The border at 4 lies in the run of rows 1 to 4: its end is nearer than its start.
    assert_eq!(lens(&split(halves, &rows([0, 1, 1, 1, 1, 2, 3, 4]), 0)), [5, 3]);
    // And here the start is.
    assert_eq!(lens(&split(halves, &rows([0, 1, 2, 3, 3, 3, 3, 4]), 0)), [3, 5]);
    let message = error(halves, &rows([5; 8]));
    assert!(message.starts_with("split `a` would be empty: 8 rows in order of `cell` for 2 splits"), "{message}");
}
