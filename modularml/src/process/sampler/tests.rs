//! What must hold for every epoch, and what is refused.
#![allow(clippy::large_types_passed_by_value, reason = "a component's description is made for each call")]

use std::collections::BTreeSet;

use super::{Batches, Comparison, Draw, DrawnBatch, Pairs, SamplerSpec, Triplets};
use crate::data::{Column, FeatureSet, View};
use crate::random::{Place, Purpose, Rng};
use crate::{Result, SampleSchema, Sampler};

#[derive(SampleSchema)]
struct Row {
    #[feat]
    value: f32,
    #[tag]
    cell: i64,
    #[tag]
    day: i64,
}

const CELL: Column<i64> = Row::COLUMNS.cell;
const DAY: Column<i64> = Row::COLUMNS.day;

fn rows(cells: &[(i64, i64)]) -> View {
    FeatureSet::from_rows(cells.iter().map(|&(cell, day)| Row { value: 0.0, cell, day })).unwrap().view()
}

fn plain(count: i64) -> View {
    rows(&(0..count).map(|row| (row, 0)).collect::<Vec<_>>())
}

fn rng(epoch: u32) -> Rng {
    Rng::new(1, Purpose::Sample, Place { epoch, ..Place::default() })
}

fn epoch(spec: SamplerSpec, rows: &View, epoch: u32) -> Vec<DrawnBatch> {
    spec.epoch(rows, None, &mut rng(epoch)).unwrap()
}

fn error(spec: SamplerSpec, rows: &View) -> String {
    spec.epoch(rows, None, &mut rng(0)).unwrap_err().to_string()
}

/// The rows of one role over all batches.
fn role(batches: &[DrawnBatch], role: usize) -> Vec<u32> {
    batches.iter().flat_map(|batch| batch.roles[role].clone()).collect()
}

#[test]
fn batches_keep_the_order_unless_shuffled() {
    let rows = plain(7);
    let batches = epoch(Batches::of(3).spec(), &rows, 0);
    let expected: [&[u32]; 3] = [&[0, 1, 2], &[3, 4, 5], &[6]];
    assert!(batches.iter().map(|batch| batch.roles[0].as_slice()).eq(expected));
    assert_eq!(epoch(Batches::of(3).drop_last().spec(), &rows, 0), batches[..2]);
}

#[test]
fn shuffled_batches_hold_every_row_in_a_new_order_each_epoch() {
    let rows = plain(100);
    let spec = Batches::of(32).shuffled().spec();
    let (first, second) = (role(&epoch(spec, &rows, 0), 0), role(&epoch(spec, &rows, 1), 0));
    assert_ne!(first, second);
    assert_eq!(role(&epoch(spec, &rows, 0), 0), first);
    assert!(first.into_iter().collect::<BTreeSet<_>>().into_iter().eq(0..100));
}

#[test]
fn triplets_meet_their_condition_and_use_every_row() {
    let cells: Vec<(i64, i64)> = (0..60).map(|row| (row % 7, 0)).collect();
    let rows = rows(&cells);
    let spec = Triplets::of(16).same(CELL).spec();
    let batches = epoch(spec, &rows, 0);
    assert_eq!(batches.iter().map(DrawnBatch::len).collect::<Vec<_>>(), [16, 16, 16, 12]);
    let (anchors, positives, negatives) = (role(&batches, 0), role(&batches, 1), role(&batches, 2));
    for ((anchor, positive), negative) in anchors.iter().zip(&positives).zip(&negatives) {
        assert_ne!(anchor, positive);
        assert_eq!(anchor % 7, positive % 7);
        assert_ne!(anchor % 7, negative % 7);
    }
    assert!(anchors.iter().copied().collect::<BTreeSet<_>>().into_iter().eq(0..60));
    assert_ne!(role(&epoch(spec, &rows, 1), 1), positives);
}

#[test]
fn every_candidate_is_drawn() {
    let rows = rows(&[(1, 0), (1, 0), (1, 0), (2, 0), (2, 0)]);
    let spec = Triplets::of(5).same(CELL).spec();
    let mut partners = vec![BTreeSet::new(); 5];
    for number in 0..60 {
        let batches = epoch(spec, &rows, number);
        for (anchor, positive) in role(&batches, 0).into_iter().zip(role(&batches, 1)) {
            partners[anchor as usize].insert(positive);
        }
    }
    let expected: [&[u32]; 5] = [&[1, 2], &[0, 2], &[0, 1], &[4], &[3]];
    assert!(partners.iter().zip(expected).all(|(found, expected)| found.iter().eq(expected)));
}

#[test]
fn triplets_without_candidates_are_refused_with_counts() {
    let spec = Triplets::of(4).same(CELL).spec();
    let way_out = "relax the condition, or split so that rows which belong together are in one split";
    assert_eq!(
        error(spec, &plain(7)),
        format!("Triplets.same(cell): 7 of 7 anchors lack a positive (Similar::to(cell)); {way_out}")
    );
    let alike = rows(&[(1, 0), (1, 0), (1, 0)]);
    assert_eq!(
        error(spec, &alike),
        format!("Triplets.same(cell): 3 of 3 anchors lack a negative (Similar::not_to(cell)); {way_out}")
    );
    let some = rows(&[(1, 0), (1, 0), (2, 0)]);
    assert_eq!(
        error(spec, &some),
        "Triplets.same(cell): 1 of 3 anchors lack a positive (Similar::to(cell)); leave the others out with .skip_unmatched(), or relax the \
         condition"
    );
    let batches = epoch(Triplets::of(4).same(CELL).skip_unmatched().spec(), &some, 0);
    assert_eq!(role(&batches, 0).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from([0, 1]));
    assert_eq!(role(&batches, 2), [2, 2]);
    assert!(error(Triplets::of(4).spec(), &some).contains("add .same(column)"));
}

#[test]
fn pairs_meet_both_conditions() {
    let cells: Vec<(i64, i64)> = (0..40).map(|row| (row % 4, row / 4 % 5)).collect();
    let rows = rows(&cells);
    let at = |row: u32| cells[row as usize];
    let batches = epoch(Pairs::of(8).same(CELL).different(DAY).spec(), &rows, 0);
    for (anchor, pair) in role(&batches, 0).into_iter().zip(role(&batches, 1)) {
        assert_eq!(at(anchor).0, at(pair).0);
        assert_ne!(at(anchor).1, at(pair).1);
    }
    let batches = epoch(Pairs::of(8).different(CELL).spec(), &rows, 0);
    assert!(role(&batches, 0).into_iter().zip(role(&batches, 1)).all(|(anchor, pair)| at(anchor).0 != at(pair).0));
    assert!(error(Pairs::of(8).spec(), &rows).contains("add .same(column) or .different(column)"));
    let message = error(Pairs::of(8).same(CELL).different(CELL).spec(), &rows);
    assert!(
        message.starts_with(
            "Pairs.same(cell).different(cell): 40 of 40 anchors lack a pair (Similar::to(cell), Similar::not_to(cell));"
        ),
        "{message}"
    );
}

/// 30 rows of cell 0, 20 of 1 and 10 of 2, each on one of five days.
fn uneven() -> Vec<(i64, i64)> {
    let cell = |row: i64| {
        if row < 30 {
            0
        } else if row < 50 {
            1
        } else {
            2
        }
    };
    (0..60).map(|row| (cell(row), row % 5)).collect()
}

#[test]
fn anchors_are_taken_from_each_value_in_turn() {
    let cells = uneven();
    let rows = rows(&cells);
    let cell = |row: &u32| cells[*row as usize].0;
    let counts = |batch: &DrawnBatch| [0, 1, 2].map(|of| batch.roles[0].iter().filter(|row| cell(row) == of).count());
    for spec in [
        Pairs::of(6).same(CELL).stratify_by(CELL).strict().spec(),
        Triplets::of(6).same(CELL).stratify_by(CELL).strict().spec(),
    ] {
        let batches = epoch(spec, &rows, 0);
        // The ten anchors of the rarest value end the epoch.
        assert_eq!(batches.len(), 5);
        assert!(batches.iter().all(|batch| counts(batch) == [2, 2, 2]), "{batches:?}");
        assert_eq!(role(&batches, 0).into_iter().collect::<BTreeSet<_>>().len(), 30, "each anchor once");
        assert_ne!(epoch(spec, &rows, 1), batches);
        assert!(role(&batches, 0).iter().zip(&role(&batches, 1)).all(|(anchor, other)| cell(anchor) == cell(other)));
    }
    let all = epoch(Pairs::of(6).same(CELL).stratify_by(CELL).spec(), &rows, 0);
    assert_eq!(role(&all, 0).into_iter().collect::<BTreeSet<_>>().len(), 60);
    assert!(all[..5].iter().all(|batch| counts(batch) == [2, 2, 2]));
    assert_eq!(counts(&all[9]), [6, 0, 0]);
    // By another column than that of the pairs, with two draws an anchor.
    let days = epoch(Pairs::of(10).different(CELL).per_anchor(2).stratify_by(DAY).spec(), &rows, 0);
    let day = |row: &u32| cells[*row as usize].1;
    assert!(days.iter().all(|batch| batch.roles[0].iter().map(day).collect::<BTreeSet<_>>().len() == 5));
    assert_eq!(
        error(Pairs::of(8).different(CELL).per_anchor(2).stratify_by(DAY).spec(), &rows),
        "Pairs.different(cell).stratify_by(day): a batch of 8 cannot hold a row of each of 5 values, 2 times each; make \
         batches of at least 10"
    );
}

#[test]
fn batches_of_anchors_of_one_value() {
    let cells = uneven();
    let rows = rows(&cells);
    let day = |row: &u32| cells[*row as usize].1;
    for spec in [Pairs::of(8).same(CELL).group_by(DAY).spec(), Triplets::of(8).same(CELL).group_by(DAY).spec()] {
        let batches = epoch(spec, &rows, 0);
        // Twelve anchors a day: a batch of eight and one of four.
        assert_eq!(batches.iter().map(DrawnBatch::len).collect::<Vec<_>>(), [8, 4].repeat(5));
        for batch in &batches {
            assert_eq!(batch.roles[0].iter().map(day).collect::<BTreeSet<_>>().len(), 1);
        }
        let days = |batches: &[DrawnBatch]| batches.iter().map(|batch| day(&batch.roles[0][0])).collect::<Vec<_>>();
        assert!((1..9).any(|other| days(&epoch(spec, &rows, other)) != days(&batches)), "days in a new order");
        assert_eq!(role(&batches, 0).into_iter().collect::<BTreeSet<_>>().len(), 60);
    }
    let whole = epoch(Pairs::of(8).same(CELL).group_by(DAY).drop_last().spec(), &rows, 0);
    assert_eq!(whole.iter().map(DrawnBatch::len).collect::<Vec<_>>(), [8; 5]);
    let both = Pairs::of(8).same(CELL).group_by(DAY).stratify_by(DAY).spec();
    assert!(error(both, &rows).contains("of stratify_by and group_by only one can hold"));
    // A pair within a day, and one across days.
    let within = epoch(Pairs::of(8).same(DAY).different(CELL).spec(), &rows, 0);
    assert!(role(&within, 0).iter().zip(&role(&within, 1)).all(|(a, b)| day(a) == day(b)));
    let across = epoch(Pairs::of(8).same(CELL).different(DAY).group_by(DAY).spec(), &rows, 0);
    assert!(role(&across, 0).iter().zip(&role(&across, 1)).all(|(a, b)| day(a) != day(b)));
}

#[test]
fn settings_say_what_the_rules_need() {
    let spec = Pairs::of(8).different(DAY).spec();
    let condition = spec.conditions.items().first().unwrap();
    assert_eq!((condition.setting, condition.column), ("different", "day"));
    assert_eq!(condition.comparison, Comparison::Different);
}

#[test]
fn epochs_without_a_batch_are_refused() {
    assert_eq!(error(Batches::of(0).spec(), &plain(3)), "batch(0) of `Batches`: must be at least 1");
    assert_eq!(
        error(Batches::of(4).drop_last().spec(), &plain(3)),
        "sampler `Batches` gives no batch of 4: drop_last leaves out the only batch, of 3; make batches of at most 3, or \
         keep the last"
    );
    let none = plain(3).take(&[]).unwrap();
    assert_eq!(
        error(Batches::of(4).spec(), &none),
        "sampler `Batches` gives no batch of 4: it drew nothing from 0 rows"
    );
    let message = Batches::of(1).spec().epoch(&plain(3), Some("defalt"), &mut rng(0)).unwrap_err().to_string();
    assert_eq!(message, "no stream `defalt`: `Batches` gives default; did you mean `default`?");
}

/// Draws one row too far.
#[derive(Sampler, Clone, Copy)]
#[roles(only)]
struct Beyond {
    /// Rows a batch.
    #[setting(first)]
    batch: usize,
}

impl Draw for Beyond {
    fn draw(&self, rows: &View, _: &mut Rng) -> Result<Vec<BeyondDraw>> {
        Ok((0..=rows.len()).map(|only| BeyondDraw { only }).collect())
    }
}

#[test]
fn a_row_that_is_not_there_is_refused() {
    assert_eq!(error(Beyond::batch(2).spec(), &plain(7)), "sampler `Beyond` drew row 7 of 7 rows (batch 3)");
}
