//! Times: read from every kind of file, compared, ordered, and made numbers of in a graph. What is expected are numbers of
//! pandas and pyarrow, which `golden/times.py` writes.

mod comparing;
mod graph;
mod reading;

use std::path::PathBuf;

use serde_json::Value;

/// A file that is gone when the test is over.
struct File(PathBuf);

impl File {
    fn of(name: &str, text: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("modularml-times-{}-{name}", std::process::id()));
        std::fs::write(&path, text).unwrap();
        Self(path)
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}

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
