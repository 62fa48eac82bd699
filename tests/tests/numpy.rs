//! Arrays of NumPy as columns, and columns as arrays of NumPy.

use std::path::{Path, PathBuf};
use std::process::Command;

use modularml::data::{ColumnArray, ColumnValue};
use modularml::prelude::*;
use modularml_tests::file::File;
use modularml_tests::mutate::Mutator;
use serde_json::{Value, json};

/// The columns of `golden/numpy_arrays.py`.
#[derive(SampleSchema)]
struct Row {
    #[feat]
    grid: [[f32; 4]; 2],
    #[feat]
    big: i64,
    #[feat]
    small: i8,
    #[tag]
    count: u64,
    #[tag]
    half_open: f64,
    #[feat]
    is_warm: bool,
    #[tag]
    maker: String,
    #[feat]
    at: Timestamp,
    #[feat]
    day: Date,
    #[feat]
    spent: TimeDelta,
    #[target]
    #[classes("fresh", "worn")]
    state: Class,
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn column<T: ColumnValue>(rows: &FeatureSet<Row>, column: Column<T>) -> Vec<T> {
    rows.view().values(column).unwrap()
}

fn check(rows: &FeatureSet<Row>) {
    let columns = Row::COLUMNS;
    let grid = column(rows, columns.grid);
    for (row, grid) in (0u16..).zip(&grid) {
        for (line, values) in (0u16..).zip(grid) {
            for (at, value) in (0u16..).zip(values) {
                assert!((value - f32::from(row * 100 + line * 10 + at)).abs() < f32::EPSILON, "{grid:?}");
            }
        }
    }
    assert_eq!(column(rows, columns.big), [-1, 999, 1999]);
    assert_eq!(column(rows, columns.small), [-1, 0, 1]);
    assert_eq!(column(rows, columns.count), [1 << 63, (1 << 63) + 1, (1 << 63) + 2]);
    let half_open = column(rows, columns.half_open);
    assert!((half_open[0] - 0.5).abs() < f64::EPSILON && half_open[1].is_nan() && half_open[2] == f64::NEG_INFINITY);
    assert_eq!(column(rows, columns.is_warm), [true, false, true]);
    assert_eq!(column(rows, columns.maker), ["Ünit", "", "cell \u{1f50b}"]);
    let at = ["2024-02-29T12:00:00.000001Z", "1969-12-31T23:59:59Z", "2200-01-01T00:00:00Z"];
    assert_eq!(column(rows, columns.at), at.map(|text| Timestamp::parse(text).unwrap()));
    assert_eq!(
        column(rows, columns.day),
        ["2024-02-29", "1970-01-01", "1900-01-01"].map(|day| Date::parse(day).unwrap())
    );
    assert_eq!(column(rows, columns.spent), [1, -2, 3].map(|ms| TimeDelta::from_nanos(ms * 1_000_000)));
    assert_eq!(column(rows, columns.state), [1, 0, 1].map(Class::new));
}

#[test]
fn arrays_of_numpy_are_columns_and_come_back_the_same() {
    let rows = Reader::<Row>::new().npz(golden("numpy_arrays.npz")).unwrap();
    check(&rows);
    let file = File::named("arrays.npz");
    rows.view().to_npz(&file.0).unwrap();
    check(&Reader::<Row>::new().npz(&file.0).unwrap());

    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/read_npz.py");
    let ran = Command::new(python).arg(script).arg(&file.0).output();
    let Some(ran) = ran.ok().filter(|ran| ran.status.success()) else {
        println!("skipped: no Python with numpy; see tests/python/README.md");
        return;
    };
    let found: Value = serde_json::from_slice(&ran.stdout[..]).unwrap_or_else(|_| {
        serde_json::from_str(&String::from_utf8_lossy(&ran.stdout).replace("NaN", "null").replace("-Infinity", "null"))
            .unwrap()
    });
    let of = |name: &str, part: &str| found[name][part].clone();
    assert_eq!(of("grid", "dtype"), "<f4");
    assert_eq!(of("grid", "shape"), json!([3, 2, 4]));
    assert_eq!(of("grid", "values")[2], json!([[200.0, 201.0, 202.0, 203.0], [210.0, 211.0, 212.0, 213.0]]));
    assert_eq!(of("count", "values"), json!([1u64 << 63, (1u64 << 63) + 1, (1u64 << 63) + 2]));
    assert_eq!(of("is_warm", "dtype"), "|b1");
    assert_eq!(of("maker", "values"), json!(["Ünit", "", "cell \u{1f50b}"]));
    assert_eq!(of("state", "values"), json!(["worn", "fresh", "worn"]));
    assert_eq!(of("at", "dtype"), "<M8[ns]");
    assert_eq!(of("day", "values"), json!(["2024-02-29", "1970-01-01", "1900-01-01"]));
    assert_eq!(of("spent", "dtype"), "<m8[ns]");
}

#[derive(SampleSchema)]
struct Path3 {
    #[feat(length = 3)]
    path: Vec<[f32; 2]>,
    #[tag]
    cycle: Option<u8>,
}

#[test]
fn single_arrays_sequences_and_chosen_rows_are_written() {
    let rows = [
        Path3 { path: vec![[1.0, 2.0]], cycle: Some(1) },
        Path3 { path: vec![[3.0, 4.0], [5.0, 6.0]], cycle: Some(2) },
        Path3 { path: vec![], cycle: None },
    ];
    let view = FeatureSet::from_rows(rows).unwrap().view().take(&[1, 0]).unwrap();
    let file = File::named("path.npz");
    view.to_npz(&file.0).unwrap();
    let dynamic = |columns: &[&str]| Reader::dynamic().features(columns.iter().copied());
    let set = dynamic(&["path", "path_lengths", "cycle"]).npz(&file.0).unwrap();
    let padded = set.view().numbers("path", Representation::Raw).unwrap();
    assert_eq!(padded, [3.0, 4.0, 5.0, 6.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(set.view().shape("path").unwrap().axes(), [3, 2]);
    assert_eq!(set.view().numbers("path_lengths", Representation::Raw).unwrap(), [2.0, 1.0]);
    assert_eq!(set.view().numbers("cycle", Representation::Raw).unwrap(), [2.0, 1.0]);

    let fortran = ColumnArray::npy(golden("numpy_fortran.npy")).unwrap();
    let set = dynamic(&["x"]).columns([("x", fortran)]).unwrap();
    assert_eq!(set.view().numbers("x", Representation::Raw).unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
    let file = File::named("x.npy");
    set.view().to_npy("x", &file.0).unwrap();
    let again = dynamic(&["x"]).columns([("x", ColumnArray::npy(&file.0).unwrap())]).unwrap();
    assert_eq!(again.view().numbers("x", Representation::Raw).unwrap(), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
}

#[test]
fn what_is_no_column_is_refused() {
    let holes = FeatureSet::from_rows([Path3 { path: vec![], cycle: None }]).unwrap();
    let file = File::named("holes.npz");
    let error = file.message(holes.view().to_npz(&file.0));
    assert!(error.contains("column `cycle`: has 1 missing values, and NumPy has nothing in the place"), "{error}");
    let header = |descr: &str, shape: &str, values: &[u8]| {
        let mut text = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
        while (text.len() + 11) % 64 > 0 {
            text.push(' ');
        }
        text.push('\n');
        let length = u16::try_from(text.len()).unwrap().to_le_bytes();
        File::of("bad.npy", [b"\x93NUMPY\x01\x00".as_slice(), &length, text.as_bytes(), values].concat())
    };
    let cases = [
        (header("|O", "(1,)", &[0; 8]), "objects are not read"),
        (header("<f2", "(1,)", &[0; 2]), "convert it by .astype(\"float32\")"),
        (header("|S3", "(1,)", &[0; 3]), "convert it by .astype(str)"),
        (header("<M8[h]", "(1,)", &[0; 8]), "times the units D, s, ms, us or ns"),
        (header("<M8[s]", "(1,)", &i64::MAX.to_le_bytes()), "which nanoseconds cannot tell"),
        (header("<f4", "()", &[0; 4]), "without an axis of rows"),
        (header("<f4", "(2,)", &[0; 4]), "has 4 bytes of values"),
        (header("<f4", "(18446744073709551615, 2)", &[0; 4]), "more values than can be counted"),
        (File::of("bad.npy", b"\x93NUMPY\x01\x00\xff\xff{"), "ends in its header"),
        (File::of("bad.npy", b"PK\x03\x04"), "is no array of NumPy"),
        (File::of("bad.npy", b""), "is no array of NumPy"),
    ];
    for (file, expected) in cases {
        let message = file.message(ColumnArray::npy(&file.0));
        assert!(message.contains(expected), "{message}");
    }
    let cut = std::fs::read(golden("numpy_arrays.npz")).unwrap();
    for length in [0, 100, cut.len() / 2, cut.len() - 1] {
        let file = File::of("cut.npz", &cut[..length]);
        assert!(file.message(Reader::<Row>::new().npz(&file.0)).contains("not a whole .npz file"));
    }
}

/// Whatever the bytes are, there is a column or an error.
#[test]
fn damaged_arrays_are_errors_or_columns() {
    let mut mutator = Mutator::new(7);
    let array = std::fs::read(golden("numpy_fortran.npy")).unwrap();
    let whole = std::fs::read(golden("numpy_arrays.npz")).unwrap();
    let file = File::named("damaged");
    for _ in 0..2_000 {
        std::fs::write(&file.0, mutator.bytes(std::slice::from_ref(&array))).unwrap();
        drop(ColumnArray::npy(&file.0));
        std::fs::write(&file.0, mutator.bytes(std::slice::from_ref(&whole))).unwrap();
        drop(Reader::<Row>::new().npz(&file.0));
    }
}
