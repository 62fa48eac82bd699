//! Times: read from every kind of file, compared, ordered, and made numbers of in a graph. What is expected are numbers of
//! pandas and pyarrow, which `golden/times.py` writes.

mod comparing;
mod graph;
mod reading;

use std::path::PathBuf;

use serde_json::Value;

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
