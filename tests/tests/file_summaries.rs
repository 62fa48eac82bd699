//! What files hold, told before they are read as a set.

use std::path::PathBuf;

use modularml::SampleSchema;
use modularml::data::{Dialect, FileSummary, Reader};
use modularml_tests::file::File;

/// pandas: `describe()`, `isna().sum()` and `nunique()` of the table that `sep=';', decimal=',', na_values=['k.A.']` gives.
#[test]
fn a_summary_tells_what_a_file_holds_and_what_is_unlike_the_schema() {
    #[derive(SampleSchema)]
    struct Pulse {
        #[feat]
        voltage: [f32; 3],
        #[feat]
        temperature: f32,
        #[target]
        soh: f32,
        #[tag]
        cell: i64,
        #[tag]
        maker: String,
    }
    let text = "voltage_0;voltage_1;voltage_2;Temperature;soh;cell;maker;note\n3,9;3,7;3,5;25;0,98;1;A;x\n3,8;;3,5;-4,5;k.A.;2.5;\
                B;y\n3,7;3,6;3,25;30;0,5;3;B;\n";
    let file = File::of("pulses.csv", text);
    let dialect = Dialect::new().separator(';').decimal_comma();
    let summary = Reader::<Pulse>::new().missing("k.A.").dialect(dialect).summary().csv(&file.0).unwrap();
    assert_eq!((summary.rows, summary.dialect), (3, Some(dialect)));
    let shown = summary.to_string().replace(&file.0.display().to_string(), "FILE");
    assert_eq!(
        shown,
        "FILE: 3 rows, 8 columns, Dialect::new().separator(';').decimal_comma()
  voltage_0 .. 2  f64     1 missing, 3.25 to 3.9, 6 different
  Temperature     f64     0 missing, -4.5 to 30, 3 different, not read
  soh             f64     1 missing, 0.5 to 0.98, 2 different
  cell            String  0 missing, 3 different
  maker           String  0 missing, 2 different
  note            String  1 missing, 2 different, not read
what would be refused:
  FILE: column `voltage`, row 1: 1 missing value (NaN or null), the first in this row; leave such rows out \
         (Reader::drop_rows_with_missing), fill them, or declare #[feat(missing = allow)]
  FILE: column `temperature`: not in the file, but `Pulse` declares it; did you mean `Temperature`?; rename `Temperature` in \
         the file, or write #[feat(rename = \"Temperature\")]; the file has: voltage_0, voltage_1, voltage_2, Temperature, \
         soh, cell, maker, note
  FILE: column `soh`, row 1: 1 missing value (NaN or null), the first in this row; leave such rows out \
         (Reader::drop_rows_with_missing), fill them, or declare #[target(missing = allow)]
  FILE: column `cell`, row 1: found `2.5`, expected i64; by its dialect the file has numbers with decimal commas; correct one \
         of the two"
    );
    assert!(matches!(&summary.problems[3], modularml::Error::Column { column, row: Some(1), .. } if column == "cell"));
}

#[test]
fn a_summary_is_the_same_of_every_format() {
    let path = |ending: &str| {
        std::env::temp_dir().join(format!("modularml-summaries-{}-formats.{ending}", std::process::id()))
    };
    let rows = "{\"x\": [1, 2], \"n\": 7, \"t\": \"a\", \"b\": true}\n{\"x\": [3, null], \"n\": null, \"t\": null, \"b\": true}\n";
    let lines = File(path("jsonl"));
    std::fs::write(&lines.0, rows).unwrap();
    let array = File(path("json"));
    std::fs::write(&array.0, format!("[{}]", rows.trim().replace('\n', ","))).unwrap();
    let reader = || Reader::dynamic().features(["n"]).tags(["t"]);
    let shown = |summary: FileSummary| {
        assert_eq!(summary.problems.len(), 2, "{summary}");
        let text = summary.to_string();
        text.lines().skip(1).take(4).map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    let expected = [
        "b  bool    0 missing, 1 different, not read",
        "n  i64     1 missing, 7 to 7, 1 different",
        "t  String  1 missing, 1 different",
        "x  i64     1 missing, 1 to 3, 3 different, not read",
    ];
    let sorted = |mut lines: Vec<String>| {
        lines.sort();
        lines
    };
    assert_eq!(sorted(shown(reader().summary().json_lines(&lines.0).unwrap())), expected);
    assert_eq!(sorted(shown(reader().summary().json(&array.0).unwrap())), expected);
    let arrow = File(path("arrow"));
    let set = Reader::dynamic().features(["y"]).columns([("y", vec![0.5f32, 1.5].into())]).unwrap();
    set.to_arrow_file(&arrow.0).unwrap();
    let summary = Reader::dynamic().summary().arrow(&arrow.0).unwrap();
    let column = summary.columns.iter().find(|column| column.name == "features.y.raw").unwrap();
    assert_eq!((column.range, column.missing, column.is_read), (Some((0.5, 1.5)), 0, true));
    // Of a file that breaks off, what stands before that.
    let broken = File::of("broken.csv", "a,b\n1,2\n".to_owned() + &"3,4\n".repeat(20_000) + "5\n");
    let summary = Reader::dynamic().summary().csv(&broken.0).unwrap();
    assert!(summary.rows > 8000 && summary.rows < 20_001, "{}", summary.rows);
    assert!(summary.problems[0].to_string().contains("row 20001 (line 20003)"), "{}", summary.problems[0]);
    assert!(Reader::dynamic().summary().csv(path("absent")).is_err());
}

/// pandas: `min()` and `max()` of the column, as a `Timestamp`.
#[test]
fn a_summary_tells_the_range_of_times() {
    #[derive(SampleSchema)]
    struct Visit {
        #[feat]
        volts: f32,
        #[tag(format = "%d.%m.%Y %H:%M", zone = "Europe/Berlin")]
        at: modularml::data::Timestamp,
        #[tag]
        rest: Option<modularml::data::TimeDelta>,
    }
    let text = "volts,at,rest,day,iso,other\n1,31.01.2026 12:30,90 min,2026-03-01,2026-03-01 10:00,2026-01-01\n2,01.07.2025 \
                00:00,,2025-12-31,2026-03-01T10:00:00.5+01:00,soon\n";
    let file = File::of("times.csv", text);
    let summary = Reader::<Visit>::new().summary().csv(&file.0).unwrap();
    let lines: Vec<String> = summary.to_string().lines().skip(1).map(|line| line.trim().to_owned()).collect();
    assert_eq!(
        lines,
        [
            "volts  i64     0 missing, 1 to 2, 2 different",
            "at     Timestamp  0 missing, 2025-06-30T22:00:00Z to 2026-01-31T11:30:00Z, 2 different",
            "rest   TimeDelta  1 missing, 1h 30min to 1h 30min, 1 different",
            "day    Date    0 missing, 2025-12-31 to 2026-03-01, 2 different, not read",
            "iso    Timestamp  0 missing, 2026-03-01T09:00:00.5Z to 2026-03-01T10:00:00Z, 2 different, not read",
            "other  String  0 missing, 2 different, not read",
        ]
    );
    // Of a reader without a schema, by what it is told; and not where it is told wrongly.
    let told = |format: &str| Reader::dynamic().tags(["at"]).time_format("at", format).summary().csv(&file.0).unwrap();
    let range = |low: &str, high: &str| Some((low.to_owned(), high.to_owned()));
    let at = |summary: &FileSummary| summary.columns[1].clone();
    assert_eq!(at(&told("%d.%m.%Y %H:%M")).time_range, range("2025-07-01T00:00:00Z", "2026-01-31T12:30:00Z"));
    let wrong = told("%m/%d/%Y");
    assert_eq!((at(&wrong).time_range, at(&wrong).dtype), (None, Some(modularml::data::Dtype::Text)));
    assert!(wrong.problems[0].to_string().contains("written as `%m/%d/%Y`"), "{}", wrong.problems[0]);

    let golden = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/times.parquet");
    let summary = Reader::dynamic().features(["value"]).summary().parquet(golden).unwrap();
    let range_of = |name: &str| summary.columns.iter().find(|column| column.name == name).unwrap().time_range.clone();
    assert_eq!(range_of("day"), range("1969-12-31", "2026-12-31"));
    assert_eq!(range_of("nano"), range("1969-12-31T23:59:59.999999999Z", "2026-12-31T23:59:59.5Z"));
    assert_eq!(range_of("clock_ms"), range("00:00:00", "23:59:59.999"));
    assert_eq!(range_of("span"), range("-1.5s", "1d"));
    assert_eq!(range_of("value"), None);
}
