//! Windows over recordings: the numbers are those of pandas, borders and gaps are told by hand, and nothing is copied.

use std::fmt::Debug;
use std::path::PathBuf;

use modularml::data::{
    Array, ColumnRequest, Domain, Dtype, Numbers, Prefetch, Take, WindowColumn, WindowSchema, WindowsSpec, column,
};
use modularml::prelude::*;
use modularml::process::FittedChain;

/// A row of a recording.
#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: u32,
    #[tag]
    second: i64,
    #[tag]
    maker: Option<String>,
    #[tag]
    #[classes("charge", "rest")]
    mode: Class,
    #[feat]
    spectrum: [f32; 2],
    #[feat]
    current: f32,
    #[feat]
    voltage: f32,
    #[feat]
    heater: bool,
    #[target]
    soh: f32,
}

/// Three readings, and the two behind them.
#[derive(SampleSchema)]
#[windows(of = Reading, length = 3, horizon = 2, by = cell, in_order_of = second)]
struct Piece {
    #[feat(window = [current, voltage])]
    signals: [[f32; 2]; 3],
    #[feat(window = [current, voltage], columns_first)]
    channels: [[f32; 3]; 2],
    #[feat(window = voltage, mean)]
    mean: f32,
    #[feat(window = voltage, min)]
    least: f32,
    #[feat(window = voltage, max)]
    greatest: f32,
    #[feat(window = heater)]
    heating: [bool; 3],
    #[feat(window = spectrum)]
    spectra: [[f32; 2]; 3],
    #[feat(window = spectrum, last)]
    spectrum: [f32; 2],
    #[target(window = voltage, ahead)]
    next: [f32; 2],
    #[target(window = voltage, ahead, max)]
    highest: f32,
    #[target(window = heater, ahead, any)]
    heats: bool,
    #[target(window = heater, all)]
    heated: bool,
    #[target(last)]
    soh: f32,
    #[target(window = soh, ahead, last)]
    later: f32,
    #[tag(group)]
    cell: u32,
    #[tag]
    second: i64,
    #[tag(window = second, ahead, last)]
    until: i64,
    #[tag]
    maker: Option<String>,
    #[tag(last)]
    #[classes("charge", "rest")]
    mode: Class,
}

/// Volts as in the snippet of Python below.
const VOLTS: [f32; 12] = [3.2, 3.9, 3.1, 3.5, 3.4, 3.8, 3.6, 3.3, 4.0, 3.7, 3.0, 4.1];

/// Seven rows of cell 1, then five of cell 2.
fn readings() -> FeatureSet<Reading> {
    FeatureSet::from_rows((0..12_u8).zip(VOLTS).map(|(at, voltage)| Reading {
        cell: if at < 7 { 1 } else { 2 },
        second: i64::from(at) * 10,
        maker: (at % 2 == 0).then(|| format!("maker {at}")),
        mode: Class::new(u32::from(at) / 3 % 2),
        spectrum: [f32::from(at), -f32::from(at)],
        current: f32::from(at),
        voltage,
        heater: at % 4 < 2,
        soh: 1.0 - f32::from(at) / 16.0,
    }))
    .unwrap()
}

fn pieces() -> FeatureSet<Piece> {
    Windows::stride(1).over(&readings()).unwrap()
}

// pandas 3.1.1:
//
//     import pandas as pd
//     volts = [3.2, 3.9, 3.1, 3.5, 3.4, 3.8, 3.6, 3.3, 4.0, 3.7, 3.0, 4.1]
//     frame = pd.DataFrame({"cell": [1] * 7 + [2] * 5, "v": volts, "soh": [1 - i / 16 for i in range(12)]})
//     v = frame.groupby("cell").v
//     ahead = pd.DataFrame({k: v.shift(-k) for k in (1, 2)})
//     rows = pd.DataFrame({
//         "mean": v.rolling(3).mean().droplevel(0), "min": v.rolling(3).min().droplevel(0),
//         "max": v.rolling(3).max().droplevel(0), "next1": ahead[1], "next2": ahead[2],
//         "later": frame.groupby("cell").soh.shift(-2)}).dropna()
//     print(rows.round(6).to_string())
const PANDAS: [[f32; 6]; 4] = [
    [3.4, 3.1, 3.9, 3.5, 3.4, 0.75],
    [3.5, 3.1, 3.9, 3.4, 3.8, 0.6875],
    [3.333_333, 3.1, 3.5, 3.8, 3.6, 0.625],
    [3.666_667, 3.3, 4.0, 3.0, 4.1, 0.3125],
];

#[track_caller]
fn close(found: &[f32], expected: impl IntoIterator<Item = f32>) {
    let expected: Vec<f32> = expected.into_iter().collect();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(&expected) {
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }
}

#[track_caller]
fn refused<T: Debug>(result: Result<T>, words: &str) {
    let message = result.unwrap_err().to_string();
    assert!(message.contains(words), "{message}");
}

#[test]
fn values_of_windows_are_those_of_pandas() {
    let view = pieces().view();
    let columns = Piece::COLUMNS;
    close(&view.values(columns.mean).unwrap(), PANDAS.map(|row| row[0]));
    close(&view.values(columns.least).unwrap(), PANDAS.map(|row| row[1]));
    close(&view.values(columns.greatest).unwrap(), PANDAS.map(|row| row[2]));
    close(view.values(columns.next).unwrap().as_flattened(), PANDAS.map(|row| [row[3], row[4]]).into_iter().flatten());
    close(&view.values(columns.later).unwrap(), PANDAS.map(|row| row[5]));
}

/// Rows 0 to 6 are cell 1 and rows 7 to 11 are cell 2, so windows of 3 rows and 2 behind them begin at 0, 1, 2 and 7.
#[test]
fn windows_stand_in_one_recording_and_hold_its_rows() {
    let readings = readings();
    let pieces = pieces_of(&readings);
    let view = pieces.view();
    assert_eq!(view.values(Piece::COLUMNS.cell).unwrap(), [1, 1, 1, 2]);
    assert_eq!(view.values(Piece::COLUMNS.second).unwrap(), [0, 10, 20, 70]);
    assert_eq!(view.values(Piece::COLUMNS.until).unwrap(), [40, 50, 60, 110]);
    let signals = view.values(Piece::COLUMNS.signals).unwrap();
    assert_eq!(signals[1], [[1.0, 3.9], [2.0, 3.1], [3.0, 3.5]]);
    assert_eq!(signals[3], [[7.0, 3.3], [8.0, 4.0], [9.0, 3.7]]);
    assert_eq!(view.values(Piece::COLUMNS.channels).unwrap()[1], [[1.0, 2.0, 3.0], [3.9, 3.1, 3.5]]);
    assert_eq!(view.values(Piece::COLUMNS.spectra).unwrap()[3], [[7.0, -7.0], [8.0, -8.0], [9.0, -9.0]]);
    close(&view.values(Piece::COLUMNS.spectrum).unwrap()[3], [9.0, -9.0]);
    // The heater is on in rows 0, 1, 4, 5, 8 and 9.
    assert_eq!(view.values(Piece::COLUMNS.heating).unwrap()[0], [true, true, false]);
    assert_eq!(view.values(Piece::COLUMNS.heats).unwrap(), [true, true, true, false]);
    assert_eq!(view.values(Piece::COLUMNS.heated).unwrap(), [false; 4]);
    close(&view.values(Piece::COLUMNS.soh).unwrap(), [2.0, 3.0, 4.0, 9.0].map(|row| 1.0 - row / 16.0));
    assert_eq!(view.texts("maker").unwrap(), [Some("maker 0"), None, Some("maker 2"), None]);
    // The last row of each window: rows 2, 3, 4 and 9.
    assert_eq!(view.classes("mode").unwrap(), [Some("charge"), Some("rest"), Some("rest"), Some("rest")]);
    assert_eq!(view.groups("cell").unwrap(), [0, 0, 0, 1]);
    let ids = readings.ids();
    assert_eq!(pieces.ids(), [ids[0], ids[1], ids[2], ids[7]]);
}

#[test]
fn rows_are_chosen_as_of_any_set() {
    let pieces = pieces();
    let view = pieces.view();
    assert_eq!(view.filter(column("second").ge(20)).unwrap().rows(), [2, 3]);
    assert_eq!(view.filter_by(Piece::COLUMNS.next, |next| next[0] > 3.45).unwrap().rows(), [0, 2]);
    let two = view.take(&[3, 0]).unwrap();
    assert_eq!(two.numbers("next", Representation::Raw).unwrap(), [3.0_f32, 4.1, 3.5, 3.4].map(f64::from));
    assert_eq!(two.values(Piece::COLUMNS.heating).unwrap(), [[false, true, true], [true, true, false]]);
    let array = two.array("heating", Representation::Raw, Dtype::U32).unwrap();
    assert_eq!(array, Array { dims: vec![2, 3], numbers: Numbers::U32(vec![0, 1, 1, 1, 1, 0]) });
    assert_eq!(two.union(&view).unwrap().rows(), [3, 0, 1, 2]);
    assert_eq!(view.take_ids([pieces.ids()[2]]).unwrap().rows(), [2]);
    let narrow = view.select(["targets.*"]).unwrap();
    assert_eq!(narrow.to_arrow().unwrap().num_columns(), 7);
    let more = pieces.with_column("worn", Domain::Tag, [true, false, true, false]).unwrap();
    assert_eq!(more.without_column("worn").unwrap().typed::<Piece>().unwrap(), pieces);
    let summary = pieces.summary();
    let first = summary.lines().next().unwrap();
    assert_eq!(first, "Piece: 4 rows, windows of 3 rows of Reading and 2 behind them, which read 12 of 12 rows");
    refused(view.mask("signals", candle_core::DType::F32), "is no sequence");
    refused(view.groups("signals"), "only columns of one value a row");
    refused(view.filter(column("signals").eq(1.0_f32)), "only columns of one value");
}

/// What is left of a recording behind its last window is in none, and a stride leaves rows out.
#[test]
fn a_run_begins_anew_behind_a_gap_and_where_rows_are_left_out() {
    let seconds = |windows: Windows, rows: &View| {
        windows.over_rows::<Piece>(rows).map(|set| set.view().values(Piece::COLUMNS.second).unwrap())
    };
    let all = readings().view();
    assert_eq!(seconds(Windows::stride(2), &all).unwrap(), [0, 20, 70]);
    assert_eq!(seconds(Windows::stride(9), &all).unwrap(), [0, 70]);
    // Of cell 1 row 0 is left out, of cell 2 none.
    let fewer = all.filter(column("second").gt(0)).unwrap();
    assert_eq!(seconds(Windows::stride(1), &fewer).unwrap(), [10, 20, 70]);
    let without_the_fourth = all.filter(column("second").ne(30)).unwrap();
    assert_eq!(seconds(Windows::stride(1), &without_the_fourth).unwrap(), [70]);
    // Steps are 10 seconds: no longer ones are allowed, or some that are as long.
    assert_eq!(seconds(Windows::stride(1).longest_step(10.0), &all).unwrap(), [0, 10, 20, 70]);
    refused(
        seconds(Windows::stride(1).longest_step(9.5), &all),
        "12 rows are in 12 runs, the longest of them of 1 rows",
    );
    let later = |at: usize| -> FeatureSet<Reading> {
        let reading = |(row, mut reading): (usize, Reading)| {
            reading.second += i64::from(row >= at);
            reading
        };
        let view = readings().view();
        let rows = (0..12).map(|row| Reading {
            cell: view.values(Reading::COLUMNS.cell).unwrap()[row],
            second: view.values(Reading::COLUMNS.second).unwrap()[row],
            maker: None,
            mode: Class::new(0),
            spectrum: [0.0; 2],
            current: 0.0,
            voltage: VOLTS[row],
            heater: false,
            soh: 1.0,
        });
        FeatureSet::from_rows(rows.enumerate().map(reading)).unwrap()
    };
    // The step from row 1 to row 2 is 11 seconds: windows of cell 1 begin at row 2 alone.
    assert_eq!(seconds(Windows::stride(1).longest_step(10.0), &later(2).view()).unwrap(), [21, 71]);
}

/// A recording of 200,000 rows is read in chunks, and a gap at the border of two is found as any other.
#[test]
fn runs_go_on_from_one_chunk_of_times_to_the_next() {
    #[derive(SampleSchema)]
    struct Tick {
        #[tag]
        time: f64,
        #[feat]
        x: f32,
    }
    #[derive(SampleSchema)]
    #[windows(of = Tick, length = 1000, in_order_of = time)]
    struct Thousand {
        #[feat(window = x)]
        x: [f32; 1000],
        #[tag]
        time: f64,
    }
    let ticks = |gap: u32| {
        let tick = |row: u32| Tick { time: f64::from(row) + if row < gap { 0.0 } else { 0.5 }, x: 0.0 };
        FeatureSet::from_rows((0..200_000).map(tick)).unwrap()
    };
    let starts = |gap| {
        let windows: FeatureSet<Thousand> = Windows::stride(1000).longest_step(1.0).over(&ticks(gap)).unwrap();
        windows.view().values(Thousand::COLUMNS.time).unwrap()
    };
    assert_eq!(starts(200_000).len(), 200);
    for gap in [65_535, 65_536, 65_537] {
        let found = starts(gap);
        assert_eq!(found.len(), 65 + 134, "{gap}");
        assert!((found[65] - f64::from(gap) - 0.5).abs() < 1e-9, "{}", found[65]);
    }
}

#[test]
fn rows_that_make_no_recordings_are_refused() {
    let windows = Windows::stride(1);
    let over = |rows: &View| windows.over_rows::<Piece>(rows);
    let all = readings().view();
    refused(
        over(&all.take(&[1, 0, 2, 3, 4]).unwrap()),
        "row 0 stands behind row 1; give the rows in the order of their set",
    );
    let copied = |positions: &[u32]| all.take(positions).unwrap().to_feature_set().unwrap();
    refused(
        over(&copied(&[0, 2, 1, 3, 4, 5]).view()),
        "row 2 has `second` 10, and row 1 before it has 20; sort the rows by `cell` and `second` first",
    );
    let torn = copied(&[0, 1, 2, 7, 8, 9, 3, 4, 5]);
    refused(over(&torn.view()), "the rows of one `cell` do not stand together: in row 6 one goes on that ended before");
    let sorted = torn.view().sorted_by(["cell", "second"]).unwrap().to_feature_set().unwrap();
    assert_eq!(over(&sorted.view()).unwrap().len(), 2);
    refused(Windows::stride(0).over::<Piece>(&readings()), "a stride of 0 rows");
    refused(Windows::stride(1).longest_step(-1.0).over::<Piece>(&readings()), "longest_step = -1; it must be above 0");
    refused(
        over(&all.take(&[0, 1, 2, 3]).unwrap()),
        "no window of 3 rows and the 2 behind it fits into a run: 4 rows are in 1 runs",
    );
    refused(over(&pieces().view()), "these rows are windows already; make windows over the recordings");
    refused(over(&all.select(["cell", "second"]).unwrap()), "column `current` of `Reading` was left out by select(..)");
    refused(FeatureSet::concat([&pieces(), &pieces()]), "FeatureSet 0 is of windows");
}

#[test]
fn windows_are_described_at_run_time_as_well() {
    static NONE: [WindowColumn; 1] =
        [WindowColumn { of: &["volt"], ahead: false, take: Some(Take::Every), columns_first: false }];
    let spec = Piece::WINDOWS;
    let set = Windows::stride(1).over_as(&spec, &readings().view()).unwrap();
    assert_eq!(set.typed::<Piece>().unwrap().len(), 4);
    let wrong = WindowsSpec { columns: &NONE, ..spec };
    refused(Windows::stride(1).over_as(&wrong, &readings().view()), "no column `volt` in `Reading`");
}

/// A folder that is removed behind a test.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("modularml-windows-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn store(&self, name: &str, rows: &View) -> PathBuf {
        let path = self.0.join(name);
        rows.to_feature_set().unwrap().to_arrow_file(&path).unwrap();
        path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

/// Recordings go on from one file to the next, and windows with them.
#[test]
fn windows_over_stores_are_those_in_memory() {
    let scratch = Scratch::new("stores");
    let readings = readings();
    let all = readings.view();
    for cuts in [vec![12], vec![4, 12], vec![1, 2, 3, 9, 12], vec![7, 12]] {
        let mut begin = 0;
        let paths: Vec<PathBuf> = cuts
            .iter()
            .map(|&end| {
                let rows = all.take(&(begin..end).collect::<Vec<u32>>()).unwrap();
                begin = end;
                scratch.store(&format!("{}-{end}.arrow", cuts.len()), &rows)
            })
            .collect();
        let mapped = FeatureSet::<Reading>::open(paths).unwrap();
        let windows: FeatureSet<Piece> = Windows::stride(1).over(&mapped).unwrap();
        assert_eq!(windows, pieces_of(&readings), "{cuts:?}");
        let (stored, memory) = (windows.view(), pieces_of(&readings).view());
        assert_eq!(stored.fingerprint().unwrap(), memory.fingerprint().unwrap());
        let order = [3, 1, 0, 2];
        for (key, dtype) in
            [("signals", Dtype::F32), ("channels", Dtype::F64), ("heating", Dtype::I64), ("next", Dtype::F32)]
        {
            let of = |view: &View| view.take(&order).unwrap().array(key, Representation::Raw, dtype).unwrap();
            assert_eq!(of(&stored), of(&memory), "{key}");
        }
        assert_eq!(stored.values(Piece::COLUMNS.maker).unwrap(), memory.values(Piece::COLUMNS.maker).unwrap());
    }
}

fn pieces_of(readings: &FeatureSet<Reading>) -> FeatureSet<Piece> {
    Windows::stride(1).over(readings).unwrap()
}

#[test]
fn a_store_that_changes_is_an_error_of_the_windows_that_read_it() {
    let scratch = Scratch::new("changes");
    let all = readings().view();
    let paths = [0..7, 7..12].map(|rows: std::ops::Range<u32>| {
        scratch.store(&format!("{}.arrow", rows.start), &all.take(&rows.collect::<Vec<_>>()).unwrap())
    });
    let windows: FeatureSet<Piece> = Windows::stride(1).over(&FeatureSet::open(paths.to_vec()).unwrap()).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(&paths[1]).unwrap();
    file.set_len(64).unwrap();
    let view = windows.view();
    let first = view.take(&[0, 2]).unwrap();
    assert!(first.array("signals", Representation::Raw, Dtype::F32).is_ok());
    assert!(view.take(&[3]).unwrap().array("signals", Representation::Raw, Dtype::F32).is_err());
}

/// A copy holds the same values in buffers of its own, in memory and in a file.
#[test]
fn a_copy_of_windows_is_a_set_like_any_other() {
    let scratch = Scratch::new("copies");
    let pieces = pieces();
    let copy = pieces.view().to_feature_set().unwrap().typed::<Piece>().unwrap();
    assert_eq!(copy, pieces);
    assert_eq!(copy.view().fingerprint().unwrap(), pieces.view().fingerprint().unwrap());
    let path = scratch.0.join("pieces.arrow");
    pieces.to_arrow_file(&path).unwrap();
    let opened = FeatureSet::<Piece>::open(&path).unwrap();
    assert_eq!(opened, pieces);
    assert_eq!(FeatureSet::concat([&opened]).unwrap().len(), 4);
    let two = pieces.view().take(&[2, 1]).unwrap().to_feature_set().unwrap().typed::<Piece>().unwrap();
    assert_eq!(two.view().values(Piece::COLUMNS.second).unwrap(), [20, 10]);
}

/// Digests of columns larger than what is digested whole: 64 MiB.
#[test]
fn a_digest_of_large_windows_is_that_of_their_copy() {
    #[derive(SampleSchema)]
    struct Tick {
        #[feat]
        x: f32,
        #[feat]
        y: f32,
    }
    #[derive(SampleSchema)]
    #[windows(of = Tick, length = 333)]
    struct Long {
        #[feat(window = [x, y])]
        both: [[f32; 2]; 333],
    }
    let tick = |row: u16| Tick { x: f32::from(row), y: f32::from(row).sin() };
    let ticks = FeatureSet::from_rows((0..30_000).map(tick)).unwrap();
    let windows: FeatureSet<Long> = Windows::stride(1).over(&ticks).unwrap();
    let copy = windows.view().to_feature_set().unwrap();
    assert_eq!(windows.view().fingerprint().unwrap(), copy.view().fingerprint().unwrap());
    let others: FeatureSet<Long> =
        Windows::stride(1).over_rows(&ticks.view().take(&(1..30_000).collect::<Vec<_>>()).unwrap()).unwrap();
    assert_ne!(windows.view().fingerprint().unwrap(), others.view().fingerprint().unwrap());
}

/// Statistics are those of all values of all windows: a row that three windows hold counts three times.
#[test]
fn scalers_learn_from_windows_and_scale_them_as_their_copy() {
    let view = pieces().view();
    let copy = pieces().view().to_feature_set().unwrap().view();
    let chain = |view: &View| FittedChain::fit(&[Standard::new().over([0]).spec()], "signals", view).unwrap();
    let (scaled, scaled_copy) = (chain(&view).transform(&view).unwrap(), chain(&copy).transform(&copy).unwrap());
    let of = |view: &View| view.numbers("signals", Representation::Transformed).unwrap();
    assert_eq!(of(&scaled), of(&scaled_copy));
    // Rows 0 1 2, 1 2 3, 2 3 4 and 7 8 9, whose current is the number of the row: their mean is 42 / 12.
    let (mean, squares) = (3.5, [0, 1, 2, 1, 2, 3, 2, 3, 4, 7, 8, 9].map(|it| f64::from(it) - 3.5).map(|it| it * it));
    let deviation = (squares.iter().sum::<f64>() / 12.0).sqrt();
    let first = of(&scaled)[0];
    assert!((first - (0.0 - mean) / deviation).abs() < 1e-12, "{first}");
    let raw = scaled.numbers("signals", Representation::Raw).unwrap();
    assert_eq!(raw, view.numbers("signals", Representation::Raw).unwrap());
    let arrow = scaled.to_arrow().unwrap();
    assert!(arrow.column_by_name("features.signals.transformed").is_some());
}

#[test]
fn batches_of_windows_are_read_ahead() {
    let view = pieces().view();
    let batches = [[0, 3], [2, 1]].map(|positions| {
        let rows = view.take(&positions)?;
        Ok(vec![ColumnRequest { rows, key: "next", form: Representation::Raw, dtype: Dtype::F32 }])
    });
    let read: Vec<Vec<Array>> = Prefetch::new(batches, 1).unwrap().collect::<Result<_>>().unwrap();
    assert_eq!(read[1][0].numbers, Numbers::F32(vec![3.8, 3.6, 3.4, 3.8]));
}
