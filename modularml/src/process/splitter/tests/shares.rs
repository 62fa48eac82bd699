//! Splits by shares: sizes, strata and groups.

use super::{CELL, SET, error, lens, rows, split, told};
use crate::process::splitter::Random;
use crate::process::splitter::random::sizes;

#[test]
fn sizes_are_the_references() {
    let thirds = [0.7, 0.15, 0.15];
    assert_eq!(sizes(7, &thirds), [5, 1, 1]);
    assert_eq!(sizes(10, &thirds), [7, 2, 1]);
    assert_eq!(sizes(101, &thirds), [71, 15, 15]);
    assert_eq!(sizes(5, &[0.6, 0.4]), [3, 2]);
    assert_eq!(sizes(13, &[0.2, 0.2, 0.2, 0.4]), [3, 3, 2, 5]);
    assert_eq!(sizes(51, &[0.98, 0.02]), [50, 1]);
}

#[test]
fn every_row_is_in_one_split_and_the_seed_decides_which() {
    let rows = rows(0..101);
    let random = Random::ratios([("train", 0.7), ("val", 0.15), ("test", 0.15)]);
    let parts = split(random, &rows, 1);
    assert_eq!(lens(&parts), [71, 15, 15]);
    let mut all = parts.concat();
    all.sort_unstable();
    assert!(all.iter().copied().eq(0..101));
    assert_eq!(split(random, &rows, 1), parts);
    assert_ne!(split(random, &rows, 2), parts);
    assert_eq!(split(random.seed(5), &rows, 1), split(random.seed(5), &rows, 2));
    assert!(parts.iter().all(|part| part.is_sorted()));
}

#[test]
fn an_empty_split_is_refused_with_counts() {
    assert_eq!(
        error(Random::ratios([("a", 0.9), ("b", 0.1)]), &rows(0..4)),
        "split `b` would be empty: 4 rows for 2 splits (a 4, b 0); make fewer splits, raise its share, or add data"
    );
    let four = Random::ratios([("a", 0.25), ("b", 0.25), ("c", 0.25), ("d", 0.25)]).group_by(CELL);
    let message = error(four, &rows([1, 1, 2, 2, 3, 3]));
    assert!(message.starts_with("split `"), "{message}");
    assert!(message.contains("would be empty: 3 groups of `cell` for 4 splits ("), "{message}");
}

#[test]
fn shares_that_are_no_shares_are_refused() {
    let rows = rows(0..10);
    assert_eq!(
        error(Random::ratios([("a", 0.7), ("b", 0.2), ("c", 0.2)]), &rows),
        "Random: shares sum to 1.1 (0.7 + 0.2 + 0.2); each must be above 0, and they must sum to 1"
    );
    let message = error(Random::ratios([("a", 0.8), ("b", 0.2), ("c", 0.0)]), &rows);
    assert!(message.ends_with("each must be above 0, and they must sum to 1"), "{message}");
    let message = error(Random::ratios([("a", 0.5), ("b", 0.5)]).group_by(CELL).stratify_by(CELL), &rows);
    assert!(message.contains("either kept whole by `cell`"), "{message}");
}

#[test]
fn strata_are_spread_to_within_one_row() {
    let cells: Vec<i64> = (0..97).map(|row| row % 10 % 4).collect();
    let rows = rows(cells.clone());
    let shares = [0.7, 0.15, 0.15];
    let random = Random::ratios([("train", 0.7), ("val", 0.15), ("test", 0.15)]).stratify_by(CELL);
    for seed in 0..20 {
        let parts = split(random, &rows, seed);
        assert_eq!(lens(&parts), sizes(97, &shares));
        for cell in 0..4 {
            let of_cell = |row: &&u32| cells[**row as usize] == cell;
            let total = u32::try_from(cells.iter().filter(|&&other| other == cell).count()).unwrap();
            for (part, share) in parts.iter().zip(shares) {
                let found = u32::try_from(part.iter().filter(of_cell).count()).unwrap();
                assert!((f64::from(found) - f64::from(total) * share).abs() < 1.0 + 1e-9, "seed {seed}, cell {cell}");
            }
        }
    }
}

#[test]
fn strata_smaller_than_the_splits_still_give_the_right_sizes() {
    // 40 strata of one row: the reference refuses, as each stratum would have to fill each split.
    let parts = split(Random::ratios([("a", 0.5), ("b", 0.25), ("c", 0.25)]).stratify_by(CELL), &rows(0..40), 3);
    assert_eq!(lens(&parts), [20, 10, 10]);
    // Strata by first appearance do not decide: the first rows are not all in the first split.
    assert!(parts[0].iter().any(|&row| row >= 20) && parts[0].iter().any(|&row| row < 20));
}

#[test]
fn groups_stay_whole_and_their_rows_fit_the_shares() {
    // Sizes 50, 30 and 20 have exactly one deal that meets 0.5, 0.3 and 0.2.
    let cells = [vec![7; 50], vec![8; 30], vec![9; 20]].concat();
    let random = Random::ratios([("a", 0.5), ("b", 0.3), ("c", 0.2)]).group_by(CELL);
    for seed in 0..20 {
        assert_eq!(lens(&split(random, &rows(cells.clone()), seed)), [50, 30, 20]);
    }
    // 60 groups of unequal size: whole, and near the shares.
    let cells: Vec<i64> = (0..60).flat_map(|cell| vec![cell; 1 + usize::try_from(cell % 7).unwrap()]).collect();
    let rows = rows(cells.clone());
    let random = Random::ratios([("train", 0.7), ("test", 0.3)]).group_by(CELL);
    let parts = split(random, &rows, 1);
    let cells_of =
        |part: &[u32]| part.iter().map(|&row| cells[row as usize]).collect::<std::collections::BTreeSet<_>>();
    assert!(cells_of(&parts[0]).is_disjoint(&cells_of(&parts[1])));
    assert_eq!(lens(&parts), sizes(cells.len(), &[0.7, 0.3]));
    // The seed decides: the first group in the data is in either split, for some seed.
    let first_is_in_train = |seed: u64| split(random, &rows, seed)[0].contains(&0);
    assert!((0..20).any(first_is_in_train) && !(0..20).all(first_is_in_train));
}

#[test]
fn every_value_is_in_every_split_where_that_is_asked() {
    let random = Random::ratios([("train", 0.6), ("val", 0.2), ("test", 0.2)]);
    let everywhere = random.stratify_by(SET).in_every_split();
    let sets = |counts: [usize; 3]| {
        let names = ["fresh", "worn", ""];
        let all: Vec<&str> = names.iter().zip(counts).flat_map(|(name, count)| vec![*name; count]).collect();
        told(&all)
    };
    assert_eq!(lens(&split(everywhere, &sets([10, 5, 5]), 3)), [12, 4, 4]);
    assert_eq!(split(everywhere, &sets([10, 5, 5]), 3), split(random.stratify_by(SET), &sets([10, 5, 5]), 3));
    assert_eq!(
        error(everywhere, &sets([10, 2, 1])),
        "Random.stratify_by(set).in_every_split(): 2 of 3 values are not in every split: `worn` has 2 (train 2, val 0, test 0), a \
         missing value has 1 (train 0, val 1, test 0); add rows of them, make fewer splits, raise the smallest share, or \
         leave out .in_every_split()"
    );
    assert_eq!(lens(&split(random.stratify_by(SET), &sets([10, 2, 1]), 0)), [8, 3, 2]);
    assert_eq!(
        error(random.in_every_split(), &sets([10, 2, 1])),
        "Random.in_every_split() says nothing without .stratify_by(..); add it, or leave out .in_every_split()"
    );
}
