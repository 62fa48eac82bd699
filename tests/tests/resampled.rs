//! Recordings at a fixed step: the values are those of pandas, borders are told by hand, and a store holds the same.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::float_cmp,
    reason = "numbers of tests are small"
)]

use modularml::data::{
    ColumnSpec, Domain, Dtype, Fill, Numbers, Origin, ResampledColumn, ResampledSchema, ResampledSpec, SchemaSpec,
    Shape, TimeStep,
};
use modularml::prelude::*;
use modularml_tests::golden::each_case;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
struct Case {
    dtype: String,
    zone: String,
    origin: String,
    every: f64,
    limit: f64,
    cell: Vec<i64>,
    time: Vec<Value>,
    x: Vec<Value>,
    expected: Expected,
}

#[derive(Deserialize)]
struct Expected {
    cell: Vec<i64>,
    time: Vec<Value>,
    last: Vec<Value>,
    linear: Vec<Value>,
    mean: Vec<Value>,
}

fn numbers(values: &[Value]) -> Vec<f64> {
    values.iter().map(|value| value.as_f64().unwrap_or(f64::NAN)).collect()
}

fn whole(values: &[Value]) -> Vec<i64> {
    values.iter().map(|value| value.as_i64().unwrap()).collect()
}

#[track_caller]
fn close(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        let is_close = (found - expected).abs() <= 1e-9 * expected.abs().max(1.0);
        assert!(is_close || (found.is_nan() && expected.is_nan()), "{what} {at}: {found} is not {expected}");
    }
}

/// The rows of a case, with times of one type.
macro_rules! readings {
    ($case:expr, $time:ty, $of:expr) => {{
        #[derive(SampleSchema)]
        struct Reading {
            #[tag(group)]
            cell: i64,
            #[tag]
            t: $time,
            #[feat(missing = allow)]
            x: f64,
        }
        let rows = $case.cell.iter().zip(&$case.time).zip(numbers(&$case.x));
        let of = $of;
        let readings = FeatureSet::from_rows(rows.map(|((&cell, t), x)| Reading { cell, t: of(t), x })).unwrap();
        (readings.to_dynamic(), Reading::SCHEMA)
    }};
}

fn whole_of(value: &Value) -> i64 {
    value.as_i64().unwrap()
}

/// A step as it is written in an order of that type.
fn step(units: f64, dtype: Dtype) -> TimeStep {
    match dtype {
        Dtype::Date => TimeStep::Span(format!("{units} days").leak()),
        dtype if dtype.is_time() => TimeStep::Span(format!("{units} ns").leak()),
        _ => TimeStep::Number(units),
    }
}

fn origin(name: &str) -> Origin {
    Origin::ALL.into_iter().find(|origin| origin.name() == name).unwrap()
}

/// What a case describes, of columns that may lack values or may not.
fn spec(case: &Case, rows: &SchemaSpec, fills: &[Fill], allows_missing: bool) -> ResampledSpec {
    let mut columns = rows.columns.to_vec();
    columns[1].zone = if case.zone.is_empty() { "" } else { case.zone.clone().leak() };
    let of = SchemaSpec::at_run_time("Reading", columns.clone());
    let filled = |fill: &Fill| {
        let x = ColumnSpec::new(fill.name(), Domain::Feature, Dtype::F64, Shape::SCALAR);
        (ColumnSpec { allows_missing, ..x }, ResampledColumn { of: "x", fill: Some(*fill) })
    };
    let own = |column: ColumnSpec| (column, ResampledColumn { of: column.key, fill: None });
    let (schema, from): (Vec<_>, Vec<_>) =
        [own(columns[0]), own(columns[1])].into_iter().chain(fills.iter().map(filled)).unzip();
    let dtype = columns[1].dtype;
    ResampledSpec {
        schema: SchemaSpec::at_run_time("Even", schema),
        of,
        every: step(case.every, dtype),
        limit: step(case.limit, dtype),
        origin: origin(&case.origin),
        by: Some("cell"),
        in_order_of: "t",
        columns: from.leak(),
    }
}

#[test]
fn values_at_steps_are_those_of_pandas() {
    each_case("resampled", |case: Case| {
        let (readings, schema) = match case.dtype.as_str() {
            "Timestamp" => readings!(case, Timestamp, |t| Timestamp::from_nanos(whole_of(t))),
            "TimeDelta" => readings!(case, TimeDelta, |t| TimeDelta::from_nanos(whole_of(t))),
            "Date" => readings!(case, Date, |t| Date::from_days(i32::try_from(whole_of(t)).unwrap())),
            "i64" => readings!(case, i64, whole_of),
            "f64" => readings!(case, f64, |t: &Value| t.as_f64().unwrap()),
            other => panic!("times of {other}"),
        };
        let all = spec(&case, &schema, &Fill::ALL, true);
        let view = Resample::new().over_as(&all, &readings.view()).unwrap().view();
        let of = |key: &str| view.numbers(key, Representation::Raw).unwrap();
        let expected = &case.expected;
        if case.dtype == "f64" {
            close("time", &of("t"), &numbers(&expected.time));
        } else {
            let Numbers::I64(times) = view.array("t", Representation::Raw, Dtype::I64).unwrap().numbers else {
                panic!("times are whole numbers")
            };
            assert_eq!(times, whole(&expected.time));
        }
        assert_eq!(
            view.array("cell", Representation::Raw, Dtype::I64).unwrap().numbers,
            Numbers::I64(expected.cell.clone())
        );
        for (fill, values) in
            [(Fill::Last, &expected.last), (Fill::Linear, &expected.linear), (Fill::Mean, &expected.mean)]
        {
            close(fill.name(), &of(fill.name()), &numbers(values));
            // Where a column may not lack a value, a step without one becomes no row.
            let known: Vec<usize> = (0..values.len()).filter(|&at| !numbers(values)[at].is_nan()).collect();
            match Resample::new().over_as(&spec(&case, &schema, &[fill], false), &readings.view()) {
                Ok(rows) => {
                    let rows = rows.view();
                    let found = rows.numbers(fill.name(), Representation::Raw).unwrap();
                    close(fill.name(), &found, &known.iter().map(|&at| numbers(values)[at]).collect::<Vec<_>>());
                    let ids = view.ids();
                    assert_eq!(rows.ids(), known.iter().map(|&at| ids[at]).collect::<Vec<_>>());
                }
                Err(error) => assert!(known.is_empty() && error.to_string().contains("no step has a value"), "{error}"),
            }
        }
    });
}

/// A row of a recording.
#[derive(SampleSchema)]
struct Reading {
    #[tag(group)]
    cell: String,
    #[tag]
    at: Timestamp,
    #[tag]
    maker: Option<String>,
    #[feat]
    #[classes("charge", "rest")]
    mode: Class,
    #[feat]
    on: bool,
    #[feat]
    counts: i16,
    #[feat]
    image: [[u8; 2]; 2],
    #[feat(missing = allow)]
    pair: [f32; 2],
}

/// A row every ten seconds.
#[derive(SampleSchema)]
#[resampled(of = Reading, every = "10 s", limit = "30 s", by = cell, in_order_of = at)]
struct Even {
    #[feat(last)]
    #[classes("charge", "rest")]
    mode: Class,
    #[feat(last)]
    on: bool,
    #[feat(last)]
    image: [[u8; 2]; 2],
    #[feat(linear)]
    counts: f32,
    #[feat(of = counts, last)]
    exact: i16,
    #[feat(linear, missing = allow)]
    pair: [f32; 2],
    #[tag(of = at, last)]
    seen: Timestamp,
    #[tag(last)]
    maker: Option<String>,
    #[tag(group)]
    cell: String,
    #[tag]
    at: Timestamp,
}

/// Three rows, each with the one behind it.
#[derive(SampleSchema)]
#[windows(of = Even, length = 2, by = cell, in_order_of = at)]
struct Piece {
    #[feat(window = counts)]
    counts: [f32; 2],
    #[tag(group)]
    cell: String,
    #[tag]
    at: Timestamp,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_nanos(Timestamp::parse("2026-05-01").unwrap().nanos() + second * 1_000_000_000)
}

/// Of cell "b" rows at 0, 5, 12, 30 and, behind a gap, at 70 and 90 seconds; of cell "a" at 100, which would be its next step.
fn readings() -> FeatureSet<Reading> {
    let seconds = [0, 5, 12, 30, 70, 90, 100];
    FeatureSet::from_rows((0_u8..).zip(seconds).map(|(row, second)| Reading {
        cell: if row < 6 { "b".into() } else { "a".into() },
        at: at(second),
        maker: (row != 1).then(|| format!("maker {row}")),
        mode: Class::new(u32::from(row % 2)),
        on: row % 2 == 0,
        counts: i16::from(row) * 10,
        image: [[row, 1], [2, row]],
        pair: if row == 2 { [f32::NAN, 2.0] } else { [f32::from(row); 2] },
    }))
    .unwrap()
}

#[test]
fn columns_of_all_kinds_have_their_values_at_the_steps() {
    let even: FeatureSet<Even> = Resample::new().over(&readings()).unwrap();
    let view = even.view();
    let columns = Even::COLUMNS;
    let seconds = [0, 10, 20, 30, 70, 80, 90, 100];
    assert_eq!(view.values(columns.at).unwrap(), seconds.map(at));
    assert_eq!(view.values(columns.seen).unwrap(), [0, 5, 12, 30, 70, 70, 90, 100].map(at));
    assert_eq!(
        view.texts("cell").unwrap(),
        [["b"; 7].as_slice(), &["a"]].concat().iter().map(|&it| Some(it)).collect::<Vec<_>>()
    );
    assert_eq!(view.values(columns.exact).unwrap(), [0, 10, 20, 30, 40, 40, 50, 60]);
    assert_eq!(view.values(columns.image).unwrap()[1], [[1, 1], [2, 1]]);
    assert_eq!(view.classes("mode").unwrap()[..3], [Some("charge"), Some("rest"), Some("charge")]);
    assert_eq!(view.values(columns.on).unwrap()[..3], [true, false, true]);
    // The maker of row 1 is not known, and that of row 0 is the last one that is.
    assert_eq!(view.texts("maker").unwrap()[..3], [Some("maker 0"), Some("maker 0"), Some("maker 2")]);
    let counts = view.values(columns.counts).unwrap();
    let expected = [0.0, 10.0 + 50.0 / 7.0, 20.0 + 80.0 / 18.0, 30.0, 40.0, 45.0, 50.0, 60.0];
    close(
        "counts",
        &counts.iter().map(|&it| f64::from(it)).collect::<Vec<_>>(),
        &expected.map(|it| f64::from(it as f32)),
    );
    // The first number of row 2 is missing, so that the line goes from row 1 to row 3: 25 seconds.
    let pair = view.values(columns.pair).unwrap();
    assert_eq!(pair[1][0], 1.0 + 2.0 * 0.2);
    assert!((pair[1][1] - (1.0 + 5.0 / 7.0)).abs() < 1e-6);
    // What is made again has the same ids.
    assert_eq!(Resample::new().over::<Even>(&readings()).unwrap().view().values(columns.counts).unwrap(), counts);
    let set = readings();
    assert_eq!(Resample::new().over::<Even>(&set).unwrap(), Resample::new().over::<Even>(&set).unwrap());
}

/// A window ends where a step is missing and where another recording begins, be its first step the next one.
#[test]
fn windows_over_steps_end_at_borders() {
    let even: FeatureSet<Even> = Resample::new().over(&readings()).unwrap();
    let pieces: FeatureSet<Piece> = Windows::stride(1).over(&even).unwrap();
    assert_eq!(pieces.view().values(Piece::COLUMNS.at).unwrap(), [0, 10, 20, 70, 80].map(at));
    assert_eq!(pieces.view().texts("cell").unwrap(), [Some("b"); 5]);
    // No longer step is allowed by saying so.
    let longer: FeatureSet<Piece> = Windows::stride(1).longest_step("1 h").over(&even).unwrap();
    assert_eq!(longer, pieces);
}

#[test]
fn a_store_holds_what_memory_would() {
    let path = std::env::temp_dir().join(format!("modularml-resampled-{}.arrow", std::process::id()));
    let set = readings();
    let stored: FeatureSet<Even> = Resample::new().to_store(&path).over(&set).unwrap();
    let even: FeatureSet<Even> = Resample::new().over(&set).unwrap();
    assert_eq!(stored, even);
    let windows: FeatureSet<Piece> = Windows::stride(1).over(&FeatureSet::open(&path).unwrap()).unwrap();
    assert_eq!(windows, Windows::stride(1).over::<Piece>(&even).unwrap());
    drop((stored, windows));
    std::fs::remove_file(path).unwrap();
}

/// Pieces are made one by one, and values at their borders are of rows in two of them.
#[test]
fn long_recordings_are_made_in_pieces() {
    #[derive(SampleSchema)]
    struct Tick {
        #[tag]
        t: i64,
        #[feat(missing = allow)]
        x: f64,
    }
    #[derive(SampleSchema)]
    #[resampled(of = Tick, every = 3, limit = 9000, in_order_of = t)]
    struct Third {
        #[feat(of = x, last)]
        last: f64,
        #[feat(of = x, linear, missing = allow)]
        linear: f64,
        #[feat(of = x, mean, missing = allow)]
        mean: f64,
        #[tag]
        t: i64,
    }
    // Known are rows 0, 1 and 2 of each 7000, so that the last known value lies far before the beginning of a piece.
    let known = |t: i64| if t % 7000 < 3 { (t as f64 * 0.37).sin() } else { f64::NAN };
    let ticks = FeatureSet::from_rows((0..400_000).map(|t| Tick { t, x: known(t) })).unwrap();
    let thirds: FeatureSet<Third> = Resample::new().over(&ticks).unwrap();
    let view = thirds.view();
    let times = view.values(Third::COLUMNS.t).unwrap();
    assert_eq!(times, (0..400_000).step_by(3).collect::<Vec<i64>>());
    let (last, linear) = (view.values(Third::COLUMNS.last).unwrap(), view.values(Third::COLUMNS.linear).unwrap());
    let mean = view.values(Third::COLUMNS.mean).unwrap();
    for (place, &t) in times.iter().enumerate() {
        let start = t - t % 7000;
        let before = start + (t - start).min(2);
        assert_eq!(last[place], known(before), "{t}");
        let behind = start + 7000;
        if before == t {
            assert_eq!(linear[place], known(t));
        } else if behind < 400_000 {
            let part = (t - before) as f64 / (behind - before) as f64;
            let expected = known(before) + (known(behind) - known(before)) * part;
            assert!((linear[place] - expected).abs() < 1e-12, "{t}");
        } else {
            assert!(linear[place].is_nan(), "{t}");
        }
        let of_step: Vec<f64> = (t..t + 3).map(known).filter(|it| !it.is_nan()).collect();
        let expected = of_step.iter().sum::<f64>() / of_step.len() as f64;
        assert!((mean[place] - expected).abs() < 1e-12 || (mean[place].is_nan() && of_step.is_empty()), "{t}");
    }
}

#[test]
fn rows_that_make_no_steps_are_refused() {
    let refused = |rows: &View, words: &str| {
        let error = Resample::new().over_rows::<Even>(rows).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    let all = readings().view();
    let copied = |positions: &[u32]| all.take(positions).unwrap().to_feature_set().unwrap().view();
    refused(&all.take(&[1, 0]).unwrap(), "row 0 stands behind row 1; give the rows in the order of their set");
    refused(&copied(&[0, 2, 1]), "has `at` 2026-05-01T00:00:05Z, and row 1 before it has 2026-05-01T00:00:12Z");
    refused(&copied(&[0, 6, 1]), "the rows of one `cell` do not stand together");
    refused(&all.take(&[1]).unwrap(), "no step has a value in every column");
    refused(&all.select(["cell", "at"]).unwrap(), "was left out by select(..)");
    refused(&all.take(&[]).unwrap(), "cannot resample 0 of 7 rows");
    // A row that the view leaves out is as if it were not there: from 12 to 70 the gap is too long, from 5 to 30 it is not.
    let fewer: FeatureSet<Even> = Resample::new().over_rows(&all.take(&[0, 1, 3, 4]).unwrap()).unwrap();
    assert_eq!(fewer.view().values(Even::COLUMNS.at).unwrap(), [0, 10, 20, 30, 70].map(at));
    let far = Reading { at: Timestamp::from_nanos(i64::MIN), ..row(&all) };
    let far = FeatureSet::from_rows([far]).unwrap();
    refused(&far.view(), "no step has a value in every column");
    let even: FeatureSet<Even> = Resample::new().over(&readings()).unwrap();
    let pieces: FeatureSet<Piece> = Windows::stride(1).over(&even).unwrap();
    refused(&pieces.view(), "these rows are windows; resample the recordings");
    assert_eq!(Even::RESAMPLING.time(), "at");
}

fn row(view: &View) -> Reading {
    Reading {
        cell: "b".into(),
        at: view.values(Reading::COLUMNS.at).unwrap()[0],
        maker: None,
        mode: Class::new(0),
        on: false,
        counts: 0,
        image: [[0; 2]; 2],
        pair: [0.0; 2],
    }
}
