//! Conditions, splits and folds in time.

use modularml::data::Dynamic;
use modularml::prelude::*;
use modularml::process::SplitRecord;

use modularml_tests::file::File;

use super::golden;

/// A column in a zone is compared with points in time, and keeps its zone in files.
#[test]
fn zones_stay_and_are_said() {
    #[derive(SampleSchema)]
    struct Local {
        #[feat]
        volts: f32,
        #[tag(zone = "Europe/Berlin")]
        at: Timestamp,
    }
    let at = Timestamp::parse("2026-01-01T00:30+01:00").unwrap();
    let set = FeatureSet::from_rows([Local { volts: 1.0, at }]).unwrap();
    let error = set.view().filter(Local::COLUMNS.at.ge("2026-01-01")).unwrap_err().to_string();
    assert!(error.contains("in the zone Europe/Berlin, and \"2026-01-01\" says no offset from UTC"), "{error}");
    assert_eq!(set.view().filter(Local::COLUMNS.at.ge("2026-01-01T00:00+01:00")).unwrap().len(), 1);
    let file = File::of("zone.arrow", "");
    std::fs::remove_file(&file.0).unwrap();
    set.to_arrow_file(&file.0).unwrap();
    let zone = |set: &FeatureSet<Dynamic>| set.schema().column("at").unwrap().zone;
    assert_eq!(zone(&Reader::dynamic().arrow(&file.0).unwrap()), "Europe/Berlin");
    assert_eq!(zone(&FeatureSet::open_dynamic(file.0.as_path()).unwrap()), "Europe/Berlin");
}

/// One reading a day.
#[derive(SampleSchema)]
pub struct Daily {
    #[feat]
    volts: f32,
    #[tag]
    at: Timestamp,
    #[tag]
    day: Date,
    #[target]
    soh: f32,
}

pub fn daily(days: impl IntoIterator<Item = i32>) -> FeatureSet<Daily> {
    FeatureSet::from_rows(days.into_iter().map(|day| Daily {
        volts: 3.0,
        at: Timestamp::from_nanos(i64::from(20_454 + day) * 86_400_000_000_000),
        day: Date::from_days(20_454 + day),
        soh: 1.0,
    }))
    .unwrap()
}

/// 20454 days after 1970-01-01 is 2026-01-01.
#[test]
fn conditions_compare_times() {
    const LATE: Condition = Daily::COLUMNS.at.ge("2026-01-05T00:00:00+00:00");
    let set = daily(0..10);
    assert_eq!(set.view().filter(LATE).unwrap().rows(), (4..10).collect::<Vec<_>>());
    let days = Daily::COLUMNS.day.between("2026-01-02", "2026-01-03");
    assert_eq!(set.view().filter(days).unwrap().rows(), [1, 2]);
    assert_eq!(set.view().filter(column("day").is_in(&["2026-01-01", "2026-01-10"])).unwrap().rows(), [0, 9]);
    let error = set.view().filter(column("at").lt("yesterday")).unwrap_err().to_string();
    assert!(error.contains("column `at` is Timestamp, and \"yesterday\" is none; write \"2026-01-31\" or"), "{error}");
    let error = set.view().filter(column("at").lt(7)).unwrap_err().to_string();
    assert!(
        error.contains("column `at` is Timestamp and is compared with 7; compare it with \"2026-01-31\""),
        "{error}"
    );
    let saved = serde_json::to_string(&Predicate::from(LATE)).unwrap();
    assert_eq!(serde_json::from_str::<Predicate>(&saved).unwrap(), LATE.into());
    assert_eq!(set.view().groups("day").unwrap(), (0..10).collect::<Vec<_>>());
}

/// A hole of a week between day 9 and day 17: by hand.
#[test]
fn splits_and_folds_in_time_leave_out_a_gap_of_time() {
    let set = daily((0..10).chain(17..27));
    let splits = |splitter: Ordered| SplitRecord::new(0).split(splitter).replay(&set.view());
    for by in [Ordered::by(Daily::COLUMNS.at), Ordered::by(Daily::COLUMNS.day)] {
        let found = splits(by.ratios([("train", 0.4), ("test", 0.6)]).gap_time("3 days")).unwrap();
        assert_eq!(found[0].1.rows(), (0..8).collect::<Vec<_>>());
        // Rows 8 and 9 are one and two days behind row 7.
        assert_eq!(found[1].1.rows(), (10..20).collect::<Vec<_>>());
        let found = splits(by.ratios([("train", 0.5), ("test", 0.5)]).gap_time("1 week")).unwrap();
        assert_eq!(found[1].1.rows(), (10..20).collect::<Vec<_>>());
    }
    let error = splits(Ordered::by(Daily::COLUMNS.at).ratios([("a", 0.5), ("b", 0.5)]).gap_time("soon")).unwrap_err();
    assert!(error.to_string().contains("gap_time(\"soon\") is no span of time"), "{error}");
    let mut rng = Rng::new(0, modularml::random::Purpose::Split, modularml::random::Place::default());
    let folds = TimeFolds::of(2).by(Daily::COLUMNS.day).test_size(5).gap_time("36 h").spec();
    let folds = folds.folds(&set.view(), &mut rng).unwrap();
    // The tests are rows 10 to 14, of days 17 to 21, and 15 to 19, of days 22 to 26; a part of a day counts as one.
    assert_eq!(folds[0].train.rows(), (0..10).collect::<Vec<_>>());
    assert_eq!(folds[1].train.rows(), (0..14).collect::<Vec<_>>());
}

/// pandas: `at - groupby("cell")["at"].transform("min")`, rows without a cell or a time among them.
#[test]
fn rows_are_counted_from_the_first_time_of_their_group() {
    #[derive(SampleSchema)]
    struct Row {
        #[feat]
        volts: f32,
        #[tag]
        cell: Option<String>,
        #[tag]
        at: Option<Timestamp>,
    }
    let expected: serde_json::Value = serde_json::from_slice(&std::fs::read(golden("clocks.json")).unwrap()).unwrap();
    let rows = expected["since"].as_array().unwrap();
    let row = |row: &serde_json::Value| Row {
        volts: 1.0,
        cell: row["cell"].as_str().map(str::to_owned),
        at: row["at"].as_i64().map(Timestamp::from_nanos),
    };
    let set = FeatureSet::from_rows(rows.iter().map(row)).unwrap();
    let aged = set.with_time_since_first("age", Domain::Feature, "at", "cell").unwrap();
    let found: FeatureSet<Aged> = aged.typed().unwrap();
    let found = found.view().values(Aged::COLUMNS.age).unwrap();
    let expected: Vec<_> = rows.iter().map(|row| row["since"].as_i64().map(TimeDelta::from_nanos)).collect();
    assert_eq!(found, expected);

    let days = daily([3, 1, 7]).with_time_since_first("age", Domain::Feature, "day", "soh").unwrap();
    assert!(!days.schema().column("age").unwrap().allows_missing);
    assert_eq!(days.view().times("age").unwrap(), ["2d", "0s", "6d"].map(|span| Some(span.to_owned())));
    let refused =
        |at: &str, group: &str| set.with_time_since_first("age", Domain::Tag, at, group).unwrap_err().to_string();
    assert!(
        refused("volts", "cell").contains("column `volts` is f32; what a row is counted from is a Timestamp or a Date")
    );
    assert!(refused("ta", "cell").contains("no column `ta`"));
    assert!(refused("at", "cel").contains("did you mean `cell`?"));
    let far = [i64::MIN, i64::MAX].map(|at| Row { volts: 1.0, cell: None, at: Some(Timestamp::from_nanos(at)) });
    let far = FeatureSet::from_rows(far).unwrap().with_time_since_first("age", Domain::Tag, "at", "volts");
    let error = far.unwrap_err().to_string();
    assert!(
        error.contains("column `age`, row 1: lies more than 292 years after the first time of its group"),
        "{error}"
    );
}

#[derive(SampleSchema)]
struct Aged {
    #[feat]
    age: Option<TimeDelta>,
}
