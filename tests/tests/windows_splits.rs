//! No row of a recording is read by windows of two splits, unless the experiment says that rows are independent.

use std::collections::BTreeSet;

use arrow::array::{Array as _, AsArray as _};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::process::{Fold, SplitRecord};
use modularml::random::{Place, Purpose};
use modularml::record::SplitSummary;
use proptest::prelude::{ProptestConfig, prop_assert, proptest};

/// A row of a recording.
#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: u32,
    #[tag]
    second: i64,
    #[feat]
    current: f32,
    #[feat]
    voltage: f32,
}

/// Four readings, and the two behind them.
#[derive(SampleSchema)]
#[windows(of = Reading, length = 4, horizon = 2, by = cell, in_order_of = second)]
struct Piece {
    #[feat(window = [current, voltage])]
    signals: [[f32; 2]; 4],
    #[target(window = voltage, ahead, mean)]
    next: f32,
    #[tag(group)]
    cell: u32,
    #[tag]
    second: i64,
}

/// The same where all rows are of one recording.
#[derive(SampleSchema)]
#[windows(of = Reading, length = 4, horizon = 2, in_order_of = second)]
struct OfOne {
    #[feat(window = voltage)]
    voltage: [f32; 4],
    #[target(window = voltage, ahead, last)]
    next: f32,
    #[tag]
    second: i64,
}

const SPAN: u32 = 6;

/// So many rows of each cell, all of which begin at one time.
fn readings(cells: u32, rows: u32) -> FeatureSet<Reading> {
    let reading = |row: u32| {
        let (cell, second) = (row / rows, row % rows);
        let time = f32::from(u16::try_from(second).unwrap());
        let voltage = (0.3 * time + f32::from(u16::try_from(cell).unwrap())).sin();
        Reading { cell, second: second.into(), current: (0.3 * time).cos(), voltage }
    };
    FeatureSet::from_rows((0..cells * rows).map(reading)).unwrap()
}

fn pieces(cells: u32, rows: u32, stride: usize) -> FeatureSet<Piece> {
    Windows::stride(stride).over(&readings(cells, rows)).unwrap()
}

/// The rows of the recordings that some windows read, which begin at their first row, `rows` to a cell.
fn read(windows: &View, rows: u32) -> BTreeSet<u32> {
    let (cells, seconds) =
        (windows.values(Piece::COLUMNS.cell).unwrap(), windows.values(Piece::COLUMNS.second).unwrap());
    let first = cells.iter().zip(seconds).map(|(cell, second)| cell * rows + u32::try_from(second).unwrap());
    first.flat_map(|first| first..first + SPAN).collect()
}

fn seconds(rows: &View) -> Vec<i64> {
    rows.values(Piece::COLUMNS.second).unwrap()
}

#[track_caller]
fn refused<T: std::fmt::Debug>(result: Result<T>, words: &str) {
    let message = result.unwrap_err().to_string();
    assert!(message.contains(words), "{message}");
}

fn split(splitter: impl Into<modularml::process::SplitterSpec>, rows: &View) -> Result<Vec<View>> {
    Ok(SplitRecord::new(3).split(splitter).replay(rows)?.into_iter().map(|(_, rows)| rows).collect())
}

#[test]
fn a_random_split_of_single_windows_is_refused() {
    const RANDOM: Random = Random::ratios([("train", 0.5), ("test", 0.5)]);
    let view = pieces(8, 20, 1).view();
    refused(split(RANDOM, &view), "Random: windows of `");
    refused(split(RANDOM, &view), "keep the windows of one `cell` together, .group_by(cell)");
    let grouped = split(RANDOM.group_by(Piece::COLUMNS.cell), &view).unwrap();
    assert!(read(&grouped[0], 20).is_disjoint(&read(&grouped[1], 20)));
    // Windows that have no row in common are as independent as rows are.
    let apart = split(RANDOM, &pieces(8, 20, 6).view()).unwrap();
    assert!(read(&apart[0], 20).is_disjoint(&read(&apart[1], 20)));
    refused(split(RANDOM, &pieces(8, 20, 5).view()), "1 of 6 rows");
    let one: FeatureSet<OfOne> = Windows::stride(2).over(&readings(1, 50)).unwrap();
    refused(split(RANDOM, &one.view()), "or make windows that have no row in common, Windows::stride(6)");
    // A column that is finer than a recording keeps nothing apart.
    refused(split(RANDOM.group_by(Piece::COLUMNS.second), &view), "read the same rows");
}

#[test]
fn conditions_and_splits_of_splits_are_looked_at_as_well() {
    const SECOND: Column<i64> = Piece::COLUMNS.second;
    const BEFORE: (&str, Condition<'static>) = ("train", SECOND.lt(10));
    let view = pieces(2, 40, 1).view();
    let conditions = |splitter: ByCondition| split(splitter, &view);
    refused(
        conditions(ByCondition::splits(const { &[BEFORE, ("test", SECOND.ge(10))] })),
        "ByCondition: windows of `train` and `test` read the same rows: of windows 9 and 10, 5 of 6 rows",
    );
    refused(
        conditions(ByCondition::splits(const { &[BEFORE, ("test", SECOND.ge(14))] })),
        "1 of 6 rows, and so at 2 places",
    );
    assert_eq!(conditions(ByCondition::splits(const { &[BEFORE, ("test", SECOND.ge(15))] })).unwrap()[1].len(), 40);
    let record = SplitRecord::new(1)
        .split(Random::ratios([("train", 0.5), ("test", 0.5)]).group_by(Piece::COLUMNS.cell))
        .split_of("train", Random::ratios([("fit", 0.8), ("val", 0.2)]));
    refused(record.replay(&view), "of `train`: Random: windows of `");
}

/// 35 windows of each of two cells begin at seconds 0 to 34. Half of the 70 end between the two of second 17, which stay
/// together, and four fifths at second 28. Windows that begin less than 6 seconds before a later split read rows of it.
#[test]
fn an_ordered_split_leaves_out_what_reads_rows_of_a_later_split() {
    let view = pieces(2, 40, 1).view();
    let splits =
        split(Ordered::by(Piece::COLUMNS.second).ratios([("train", 0.5), ("val", 0.3), ("test", 0.2)]), &view).unwrap();
    let [train, val, test] = [0, 1, 2].map(|at: usize| seconds(&splits[at]));
    let test_begins = *test.iter().min().unwrap();
    let val_begins = *val.iter().min().unwrap();
    assert_eq!((test_begins, val_begins), (28, 17));
    assert_eq!((*val.iter().max().unwrap(), *train.iter().max().unwrap()), (22, 11));
    assert_eq!((train.len(), val.len(), test.len()), (24, 12, 14));
    refused(
        split(Ordered::by(Piece::COLUMNS.second).ratios([("train", 0.1), ("test", 0.9)]), &view),
        "split `train` would be empty: its 6 windows all read rows of a later split",
    );
}

fn folds(of: TimeFolds, rows: &View) -> Vec<Fold> {
    of.spec().folds(rows, &mut Rng::new(0, Purpose::Split, Place::default())).unwrap()
}

#[test]
fn folds_in_time_leave_out_what_reads_rows_of_the_test() {
    let view = pieces(1, 40, 1).view();
    let found = folds(TimeFolds::of(3).by(Piece::COLUMNS.second), &view);
    // 35 windows: blocks of 8 behind the first 11, 19 and 27.
    assert_eq!(seconds(&found[0].test), (11..19).collect::<Vec<_>>());
    assert_eq!(seconds(&found[0].train), (0..6).collect::<Vec<_>>());
    assert_eq!(seconds(&found[2].train), (0..22).collect::<Vec<_>>());
    let k_fold = |folds: KFold| folds.spec().folds(&view, &mut Rng::new(0, Purpose::Split, Place::default()));
    refused(k_fold(KFold::of(2)), "KFold, fold 0: windows of `");
    let view = pieces(4, 40, 1).view();
    let grouped = KFold::of(2).group_by(Piece::COLUMNS.cell).spec();
    let grouped = grouped.folds(&view, &mut Rng::new(0, Purpose::Split, Place::default())).unwrap();
    assert!(read(&grouped[0].train, 40).is_disjoint(&read(&grouped[0].test, 40)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_row_is_read_by_two_splits(
        cells in 1_u32..4, rows in 12_u32..40, stride in 1_usize..8, share in 0.3_f64..0.8, gap in 0_usize..3,
    ) {
        let view = pieces(cells, rows, stride).view();
        let ratios = Ordered::by(Piece::COLUMNS.second).ratios([("train", share), ("test", 1.0 - share)]);
        if let Ok(splits) = split(ratios.gap(gap), &view) {
            prop_assert!(read(&splits[0], rows).is_disjoint(&read(&splits[1], rows)));
            // What is left out does overlap: the gap apart, no window is left out in vain.
            let tested = read(&splits[1], rows);
            let used: BTreeSet<u32> = splits.iter().flat_map(|split| split.rows().to_vec()).collect();
            let unused: Vec<u32> = view.rows().iter().copied().filter(|row| !used.contains(row)).collect();
            let in_vain = unused.iter().filter(|&&row| read(&view.take(&[row]).unwrap(), rows).is_disjoint(&tested));
            prop_assert!(in_vain.count() <= gap);
        }
        let spec = TimeFolds::of(2).by(Piece::COLUMNS.second).gap(gap).spec();
        if let Ok(folds) = spec.folds(&view, &mut Rng::new(0, Purpose::Split, Place::default())) {
            for fold in folds {
                prop_assert!(read(&fold.train, rows).is_disjoint(&read(&fold.test, rows)));
            }
        }
    }
}

model_graph! {
    /// What comes next.
    #[optimizer(Adam::lr(1e-2))]
    graph Next(piece: Piece) {
        flat = Flatten(piece.signals);
        next = Mlp::hidden([8])(flat) -> piece.next;
    }
}

experiment! {
    experiment Grouped for Next {
        seed = 1;
        split piece = Random::ratios(train: 0.5, test: 0.5).group_by(piece.cell);
        scale piece.signals = Standard::new().over([0]) fitted on train;
        train fit {
            feed piece = Batches::of(16).shuffled()(train);
            loss = Mse(next, piece.next);
            epochs = 3;
        }
        eval test { feed piece = test; rmse = Rmse(next, piece.next); }
    }
}

experiment! {
    experiment InTime for Next {
        seed = 1;
        #[allow(ungrouped)]
        split piece = Ordered::by(piece.second).ratios(train: 0.5, test: 0.5);
        train fit {
            feed piece = Batches::of(16).shuffled()(train);
            loss = Mse(next, piece.next);
            epochs = 1;
        }
        eval test { feed piece = test; rmse = Rmse(next, piece.next); }
    }
}

experiment! {
    experiment Independent for Next {
        seed = 1;
        #[allow(ungrouped)]
        split piece = Random::ratios(train: 0.5, test: 0.5);
        train fit {
            feed piece = Batches::of(16).shuffled()(train);
            loss = Mse(next, piece.next);
            epochs = 1;
        }
        eval test { feed piece = test; rmse = Rmse(next, piece.next); }
    }
}

/// In memory, over two files in the middle of a recording, and copied: a study computes the same bits.
#[test]
fn a_study_over_a_store_is_that_in_memory_and_that_of_a_copy() {
    let readings = readings(6, 30);
    let paths = [0..70, 70..180].map(|rows: std::ops::Range<u32>| {
        let path = std::env::temp_dir().join(format!("modularml-windows-{}-{}.arrow", rows.start, std::process::id()));
        let rows: Vec<u32> = rows.collect();
        readings.view().take(&rows).unwrap().to_feature_set().unwrap().to_arrow_file(&path).unwrap();
        path
    });
    let windows = Windows::stride(2);
    let memory: FeatureSet<Piece> = windows.over(&readings).unwrap();
    let stored = windows.over(&FeatureSet::open(paths.to_vec()).unwrap()).unwrap();
    let copied = memory.view().to_feature_set().unwrap().typed().unwrap();
    let mut tables = Vec::new();
    for pieces in [memory.clone(), stored, copied] {
        let mut study = Grouped::new(pieces).unwrap();
        let rmse = study.run().unwrap().test.rmse;
        let predictions = study.session().predictions("test").unwrap().batch().clone();
        tables.push((rmse.to_bits(), predictions));
    }
    assert_eq!(tables[0], tables[1]);
    assert_eq!(tables[0], tables[2]);
    // The id of a window is that of the first row of the recording.
    let (_, table) = &tables[0];
    let ids = table.column_by_name("id").unwrap().as_string::<i32>();
    let row_of = |id: &str| readings.ids().iter().position(|own| own.to_string() == id).unwrap();
    assert!((0..ids.len()).all(|row| row_of(ids.value(row)) % 30 % 2 == 0));
    for path in paths {
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn what_is_left_out_is_told_and_independent_rows_are_not_kept_apart() {
    let pieces = pieces(2, 40, 1);
    let study = InTime::new(pieces.clone()).unwrap();
    let splits = SplitSummary::of(study.session()).unwrap();
    let rows: Vec<_> = splits.iter().map(|split| (split.split.as_str(), split.rows, split.overlapping)).collect();
    // Of 70 windows those that begin in the 5 seconds before second 17 read rows of both splits, in both cells.
    assert_eq!(rows, [("train", 24, 10), ("test", 36, 10)]);
    let study = Independent::new(pieces).unwrap();
    let [train, test] = ["train", "test"].map(|name| study.session().split("piece", name).unwrap());
    assert!(!read(&train, 40).is_disjoint(&read(&test, 40)));
    assert_eq!(train.len() + test.len(), 70);
}

/// A row every day.
#[derive(SampleSchema)]
struct Daily {
    #[tag]
    day: Date,
    #[tag]
    at: Timestamp,
    #[feat]
    volts: f32,
}

/// Three days, and the two behind them.
#[derive(SampleSchema)]
#[windows(of = Daily, length = 3, horizon = 2, in_order_of = at)]
struct Days {
    #[feat(window = volts)]
    volts: [f32; 3],
    #[target(window = volts, ahead)]
    next: [f32; 2],
    #[tag]
    day: Date,
    #[tag(window = at, ahead, last)]
    until: Timestamp,
}

/// Windows that begin on days 0 to 35 of which each reads five: a gap is between the last day that one reads and the first
/// day of another, whichever of its days the column holds by which they are in order.
#[test]
fn a_gap_in_time_is_from_the_last_row_of_a_window() {
    const DAY: i64 = 86_400_000_000_000;
    let daily =
        |day: i32| Daily { day: Date::from_days(day), at: Timestamp::from_nanos(i64::from(day) * DAY), volts: 1.0 };
    let readings = FeatureSet::from_rows((0..40).map(daily)).unwrap();
    let windows: FeatureSet<Days> = Windows::stride(1).over(&readings).unwrap();
    let rows = windows.view();
    let halves = [("train", 0.5), ("test", 0.5)];
    let by_day = |gap| split(Ordered::by(Days::COLUMNS.day).ratios(halves).gap_time(gap), &rows);
    let by_end = |gap| split(Ordered::by(Days::COLUMNS.until).ratios(halves).gap_time(gap), &rows);
    // The last window to train on begins on day 17 and ends on day 21; a week later is day 28.
    for found in [by_day("7 days"), by_end("7 days")] {
        let found = found.unwrap();
        assert_eq!(found[0].rows(), (0..18).collect::<Vec<u32>>());
        assert_eq!(found[1].rows(), (28..36).collect::<Vec<u32>>());
    }
    // A gap of less than a day is one of days, and one of nanoseconds is one between points in time.
    assert_eq!(by_day("1 h").unwrap()[1].rows()[0], 22);
    assert_eq!(by_end("1 ns").unwrap()[1].rows()[0], 22);
    assert_eq!(by_end("1 day").unwrap()[1].rows()[0], 22);
    assert_eq!(by_end("25 h").unwrap()[1].rows()[0], 23);
    refused(by_day("20 days"), "split `test` would be empty");
    for by in [TimeFolds::of(2).by(Days::COLUMNS.day), TimeFolds::of(2).by(Days::COLUMNS.until)] {
        let found = folds(by.test_size(6).gap_time("7 days"), &rows);
        // The block begins on day 24: what is trained on ends on day 17, and so begins on day 13 at the latest.
        assert_eq!(found[0].train.rows(), (0..14).collect::<Vec<u32>>());
        assert_eq!(found[0].test.rows(), (24..30).collect::<Vec<u32>>());
    }
}
