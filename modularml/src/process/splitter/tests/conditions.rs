//! Splits by conditions on columns.

use super::{CELL, SET, Told, error, lens, rng, rows, split, told};
use crate::SampleSchema as _;
use crate::process::splitter::ByCondition;

#[test]
fn conditions_choose_rows() {
    let splitter = ByCondition::splits(const { &[("low", CELL.lt(3)), ("high", CELL.gt(5))] });
    let ten = rows(0..10);
    assert_eq!(split(splitter, &ten, 0), [vec![0, 1, 2], vec![6, 7, 8, 9]]);
    assert_eq!(split(splitter.rest("middle"), &ten, 0), [vec![0, 1, 2], vec![6, 7, 8, 9], vec![3, 4, 5]]);
    assert_eq!(splitter.rest("middle").spec().names(), ["low", "high", "middle"]);
    // A view in another order, with a row twice.
    let view = ten.take(&[9, 1, 4, 1]).unwrap();
    let parts = splitter.rest("middle").spec().positions(&view, &mut rng(0)).unwrap();
    assert_eq!(parts, [("low", vec![1, 3]), ("high", vec![0]), ("middle", vec![2])]);
    let message = error(splitter, &rows(3..10));
    assert_eq!(message, "split `low` would be empty of 7 rows");
}

#[test]
fn a_column_that_tells_every_split_leaves_no_row_out() {
    let splitter = ByCondition::splits(const { &[("train", SET.eq("train")), ("test", SET.is_in(&["test", "late"]))] });
    let complete = splitter.complete();
    let rows = told(&["train", "late", "test", "train"]);
    assert_eq!(split(complete, &rows, 0), [vec![0, 3], vec![1, 2]]);
    let rows = told(&["train", "trian", "late", "test", "", "trian"]);
    let first: Vec<String> = rows.take(&[1, 4, 5]).unwrap().ids().iter().map(ToString::to_string).collect();
    assert_eq!(
        error(complete, &rows),
        format!(
            "ByCondition.complete: 3 of 6 rows are in no split (first ids: {}); `set` is \"trian\" in 2 (did you mean \
             \"train\"?), missing in 1; name a split for them, or leave out .complete()",
            first.join(", ")
        )
    );
    assert_eq!(
        error(complete, &told(&["train", "test", "lat"])),
        "ByCondition.complete: split `test` asks for \"late\" in `set`, which no row has (did you mean \"lat\"?); there are \
         \"lat\", \"test\", \"train\""
    );
    let by_number = ByCondition::splits(const { &[("some", Told::COLUMNS.serial.is_in(&[i64::MAX, i64::MAX - 1]))] });
    assert_eq!(split(by_number.complete(), &told(&["", ""]), 0), [vec![0, 1]]);
    assert_eq!(
        error(by_number.complete(), &told(&[""])),
        "ByCondition.complete: split `some` asks for 9223372036854775806 in `serial`, which no row has; there are \
         9223372036854775807"
    );
}

#[test]
fn overlap_is_an_error_unless_it_is_asked_for() {
    let splitter = ByCondition::splits(const { &[("low", CELL.le(5)), ("high", CELL.ge(4))] });
    let ten = rows(0..10);
    let first: Vec<String> = ten.take(&[4, 5]).unwrap().ids().iter().map(ToString::to_string).collect();
    assert_eq!(
        error(splitter, &ten),
        format!(
            "`low` and `high` share 2 rows (cell <= 5 and cell >= 4; first ids: {}); change one condition, or write \
             #[allow(overlap)]",
            first.join(", ")
        )
    );
    assert_eq!(lens(&split(splitter.allow_overlap(), &ten, 0)), [6, 6]);
}
