//! Conditions on several columns: which rows satisfy them, against pandas, and splits that they make.

use std::path::Path;

use modularml::Registry;
use modularml::process::SplitRecord;
use modularml::{layers::*, losses::*, metrics::*, prelude::*};
use modularml_tests::golden::each_case;
use serde::Deserialize;

/// A row of `golden/conditions.json`.
#[derive(SampleSchema)]
struct Row {
    #[tag]
    x: Option<f64>,
    #[tag]
    n: Option<i64>,
    #[tag]
    flag: Option<bool>,
    #[tag]
    kind: Option<String>,
}

#[derive(Deserialize)]
struct Columns {
    x: Vec<Option<f64>>,
    n: Vec<Option<i64>>,
    flag: Vec<Option<bool>>,
    kind: Vec<Option<String>>,
}

#[derive(Deserialize)]
struct File {
    columns: Columns,
}

#[derive(Deserialize)]
struct Case {
    condition: serde_json::Value,
    rows: Vec<u32>,
}

fn rows() -> FeatureSet<Row> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/conditions.json");
    let File { columns } = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let numbers = columns.x.into_iter().zip(columns.n);
    let rest = columns.flag.into_iter().zip(columns.kind);
    // Where pandas has a missing number, every other row has NaN.
    let nan = |at: usize, x: Option<f64>| x.or_else(|| at.is_multiple_of(2).then_some(f64::NAN));
    let row = |(at, ((x, n), (flag, kind)))| Row { x: nan(at, x), n, flag, kind };
    FeatureSet::from_rows(numbers.zip(rest).enumerate().map(row)).unwrap()
}

/// In a setting and in a filter, from a file and saved again.
#[test]
fn rows_that_satisfy_conditions_are_those_of_pandas() {
    let view = rows().view();
    each_case("conditions", |Case { condition, rows }: Case| {
        let predicate: Predicate = serde_json::from_value(condition.clone()).unwrap();
        assert_eq!(view.filter(&predicate).unwrap().rows(), rows);
        let setting: Condition<'static> = serde_json::from_value(condition.clone()).unwrap();
        assert_eq!(Predicate::from(setting), predicate);
        assert_eq!(serde_json::to_value(setting).unwrap(), condition);
        if !rows.is_empty() {
            let record = SplitRecord::new(0).split(ByCondition::splits(vec![("these", setting)].leak()));
            let record = SplitRecord::from_json(&record.to_json().unwrap(), &Registry::new()).unwrap();
            assert_eq!(record.positions(&view).unwrap(), [("these", rows)]);
        }
    });
}

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    volts: f32,
    #[target]
    soh: f32,
    #[tag]
    cell: i64,
    #[tag]
    maker: Option<String>,
    #[tag]
    #[classes("fresh", "worn")]
    state: Class,
}

const SPARE: Condition = Pulse::COLUMNS.maker.eq("spare");

model_graph! {
    #[optimizer(Sgd::lr(0.01))]
    graph Net(pulse: Pulse) {
        soh = Linear(pulse.volts) -> pulse.soh;
    }
}

experiment! {
    experiment Study for Net {
        seed = 1;
        split pulse = ByCondition::splits(
            train: pulse.cell.lt(6).and(!pulse.maker.eq("B")).and(pulse.state.eq("fresh")),
            val: pulse.cell.lt(6).and(!pulse.maker.eq("B")).and(!(pulse.state.eq("fresh").or(SPARE))),
            test: (pulse.cell.ge(6).and(!SPARE)).or(pulse.maker.is_missing())
        );
        train regress {
            feed pulse = Batches::of(4)(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            epochs = 1;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

fn pulses() -> FeatureSet<Pulse> {
    let makers = [Some("A"), Some("B"), None, Some("spare")];
    let row = |i: u16| Pulse {
        volts: f32::from(i),
        soh: 1.0,
        cell: i64::from(i % 10),
        maker: makers[usize::from(i / 10)].map(str::to_owned),
        state: Class::new((i % 2).into()),
    };
    FeatureSet::from_rows((0..40).map(row)).unwrap()
}

#[test]
fn splits_by_several_columns_are_made_saved_and_loaded() {
    let mut study = Study::new(pulses()).unwrap();
    let rows = |study: &Study, split: &str| study.session().split("pulse", split).unwrap().rows().to_vec();
    // Rows 0-9 are of maker A, 10-19 of B, 20-29 of none that is known, 30-39 spare; odd rows are worn.
    let expected: [(&str, Vec<u32>); 3] =
        [("train", vec![0, 2, 4, 30, 32, 34]), ("val", vec![1, 3, 5]), ("test", (6..10).chain(16..30).collect())];
    for (split, expected) in &expected {
        assert_eq!(rows(&study, split), *expected, "{split}");
    }
    study.run().unwrap();
    let path = std::env::temp_dir().join(format!("modularml-conditions-{}.mml", std::process::id()));
    study.save(&path).unwrap();
    let loaded = Study::load(&path).unwrap();
    std::fs::remove_file(&path).ok();
    let record = loaded.session().spec().splits.items()[0].splitter.conditions;
    assert_eq!(record, Study::spec().splits.items()[0].splitter.conditions);
}
