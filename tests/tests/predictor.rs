//! One row at a time: the numbers of `predict` over a FeatureSet of the same rows, without a FeatureSet.

use std::fs::File;

use modularml::Registry;
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml_tests::numbers;

#[derive(NamedArray)]
struct Signals {
    voltage: f32,
    current: f32,
}

/// A column of each kind that a node can read, and some that none can.
#[derive(SampleSchema)]
struct Visit {
    #[feat]
    curve: [f64; 4],
    #[feat]
    signals: Signals,
    #[feat]
    is_warm: bool,
    #[feat]
    cycles: u16,
    #[feat]
    price: Decimal<2>,
    #[feat]
    #[classes("lead", "lithium", "nickel")]
    kind: Class,
    #[feat]
    at: Timestamp,
    #[feat(length = 4)]
    path: Vec<[f32; 2]>,
    #[feat]
    rating: Option<f32>,
    #[feat]
    note: String,
    #[target]
    soh: f32,
    #[target]
    growth: [f32; 2],
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(1e-2))]
    graph VisitNet(visit: Visit) {
        hour = Hour(visit.at);
        kind = Embedding::size(2)(visit.kind);
        rated = FillMissing::with(0.5)(visit.rating);
        flat = Concat::axis(-1)(visit.curve, visit.signals);
        both = Mlp::hidden([6]).output([3])(flat);
        moved = Gru::hidden(3)(visit.path);
        end = LastOfSequence(moved);
        counted = Linear::to([1])(visit.cycles.as_number());
        warm = Linear::to([1])(visit.is_warm);
        paid = Linear::to([1])(visit.price);
        ages = Linear::to([1])(hour);
        filled = Linear::to([1])(rated);
        all = Concat::axis(-1)(kind, both, end, counted, warm, paid, ages, filled);
        soh = Linear(all) -> visit.soh;
        growth = Linear(all) -> visit.growth;
        state = Linear(all) -> visit.state;
    }
}

experiment! {
    experiment VisitStudy for VisitNet {
        seed = 5;
        split visit = ByCondition::splits(train: visit.cell.lt(12), test: visit.cell.ge(12));
        scale visit.curve = [Standard, MinMax] fitted on train;
        scale visit.path = Standard fitted on train;
        scale visit.cycles = MaxAbs fitted on train;
        scale visit.soh = Standard fitted on train;
        scale visit.growth = PerSampleZeroStart fitted on train;
        train all {
            feed visit = Batches::of(4)(train);
            loss = Mse(soh, visit.soh) + Mse(growth, visit.growth) + CrossEntropy(state, visit.state);
            epochs = 3;
        }
        eval test { feed visit = test; error = L1(soh, visit.soh) in raw units; }
    }
}

fn visit(row: u8) -> Visit {
    let x = f32::from(row) / 3.0;
    Visit {
        curve: [x.sin().into(), 1.5, f64::from(x) * 10.0, -0.25 * f64::from(row)],
        signals: Signals { voltage: 3.0 + x, current: -x },
        is_warm: row.is_multiple_of(3),
        cycles: u16::from(row) * 100,
        price: Decimal::from_units(i64::from(row) * 125).unwrap(),
        kind: Class::new(u32::from(row) % 3),
        at: Timestamp::from_nanos(1_600_000_000_000_000_000 + i64::from(row) * 5_000_000_000_000),
        path: (0..row % 5).map(|step| [f32::from(step), x]).collect(),
        rating: (row % 4 != 1).then_some(x),
        note: format!("row {row}"),
        soh: 1.0 - x / 10.0,
        growth: [x, x * 2.0],
        state: Class::new(u32::from(row) % 2),
        cell: row.into(),
    }
}

/// A row whose path has at least one step, as rows of no step have no last one.
fn visits() -> impl Iterator<Item = Visit> {
    (0..20).filter(|row| row % 5 != 0).map(visit)
}

fn trained() -> VisitStudy {
    let mut study = VisitStudy::new(FeatureSet::from_rows(visits()).unwrap()).unwrap();
    study.progress(Progress::Silent).run().unwrap();
    study
}

/// Everything that the nodes of the graph give for a row, as bits; none where the row holds no targets to scale back with.
macro_rules! bits {
    ($values:expr, $numbers:expr, [$($node:ident)*]) => {
        vec![$($numbers(&$values.$node).into_iter().map(f64::to_bits).collect::<Vec<u64>>()),*]
    };
}

fn of_one(values: &<VisitStudy as modularml::study::Study>::Values) -> Vec<Vec<u64>> {
    bits!(values, |value: &modularml::experiment::NodeValue| value.numbers().unwrap(),
        [hour kind rated flat both moved end counted warm paid ages filled all soh state])
}

fn of_batch(outputs: &VisitNetOutputs) -> Vec<Vec<u64>> {
    bits!(outputs, |tensor: &Tensor| numbers(tensor),
        [hour kind rated flat both moved end counted warm paid ages filled all soh state])
}

#[test]
fn one_row_gives_the_bits_of_a_feature_set_of_it() {
    let study = trained();
    let predictor = study.predictor().unwrap();
    for row in visits() {
        let batch = of_batch(
            &study.predict(&FeatureSet::from_rows([visit(u8::try_from(row.cell).unwrap())]).unwrap()).unwrap(),
        );
        assert_eq!(of_one(&study.predict_one(&row).unwrap()), batch, "row {}", row.cell);
        assert_eq!(of_one(&predictor.predict_one(&row).unwrap()), batch, "row {}", row.cell);
    }
    let table = predictor.prediction_table(&[FeatureSet::from_rows(visits()).unwrap().view()]).unwrap();
    let names = table.texts("predicted.state").unwrap();
    for (row, name) in visits().zip(names) {
        let values = predictor.predict_one(&row).unwrap();
        assert_eq!(Some(values.state.class_name().unwrap()), name);
        assert_eq!(
            Some(values.state.class().unwrap().index() as usize),
            ["fresh", "worn", "dead"].iter().position(|it| Some(*it) == name)
        );
        assert_eq!(
            values.state.scores().unwrap().iter().map(|score| score.1).collect::<Vec<_>>(),
            values.state.numbers().unwrap()
        );
        assert!(values.soh.class().unwrap_err().to_string().contains("read it by number()"));
        assert!(values.state.number().unwrap_err().to_string().contains("class() or scores()"));
    }
}

#[test]
fn targets_and_what_no_node_reads_are_not_looked_at() {
    let predictor = trained().predictor().unwrap();
    let row = visit(7);
    let blind =
        Visit { soh: f32::NAN, growth: [f32::INFINITY; 2], state: Class::new(77), note: String::new(), ..visit(7) };
    let (seen, blind) = (predictor.predict_one(&row).unwrap(), predictor.predict_one(&blind).unwrap());
    assert_eq!(of_one(&seen), of_one(&blind));
    // What needs the target of the row to be undone stays as the node gives it.
    let batch = predictor.predict(&FeatureSet::from_rows([visit(7)]).unwrap()).unwrap();
    let start = numbers(&batch.growth)[0];
    let shifted: Vec<f64> =
        seen.growth.numbers().unwrap().iter().map(|number| number + f64::from(row.growth[0])).collect();
    assert!((shifted[0] - start).abs() < 1e-6, "{shifted:?} {start}");

    let only = predictor.only([VisitNet::NAMES.both]).unwrap();
    let row = Visit { rating: Some(f32::INFINITY), kind: Class::new(9), path: Vec::new(), ..visit(7) };
    assert!(predictor.predict_one(&row).is_err());
    let values = only.predict_one(&row).unwrap();
    assert_eq!(values.both.numbers().unwrap(), seen.both.numbers().unwrap());
    let error = values.hour.number().unwrap_err().to_string();
    assert_eq!(error, "`hour` is not among the outputs that were asked for; name it in only([..])");
    let error = predictor.only([aligned::CellNet::NAMES.both]).unwrap_err().to_string();
    assert!(error.contains("`both`"), "{error}");
}

#[test]
fn a_row_that_is_not_as_declared_is_refused_by_its_column() {
    let predictor = trained().predictor().unwrap();
    let refused = |row: Visit| match predictor.predict_one(&row).unwrap_err() {
        Error::Column { file, column, row: None, problem } => {
            assert_eq!(file, "row");
            (column, problem)
        }
        error => panic!("{error}"),
    };
    let cases = [
        (
            Visit { curve: [1.0, f64::NAN, 0.0, 0.0], ..visit(7) },
            "curve",
            "value 1 is missing (NaN); give a value, or declare #[feat(missing = allow)]",
        ),
        (
            Visit { curve: [1.0, 0.0, 0.0, f64::NEG_INFINITY], ..visit(7) },
            "curve",
            "value 3 is infinite, of which nothing can be computed; correct the value",
        ),
        (
            Visit { signals: Signals { voltage: 1.0, current: f32::NAN }, ..visit(7) },
            "signals",
            "`current` is missing (NaN); give a value, or declare #[feat(missing = allow)]",
        ),
        (
            Visit { rating: Some(f32::INFINITY), ..visit(7) },
            "rating",
            "is infinite, of which nothing can be computed; correct the value",
        ),
        (
            Visit { kind: Class::new(3), ..visit(7) },
            "kind",
            "is class 3, which is not below the number of classes, 3 (lead, lithium, nickel)",
        ),
        (
            Visit { path: vec![[0.0; 2]; 5], ..visit(7) },
            "path",
            "has 5 values, and the schema declares at most 4; shorten it, or have longer ones cut (longer = truncate)",
        ),
        (
            Visit { path: vec![[0.0, f32::NAN]], ..visit(7) },
            "path",
            "value 1 is missing (NaN); give a value, or declare #[feat(missing = allow)]",
        ),
    ];
    for (row, column, problem) in cases {
        assert_eq!(refused(row), (column.to_owned(), problem.to_owned()));
    }
}

#[test]
fn many_threads_predict_at_once() {
    fn is_shared<T: Send + Sync + Clone>(_: &T) {}
    let predictor = trained().predictor().unwrap();
    is_shared(&predictor);
    let alone: Vec<_> = visits().map(|row| of_one(&predictor.predict_one(&row).unwrap())).collect();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    let here = visits().map(|row| of_one(&predictor.predict_one(&row).unwrap()));
                    assert!(here.eq(alone.iter().cloned()));
                }
            });
        }
    });
}

#[test]
fn a_predictor_stays_as_its_study_was() {
    let mut study = trained();
    let predictor = study.predictor().unwrap();
    let before = of_one(&predictor.predict_one(&visit(7)).unwrap());
    study.run().unwrap();
    assert_eq!(of_one(&predictor.predict_one(&visit(7)).unwrap()), before);
    assert_ne!(of_one(&study.predict_one(&visit(7)).unwrap()), before);
}

/// A study of the same name as another graph.
mod other {
    use super::*;

    model_graph! {
        #[optimizer(Adam::lr(1e-2))]
        pub graph VisitNet(visit: Visit) {
            soh = Linear(visit.curve) -> visit.soh;
        }
    }

    experiment! {
        pub experiment VisitStudy for VisitNet {
            seed = 5;
            split visit = Random::ratios(train: 0.5, test: 0.5);
            train all { feed visit = Batches::of(4)(train); loss = Mse(soh, visit.soh); epochs = 1; }
            eval test { feed visit = test; error = L1(soh, visit.soh); }
        }
    }
}

#[test]
fn a_file_of_a_model_predicts_the_same_bits_and_holds_nothing_else() {
    let study = trained();
    let folder = std::env::temp_dir().join(format!("modularml_predictor_{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let [model, again, whole] = ["model.mml", "again.mml", "whole.mml"].map(|name| folder.join(name));
    study.save_model(&model).unwrap();
    study.save(&whole).unwrap();
    let expected: Vec<_> = visits().map(|row| of_one(&study.predict_one(&row).unwrap())).collect();
    let loaded = Predictor::<VisitStudy>::load(&model).unwrap();
    loaded.save(&again).unwrap();
    assert_eq!(std::fs::read(&again).unwrap(), std::fs::read(&model).unwrap());
    for loaded in [loaded, Predictor::load(&whole).unwrap(), Predictor::load(&again).unwrap()] {
        assert!(visits().map(|row| of_one(&loaded.predict_one(&row).unwrap())).eq(expected.iter().cloned()));
    }
    let dynamic = Predictor::load_with(&model, &Registry::new()).unwrap();
    let set = FeatureSet::from_rows(visits()).unwrap();
    let soh = dynamic.outputs(&[set.view()]).unwrap();
    assert_eq!(numbers(soh.get("soh").unwrap()), numbers(&study.predict(&set).unwrap().soh));

    let zip = zip_names(&model);
    assert_eq!(zip, ["config.json", "scalers.safetensors", "weights.safetensors", "manifest.json"]);
    for refused in
        [VisitStudy::load(&model).map(drop), modularml::experiment::Session::load(&model, &Registry::new()).map(drop)]
    {
        let Err(Error::File { fault: FileFault::ModelAlone, .. }) = &refused else { panic!("{refused:?}") };
        let text = refused.unwrap_err().to_string();
        assert!(text.contains("holds a model alone") && text.contains("Predictor::<S>::load"), "{text}");
    }
    let other = Predictor::<other::VisitStudy>::load(&model).unwrap_err();
    assert!(matches!(other, Error::File { fault: FileFault::OtherExperiment { .. }, .. }), "{other}");
    let cut = folder.join("cut.mml");
    let bytes = std::fs::read(&model).unwrap();
    for length in [0, 10, bytes.len() / 2, bytes.len() - 1] {
        std::fs::write(&cut, &bytes[..length]).unwrap();
        assert!(matches!(Predictor::<VisitStudy>::load(&cut), Err(Error::File { .. })), "{length} bytes");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

/// The names of the entries of a zip in their order, from its directory (APPNOTE 6.3.10, 4.3.12).
fn zip_names(path: &std::path::Path) -> Vec<String> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    File::open(path).unwrap().read_to_end(&mut bytes).unwrap();
    let starts = bytes.windows(4).enumerate().filter(|(_, it)| *it == b"PK\x01\x02").map(|(at, _)| at);
    let name = |at: usize| {
        let length = usize::from(u16::from_le_bytes([bytes[at + 28], bytes[at + 29]]));
        String::from_utf8(bytes[at + 46..at + 46 + length].to_vec()).unwrap()
    };
    starts.map(name).collect()
}

/// Rows of two inputs that belong together.
mod aligned {
    use super::*;

    #[derive(SampleSchema, Clone)]
    pub struct Pulse {
        #[feat]
        pub voltage: [f32; 2],
        #[target]
        pub soh: f32,
        #[tag]
        pub cell: i64,
    }

    #[derive(SampleSchema, Clone)]
    pub struct Image {
        #[feat]
        pub pixels: [f32; 3],
        #[tag]
        pub cell: i64,
    }

    model_graph! {
        #[optimizer(Adam::lr(1e-2))]
        pub graph CellNet(pulse: Pulse, image: Image) {
            align pulse with image by cell;
            both = Concat::axis(-1)(pulse.voltage, image.pixels);
            soh = Mlp::hidden([4])(both) -> pulse.soh;
        }
    }

    experiment! {
        pub experiment CellStudy for CellNet {
            seed = 5;
            split pulse = Random::ratios(train: 0.5, test: 0.5).group_by(pulse.cell);
            scale image.pixels = Standard fitted on train;
            train all { feed pulse = Batches::of(2)(train); loss = Mse(soh, pulse.soh); epochs = 1; }
            eval test { feed pulse = test; error = L1(soh, pulse.soh); }
        }
    }
}

#[test]
fn rows_of_several_inputs_belong_together() {
    use aligned::*;
    let pulse = |cell: u8| Pulse { voltage: [cell.into(), 0.5], soh: 0.9, cell: cell.into() };
    let image = |cell: u8| Image { pixels: [0.1, cell.into(), 1.0], cell: cell.into() };
    let data = || CellNetData {
        pulse: FeatureSet::from_rows((0..6).map(pulse)).unwrap(),
        image: FeatureSet::from_rows((0..6).map(image)).unwrap(),
    };
    let mut study = CellStudy::new(data()).unwrap();
    study.progress(Progress::Silent).run().unwrap();
    let all = numbers(&study.predict(data()).unwrap().soh);
    let predictor = study.predictor().unwrap();
    for cell in 0..6u8 {
        let row = CellNetRow { pulse: &pulse(cell), image: &image(cell) };
        let one = predictor.predict_one(row).unwrap().soh.number().unwrap();
        assert!((one - all[usize::from(cell)]).abs() < 1e-6, "{one} {}", all[usize::from(cell)]);
    }
    let mixed = predictor.predict_one(CellNetRow { pulse: &pulse(1), image: &image(2) }).unwrap_err().to_string();
    assert_eq!(
        mixed,
        "the row of `pulse` and the row of `image` have different values of `cell`, by which they belong together; give \
         rows of one"
    );
    let wrong = Image { pixels: [f32::NAN; 3], ..image(1) };
    let error = predictor.predict_one(CellNetRow { pulse: &pulse(1), image: &wrong }).unwrap_err().to_string();
    assert!(error.starts_with("the row of `image`: column `pixels`: value 0 is missing"), "{error}");
}

/// What is known at run time only, and computes in f64.
mod dynamic {
    use modularml::experiment::ExperimentBuilder;
    use modularml::graph::{GraphBuilder, Precision, Reads};

    use super::*;

    #[derive(SampleSchema)]
    struct Pulse {
        #[feat]
        voltage: [f64; 2],
        #[feat]
        current: f64,
        #[target]
        soh: f64,
    }

    /// The same numbers, the other way round.
    #[derive(SampleSchema)]
    struct Turned {
        #[feat]
        current: f64,
        #[feat]
        voltage: [f64; 2],
        #[target]
        soh: f64,
    }

    #[test]
    fn a_row_is_compared_with_the_schema_that_was_learned_from() {
        let pulse = |row: u8| Pulse { voltage: [0.1, f64::from(row)], current: 1e-9 * f64::from(row), soh: 0.5 };
        let graph = GraphBuilder::new("SohNet")
            .input("pulse", Pulse::SCHEMA)
            .optimizer(Adam::lr(1e-3))
            .precision(Precision::F64)
            .node("scaled", Linear::to([2]), ["pulse.current"])
            .node("both", Concat::axis(0), ["pulse.voltage", "scaled"])
            .node("soh", Linear::new(), Reads::of(["both"]).predicts("pulse.soh"));
        let set = FeatureSet::from_rows((0..8).map(pulse)).unwrap();
        let session = ExperimentBuilder::new("SohStudy", graph.spec())
            .split("pulse", Random::ratios([("train", 0.5), ("test", 0.5)]))
            .scale("pulse.current", [Standard::new()], "train")
            .train("all", |phase| {
                phase.feed("pulse", Batches::of(2), "train").loss(Mse, ["soh", "pulse.soh"]).epochs(1)
            })
            .build(vec![set.view()])
            .unwrap();
        let batch = session.predict(&[set.view().take(&[5]).unwrap()]).unwrap();
        let one = session.predict_one(&pulse(5)).unwrap().take(2).unwrap();
        assert_eq!(one.tensor().unwrap().dtype(), modularml::DType::F64);
        assert_eq!(one.numbers().unwrap(), numbers(batch.get("soh").unwrap()));
        let turned = Turned { current: 0.0, voltage: [0.1, 5.0], soh: 0.5 };
        let error = session.predictor().unwrap().values(&turned).unwrap_err().to_string();
        assert_eq!(
            error,
            "row is of `Turned`, the model has learned from `Pulse`, which has other columns, for example column `current` in \
             the place of `voltage`"
        );
    }
}
