//! Columns that stand in another table, brought to each row, and splits by them, against pandas and scikit-learn.

use std::path::Path;

use modularml::process::SplitRecord;
use modularml::{layers::*, losses::*, prelude::*};
use serde::Deserialize;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    volts: f32,
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
}

#[derive(SampleSchema)]
struct Known {
    #[tag]
    cell: i64,
    #[tag]
    maker: String,
    #[tag]
    mass: Option<i64>,
    #[feat(missing = allow)]
    age: f64,
    #[feat]
    picture: [f32; 2],
}

/// A pulse, and what is known of its cell.
#[derive(SampleSchema)]
struct KnownPulse {
    #[feat]
    volts: f32,
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
    #[tag]
    maker: String,
    #[tag]
    mass: Option<i64>,
    #[tag(missing = allow)]
    age: f64,
}

#[derive(Deserialize)]
struct Golden {
    cells: Cells,
    pulses: Vec<i64>,
    joined: Joined,
    ours_and_heavy: Vec<u32>,
    neither_old_nor_ours: Vec<u32>,
    stratified: [Vec<usize>; 2],
}

#[derive(Deserialize)]
struct Cells {
    cell: Vec<i64>,
    maker: Vec<String>,
    mass: Vec<Option<i64>>,
    age: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct Joined {
    maker: Vec<String>,
    mass: Vec<Option<i64>>,
    age: Vec<Option<f64>>,
}

fn golden() -> Golden {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/joined.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn pulses(cells: &[i64]) -> FeatureSet<Pulse> {
    FeatureSet::from_rows(cells.iter().map(|&cell| Pulse { volts: 3.7, soh: 1.0, cell })).unwrap()
}

fn cells(Cells { cell, maker, mass, age }: Cells) -> FeatureSet<Known> {
    let rows = cell.into_iter().zip(maker).zip(mass.into_iter().zip(age));
    let row = |((cell, maker), (mass, age)): (_, (_, Option<f64>))| Known {
        cell,
        maker,
        mass,
        age: age.unwrap_or(f64::NAN),
        picture: [0.0; 2],
    };
    FeatureSet::from_rows(rows.map(row)).unwrap()
}

const MAKER: Column<String> = KnownPulse::COLUMNS.maker;
const OURS: Condition = MAKER.eq("A");
const OLD: Condition = KnownPulse::COLUMNS.age.gt(2.0);
const HEAVY: Condition = KnownPulse::COLUMNS.mass.ge((1 << 53) + 5);

const SPLITS: &[(&str, Condition)] =
    &[("heavy", Condition::All(&[OURS, HEAVY])), ("young", Condition::Not(&Condition::Any(&[OLD, OURS])))];

#[test]
fn joined_columns_and_splits_by_them_are_those_of_pandas() {
    let golden = golden();
    let pulses = pulses(&golden.pulses);
    let known = pulses.with_columns_of(&cells(golden.cells), "cell", ["maker", "mass", "age"]).unwrap();
    assert_eq!(known.ids(), pulses.ids());
    let view = known.typed::<KnownPulse>().unwrap().view();
    assert_eq!(view.values(MAKER).unwrap(), golden.joined.maker);
    assert_eq!(view.values(KnownPulse::COLUMNS.mass).unwrap(), golden.joined.mass);
    let age: Vec<Option<f64>> = view.values(Column::<Option<f64>>::new(KnownPulse::COLUMNS.age.spec)).unwrap();
    assert_eq!(age, golden.joined.age);

    let splits = SplitRecord::new(0).split(ByCondition::splits(SPLITS)).positions(&view).unwrap();
    assert_eq!(splits, [("heavy", golden.ours_and_heavy), ("young", golden.neither_old_nor_ours)]);

    let halves = Random::ratios([("train", 0.6), ("test", 0.4)]).stratify_by(MAKER).in_every_split();
    let halves = SplitRecord::new(0).split(halves).replay(&view).unwrap();
    let counts = |rows: &modularml::data::View| {
        let makers = rows.values(MAKER).unwrap();
        ["A", "B", "C"].map(|maker| makers.iter().filter(|made_by| *made_by == maker).count()).to_vec()
    };
    assert_eq!(halves.iter().map(|(_, rows)| counts(rows)).collect::<Vec<_>>(), golden.stratified);

    let groups = Random::ratios([("train", 0.6), ("test", 0.4)]).group_by(MAKER);
    let groups = SplitRecord::new(0).split(groups).replay(&view).unwrap();
    let makers = |rows: &modularml::data::View| {
        rows.values(MAKER).unwrap().into_iter().collect::<std::collections::BTreeSet<_>>()
    };
    assert!(makers(&groups[0].1).is_disjoint(&makers(&groups[1].1)));
}

model_graph! {
    #[optimizer(Sgd::lr(0.01))]
    graph Net(pulse: KnownPulse) {
        soh = Linear(pulse.volts) -> pulse.soh;
    }
}

experiment! {
    experiment Study for Net {
        seed = 1;
        split pulse = Random::ratios(train: 0.6, test: 0.4).group_by(pulse.maker);
        train regress { feed pulse = Batches::of(16)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
    }
}

#[test]
fn an_experiment_splits_by_a_joined_column() {
    let golden = golden();
    let known = pulses(&golden.pulses).with_columns_of(&cells(golden.cells), "cell", ["maker", "mass", "age"]);
    let study = Study::new(known.unwrap().typed::<KnownPulse>().unwrap()).unwrap();
    let train = study.split(Study::SPLITS.pulse.train).unwrap();
    assert_eq!(train.values(MAKER).unwrap().into_iter().collect::<std::collections::BTreeSet<_>>().len(), 2);
}

/// Cells of which some have no name.
#[derive(SampleSchema)]
struct Loose {
    #[tag]
    cell: Option<i64>,
    #[tag]
    maker: i64,
}

/// Cells by a number of another type.
#[derive(SampleSchema)]
struct Narrow {
    #[tag]
    cell: i32,
    #[tag]
    maker: i64,
}

#[test]
fn what_cannot_be_joined_says_why() {
    let golden = golden();
    let known = cells(golden.cells);
    let refused =
        |rows: &[i64], by: &str, key: &str| pulses(rows).with_columns_of(&known, by, [key]).unwrap_err().to_string();
    let message = refused(&[1, 99], "cell", "maker");
    assert!(message.contains("1 of 2 rows have no partner by `cell`, the first with 99"), "{message}");
    assert!(refused(&[1], "cell", "maler").contains("did you mean `maker`?"));
    assert!(refused(&[1], "sell", "maker").contains("did you mean `cell`?"));
    assert_eq!(
        refused(&[1], "cell", "picture"),
        "column `picture` is [2]; columns of one value a row become tags, and arrays are read by `align`"
    );
    assert!(refused(&[1], "cell", "cell").contains("has a column `cell`"));
    let twice = FeatureSet::from_rows([1, 1].map(|cell| Pulse { volts: 0.0, soh: 0.0, cell })).unwrap();
    let message = known.with_columns_of(&twice, "cell", ["volts"]).unwrap_err().to_string();
    assert!(message.contains("`cell` is 1 in rows 0 and 1 of the joined input"), "{message}");

    let loose = FeatureSet::from_rows([Loose { cell: None, maker: 1 }]).unwrap();
    assert_eq!(
        pulses(&[1]).with_columns_of(&loose, "cell", ["maker"]).unwrap_err().to_string(),
        "column `cell` may be missing, and a row without it meets none; filter those rows, and declare it without `Option`"
    );
    let narrow = FeatureSet::from_rows([Narrow { cell: 1, maker: 1 }]).unwrap();
    assert_eq!(
        pulses(&[1]).with_columns_of(&narrow, "cell", ["maker"]).unwrap_err().to_string(),
        "column `cell` is i64 here and i32 in the other set; rows meet by a column of one type"
    );
}
