//! Predictions of a phase as a table: what is in it is what the study predicts and measures.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::Float64Type;
use modularml::experiment::ExperimentBuilder;
use modularml::graph::{GraphBuilder, Init, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::record::Records;

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
    #[target]
    curve: [f32; 2],
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Adam::lr(0.02))]
    graph Net(pulse: Pulse) {
        hidden = Mlp::hidden([16]).output([8])(pulse.voltage);
        soh = Linear(hidden) -> pulse.soh;
        curve = Linear(hidden) -> pulse.curve;
        state = Linear(hidden) -> pulse.state;
    }
}

experiment! {
    experiment Study for Net {
        seed = 7;
        split pulse = Random::ratios(train: 0.7, test: 0.3);
        scale pulse.soh = MinMax fitted on train;
        train regress {
            feed pulse = Batches::of(8).shuffled()(train);
            loss = Mse(soh, pulse.soh) + Mse(curve, pulse.curve) + CrossEntropy(state, pulse.state);
            epochs = 5;
        }
        eval test {
            feed pulse = test;
            rmse = Rmse(soh, pulse.soh) in raw units;
            accuracy = Accuracy(state, pulse.state);
        }
    }
}

fn study() -> Study {
    let row = |i: u8| {
        let x = f32::from(i);
        Pulse {
            voltage: [x.sin(), x.cos(), (x * 0.3).sin(), x / 90.0],
            soh: 40.0 + (x * 0.7).sin(),
            curve: [x, -x],
            state: Class::new(u32::from(i % 3)),
            cell: i64::from(i % 7),
        }
    };
    let mut study = Study::new(FeatureSet::from_rows((0..90).map(row)).unwrap()).unwrap();
    study.progress(Progress::Silent);
    study
}

#[test]
fn a_table_holds_what_is_predicted_and_measured() {
    let mut study = study();
    let results = study.run().unwrap();
    let table = study.session().predictions("test").unwrap();
    let batch = table.batch();
    let names: Vec<String> = batch.schema().fields().iter().map(|field| field.name().clone()).collect();
    let expected = [
        "id",
        "targets.soh",
        "targets.curve.0",
        "targets.curve.1",
        "targets.state",
        "tags.cell",
        "predicted.soh",
        "predicted.curve.0",
        "predicted.curve.1",
        "predicted.state",
        "scores.state.fresh",
        "scores.state.worn",
        "scores.state.dead",
    ];
    assert_eq!(names, expected);

    let rows = study.split(Study::SPLITS.pulse.test).unwrap();
    let text = |name: &str| -> Vec<String> {
        let column =
            arrow::compute::cast(batch.column_by_name(name).unwrap(), &arrow::datatypes::DataType::Utf8).unwrap();
        column.as_string::<i32>().iter().map(|text| text.unwrap().to_owned()).collect()
    };
    let numbers = |name: &str| -> Vec<f64> {
        let column =
            arrow::compute::cast(batch.column_by_name(name).unwrap(), &arrow::datatypes::DataType::Float64).unwrap();
        assert_eq!(column.null_count(), 0);
        column.as_primitive::<Float64Type>().values().to_vec()
    };
    assert_eq!(text("id"), rows.ids().iter().map(ToString::to_string).collect::<Vec<_>>());
    assert_eq!(
        numbers("targets.curve.1"),
        rows.numbers("curve", Representation::Raw).unwrap().chunks(2).map(|pair| pair[1]).collect::<Vec<_>>()
    );

    let (soh, predicted) = (numbers("targets.soh"), numbers("predicted.soh"));
    let squares: f64 = soh.iter().zip(&predicted).map(|(a, b)| (a - b).powi(2)).sum();
    #[allow(clippy::cast_precision_loss, reason = "few rows")]
    let rmse = (squares / soh.len() as f64).sqrt();
    assert!((rmse - results.test.rmse).abs() < 1e-5 * rmse, "{rmse}, measured {}", results.test.rmse);
    let right = text("targets.state").iter().zip(&text("predicted.state")).filter(|(a, b)| a == b).count();
    #[allow(clippy::cast_precision_loss, reason = "few rows")]
    let accuracy = right as f64 / soh.len() as f64;
    assert!((accuracy - results.test.accuracy).abs() < 1e-12, "{accuracy}, measured {}", results.test.accuracy);
    let (fresh, worn, dead) =
        (numbers("scores.state.fresh"), numbers("scores.state.worn"), numbers("scores.state.dead"));
    for (row, name) in text("predicted.state").iter().enumerate() {
        let scores = BTreeMap::from([("fresh", fresh[row]), ("worn", worn[row]), ("dead", dead[row])]);
        assert!(scores.values().all(|score| *score <= scores[name.as_str()]), "{scores:?} {name}");
    }

    let error = study.session().predictions("tset").unwrap_err().to_string();
    assert!(error.contains("did you mean `test`?"), "{error}");
}

#[derive(SampleSchema)]
struct Gaps {
    #[feat(missing = allow)]
    voltage: f32,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
}

#[test]
fn of_equal_scores_the_first_class_is_predicted_and_none_by_nan() {
    let graph = GraphBuilder::new("Equal").input("gaps", Gaps::SCHEMA).node(
        "state",
        Linear::new().no_bias().init(Init::Zeros),
        Reads::of(["gaps.voltage"]).predicts("gaps.state"),
    );
    let study = ExperimentBuilder::new("Untrained", graph.optimizer(Adam::lr(0.1)).spec()).seed(1);
    let study = study.split("gaps", Random::ratios([("train", 0.5), ("test", 0.5)])).train("learn", |phase| {
        let phase = phase.feed("gaps", Batches::of(4), "train").epochs(1);
        phase.loss(CrossEntropy::new(), ["state", "gaps.state"])
    });
    let study = study
        .eval("test", |phase| phase.feed("gaps", "test").metric("accuracy", Accuracy::new(), ["state", "gaps.state"]));
    let row =
        |i: u8| Gaps { voltage: if i < 10 { f32::NAN } else { f32::from(i) }, state: Class::new(u32::from(i % 3)) };
    let study = study.build(vec![FeatureSet::from_rows((0..40).map(row)).unwrap().view()]).unwrap();
    let table = study.predictions("test").unwrap();
    let predicted = table.batch().column_by_name("predicted.state").unwrap().as_string::<i32>().clone();
    let scores = table.batch().column_by_name("scores.state.dead").unwrap().as_primitive::<Float64Type>().clone();
    for (predicted, score) in predicted.iter().zip(scores.values()) {
        assert_eq!(predicted, if score.is_nan() { None } else { Some("fresh") });
    }
    let none = predicted.null_count();
    assert!(none > 0 && none < predicted.len(), "{none} of {}", predicted.len());
}

#[test]
fn a_table_is_written_for_other_programs() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("predictions-{}", std::process::id()));
    let mut study = study();
    study.run_in(Records::at(&folder).predictions()).unwrap();
    let table = study.session().predictions("test").unwrap();
    let written = fs::read_to_string(study.session().run_folder().unwrap().join("predictions/test.csv")).unwrap();
    assert_eq!(written.lines().count(), table.batch().num_rows() + 1);
    assert!(written.starts_with("id,targets.soh,targets.curve.0,"), "{written}");
    let cells = |line: &str| line.split(',').count();
    assert!(written.lines().all(|line| cells(line) == 13), "{written}");

    let file = folder.join("test.arrow");
    table.write_arrow(&file).unwrap();
    let reader = arrow::ipc::reader::FileReader::try_new(fs::File::open(&file).unwrap(), None).unwrap();
    assert_eq!(reader.map(|batch| batch.unwrap()).collect::<Vec<_>>(), [table.batch().clone()]);
    fs::remove_dir_all(&folder).unwrap();
}
