//! Models of the examples, from their real data, in other runtimes; and what cannot be exported.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use modularml::candle_core::Tensor;
use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, Layer, LayerBuild, Mode, Precision, Reads, Source};
use modularml::layers::*;
use modularml::losses::*;
use modularml::onnx::{OnnxGraph, OnnxValue};
use modularml::prelude::*;
use tract_onnx::prelude::*;

use super::cases::{case, study};
use super::run::{ForPython, columns, compare, in_tract};

fn data(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/data").join(name)
}

#[derive(SampleSchema)]
struct Digit {
    #[feat]
    pixels: [f32; 64],
    #[target]
    #[classes(10)]
    digit: Class,
}

model_graph! {
    #[optimizer(AdamW::lr(1e-3).weight_decay(0.05))]
    graph DigitNet(image: Digit) {
        digit = Mlp::hidden([64, 32]).dropout(0.5)(image.pixels) -> image.digit;
    }
}

experiment! {
    experiment DigitStudy for DigitNet {
        seed = 42;
        split image = Random::ratios(train: 0.7, test: 0.3).stratify_by(image.digit);
        scale image.pixels = MinMax fitted on train;
        train classify {
            feed image = Batches::of(32).shuffled()(train);
            loss = CrossEntropy(digit, image.digit);
            epochs = 2;
        }
        eval test { feed image = test; loss = CrossEntropy(digit, image.digit); }
    }
}

#[derive(SampleSchema)]
struct Penguin {
    #[feat(rename = "bill_length_mm")]
    bill_length: f32,
    #[feat(rename = "bill_depth_mm")]
    bill_depth: f64,
    #[feat(rename = "flipper_length_mm")]
    flipper: i32,
    #[target(rename = "body_mass_g")]
    mass: f32,
    #[tag]
    species: String,
}

model_graph! {
    #[optimizer(Adam::lr(3e-3))]
    graph PenguinNet(penguin: Penguin) {
        length = Linear::to([8])(penguin.bill_length);
        depth = Linear::to([8])(penguin.bill_depth);
        wing = Linear::to([8])(penguin.flipper.as_number());
        body = Concat::axis(-1)(length, depth, wing);
        mass = Mlp::hidden([32, 16])(body) -> penguin.mass;
    }
}

experiment! {
    experiment PenguinStudy for PenguinNet {
        seed = 42;
        split penguin = Random::ratios(train: 0.7, test: 0.3).stratify_by(penguin.species);
        scale penguin.bill_length = Standard fitted on train;
        scale penguin.bill_depth = Standard fitted on train;
        scale penguin.flipper = Standard fitted on train;
        scale penguin.mass = Standard fitted on train;
        train weigh {
            feed penguin = Batches::of(32).shuffled()(train);
            loss = Mse(mass, penguin.mass);
            epochs = 3;
        }
        eval test { feed penguin = test; loss = Mse(mass, penguin.mass); }
    }
}

/// What a file tells of itself, read by tract.
fn properties(model: &[u8]) -> BTreeMap<String, String> {
    let proto = tract_onnx::onnx().proto_model_for_read(&mut &*model).unwrap();
    proto.metadata_props.into_iter().map(|property| (property.key, property.value)).collect()
}

#[test]
fn the_digits_of_the_quickstart() {
    let digits = FeatureSet::<Digit>::from_csv(data("digits.csv")).unwrap();
    let mut study = DigitStudy::new(digits.clone()).unwrap();
    study.progress(Progress::Silent);
    study.run().unwrap();
    let rows = [digits.view()];
    let session = study.session();
    let model = compare(session, &rows, 1e-5).unwrap();
    let told = properties(&model);
    let classes = r#"{"classes":["0","1","2","3","4","5","6","7","8","9"],"predicts":"image.digit","units":"raw"}"#;
    assert_eq!(told["output.digit"], classes);
    assert_eq!(told["input.image.pixels"], r#"{"type":"f32"}"#);
    assert_eq!(told["experiment"], "DigitStudy");
    let path = std::env::temp_dir().join(format!("modularml-digits-{}.onnx", std::process::id()));
    study.export_onnx(&path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), model, "the same bytes each time");
    fs::remove_file(&path).unwrap();
    if let Some(mut python) = ForPython::new("digits") {
        python.add("digits", session, &rows, &model, 1e-5);
        python.check();
    }
}

#[test]
fn the_penguins_of_the_regression() {
    let penguins = Reader::<Penguin>::new().missing("NA").drop_rows_with_missing().csv(data("penguins.csv")).unwrap();
    let mut study = PenguinStudy::new(penguins.clone()).unwrap();
    study.progress(Progress::Silent);
    study.run().unwrap();
    let rows = [penguins.view()];
    let model = compare(study.session(), &rows, 1e-5).unwrap();
    // In grams.
    let found = &in_tract(&model, &columns(study.session(), &rows)).unwrap()["mass"].0;
    assert!(found.iter().all(|grams| (500.0..9000.0).contains(grams)), "{found:?}");
    let inputs = tract_onnx::onnx().model_for_read(&mut &*model).unwrap();
    let types: Vec<String> = (0..3).map(|at| format!("{:?}", inputs.input_fact(at).unwrap().datum_type)).collect();
    assert_eq!(types, ["F32", "F64", "I64"], "the types of the columns");
    if let Some(mut python) = ForPython::new("penguins") {
        python.add("penguins", study.session(), &rows, &model, 1e-5);
        python.check();
    }
}

fn problem(session: &Session) -> String {
    session.to_onnx().map(drop).expect_err("it cannot be exported").to_string()
}

#[test]
fn what_cannot_be_told_is_refused_by_its_node() {
    let (session, _) = study(&case(BatchNorm::new().always_of_batch(), &[&[3]]), Precision::F32);
    let found = problem(&session);
    assert!(found.contains("`layer`") && found.contains("BatchNorm: it takes the statistics of the batch"), "{found}");
}

/// Scales its input, and tells so or not.
#[derive(Layer, Clone, Copy)]
#[layer(shape = same, learns = nothing, builds = layer)]
struct Times {
    /// The factor.
    #[setting(first = by)]
    factor: f64,
    /// Whether it tells operators.
    #[setting(default = false)]
    tells: bool,
}

impl BuildLayer for Times {
    fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(*self))
    }
}

impl Layer for Times {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        Ok((&inputs[0] * self.factor)?)
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        if self.tells {
            return Ok(graph.with_number("Mul", &inputs[0], self.factor));
        }
        Err(modularml::Error::Component("it keeps quiet".to_owned()))
    }
}

#[test]
fn layers_of_ones_own_tell_their_operators() {
    let (session, data) = study(&case(Times::by(2.5).tells(), &[&[3]]), Precision::F32);
    compare(&session, &data, 1e-6).unwrap();
    let (session, _) = study(&case(Times::by(2.5), &[&[3]]), Precision::F32);
    let found = problem(&session);
    assert!(found.contains("`layer`") && found.contains("Times: it keeps quiet"), "{found}");
}

#[derive(SampleSchema)]
struct Discharge {
    #[feat(length = 4)]
    current: Vec<f32>,
    #[target]
    soh: f32,
}

#[derive(SampleSchema)]
struct Visit {
    #[feat]
    at: Timestamp,
    #[feat(zone = "Europe/Berlin", format = "%Y-%m-%d %H:%M")]
    shown: Timestamp,
    #[target]
    soh: f32,
}

#[test]
fn rows_of_different_lengths_and_named_zones_are_refused() {
    let rows =
        FeatureSet::from_rows((0..8u8).map(|row| Discharge { current: vec![1.0; usize::from(row % 4 + 1)], soh: 0.5 }));
    let graph = GraphBuilder::new("Net").input("rows", Discharge::SCHEMA).optimizer(Adam::lr(0.1)).node(
        "soh",
        Linear::new(),
        Reads::of(["rows.current"]).predicts("rows.soh"),
    );
    let session = ExperimentBuilder::new("Net", graph.spec())
        .split("rows", Random::ratios([("train", 0.5), ("test", 0.5)]))
        .train("train", |train| train.feed("rows", Batches::of(4), "train").loss(Mse, ["soh", "rows.soh"]).epochs(1))
        .build(vec![rows.unwrap().view()])
        .unwrap();
    let found = problem(&session);
    assert!(found.contains("`soh`") && found.contains("rows of different lengths"), "{found}");

    let visit =
        |row: i64| Visit { at: Timestamp::from_nanos(row << 50), shown: Timestamp::from_nanos(row << 50), soh: 0.5 };
    let rows = FeatureSet::from_rows((0..8).map(visit)).unwrap();
    for (column, refused) in [("rows.at", false), ("rows.shown", true)] {
        let graph = GraphBuilder::new("Net")
            .input("rows", Visit::SCHEMA)
            .optimizer(Adam::lr(0.1))
            .node("hour", Hour::new().cyclic(), Reads::of([column]))
            .node("soh", Linear::new(), Reads::of(["hour"]).predicts("rows.soh"));
        let session = ExperimentBuilder::new("Net", graph.spec())
            .split("rows", Random::ratios([("train", 0.5), ("test", 0.5)]))
            .train("train", |train| {
                train.feed("rows", Batches::of(4), "train").loss(Mse, ["soh", "rows.soh"]).epochs(1)
            })
            .build(vec![rows.view()])
            .unwrap();
        if refused {
            let found = problem(&session);
            assert!(found.contains("`hour`") && found.contains("put forward and back"), "{found}");
        } else {
            if let Some(mut python) = ForPython::new("hours") {
                python.add("hours", &session, &[rows.view()], &session.to_onnx().unwrap(), 1e-5);
                python.check();
            }
            compare(&session, &[rows.view()], 1e-5).unwrap();
        }
    }
}

#[derive(SampleSchema)]
struct Cell {
    #[feat]
    #[classes("nmc", "lfp", "nca")]
    kind: Class,
    #[feat]
    is_warm: bool,
    #[feat(missing = allow)]
    cycles: Option<u16>,
    #[feat]
    fee: Decimal<2>,
    #[target]
    soh: f32,
}

/// Classes are their numbers, whole numbers that may be missing are doubles with NaN, and decimals doubles.
#[test]
fn columns_of_other_types() {
    let cell = |row: u16| Cell {
        kind: Class::new(u32::from(row % 3)),
        is_warm: row.is_multiple_of(2),
        cycles: (row % 4 != 1).then_some(row),
        fee: Decimal::from_units(i64::from(row) * 25).unwrap(),
        soh: 0.5,
    };
    let rows = FeatureSet::from_rows((0..12).map(cell)).unwrap();
    let graph = GraphBuilder::new("Net")
        .input("cell", Cell::SCHEMA)
        .optimizer(Adam::lr(0.1))
        .node("kind", Embedding::size(2), Reads::of(["cell.kind"]))
        .node("cycles", FillMissing::with(-1.0), Reads::of([Source::from("cell.cycles").as_number()]))
        .node("flat", Reshape::to([1]), Reads::of(["cycles"]))
        .node("warm", Reshape::to([1]), Reads::of(["cell.is_warm"]))
        .node("fee", Reshape::to([1]), Reads::of(["cell.fee"]))
        .node("all", Concat::axis(0), Reads::of(["kind", "flat", "warm", "fee"]).output())
        .node("soh", Linear::new(), Reads::of(["all"]).predicts("cell.soh"));
    let session = ExperimentBuilder::new("Net", graph.spec())
        .split("cell", Random::ratios([("train", 0.5), ("test", 0.5)]))
        .train("train", |train| train.feed("cell", Batches::of(4), "train").loss(Mse, ["soh", "cell.soh"]).epochs(1))
        .build(vec![rows.view()])
        .unwrap();
    let data = [rows.view()];
    let model = compare(&session, &data, 1e-5).unwrap();
    let told = properties(&model);
    assert_eq!(told["input.cell.kind"], r#"{"classes":["nmc","lfp","nca"],"type":"Class"}"#);
    assert_eq!(told["input.cell.cycles"], r#"{"missing":"NaN","type":"u16"}"#);
    if let Some(mut python) = ForPython::new("types") {
        python.add("types", &session, &data, &model, 1e-5);
        python.check();
    }
}
