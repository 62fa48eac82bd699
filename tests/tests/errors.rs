//! What a program can do with an error: match it, and read its fields.

use candle_core::{DType, Device, Tensor};
use modularml::data::{ColumnArray, Reader};
use modularml::experiment::Session;
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml::{Registry, TensorError};

#[derive(SampleSchema)]
struct Point {
    #[feat]
    x: f32,
    #[target]
    y: f32,
    #[tag]
    cell: i64,
}

model_graph! {
    #[optimizer(Sgd::lr(1e38))]
    graph Line(point: Point) {
        y = Linear(point.x) -> point.y;
    }
}

experiment! {
    experiment Study for Line {
        seed = 0;
        split point = Random::ratios(train: 0.8, test: 0.2);
        train fit {
            feed point = Batches::of(8)(train);
            loss = Mse(y, point.y);
            epochs = 50;
        }
        eval held_out { feed point = test; mae = L1(y, point.y); }
    }
}

fn points() -> FeatureSet<Point> {
    FeatureSet::from_rows((0..40u8).map(|row| Point { x: row.into(), y: 1.0, cell: row.into() })).unwrap()
}

/// A place for a file that goes away with it.
struct Place(std::path::PathBuf);

impl Place {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("modularml-errors-{}-{name}", std::process::id())))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

#[test]
fn a_loss_that_is_not_finite_says_where() {
    let mut study = Study::new(points()).unwrap();
    let Err(Error::NotFinite(found)) = study.run() else { panic!("not refused") };
    assert_eq!((found.phase.as_str(), found.epoch, found.node.as_deref()), ("fit", 0, Some("y")));
    let train = study.session().split("point", "train").unwrap().ids();
    assert!(!found.rows.is_empty() && found.rows.iter().all(|id| train.contains(id)));
}

/// The line of this file on which a text stands first, as errors name it.
fn line_of(text: &str) -> String {
    let before = include_str!("errors.rs").split(text).next().unwrap();
    format!(" (tests/tests/errors.rs:{})", before.matches('\n').count() + 1)
}

#[test]
fn errors_and_descriptions_name_the_line_of_the_declaration() {
    let mut study = Study::new(points()).unwrap();
    let error = study.progress(Progress::Silent).run().unwrap_err().to_string();
    assert!(error.starts_with(&format!("train `fit`{}, epoch 1 step ", line_of("train fit {"))), "{error}");
    let spec = Study::spec();
    let lines = |of: &[modularml::SourceLine]| of.iter().map(ToString::to_string).collect::<Vec<_>>();
    let nodes: Vec<_> = spec.graph.nodes.iter().map(|node| node.line).collect();
    assert_eq!(lines(&nodes), [line_of("y = Linear(point.x)")]);
    let phases: Vec<_> = spec.phases.iter().map(|phase| phase.line).collect();
    assert_eq!(lines(&phases), [line_of("train fit {"), line_of("eval held_out {")]);
    let modularml::experiment::PhaseKind::Eval(eval) = &spec.phases.items()[1].kind else { unreachable!() };
    assert_eq!(lines(&[eval.metrics.items()[0].line]), [line_of("eval held_out {")]);

    // A saved description has none, and is the same one.
    let text = serde_json::to_string(&spec).unwrap();
    assert!(!text.contains("errors.rs"), "{text}");
    let read: modularml::experiment::ExperimentSpec = Registry::new().read(&text).unwrap();
    assert_eq!(lines(&[read.graph.nodes.items()[0].line]), [""]);
}

#[test]
fn files_tell_their_fault() {
    let fault = |error: Error| match error {
        Error::File { fault, .. } => fault,
        other => panic!("{other:?}"),
    };
    let gone = Place::new("gone.mml");
    let error = Session::load(&gone.0, &Registry::new()).unwrap_err();
    assert_eq!(fault(error), FileFault::System(std::io::ErrorKind::NotFound));
    let error = FeatureSet::<Point>::from_csv(&gone.0).unwrap_err();
    assert_eq!(fault(error), FileFault::System(std::io::ErrorKind::NotFound));

    let damaged = Place::new("damaged.mml");
    std::fs::write(&damaged.0, "nothing").unwrap();
    assert_eq!(fault(Session::load(&damaged.0, &Registry::new()).unwrap_err()), FileFault::Content);
    assert_eq!(fault(FeatureSet::<Point>::from_parquet(&damaged.0).unwrap_err()), FileFault::Content);

    let file = Place::new("study.mml");
    Study::new(points()).unwrap().save(&file.0).unwrap();
    let mut other = Study::spec();
    other.seed = 5;
    let FileFault::OtherExperiment { differences } = fault(Session::load_into(other, &file.0).unwrap_err()) else {
        panic!("another fault")
    };
    assert_eq!(differences, ["seed is 0, `Study` declares 5"]);
}

#[test]
fn a_component_that_is_not_registered_is_named() {
    let json = r#"{"component": "Gated", "settings": {}}"#;
    let Err(Error::Unknown { what, name, .. }) = Registry::new().read::<modularml::graph::LayerSpec>(json) else {
        panic!("not refused")
    };
    assert_eq!((what, name.as_str()), ("layer", "Gated"));
}

#[test]
fn names_that_nothing_has_are_told() {
    let study = Study::new(points()).unwrap();
    let Err(Error::Unknown { what, name, problem }) = study.session().split("point", "tset") else {
        panic!("not refused")
    };
    assert_eq!((what, name.as_str()), ("split", "tset"));
    assert!(problem.contains("did you mean `test`?"), "{problem}");
    let Err(Error::Unknown { what, name, .. }) = points().view().numbers("z", Representation::Raw) else {
        panic!("not refused")
    };
    assert_eq!((what, name.as_str()), ("column", "z"));
}

#[test]
fn rows_come_with_their_ids() {
    let strange = points().view().ids();
    let Err(Error::Rows { ids, .. }) = points().view().take_ids(strange.clone()) else { panic!("not refused") };
    assert_eq!(ids, strange);
}

#[test]
fn a_column_tells_its_row() {
    let x = ColumnArray::from(vec![1.0f32, f32::NAN]);
    let columns = [("x", x), ("y", vec![1.0f32, 2.0].into()), ("cell", vec![1i64, 2].into())];
    let Err(Error::Column { column, row, .. }) = Reader::<Point>::new().columns(columns) else { panic!("not refused") };
    assert_eq!((column.as_str(), row), ("x", Some(1)));
}

#[test]
fn a_split_that_is_empty_and_a_device_that_is_not_there_are_named() {
    let few = FeatureSet::from_rows((0..2u8).map(|row| Point { x: row.into(), y: 1.0, cell: row.into() })).unwrap();
    let Err(Error::Within { source, .. }) = Study::new(few) else { panic!("not refused") };
    assert!(matches!(*source, Error::EmptySplit { split, .. } if split == "test"));

    let mut study = Study::new(points()).unwrap();
    let Err(Error::Device { device, .. }) = study.device("cdua") else { panic!("not refused") };
    assert_eq!(device, "cdua");
}

#[test]
fn errors_of_ones_own_come_through() {
    fn forward(x: &Tensor) -> Result<Tensor> {
        if x.dims().len() > 1 {
            return Err(Error::own(std::fmt::Error));
        }
        Ok(x.reshape((3, 3))?)
    }
    let zeros = |dims: &[usize]| Tensor::zeros(dims, DType::F32, &Device::Cpu).unwrap();
    let Err(Error::Own(error)) = forward(&zeros(&[2, 2])) else { panic!("not refused") };
    assert!(error.is::<std::fmt::Error>());
    let error = forward(&zeros(&[2])).unwrap_err();
    let Error::Tensor(tensor) = &error else { panic!("{error:?}") };
    let tensor: &TensorError = tensor;
    let source = std::error::Error::source(tensor).unwrap();
    assert!(source.is::<candle_core::Error>());
    assert_eq!(error.to_string(), source.to_string());
}
