//! Splitters of one's own.

use super::{error, rows};
use crate::process::splitter::{Split, SplitterSpec};

#[test]
fn a_splitter_cannot_invent_or_repeat_rows() {
    fn made(code: crate::spec::Code) -> SplitterSpec {
        SplitterSpec::new("Mine", crate::spec::Settings::NONE, &["a", "b"], code)
    }
    let three = rows(0..3);
    let check = |code: crate::spec::Code, expected: &str| assert_eq!(error(made(code), &three), expected);
    check(code!(Split, |_, _, _| Ok(vec![vec![0], vec![0]])), "splitter `Mine` put row 0 into split `b` a second time");
    check(code!(Split, |_, _, _| Ok(vec![vec![0], vec![7]])), "splitter `Mine` put row 7 into split `b` of 3 rows");
    check(code!(Split, |_, _, _| Ok(vec![vec![0]])), "splitter `Mine` made 1 splits, it declares 2");
    check(code!(Split, |_, _, _| Ok(vec![vec![0], vec![]])), "split `b` would be empty of 3 rows");
    let overlapping = SplitterSpec { overlaps: true, ..made(code!(Split, |_, _, _| Ok(vec![vec![0, 1], vec![1, 1]]))) };
    assert_eq!(error(overlapping, &three), "splitter `Mine` put row 1 into split `b` a second time");
}
