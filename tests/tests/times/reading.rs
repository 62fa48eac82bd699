//! Times in files.

use modularml::data::{Dtype, Dynamic};
use modularml::prelude::*;

use modularml_tests::file::File;

use super::{expected, golden, whole};

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

/// What pandas' `tz_localize` gives with `ambiguous=True`, `False` and `"NaT"`.
#[test]
fn what_clocks_showed_twice_is_as_it_is_told() {
    let expected: serde_json::Value = serde_json::from_slice(&std::fs::read(golden("clocks.json")).unwrap()).unwrap();
    for clock in expected["clocks"].as_array().unwrap() {
        let shown: Vec<&str> = clock["shown"].as_array().unwrap().iter().map(|time| time.as_str().unwrap()).collect();
        let file = File::of("twice.csv", format!("volts,at\n1,{}\n", shown.join("\n1,")));
        let zone = clock["zone"].as_str().unwrap();
        let reader = || Reader::dynamic().features(["volts"]).tags(["at"]).zone("at", zone);
        let error = reader().csv(&file.0).unwrap_err().to_string();
        assert!(error.contains(" twice; write the offset from UTC as well, or say which one is meant"), "{error}");
        for (twice, name) in [(Twice::Earlier, "earlier"), (Twice::Later, "later"), (Twice::Missing, "missing")] {
            let expected: Vec<Option<i64>> =
                clock[name].as_array().unwrap().iter().map(serde_json::Value::as_i64).collect();
            let present: Vec<i64> = expected.iter().flatten().copied().collect();
            let set = reader().twice("at", twice).drop_rows_with_missing().csv(&file.0).unwrap();
            let found =
                set.view().ndarray::<i64>("at", Representation::Raw).unwrap().iter().copied().collect::<Vec<_>>();
            assert_eq!(found, present, "{zone} {name}");
        }
    }
}

/// What a schema says holds for tables with times without a zone as well, and stays with the schema.
#[test]
fn a_schema_says_which_time_is_meant() {
    #[derive(SampleSchema)]
    struct Reading {
        #[feat]
        volts: f32,
        #[tag(zone = "Europe/Berlin", twice = earlier)]
        at: Timestamp,
        #[tag(zone = "Europe/Berlin", twice = missing)]
        again: Option<Timestamp>,
    }
    let texts = File::of(
        "schema.csv",
        "volts,at,again\n1,2026-10-25 02:30,2026-10-25 02:30\n2,2026-10-25 03:30,2026-10-25 02:30+01:00\n",
    );
    let set = Reader::<Reading>::new().csv(&texts.0).unwrap();
    let times = |set: &FeatureSet<Reading>, key: &str| set.view().times(key).unwrap();
    let text = |time: &str| Some(time.to_owned());
    assert_eq!(times(&set, "at"), [text("2026-10-25T00:30:00Z"), text("2026-10-25T02:30:00Z")]);
    assert_eq!(times(&set, "again"), [None, text("2026-10-25T01:30:00Z")]);
    let later = Reader::<Reading>::new().twice("at", Twice::Later).csv(&texts.0).unwrap();
    assert_eq!(times(&later, "at")[0], text("2026-10-25T01:30:00Z"));
    let store = File::of("twice.arrow", "");
    std::fs::remove_file(&store.0).unwrap();
    set.to_arrow_file(&store.0).unwrap();
    assert_eq!(FeatureSet::<Reading>::open(&store.0).unwrap(), set);

    // 2026-10-25T02:30:00, as a table has it that does not say where the clock stood.
    let shown = arrow::array::TimestampMicrosecondArray::from(vec![1_792_895_400_000_000]);
    let columns: [(&str, arrow::array::ArrayRef); 3] = [
        ("volts", std::sync::Arc::new(arrow::array::Float32Array::from(vec![1.0]))),
        ("at", std::sync::Arc::new(shown.clone())),
        ("again", std::sync::Arc::new(shown)),
    ];
    let table = arrow::array::RecordBatch::try_from_iter(columns).unwrap();
    let set = Reader::<Reading>::new().batches([table]).unwrap();
    assert_eq!((times(&set, "at"), times(&set, "again")), (vec![text("2026-10-25T00:30:00Z")], vec![None]));

    let told = |reader: Reader<Reading>| reader.csv(&texts.0).unwrap_err().to_string();
    let error = told(Reader::new().twice("volts", Twice::Later));
    assert!(
        error.contains("Reader::twice names `volts`, which is f32 and no time; leave it out, or declare Timestamp"),
        "{error}"
    );
    let error = told(Reader::new().twice("agin", Twice::Later));
    assert!(error.contains("Reader::twice names no column of `Reading`: `agin`; did you mean `again`?"), "{error}");
    let error = told(Reader::new().zone("at", "+01:00"));
    assert!(error.contains("clocks at +01:00 show no time twice; say where the clock of `at` stood"), "{error}");
    let dynamic = Reader::dynamic().features(["volts"]).tags(["at"]).twice("at", Twice::Later);
    let error = dynamic.csv(&texts.0).unwrap_err().to_string();
    assert!(error.contains("clocks at UTC show no time twice; say where the clock of `at` stood"), "{error}");
}

#[derive(SampleSchema)]
struct Plain {
    #[tag]
    at: Timestamp,
}

/// What pandas' `to_datetime` and `to_timedelta` give with `unit`; decimals are exact.
#[test]
fn floats_and_decimals_count_times() {
    #[derive(SampleSchema)]
    struct Reading {
        #[feat]
        value: f32,
        #[tag(format = "epoch s")]
        seconds: Option<Timestamp>,
        #[tag(format = "epoch ms")]
        milli: Timestamp,
        #[tag(format = "s")]
        spans: TimeDelta,
        #[tag(format = "s")]
        narrow: TimeDelta,
        #[tag(format = "epoch s")]
        exact: Timestamp,
    }
    let expected: serde_json::Value = serde_json::from_slice(&std::fs::read(golden("clocks.json")).unwrap()).unwrap();
    let set = Reader::<Reading>::new().parquet(golden("epochs.parquet")).unwrap();
    let view = set.view();
    for key in ["seconds", "milli", "spans", "narrow", "exact"] {
        let found = view.masked_ndarray::<i64>(key, Representation::Raw).unwrap();
        let found = found.values.iter().zip(&found.mask).map(|(&at, &holds)| holds.then_some(at));
        let expected: Vec<Option<i64>> =
            expected[key].as_array().unwrap().iter().map(serde_json::Value::as_i64).collect();
        assert_eq!(found.collect::<Vec<_>>(), expected, "{key}");
    }
    let lines = "{\"v\": 1, \"at\": 1769860800.123}\n{\"v\": 2, \"at\": -1.5}\n{\"v\": 3, \"at\": null}\n";
    let file = File::of("floats.jsonl", lines);
    let reader = || Reader::dynamic().features(["v"]).tags(["at"]);
    let set = reader().time_format("at", "epoch s").drop_rows_with_missing().json_lines(&file.0).unwrap();
    let found = set.view().ndarray::<i64>("at", Representation::Raw).unwrap().iter().copied().collect::<Vec<_>>();
    assert_eq!(found, [1_769_860_800_122_999_907, -1_500_000_000]);

    let refused = |column: ColumnArray, format: &str| {
        let reader = Reader::dynamic().tags(["at"]).time_format("at", format);
        reader.columns([("at", column)]).unwrap_err().to_string()
    };
    let error = refused(vec![0.5f64, 1e30].into(), "epoch s");
    assert!(error.contains("column `at`, row 1: found 1e30 units, and a Timestamp reaches"), "{error}");
    let error = refused(vec![f64::INFINITY].into(), "s");
    assert!(error.contains("row 0: found inf units, more than 292 years"), "{error}");
    let error = refused(vec![1.769e9f32].into(), "epoch s");
    assert!(error.contains("the file has f32, which tells times since 1970 apart by minutes; write f64"), "{error}");
    let error = refused(vec![0.5f64].into(), "%d.%m.%Y");
    assert!(error.contains("the file has f64, the schema declares Date"), "{error}");
    let error = Reader::<Plain>::new().columns([("at", vec![0.5f64].into())]).unwrap_err().to_string();
    assert!(error.contains("say what the numbers count: format = \"epoch s\""), "{error}");
}

#[derive(SampleSchema)]
struct Timed {
    #[feat]
    v: f32,
    #[tag]
    at: Timestamp,
    #[tag]
    day: Date,
    #[tag]
    clock: TimeOfDay,
    #[tag]
    rest: Option<TimeDelta>,
}

#[test]
fn columns_in_memory_are_times() {
    let at = [0, 1_769_860_800_000_000_007].map(Timestamp::from_nanos);
    let days = vec![Date::from_days(-1), Date::from_days(20_484)];
    let clock = vec![TimeOfDay::default(), TimeOfDay::parse("12:30:15.25").unwrap()];
    let rest = vec![None, Some(TimeDelta::hours(-1))];
    let columns: [(&str, ColumnArray); 5] = [
        ("v", vec![1.0f32, 2.0].into()),
        ("at", at.as_slice().into()),
        ("day", days.clone().into()),
        ("clock", clock.clone().into()),
        ("rest", rest.clone().into()),
    ];
    let set = FeatureSet::<Timed>::from_columns(columns.clone()).unwrap();
    let view = set.view();
    assert_eq!(view.values(Timed::COLUMNS.at).unwrap(), at);
    assert_eq!(view.values(Timed::COLUMNS.day).unwrap(), days);
    assert_eq!(view.values(Timed::COLUMNS.clock).unwrap(), clock);
    assert_eq!(view.values(Timed::COLUMNS.rest).unwrap(), rest);
    let dynamic = Reader::dynamic().features(["v"]).tags(["at", "day", "clock"]).columns(columns.clone()).unwrap();
    assert_eq!(dynamic.schema().column("clock").unwrap().dtype, Dtype::TimeOfDay);
    assert_eq!(dynamic.view().times("at").unwrap()[1].as_deref(), Some("2026-01-31T12:00:00.000000007Z"));
    // A zone is where clocks stand that a node asks; points in time stay what they are.
    let local = Reader::dynamic().features(["v"]).tags(["at"]).zone("at", "Europe/Berlin").columns(columns).unwrap();
    assert_eq!(local.view().times("at").unwrap(), dynamic.view().times("at").unwrap());
    let error = FeatureSet::<Timed>::from_columns([
        ("v", vec![1.0f32].into()),
        ("at", vec![None, Some(at[0])].into()),
        ("day", days.into()),
    ]);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("column `at`: has 2 rows, and column `v` has 1"), "{error}");
    let error =
        Reader::dynamic().tags(["at"]).columns([("at", vec![Some(at[0]), None].into())]).unwrap_err().to_string();
    assert!(error.contains("column `at`, row 1: 1 missing value"), "{error}");
}
