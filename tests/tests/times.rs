//! Times: read from every kind of file, compared, ordered, and made numbers of in a graph. What is expected are numbers of
//! pandas and pyarrow, which `golden/times.py` writes.

use std::f64::consts::TAU;
use std::path::PathBuf;

use modularml::data::{Dtype, Dynamic};
use modularml::losses::*;
use modularml::prelude::*;
use modularml::process::SplitRecord;
use modularml::{layers::*, metrics::*};
use modularml_tests::{difference, numbers};
use serde_json::Value;

/// A file that is gone when the test is over.
struct File(PathBuf);

impl File {
    fn of(name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("modularml-times-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn expected() -> Value {
    serde_json::from_slice(&std::fs::read(golden("times.json")).unwrap()).unwrap()
}

fn whole(values: &Value) -> Vec<i64> {
    values.as_array().unwrap().iter().map(|value| value.as_i64().unwrap()).collect()
}

fn floats(values: &Value) -> Vec<f64> {
    values.as_array().unwrap().iter().map(|value| value.as_f64().unwrap()).collect()
}

/// What pyarrow wrote, of every unit.
#[derive(SampleSchema)]
struct Moment {
    #[feat]
    value: f32,
    #[tag]
    second: Timestamp,
    #[tag]
    milli: Timestamp,
    #[tag]
    micro: Timestamp,
    #[tag]
    nano: Timestamp,
    #[tag]
    day: Date,
    #[tag]
    day_ms: Date,
    #[tag]
    clock: TimeOfDay,
    #[tag]
    clock_ms: TimeOfDay,
    #[tag]
    span: TimeDelta,
    #[feat]
    price: f64,
    #[tag]
    missing: Option<Timestamp>,
}

/// All values of a column, by the numbers that they are stored as.
macro_rules! stored {
    ($set:expr, $column:ident, $as:ident) => {
        $set.view()
            .values(Moment::COLUMNS.$column)
            .unwrap()
            .into_iter()
            .map(|time| i64::from(time.$as()))
            .collect::<Vec<i64>>()
    };
}

fn check(moments: &FeatureSet<Moment>) {
    let expected = expected();
    let seconds = whole(&expected["seconds"]);
    assert_eq!(stored!(moments, second, nanos), seconds.iter().map(|at| at * 1_000_000_000).collect::<Vec<_>>());
    let milli: Vec<i64> = seconds.iter().map(|at| at * 1_000_000_000 + 7_000_000).collect();
    assert_eq!(stored!(moments, milli, nanos), milli);
    let micro: Vec<i64> = seconds.iter().map(|at| at * 1_000_000_000 + 7_000).collect();
    assert_eq!(stored!(moments, micro, nanos), micro);
    assert_eq!(stored!(moments, nano, nanos), whole(&expected["nanos"]));
    assert_eq!(stored!(moments, day, days), whole(&expected["days"]));
    assert_eq!(stored!(moments, day_ms, days), whole(&expected["days"]));
    assert_eq!(stored!(moments, clock, nanos), whole(&expected["clocks"]));
    let of_ms: Vec<i64> = whole(&expected["clocks"]).iter().map(|nanos| nanos / 1_000_000 * 1_000_000).collect();
    assert_eq!(stored!(moments, clock_ms, nanos), of_ms);
    assert_eq!(stored!(moments, span, nanos), whole(&expected["spans"]));
    assert_eq!(moments.view().values(Moment::COLUMNS.price).unwrap(), [0.1, 12.34, -5.0, 7.25, 99.99, 0.01]);
    let missing = moments.view().values(Moment::COLUMNS.missing).unwrap();
    assert_eq!(missing.iter().position(Option::is_none), Some(2));
}

#[test]
fn parquet_of_every_unit_is_read_exactly() {
    let moments = Reader::<Moment>::new().parquet(golden("times.parquet")).unwrap();
    check(&moments);
    let int96 = Reader::dynamic().features(["value"]).tags(["nano"]).parquet(golden("times_int96.parquet")).unwrap();
    assert_eq!(int96.schema().column("nano").unwrap().dtype, Dtype::Timestamp);
    let nanos = moments.view().times("nano").unwrap();
    assert_eq!(int96.view().times("nano").unwrap(), nanos);
    assert_eq!(nanos[1].as_deref(), Some("2000-02-29T12:30:15.25Z"));
}

#[test]
fn times_stay_the_same_in_stores_and_arrow_files() {
    let moments = Reader::<Moment>::new().parquet(golden("times.parquet")).unwrap();
    let store = File::of("store.arrow", "");
    std::fs::remove_file(&store.0).unwrap();
    moments.to_arrow_file(&store.0).unwrap();
    check(&FeatureSet::<Moment>::open(&store.0).unwrap());
    check(&Reader::<Moment>::new().arrow(&store.0).unwrap());
    let rows = moments.view().take(&[0, 1, 2, 3, 4, 5]).unwrap().to_feature_set().unwrap().typed::<Moment>().unwrap();
    check(&rows);
    let again = FeatureSet::open_dynamic(store.0.as_path()).unwrap();
    assert_eq!(again.view().fingerprint().unwrap(), moments.view().fingerprint().unwrap());
}

/// As pandas reads them: `pd.to_datetime(..).tz_localize("Europe/Berlin")` of clocks that say no offset.
#[test]
fn texts_are_read_as_iso_or_as_the_format_says() {
    #[derive(SampleSchema)]
    struct Reading {
        #[feat]
        volts: f32,
        #[tag(zone = "Europe/Berlin")]
        iso: Timestamp,
        #[tag(format = "%d.%m.%Y %H:%M", zone = "Europe/Berlin")]
        german: Timestamp,
        #[tag(format = "%m/%d/%y")]
        american: Date,
        #[tag(format = "%I:%M %p")]
        clock: TimeOfDay,
        #[tag(format = "epoch ms")]
        epoch: Timestamp,
        #[tag(format = "min")]
        rest: TimeDelta,
        #[tag]
        span: TimeDelta,
    }
    let file = File::of(
        "texts.csv",
        "volts,iso,german,american,clock,epoch,rest,span\n\
         3.9,2026-01-31T12:00:00,31.01.2026 12:00,01/31/26,12:30 PM,1769860800123.5,90,1 days 02:00:00\n\
         3.8,2026-07-31 12:00:00.000000001+00:00,31.07.2026 12:00,7/4/2026,12:05 AM,-1,0.5,PT1.5S\n",
    );
    let error = Reader::<Reading>::new().csv(&file.0).unwrap_err().to_string();
    assert!(
        error.contains("column `american`, row 1: found `7/4/2026`, expected a Date written as `%m/%d/%y`"),
        "{error}"
    );
    let text = std::fs::read_to_string(&file.0).unwrap().replace("7/4/2026", "7/4/26");
    std::fs::write(&file.0, text).unwrap();
    let readings = Reader::<Reading>::new().csv(&file.0).unwrap();
    let times = |key: &str| -> Vec<String> { readings.view().times(key).unwrap().into_iter().flatten().collect() };
    assert_eq!(times("iso"), ["2026-01-31T11:00:00Z", "2026-07-31T12:00:00.000000001Z"]);
    assert_eq!(times("german"), ["2026-01-31T11:00:00Z", "2026-07-31T10:00:00Z"]);
    assert_eq!(times("american"), ["2026-01-31", "2026-07-04"]);
    assert_eq!(times("clock"), ["12:30:00", "00:05:00"]);
    assert_eq!(times("epoch"), ["2026-01-31T12:00:00.1235Z", "1969-12-31T23:59:59.999Z"]);
    assert_eq!(times("rest"), ["1h 30min", "30s"]);
    assert_eq!(times("span"), ["1d 2h", "1.5s"]);
}

/// On 2026-03-29 clocks in Berlin went from 2 to 3, and on 2026-10-25 from 3 to 2.
#[test]
fn clocks_that_never_or_twice_show_a_time_are_refused() {
    let read = |time: &str| {
        let file = File::of("clock.csv", format!("volts,at\n1.0,2026-01-01 00:00\n2.0,{time}\n"));
        let reader = Reader::dynamic().features(["volts"]).tags(["at"]).zone("at", "Europe/Berlin");
        reader
            .csv(&file.0)
            .map(|set| set.view().times("at").unwrap()[1].clone().unwrap())
            .map_err(|error| error.to_string())
    };
    assert!(
        read("2026-03-29 02:30").unwrap_err().contains("clocks in Europe/Berlin never showed `2026-03-29 02:30:00`")
    );
    assert!(read("2026-10-25 02:30").unwrap_err().contains("showed `2026-10-25 02:30:00` twice; write the offset"));
    assert_eq!(read("2026-10-25 02:30+01:00").unwrap(), "2026-10-25T01:30:00Z");
    assert_eq!(read("2026-03-29 03:00").unwrap(), "2026-03-29T01:00:00Z");
    assert!(read("9999-12-31").unwrap_err().contains("a Timestamp reaches from 1677-09-21 to 2262-04-11"));
    assert!(read("31.01.2026").unwrap_err().contains("say how: format = \"%d.%m.%Y %H:%M\""));
}

#[test]
fn readers_without_a_schema_know_times_in_iso() {
    let file = File::of("dynamic.csv", "volts,day,at,note\n1.0,2026-01-31,2026-01-31 12:00,2026\n2.0,2026-02-01,,x\n");
    let set = Reader::dynamic().features(["volts"]).tags(["day", "note"]).csv(&file.0).unwrap();
    let dtype = |set: &FeatureSet<Dynamic>, key: &str| set.schema().column(key).unwrap().dtype;
    assert_eq!((dtype(&set, "day"), dtype(&set, "note")), (Dtype::Date, Dtype::Text));
    let file = File::of(
        "dynamic.jsonl",
        "{\"v\": 1.0, \"at\": \"2026-01-31T12:00:00+01:00\"}\n{\"v\": 2.0, \"at\": \"2026-01-31\"}\n",
    );
    let set = Reader::dynamic().features(["v"]).tags(["at"]).json_lines(&file.0).unwrap();
    assert_eq!(dtype(&set, "at"), Dtype::Timestamp);
    assert_eq!(set.view().times("at").unwrap()[0].as_deref(), Some("2026-01-31T11:00:00Z"));
    let epochs = File::of("epoch.jsonl", "{\"v\": 1.0, \"at\": 1769860800}\n");
    let reader = || Reader::dynamic().features(["v"]).tags(["at"]);
    assert_eq!(dtype(&reader().json_lines(&epochs.0).unwrap(), "at"), Dtype::I64);
    let set = reader().time_format("at", "epoch s").json_lines(&epochs.0).unwrap();
    assert_eq!(set.view().times("at").unwrap()[0].as_deref(), Some("2026-01-31T12:00:00Z"));
    let error = reader().time_format("at", "%d.%m").json_lines(&epochs.0).unwrap_err().to_string();
    assert!(error.contains("format `%d.%m` has no year; a day needs %Y, %m and %d"), "{error}");
    let error = reader().zone("at", "Europe/Berln").json_lines(&epochs.0).unwrap_err().to_string();
    assert!(error.contains("there is no zone `Europe/Berln`; did you mean `Europe/Berlin`?"), "{error}");
}

/// What pandas 3.1 gives for `%S.%f`, and what it refuses.
#[test]
fn formats_are_read_as_their_writers_meant_them() {
    let read = |format: &str, time: &str| {
        let file = File::of("format.csv", format!("volts,at\n1.0,{time}\n"));
        let reader = Reader::dynamic().features(["volts"]).tags(["at"]).time_format("at", format);
        reader
            .csv(&file.0)
            .map(|set| set.view().times("at").unwrap()[0].clone().unwrap())
            .map_err(|error| error.to_string())
    };
    assert_eq!(read("%Y-%m-%d %H:%M:%S.%f", "2026-01-31 12:00:00.25").unwrap(), "2026-01-31T12:00:00.25Z");
    assert_eq!(read("%Y-%m-%d %H:%M:%S%.f", "2026-01-31 12:00:00.25").unwrap(), "2026-01-31T12:00:00.25Z");
    assert!(
        read("%Y-%m-%d %H:%M:%S %f", "2026-01-31 12:00:00 25")
            .unwrap_err()
            .contains("has `%f`, which is not supported")
    );
    assert!(read("%d.%m.%Y", "31.01.26").unwrap_err().contains("has not the four digits of %Y; years of two are %y"));
    assert_eq!(read("%d.%m.%y", "31.01.26").unwrap(), "2026-01-31");
    assert!(read("%H:%M:%S", "23:59:60").unwrap_err().contains("lies beyond the end of the day"));
    assert!(read("%Y%m%d %H:%M %z", "20260131 12:00 +0015").unwrap() == "2026-01-31T11:45:00Z");
    assert_eq!(Timestamp::parse("2026-01-31 12:00+0015"), Timestamp::parse("2026-01-31T11:45Z"));
}

#[test]
fn texts_with_two_meanings_are_no_spans() {
    for text in ["1 day -2 h", "--5 s", "03:45", "1.5", "1 month", "5 s 3", "", "-"] {
        assert_eq!(TimeDelta::parse(text), None, "{text}");
    }
    assert_eq!(TimeDelta::parse("-1 days +23:59:59"), Some(TimeDelta::seconds(-1)));
    assert_eq!(TimeDelta::parse("-1h 30min"), Some(TimeDelta::minutes(-90)));
    assert_eq!(TimeDelta::parse("26:00:00"), Some(TimeDelta::hours(26)));
    assert_eq!(TimeDelta::parse("1.0000000001 s"), None);
    for span in [i64::MIN, -1, 0, 1, 999, 86_400_000_000_001, i64::MAX] {
        let span = TimeDelta::from_nanos(span);
        assert_eq!(TimeDelta::parse(&span.to_string()), Some(span), "{span}");
    }
}

/// What is told of a column must go with its type, and with a column that is there.
#[test]
fn what_a_reader_is_told_of_times_is_checked() {
    #[derive(SampleSchema)]
    struct Delivery {
        #[feat]
        volts: f32,
        #[tag]
        made: Option<Date>,
        #[tag(format = "ms")]
        rest: TimeDelta,
    }
    let file = File::of("told.csv", "volts;made;rest\n1,5;2026-01-31;1.234,5\n");
    let german = Dialect::new().separator(';').decimal_comma().thousands('.');
    let reader = || Reader::<Delivery>::new().dialect(german);
    let set = reader().csv(&file.0).unwrap();
    assert_eq!(set.view().times("rest").unwrap()[0].as_deref(), Some("1.2345s"));
    let error = reader().time_format("made", "epoch s").csv(&file.0).unwrap_err().to_string();
    assert!(error.contains("`made` is Date, and its format `epoch s` is that of a Timestamp"), "{error}");
    let error = reader().time_format("maed", "%d.%m.%Y").csv(&file.0).unwrap_err().to_string();
    assert!(
        error.contains("Reader::time_format names no column of `Delivery`: `maed`; did you mean `made`?"),
        "{error}"
    );
}

#[test]
fn rows_of_a_group_are_sorted_by_the_time_that_is_written() {
    #[derive(SampleSchema)]
    struct Cell {
        #[feat]
        volts: [f32; 3],
        #[tag]
        cell: i64,
    }

    let file = File::of("sorted.csv", "cell,at,volts\n1,01.02.2026,3.0\n1,31.01.2026,2.0\n1,15.01.2026,1.0\n");
    let reader = Reader::dynamic().features(["volts"]).tags(["cell"]).group_by("cell").sort_by("at");
    let typed =
        Reader::<Cell>::new().group_by("cell").sort_by("at").time_format("at", "%d.%m.%Y").csv(&file.0).unwrap();
    assert_eq!(typed.view().numbers("volts", Representation::Raw).unwrap(), [1.0, 2.0, 3.0]);
    let iso = File::of("sorted_iso.csv", "cell,at,volts\n1,2026-02-01,3.0\n1,2026-01-31,2.0\n1,2026-01-15,1.0\n");
    let found = reader.csv(&iso.0).unwrap().view().numbers("volts", Representation::Raw).unwrap();
    assert_eq!(found, [1.0, 2.0, 3.0]);
}

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
struct Daily {
    #[feat]
    volts: f32,
    #[tag]
    at: Timestamp,
    #[tag]
    day: Date,
    #[target]
    soh: f32,
}

fn daily(days: impl IntoIterator<Item = i32>) -> FeatureSet<Daily> {
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

#[derive(SampleSchema)]
struct Visit {
    #[feat]
    at: Timestamp,
    #[feat(zone = "Europe/Berlin")]
    local: Timestamp,
    #[feat]
    day: Date,
    #[feat]
    clock: TimeOfDay,
    #[feat]
    rest: TimeDelta,
    #[tag]
    noted: Timestamp,
    #[target]
    sales: f32,
}

model_graph! {
    #[optimizer(Adam::lr(0.01))]
    graph Parts(visit: Visit) {
        hour = Hour(visit.at);
        local_hour = Hour::new().cyclic()(visit.local);
        weekday = DayOfWeek(visit.local);
        circle = DayOfWeek::new().cyclic()(visit.day);
        of_year = DayOfYear(visit.local);
        season = DayOfYear::new().cyclic()(visit.at);
        month = Month(visit.local);
        months = Month::new().cyclic()(visit.day);
        since = Elapsed::since("2020-01-01")(visit.at);
        clock = Hour(visit.clock);
        rest = Days(visit.rest);
        all = Concat::axis(0)(hour, local_hour, weekday, circle, of_year, season, month, months, since, clock, rest);
        sales = Linear(all) -> visit.sales;
    }
}

experiment! {
    experiment Sales for Parts {
        seed = 7;
        split visit = ByCondition::splits(train: visit.at.lt("2026-07-01"), test: visit.at.ge("2026-07-01"));
        train learn {
            feed visit = Batches::of(4)(train);
            loss = Mse(sales, visit.sales);
            epochs = 2;
        }
        eval test { feed visit = test; rmse = Rmse(sales, visit.sales); predictions; }
    }
}

fn visits() -> FeatureSet<Visit> {
    let expected = expected();
    let (clocks, spans) = (whole(&expected["clocks"]), whole(&expected["spans"]));
    let rows = whole(&expected["nanos"]).into_iter().zip(clocks).zip(spans).map(|((nanos, clock), span)| Visit {
        at: Timestamp::from_nanos(nanos),
        local: Timestamp::from_nanos(nanos),
        day: Timestamp::from_nanos(nanos).date(),
        clock: TimeOfDay::from_nanos(clock).unwrap(),
        rest: TimeDelta::from_nanos(span),
        noted: Timestamp::from_nanos(nanos),
        sales: 1.0,
    });
    FeatureSet::from_rows(rows).unwrap()
}

#[test]
fn parts_of_times_are_those_of_pandas() {
    let (expected, visits) = (expected(), visits());
    let outputs = Parts::new(0).unwrap().forward(vec![visits.view()]).unwrap();
    let circle = |of: &dyn Fn(usize) -> f64| -> Vec<f64> {
        (0..6).flat_map(|row| [(of(row) * TAU).sin(), (of(row) * TAU).cos()]).collect()
    };
    let (utc, berlin) = (&expected["utc"], &expected["berlin"]);
    let part = |zone: &Value, part: &str| floats(&zone[part]);
    let same = |found: &Tensor, expected: Vec<f64>| {
        let difference = difference(&numbers(found), &expected, 1.0);
        assert!(difference < 1e-6, "{difference}: {:?} {expected:?}", numbers(found));
    };
    same(&outputs.hour, part(utc, "hour"));
    same(&outputs.local_hour, circle(&|row| part(berlin, "hour")[row] / 24.0));
    same(&outputs.weekday, part(berlin, "day_of_week"));
    same(&outputs.circle, circle(&|row| part(utc, "day_of_week")[row] / 7.0));
    same(&outputs.of_year, part(berlin, "day_of_year"));
    same(&outputs.season, circle(&|row| (part(utc, "day_of_year")[row] - 1.0) / part(utc, "days_in_year")[row]));
    same(&outputs.month, part(berlin, "month"));
    same(&outputs.months, circle(&|row| (part(utc, "month")[row] - 1.0) / 12.0));
    same(&outputs.since, floats(&expected["days_since_2020"]));
    same(&outputs.clock, floats(&expected["clocks"]).iter().map(|nanos| nanos / 3600e9).collect());
    same(&outputs.rest, floats(&expected["spans"]).iter().map(|nanos| nanos / 86_400e9).collect());
}

/// Times are features of an experiment, its splits are made by them, and a file keeps them.
#[test]
fn an_experiment_learns_from_times() {
    let mut study = Sales::new(visits()).unwrap();
    let results = study.run().unwrap();
    assert!(results.test.rmse.is_finite());
    assert_eq!(study.split(Sales::SPLITS.visit.test).unwrap().len(), 2);
    let csv = File::of("predictions.csv", "");
    results.test.predictions.write_csv(&csv.0).unwrap();
    assert!(std::fs::read_to_string(&csv.0).unwrap().contains("2026-12-31T23:59:59.5"));
    let file = File::of("sales.mml", "");
    study.save(&file.0).unwrap();
    let loaded = Sales::load(&file.0).unwrap();
    let predicted = |study: &Sales| numbers(&study.predict(visits().view()).unwrap().sales);
    assert_eq!(predicted(&loaded), predicted(&study));
    let new =
        FeatureSet::from_rows(daily(0..1).view().values(Daily::COLUMNS.at).unwrap().into_iter().map(|at| Visit {
            at,
            local: at,
            day: at.date(),
            clock: TimeOfDay::default(),
            rest: TimeDelta::hours(1),
            noted: at,
            sales: 0.0,
        }));
    assert_eq!(numbers(&loaded.predict(new.unwrap().view()).unwrap().sales).len(), 1);
}
