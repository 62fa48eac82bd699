//! Against scikit-learn 1.9.1, and what must hold for every input.
//!
//! The numbers are those of this script:
//!
//! ```python
//! import numpy as np
//! from sklearn.model_selection import (
//!     GroupKFold, KFold, PredefinedSplit, StratifiedGroupKFold, StratifiedKFold, TimeSeriesSplit)
//! print([len(t) for _, t in KFold(4).split(range(11))])
//! y = np.array([0] * 7 + [1] * 5 + [2] * 3)[[(7 * i) % 15 for i in range(15)]]
//! print([t.tolist() for _, t in StratifiedKFold(3).split(y, y)])
//! g = np.repeat(range(6), [9, 2, 7, 5, 3, 1])
//! print([sorted(set(g[t])) for _, t in GroupKFold(3).split(g, groups=g)])
//! g = np.repeat(range(8), [3, 5, 2, 6, 4, 1, 5, 4])
//! y = np.array([(i * i + i // 3) % 3 for i in range(30)])
//! print([t.tolist() for _, t in StratifiedGroupKFold(3).split(y, y, groups=g)])
//! f = np.array([2, -1, 0, 2, 0, 7, -1, 0])
//! print([(t.tolist(), u.tolist()) for t, u in PredefinedSplit(f).split()])
//! for s in [TimeSeriesSplit(3), TimeSeriesSplit(3, gap=2), TimeSeriesSplit(2, test_size=3, gap=1)]:
//!     print([(t.tolist(), u.tolist()) for t, u in s.split(range(12))])
//! ```

use proptest::prelude::*;

use super::{FoldPositions, FoldsSpec, KFold, LeaveOneGroupOut, PredefinedFolds, TimeFolds};
use crate::SampleSchema;
use crate::data::{Column, FeatureSet, View};
use crate::random::{Place, Purpose, Rng};

#[derive(SampleSchema)]
struct Row {
    #[feat]
    value: f32,
    #[tag(group)]
    cell: i64,
}

const CELL: Column<i64> = Row::COLUMNS.cell;

fn rows(cells: impl IntoIterator<Item = i64>) -> View {
    FeatureSet::from_rows(cells.into_iter().map(|cell| Row { value: 0.0, cell })).unwrap().view()
}

fn rng(seed: u64) -> Rng {
    Rng::new(seed, Purpose::Split, Place::default())
}

fn folds(spec: impl Into<FoldsSpec>, rows: &View, seed: u64) -> Vec<FoldPositions> {
    spec.into().positions(rows, &mut rng(seed)).unwrap()
}

fn error(spec: impl Into<FoldsSpec>, rows: &View) -> String {
    spec.into().positions(rows, &mut rng(0)).unwrap_err().to_string()
}

fn tests(folds: &[FoldPositions]) -> Vec<Vec<u32>> {
    folds.iter().map(|fold| fold.test.clone()).collect()
}

#[test]
fn sizes_are_those_of_k_fold() {
    let rows = rows(0..11);
    let plain = folds(KFold::of(4), &rows, 0);
    assert_eq!(tests(&plain), [vec![0, 1, 2], vec![3, 4, 5], vec![6, 7, 8], vec![9, 10]]);
    assert_eq!(plain[3].train, (0..9).collect::<Vec<_>>());
    let shuffled = folds(KFold::of(4).shuffled(), &rows, 0);
    assert_eq!(shuffled.iter().map(|fold| fold.test.len()).collect::<Vec<_>>(), [3, 3, 3, 2]);
    assert_ne!(tests(&shuffled), tests(&plain));
    assert_ne!(tests(&shuffled), tests(&folds(KFold::of(4).shuffled(), &rows, 1)));
    let own = KFold::of(4).shuffled().seed(9);
    assert_eq!(tests(&folds(own, &rows, 0)), tests(&folds(own, &rows, 1)));
}

#[test]
fn rows_are_those_of_stratified_k_fold() {
    let classes = [vec![0; 7], vec![1; 5], vec![2; 3]].concat();
    let rows = rows((0..15).map(|i| classes[(7 * i) % 15]));
    let found = folds(KFold::of(3).stratify_by(CELL), &rows, 0);
    assert_eq!(tests(&found), [vec![0, 1, 2, 3, 5], vec![4, 7, 8, 9, 10], vec![6, 11, 12, 13, 14]]);
}

#[test]
fn groups_are_those_of_group_k_fold() {
    let sizes = [9, 2, 7, 5, 3, 1];
    let cells: Vec<i64> = (0..6).zip(sizes).flat_map(|(cell, size)| vec![cell; size]).collect();
    let found = folds(KFold::of(3).group_by(CELL), &rows(cells.clone()), 0);
    let groups = |fold: &FoldPositions| {
        fold.test.iter().map(|&row| cells[row as usize]).collect::<std::collections::BTreeSet<_>>()
    };
    let expected: [&[i64]; 3] = [&[0], &[1, 2], &[3, 4, 5]];
    for (fold, expected) in found.iter().zip(expected) {
        assert!(groups(fold).iter().eq(expected), "{:?}", groups(fold));
    }
}

#[derive(SampleSchema)]
struct Graded {
    #[feat]
    value: f32,
    #[tag]
    cell: i64,
    #[tag]
    grade: i64,
}

#[test]
fn rows_are_those_of_stratified_group_k_fold() {
    let cells = (0i64..).zip([3, 5, 2, 6, 4, 1, 5, 4]).flat_map(|(cell, size)| vec![cell; size]);
    let rows = (0..30i64).zip(cells).map(|(i, cell)| Graded { value: 0.0, cell, grade: (i * i + i / 3) % 3 });
    let rows = FeatureSet::from_rows(rows).unwrap().view();
    let spec = KFold::of(3).group_by(Graded::COLUMNS.cell).stratify_by(Graded::COLUMNS.grade);
    let expected = [
        vec![0, 1, 2, 8, 9, 10, 11, 12, 13, 14, 15],
        vec![16, 17, 18, 19, 20, 21, 22, 23, 24, 25],
        vec![3, 4, 5, 6, 7, 26, 27, 28, 29],
    ];
    assert_eq!(tests(&folds(spec, &rows, 0)), expected);
    // Groups that are all alike are dealt at random.
    let alike = (0..48i64).map(|i| Graded { value: 0.0, cell: i / 4, grade: i % 2 });
    let alike = FeatureSet::from_rows(alike).unwrap().view();
    let cells = alike.groups("cell").unwrap();
    let [shuffled, others] = [0, 1].map(|seed| folds(spec.shuffled(), &alike, seed));
    assert_ne!(tests(&shuffled), tests(&others));
    for fold in shuffled {
        let of = |rows: &[u32]| rows.iter().map(|row| cells[*row as usize]).collect::<std::collections::BTreeSet<_>>();
        assert!(of(&fold.train).is_disjoint(&of(&fold.test)));
        assert_eq!(fold.test.len(), 16);
    }
}

#[test]
fn rows_are_those_of_predefined_split() {
    let found = folds(PredefinedFolds::by(CELL), &rows([2, -1, 0, 2, 0, 7, -1, 0]), 0);
    assert_eq!(tests(&found), [vec![2, 4, 7], vec![0, 3], vec![5]]);
    assert_eq!(found[2].train, [0, 1, 2, 3, 4, 6, 7]);
    let message = error(PredefinedFolds::by(CELL), &rows([-1, -2]));
    assert!(message.contains("none of 2 rows has a number from 0 on in `cell`"), "{message}");
}

#[test]
fn rows_are_those_of_time_series_split() {
    let range = |to: u32| (0..to).collect::<Vec<_>>();
    let check = |found: Vec<FoldPositions>, expected: &[(u32, std::ops::Range<u32>)]| {
        assert_eq!(found.len(), expected.len());
        for (fold, (train, test)) in found.iter().zip(expected) {
            assert_eq!(fold.train, range(*train));
            assert!(fold.test.iter().copied().eq(test.clone()));
        }
    };
    let twelve = rows(0..12);
    check(folds(TimeFolds::of(3), &twelve, 0), &[(3, 3..6), (6, 6..9), (9, 9..12)]);
    check(folds(TimeFolds::of(3).gap(2), &twelve, 0), &[(1, 3..6), (4, 6..9), (7, 9..12)]);
    check(folds(TimeFolds::of(2).test_size(3).gap(1), &twelve, 0), &[(5, 6..9), (8, 9..12)]);
    // In the order of a column: the last rows are the first in time.
    let backwards = folds(TimeFolds::of(3).by(CELL), &rows((0..12).rev()), 0);
    assert_eq!((&backwards[0].train, &backwards[0].test), (&vec![9, 10, 11], &vec![6, 7, 8]));
}

#[test]
fn equal_times_are_not_on_both_sides() {
    // Rows 2 to 5 are of one time; the block that begins at 3 must not be trained for by row 2.
    let found = folds(TimeFolds::of(2).by(CELL), &rows([0, 1, 2, 2, 2, 2, 3, 4, 5]), 0);
    assert_eq!((&found[0].train, &found[0].test), (&vec![0, 1], &vec![3, 4, 5]));
    assert_eq!(found[1].train, [0, 1, 2, 3, 4, 5]);
    let message = error(TimeFolds::of(2).by(CELL), &rows([7; 9]));
    assert!(message.contains("0 of 9 rows have a smaller `cell`"), "{message}");
}

#[test]
fn each_group_is_left_out_once() {
    let found = folds(LeaveOneGroupOut::by(CELL), &rows([3, 1, 3, 2]), 0);
    assert_eq!(tests(&found), [vec![0, 2], vec![1], vec![3]]);
    assert_eq!(found[1].train, [0, 2, 3]);
    let message = error(LeaveOneGroupOut::by(CELL), &rows([4, 4]));
    assert!(message.starts_with("LeaveOneGroupOut: 1 group of `cell` in 2 rows"), "{message}");
}

#[test]
fn repeats_differ_and_need_shuffling() {
    let rows = rows(0..20);
    let found = folds(KFold::of(4).shuffled().repeats(3), &rows, 0);
    assert_eq!(found.len(), 12);
    assert_ne!(tests(&found[..4]), tests(&found[4..8]));
    assert_eq!(error(KFold::of(4).repeats(3), &rows), "KFold: 3 repeats would be the same without .shuffled(); add it");
}

#[test]
fn too_little_data_is_refused_with_counts() {
    assert_eq!(error(KFold::of(5), &rows(0..4)), "KFold: 5 folds of 4 rows; make fewer folds, or add data");
    assert_eq!(
        error(KFold::of(3).group_by(CELL), &rows([1, 1, 2, 2])),
        "KFold: 3 folds of 2 groups of `cell`; make fewer folds, or add data"
    );
    assert_eq!(
        error(KFold::of(3).stratify_by(CELL), &rows([1, 1, 2, 2])),
        "KFold: 3 folds of at most 2 rows of one value of `cell`; make fewer folds, or add data"
    );
    let message = error(TimeFolds::of(4).gap(3), &rows(0..6));
    assert!(message.contains("4 folds of 1 test rows after a gap of 3 need more than 6 rows"), "{message}");
    let message = error(KFold::of(1), &rows(0..4));
    assert_eq!(message, "folds(1) of `KFold`: must be at least 2");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn folds_partition_the_rows(
        cells in prop::collection::vec(0i64..12, 12..80),
        k in 2usize..6,
        seed in any::<u64>(),
        kind in 0..4,
    ) {
        let rows = rows(cells.clone());
        let spec = match kind {
            0 => KFold::of(k),
            1 => KFold::of(k).shuffled(),
            2 => KFold::of(k).shuffled().stratify_by(CELL),
            _ => KFold::of(k).shuffled().group_by(CELL),
        };
        let Ok(folds) = spec.spec().positions(&rows, &mut rng(seed)) else { return Ok(()) };
        prop_assert_eq!(folds.len(), k);
        let mut tested: Vec<u32> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
        tested.sort_unstable();
        prop_assert!(tested.iter().map(|&row| row as usize).eq(0..cells.len()));
        for fold in &folds {
            let mut all = [fold.train.clone(), fold.test.clone()].concat();
            all.sort_unstable();
            prop_assert!(all.iter().map(|&row| row as usize).eq(0..cells.len()));
        }
        let count = |fold: &FoldPositions, cell| fold.test.iter().filter(|&&row| cells[row as usize] == cell).count();
        for cell in 0..12 {
            let counts: Vec<usize> = folds.iter().map(|fold| count(fold, cell)).collect();
            let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
            if kind == 2 {
                prop_assert!(most - least <= 1, "{:?}", counts);
            }
            if kind == 3 {
                prop_assert!(counts.iter().filter(|&&count| count > 0).count() <= 1, "{:?}", counts);
            }
        }
        if kind != 3 {
            let sizes: Vec<usize> = folds.iter().map(|fold| fold.test.len()).collect();
            prop_assert!(sizes.iter().max().unwrap() - sizes.iter().min().unwrap() <= 1, "{:?}", sizes);
        }
    }
}
