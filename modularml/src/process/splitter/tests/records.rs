//! Splits of splits, and their records.

use super::{CELL, rows};
use crate::Registry;
use crate::process::splitter::{ByCondition, Ordered, Random, SplitRecord};
use crate::text::Name;

fn nested() -> SplitRecord {
    SplitRecord::new(11)
        .split(Random::ratios([("train", 0.5), ("test", 0.5)]))
        .split_of("train", Random::ratios([("fit", 0.5), ("val", 0.5)]))
        .split_of("test", ByCondition::splits(const { &[("old", CELL.between(0, 9))] }).rest("new"))
        .split_of("fit", Ordered::by(CELL).ratios([("first", 0.5), ("second", 0.5)]))
}

fn positions(splits: &[(Name, Vec<u32>)], name: &str) -> Vec<u32> {
    splits.iter().find(|(other, _)| *other == name).unwrap().1.clone()
}

#[test]
fn a_split_of_a_split_has_its_rows_only() {
    // The reference splits all 20 rows again where 10 are meant.
    let splits = nested().positions(&rows(0..20)).unwrap();
    let together = |a: &str, b: &str| {
        let mut rows = [positions(&splits, a), positions(&splits, b)].concat();
        rows.sort_unstable();
        rows
    };
    assert_eq!(positions(&splits, "train").len(), 10);
    assert_eq!(together("fit", "val"), positions(&splits, "train"));
    assert_eq!(together("old", "new"), positions(&splits, "test"));
    assert_eq!(together("first", "second"), positions(&splits, "fit"));
    assert!(positions(&splits, "old").iter().all(|&row| row < 10));
}

#[test]
fn a_record_replays_to_the_same_rows() {
    let rows = rows(0..50);
    let record = nested();
    let splits = record.positions(&rows).unwrap();
    assert_eq!(record.positions(&rows).unwrap(), splits);
    let read = SplitRecord::from_json(&record.to_json().unwrap(), &Registry::new()).unwrap();
    assert_eq!(read.positions(&rows).unwrap(), splits);
    assert_eq!(read.to_json().unwrap(), record.to_json().unwrap());
    let error = SplitRecord::from_json(&record.to_json().unwrap().replace("Ordered", "Odrered"), &Registry::new());
    let message = error.unwrap_err().to_string();
    assert!(message.contains("no splitter `Odrered` is registered (near: Ordered)"), "{message}");
}

#[test]
fn a_record_names_the_split_that_is_not_there() {
    let of = |name| {
        SplitRecord::new(0)
            .split(Random::ratios([("train", 0.5), ("test", 0.5)]))
            .split_of(name, Random::ratios([("a", 0.5), ("b", 0.5)]))
    };
    let message = |record: SplitRecord| record.positions(&rows(0..8)).unwrap_err().to_string();
    assert_eq!(message(of("trian")), "no split `trian` to split further; there are train, test; did you mean `train`?");
    let twice = of("train").split_of("test", Random::ratios([("a", 0.5), ("c", 0.5)]));
    assert_eq!(message(twice), "split `a` is made twice; rename one");
}
