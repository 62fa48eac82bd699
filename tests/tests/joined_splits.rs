//! Splits that ask columns of a joined input, against the same columns brought to each row by `with_columns_of`.

use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::Graph as _;
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::process::{SplitRecord, SplitterSpec};
use modularml_tests::file::File;

#[derive(SampleSchema, Clone)]
struct Pulse {
    #[feat]
    voltage: [f32; 1],
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
    #[tag]
    day: i64,
}

#[derive(SampleSchema, Clone)]
#[allow(clippy::struct_field_names, reason = "the key has one name in both tables")]
struct Cell {
    #[feat]
    capacity: [f32; 1],
    #[tag]
    cell: i64,
    #[tag]
    year: i32,
    #[tag]
    maker: Option<String>,
    #[tag]
    set: String,
}

/// A pulse with what is known of its cell.
#[derive(SampleSchema)]
struct Known {
    #[feat]
    voltage: [f32; 1],
    #[target]
    soh: f32,
    #[tag(group)]
    cell: i64,
    #[tag]
    day: i64,
    #[tag]
    year: i32,
    #[tag]
    maker: Option<String>,
    #[tag]
    set: String,
}

model_graph! {
    #[optimizer(Adam::lr(0.05))]
    graph Pair(pulse: Pulse, cell: Cell) {
        align pulse with cell by cell;
        fused = Concat::axis(-1)(pulse.voltage, cell.capacity);
        soh = Linear(fused) -> pulse.soh;
    }
}

experiment! {
    // What is asked of cells alone keeps their pulses together, so that nothing need be allowed.
    experiment ByYear for Pair {
        seed = 3;
        split pulse = ByCondition::splits(
            train: cell.year.lt(2020).and(cell.maker.ne("C")),
            test: cell.year.ge(2020).and(!cell.maker.is_missing())
        ).rest("others");
        train learn {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 2;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment Grouped for Pair {
        seed = 3;
        split pulse = Random::ratios(pool: 0.8, test: 0.2).group_by(cell.maker);
        folds pulse.pool = KFold::of(3).group_by(cell.year) into train, val;
        train learn {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            validate on val every 1 epoch { loss; }
            epochs = 1;
        }
        eval left_out { feed pulse = val; rmse = Rmse(soh, pulse.soh); }
    }
}

experiment! {
    experiment Sets for Pair {
        seed = 3;
        split pulse = ByValues::of(cell.set).splits(train: ["train", "early"], test: "test").complete();
        train learn {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 1;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

fn cells() -> FeatureSet<Cell> {
    let makers = ["A", "B", "C", ""];
    let rows = (0u16..12).rev().map(|cell| Cell {
        capacity: [f32::from(cell) * 0.1],
        cell: cell.into(),
        year: 2015 + i32::from(cell) * 7 % 10,
        maker: Some(makers[usize::from(cell) % 4].to_owned()).filter(|maker| !maker.is_empty()),
        set: ["train", "test", "early"][usize::from(cell) % 3].to_owned(),
    });
    FeatureSet::from_rows(rows).unwrap()
}

fn pulses() -> FeatureSet<Pulse> {
    let rows = (0u16..60).map(|row| Pulse {
        voltage: [f32::from(row % 7)],
        soh: 1.0 - f32::from(row % 11) * 0.02,
        cell: i64::from(row * 5 % 12),
        day: i64::from(row * 13 % 31),
    });
    FeatureSet::from_rows(rows).unwrap()
}

fn known(pulses: &FeatureSet<Pulse>) -> FeatureSet<Known> {
    pulses.with_columns_of(&cells(), "cell", ["year", "maker", "set"]).unwrap().typed().unwrap()
}

fn ids(rows: &View) -> Vec<String> {
    rows.ids().iter().map(ToString::to_string).collect()
}

/// Every split of the rows in which all columns stand.
fn expected(splitter: impl Into<SplitterSpec>, rows: &View) -> Vec<(String, Vec<String>)> {
    let splits = SplitRecord::new(3).split(splitter).replay(rows).unwrap();
    splits.iter().map(|(name, rows)| ((*name).to_owned(), ids(rows))).collect()
}

fn found(session: &Session, names: &[&str]) -> Vec<(String, Vec<String>)> {
    names.iter().map(|name| ((*name).to_owned(), ids(&session.split("pulse", name).unwrap()))).collect()
}

const YEAR: Column<i32> = Known::COLUMNS.year;
const MAKER: Column<Option<String>> = Known::COLUMNS.maker;

#[test]
fn conditions_ask_the_rows_that_are_joined() {
    let pulses = pulses();
    let by_hand = ByCondition::splits(
        const {
            &[
                ("train", Condition::All(&[YEAR.lt(2020), MAKER.ne("C")])),
                ("test", Condition::All(&[YEAR.ge(2020), Condition::Not(&MAKER.is_missing())])),
            ]
        },
    )
    .rest("others");
    let names = ["train", "test", "others"];
    let mut study = ByYear::new(PairData { pulse: pulses.clone(), cell: cells() }).unwrap();
    assert_eq!(found(study.session(), &names), expected(by_hand, &known(&pulses).view()));
    study.progress(Progress::Silent);
    let first = study.run().unwrap();

    // In another order, and some of the rows: those of a view.
    let some: Vec<u32> = (0..60).rev().filter(|row| row % 9 != 0).collect();
    let view = pulses.view().take(&some).unwrap();
    let of_view = Session::new(ByYear::spec(), vec![view, cells().view()]).unwrap();
    assert_eq!(found(&of_view, &names), expected(by_hand, &known(&pulses).view().take(&some).unwrap()));

    // A saved study splits other rows alike, and a store is split as what is in memory.
    let file = File::named("by-year.mml");
    study.save(&file.0).unwrap();
    let store = File::named("pulses.arrow");
    pulses.to_arrow_file(&store.0).unwrap();
    let stored = FeatureSet::<Pulse>::open(&store.0).unwrap();
    let again = ByYear::new(PairData { pulse: stored, cell: cells() }).unwrap();
    assert_eq!(found(again.session(), &names), found(study.session(), &names));
    assert!(first.test.rmse.is_finite());
}

#[test]
fn groups_and_folds_ask_them_too() {
    let pulses = pulses();
    let known = known(&pulses).view();
    let study = Grouped::new(PairData { pulse: pulses, cell: cells() }).unwrap();
    let pool = Random::ratios([("pool", 0.8), ("test", 0.2)]).group_by(MAKER);
    let folds = KFold::of(3).group_by(YEAR).spec().into_splits("train", "val");
    for fold in 0..3 {
        let session = study.session().again(3, fold).unwrap();
        let by_hand = SplitRecord::new(3).in_fold(fold).split(pool).split_of("pool", folds).replay(&known).unwrap();
        for (name, rows) in by_hand {
            assert_eq!(session.split("pulse", name).unwrap().ids(), rows.ids(), "{name} of fold {fold}");
        }
    }
    let mut study = study;
    study.progress(Progress::Silent);
    study.run_folds().unwrap();
}

#[test]
fn a_column_that_names_the_split_may_be_one_of_them() {
    use modularml::data::Literal::Text;
    let pulses = pulses();
    let by_hand = ByValues::of(Known::COLUMNS.set)
        .splits(&[("train", &[Text("train"), Text("early")]), ("test", &[Text("test")])]);
    let study = Sets::new(PairData { pulse: pulses.clone(), cell: cells() }).unwrap();
    assert_eq!(found(study.session(), &["train", "test"]), expected(by_hand, &known(&pulses).view()));

    // The same with the builders, and with an order of a joined column.
    let year = Cell::COLUMNS.year.keyed("cell.year");
    let built = |splitter: SplitterSpec| {
        ExperimentBuilder::new("Built", Pair::SPEC)
            .seed(3)
            .split("pulse", splitter)
            .train("learn", |phase| {
                phase.feed("pulse", Batches::of(4), "train").loss(Mse, ["soh", "pulse.soh"]).epochs(1)
            })
            .build(vec![pulses.view(), cells().view()])
    };
    let ordered = Ordered::by(year).ratios([("train", 0.7), ("test", 0.3)]);
    let session = built(ordered.into()).unwrap();
    let by_hand = Ordered::by(YEAR).ratios([("train", 0.7), ("test", 0.3)]);
    assert_eq!(found(&session, &["train", "test"]), expected(by_hand, &known(&pulses).view()));

    let unknown = Cell::COLUMNS.year.keyed("cell.yaer");
    let refused = built(Ordered::by(unknown).ratios([("train", 0.7), ("test", 0.3)]).into()).err().unwrap().to_string();
    assert!(refused.contains("no column `yaer` in `Cell`; did you mean `year`?"), "{refused}");
}

#[test]
fn a_value_that_no_joined_row_has_is_told() {
    let rows = FeatureSet::from_rows((0..12i64).map(|cell| Cell {
        capacity: [1.0],
        cell,
        year: 2020,
        maker: None,
        set: "tset".to_owned(),
    }))
    .unwrap();
    let error = Sets::new(PairData { pulse: pulses(), cell: rows }).err().unwrap().to_string();
    assert!(error.contains("ByValues: split `train` asks for \"train\" in `cell.set`, which no row has"), "{error}");
}
