//! Python reads our files with its own libraries: `tests/python/read_store.py` compares what it finds with what was
//! written, and `hand_over.py` hands tables to us and back. Without pyarrow the tests say so and do nothing.

use std::path::Path;
use std::process::Command;

use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use serde_json::{Value, json};

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [[f32; 3]; 2],
    #[feat]
    counts: [i16; 2],
    #[feat]
    is_warm: bool,
    #[target]
    soh: f64,
    #[target]
    #[classes("fresh", "worn", "dead")]
    state: Class,
    #[tag(group)]
    cell: i64,
    #[tag]
    maker: Option<String>,
    #[tag]
    cycle: Option<u64>,
}

fn pulses() -> FeatureSet<Pulse> {
    let pulse = |row: i16| {
        let value = f32::from(row) / 4.0;
        Pulse {
            voltage: [[value, value + 0.25, value + 0.5], [-value, 0.1, 3.9]],
            counts: [row, -row],
            is_warm: row % 2 == 0,
            soh: 1.0 - f64::from(row) / 7.0,
            state: Class::new(u32::from(row.unsigned_abs()) % 3),
            cell: i64::MAX - i64::from(row),
            maker: (row != 1).then(|| format!("maker {row} \u{2713}")),
            cycle: (row != 2).then_some(u64::MAX),
        }
    };
    FeatureSet::from_rows((0..6).map(pulse)).unwrap()
}

/// What the rows hold, from the values that went in.
fn expected(set: &FeatureSet<Pulse>) -> Value {
    let (view, columns) = (set.view(), Pulse::COLUMNS);
    let state: Vec<u32> = view.values(columns.state).unwrap().into_iter().map(Class::index).collect();
    let ids: Vec<String> = set.ids().iter().map(ToString::to_string).collect();
    json!({
        "schema": "Pulse",
        "ids": ids,
        "columns": [
            { "name": "features.voltage.raw", "shape": [2, 3], "values": view.values(columns.voltage).unwrap() },
            { "name": "features.counts.raw", "shape": [2], "values": view.values(columns.counts).unwrap() },
            { "name": "features.is_warm.raw", "values": view.values(columns.is_warm).unwrap() },
            { "name": "targets.soh.raw", "values": view.values(columns.soh).unwrap() },
            { "name": "targets.state.raw", "values": state, "classes": ["fresh", "worn", "dead"] },
            { "name": "tags.cell.raw", "values": view.values(columns.cell).unwrap() },
            { "name": "tags.maker.raw", "values": view.values(columns.maker).unwrap() },
            { "name": "tags.cycle.raw", "values": view.values(columns.cycle).unwrap() },
        ]
    })
}

/// A trained study over the rows.
fn study(set: &FeatureSet<Pulse>) -> Session {
    let reads = Reads::of(["pulse.voltage"]).predicts("pulse.soh");
    let graph = GraphBuilder::new("SohNet")
        .input("pulse", Pulse::SCHEMA)
        .optimizer(Adam::lr(1e-3))
        .node("soh", Linear::new(), reads)
        .spec();
    let mut study = ExperimentBuilder::new("SohStudy", graph)
        .split("pulse", Random::ratios([("train", 0.5), ("test", 0.5)]).group_by(Pulse::COLUMNS.cell))
        .scale("pulse.voltage", [Standard::new()], "train")
        .train("regress", |phase| {
            phase.feed("pulse", Batches::of(2), "train").loss(Mse, ["soh", "pulse.soh"]).epochs(1)
        })
        .build(vec![set.view()])
        .unwrap();
    study.progress(Progress::Silent);
    study.run().unwrap();
    study
}

/// The Python with pyarrow, where there is one; a test without it says that it was skipped.
fn python() -> Option<String> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python).args(["-c", "import pyarrow, numpy"]).output();
    let is_there = found.is_ok_and(|found| found.status.success());
    if !is_there {
        println!("skipped: {python} has no pyarrow; see tests/python/README.md");
    }
    is_there.then_some(python)
}

fn run(python: &str, script: &str, arguments: &[&Path]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(script);
    let ran = Command::new(python).arg(script).args(arguments).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    print!("{}", String::from_utf8_lossy(&ran.stdout));
}

/// A library of ours is loaded by Python, takes a table of pyarrow through the C data interface, and hands it back.
#[test]
fn pyarrow_hands_a_table_over_and_back_without_a_copy() {
    let Some(python) = python() else { return };
    let built = Command::new(env!("CARGO")).args(["build", "--workspace", "--example", "hand_over"]).status().unwrap();
    assert!(built.success(), "examples/hand_over.rs cannot be built");
    let tests = std::env::current_exe().unwrap();
    let target = tests.ancestors().nth(2).unwrap();
    let library = format!("{}hand_over{}", std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    run(&python, "hand_over.py", &[&target.join("examples").join(library)]);
}

#[test]
fn pyarrow_reads_ids_arrays_tags_and_classes() {
    let Some(python) = python() else { return };
    let folder = std::env::temp_dir().join(format!("modularml-python-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let [expected_file, store, study] = ["expected.json", "store.arrow", "study.mml"].map(|name| folder.join(name));
    let set = pulses();
    std::fs::write(&expected_file, expected(&set).to_string()).unwrap();
    set.to_arrow_file(&store).unwrap();
    self::study(&set).save(&study).unwrap();

    run(&python, "read_store.py", &[&expected_file, &store, &study, Path::new("data/pulse.arrow")]);
    std::fs::remove_dir_all(&folder).unwrap();
}

/// The blocks of Python in a document.
fn blocks(document: &str) -> Vec<String> {
    let behind = document.split("```python\n").skip(1);
    behind.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// What docs/python.md says runs as it stands there, on files of ours, and finds what we predict.
#[test]
fn the_page_on_python_runs() {
    let Some(python) = python() else { return };
    let has = |modules: &str| {
        let found = Command::new(&python).args(["-c", &format!("import {modules}")]).output();
        found.is_ok_and(|found| found.status.success())
    };
    if !has("safetensors") {
        println!("skipped: {python} has no safetensors; see tests/python/README.md");
        return;
    }
    let (has_torch, set) = (has("torch"), pulses());
    let session = study(&set);
    let folder = std::env::temp_dir().join(format!("modularml-page-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    session.save(folder.join("soh.mml")).unwrap();
    session.export_torch(folder.join("torch_model")).unwrap();
    let arrays = set.view().select(["voltage", "counts", "is_warm", "soh", "state", "cell"]).unwrap();
    arrays.to_npz(folder.join("pulses.npz")).unwrap();
    let test = session.split("pulse", "test").unwrap();
    let expected = session.predict(&[test]).unwrap().get("soh").unwrap().to_vec1::<f32>().unwrap();
    let document = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/python.md")).unwrap();
    let blocks = blocks(&document);
    assert_eq!(blocks.len(), 4);
    let wanted = blocks.into_iter().filter(|block| has_torch || !block.starts_with("# needs torch"));
    let mut script: String = wanted.collect();
    let numbers: Vec<String> = expected.iter().map(ToString::to_string).collect();
    script = script + "expected = np.array([" + &numbers.join(", ") + "])\n";
    script.push_str("assert manifest['version'] == 2 and config['name'] == 'SohStudy'\n");
    script.push_str("np.testing.assert_allclose(soh.ravel(), expected, atol=1e-5)\n");
    script.push_str("np.testing.assert_allclose(of_arrays[splits['pulse.test']], scaled, rtol=1e-6)\n");
    if has_torch {
        script.push_str("np.testing.assert_allclose(by_torch.ravel(), expected, atol=1e-5)\n");
    }
    std::fs::write(folder.join("page.py"), &script).unwrap();
    let ran = Command::new(&python).arg("page.py").current_dir(&folder).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    std::fs::remove_dir_all(&folder).unwrap();
}
