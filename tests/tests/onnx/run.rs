//! Exported models in other runtimes: tract, and onnxruntime where Python has it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use modularml::candle_core::DType;
use modularml::data::{Representation, View};
use modularml::experiment::Session;
use modularml_tests::{difference, numbers};
use serde_json::{Value, json};
use tract_onnx::prelude::*;
use tract_onnx::tract_hir::infer::Factoid as _;

/// Values of a type, with their dimensions: as the inputs of a model are given, by name.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    dims: Vec<usize>,
    whole: Option<Vec<i64>>,
    numbers: Vec<f64>,
}

/// The raw columns of rows, by the names that a model has for them.
pub(crate) fn columns(session: &Session, data: &[View]) -> BTreeMap<String, Given> {
    let mut given = BTreeMap::new();
    for (input, view) in session.spec().graph.inputs.iter().zip(data) {
        for column in view.schema().columns {
            if column.sequence.is_some() || column.dtype == modularml::data::Dtype::Text {
                continue;
            }
            let dims = [&[view.len()], column.shape.axes()].concat();
            let whole = column.dtype.is_time().then(|| {
                let times = view.tensor(column.key, Representation::Raw, DType::I64).unwrap();
                times.flatten_all().unwrap().to_vec1().unwrap()
            });
            let numbers = match &whole {
                Some(_) => Vec::new(),
                None => view.numbers(column.key, Representation::Raw).unwrap(),
            };
            given.insert(format!("{}.{}", input.name, column.key), Given { dims, whole, numbers });
        }
    }
    given
}

/// Numbers with their dimensions.
type Found = (Vec<f64>, Vec<usize>);

/// What tract makes of values: the outputs by name, with their dimensions.
pub(crate) fn in_tract(model: &[u8], given: &BTreeMap<String, Given>) -> TractResult<BTreeMap<String, Found>> {
    let mut model = tract_onnx::onnx().model_for_read(&mut &*model)?;
    let names = |outlets: &[OutletId]| outlets.iter().map(|outlet| model.node(outlet.node).name.clone()).collect();
    let (inputs, outputs): (Vec<String>, Vec<String>) = (names(model.input_outlets()?), names(model.output_outlets()?));
    let mut values = tvec!();
    for (position, name) in inputs.iter().enumerate() {
        let element = model.input_fact(position)?.datum_type.concretize().unwrap();
        let value = given[name].tensor(element);
        // tract runs recurrent layers of a known number of rows alone.
        model.set_input_fact(position, InferenceFact::dt_shape(element, value.shape()))?;
        values.push(value.into());
    }
    let typed = model.into_typed()?;
    // The optimizer of tract 0.23 overflows on long chains of whole numbers, such as calendars.
    let is_short = typed.nodes().len() < 100;
    let model = if is_short { typed.into_optimized()? } else { typed };
    let found = model.into_runnable()?.run(values)?;
    let outputs = outputs.into_iter().zip(found.iter()).map(|(name, tensor)| {
        let as_f64 = tensor.cast_to::<f64>().unwrap();
        let numbers = as_f64.to_plain_array_view::<f64>().unwrap().iter().copied().collect();
        (name, (numbers, tensor.shape().to_vec()))
    });
    Ok(outputs.collect())
}

impl Given {
    fn tensor(&self, element: DatumType) -> Tensor {
        let tensor = match &self.whole {
            Some(times) => Tensor::from_shape(&self.dims, times).unwrap(),
            None => Tensor::from_shape(&self.dims, &self.numbers).unwrap(),
        };
        tensor.cast_to_dt(element).unwrap().into_owned()
    }

    fn json(&self) -> Value {
        let numbers = |numbers: &[f64]| -> Vec<Value> {
            numbers
                .iter()
                .map(|number| if number.is_finite() { json!(number) } else { json!(number.to_string()) })
                .collect()
        };
        let values = self
            .whole
            .as_ref()
            .map_or_else(|| numbers(&self.numbers), |times| times.iter().map(|time| json!(time)).collect());
        json!({ "dims": self.dims, "values": values })
    }
}

/// Compares a model with the predictions of its study, for all rows and for each alone; a difference is told.
pub(crate) fn compare(session: &Session, data: &[View], tolerance: f64) -> Result<Vec<u8>, String> {
    let model = session.to_onnx().map_err(|error| error.to_string())?;
    let rows = data[0].len();
    for rows in [(0..u32::try_from(rows).unwrap()).collect(), vec![0]] {
        let data: Vec<View> = data.iter().map(|view| view.take(&rows).unwrap()).collect();
        let predicted = session.predict(&data).map_err(|error| error.to_string())?;
        let found = in_tract(&model, &columns(session, &data)).map_err(|error| format!("tract: {error:?}"))?;
        if found.is_empty() {
            return Err("the model has no output".to_owned());
        }
        for (name, (found, dims)) in found {
            let expected = predicted.get(&name).map_err(|error| error.to_string())?;
            if expected.dims() != dims {
                return Err(format!("{name}: {dims:?} instead of {:?}", expected.dims()));
            }
            let difference = difference(&found, &numbers(expected), 1.0);
            if difference > tolerance {
                return Err(format!("{name}: differs by {difference:e}\n{found:?}\n{:?}", numbers(expected)));
            }
        }
    }
    Ok(model)
}

/// Models that are run by onnxruntime all at once.
pub(crate) struct ForPython {
    folder: PathBuf,
    count: usize,
}

impl ForPython {
    /// None where Python has no onnxruntime, which is told.
    pub(crate) fn new(name: &str) -> Option<Self> {
        let python = python();
        let found = Command::new(&python).args(["-c", "import onnx, onnxruntime, numpy"]).output();
        if !found.is_ok_and(|found| found.status.success()) {
            println!("skipped: {python} has no onnxruntime; see tests/python/README.md");
            return None;
        }
        let folder = std::env::temp_dir().join(format!("modularml-onnx-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Some(Self { folder, count: 0 })
    }

    /// Adds a model with what its study predicts.
    pub(crate) fn add(&mut self, name: &str, session: &Session, data: &[View], model: &[u8], tolerance: f64) {
        let predicted = session.predict(data).unwrap();
        let given: BTreeMap<String, Value> =
            columns(session, data).into_iter().map(|(name, given)| (name, given.json())).collect();
        let expected: BTreeMap<&str, Value> = predicted
            .names()
            .into_iter()
            .map(|name| {
                let values = numbers(predicted.get(name).unwrap());
                let values: Vec<Value> =
                    values.iter().map(|it| if it.is_finite() { json!(it) } else { json!(it.to_string()) }).collect();
                (name, json!({ "dims": predicted.get(name).unwrap().dims(), "values": values }))
            })
            .collect();
        let path = self.folder.join(format!("{:03}", self.count));
        self.count += 1;
        fs::write(path.with_extension("onnx"), model).unwrap();
        let case = json!({ "name": name, "given": given, "expected": expected, "tolerance": tolerance });
        fs::write(path.with_extension("json"), serde_json::to_vec(&case).unwrap()).unwrap();
    }

    /// Checks all of them.
    pub(crate) fn check(self) {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/run_onnx.py");
        let ran = Command::new(python()).arg(script).arg(&self.folder).output().unwrap();
        assert!(
            ran.status.success(),
            "{}{}",
            String::from_utf8_lossy(&ran.stdout),
            String::from_utf8_lossy(&ran.stderr)
        );
        print!("{}", String::from_utf8_lossy(&ran.stdout));
        fs::remove_dir_all(&self.folder).unwrap();
    }
}

fn python() -> String {
    std::env::var("PYTHON").unwrap_or_else(|_| "python3".into())
}
