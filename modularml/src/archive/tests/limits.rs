//! A small file cannot ask for much memory, and no entry is exchanged unnoticed.

use std::process::Command;
use std::sync::Arc;

use arrow::array::{ArrayRef, NullArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use serde_json::{Value as Json, json};

use super::*;
use crate::data::{FeatureSet, Longer, Reader, ipc};
use crate::experiment::ExperimentBuilder;
use crate::experiment::loss::L1;
use crate::graph::layer::{Conv1d, GlobalAvgPool, LastOfSequence, Linear, Lstm, MaxPool1d, Mlp, Reshape};
use crate::graph::{GraphBuilder, Reads};

/// A study of rows of different lengths, with a layer of each kind that can ask for memory.
fn sequences() -> Entries {
    let rows = Reader::dynamic().sequence("steps", 12, Longer::Refuse).features(["steps", "x"]).targets(["y"]);
    let folder = Temporary::new("rows.jsonl");
    let line = |row: usize| {
        let steps: Vec<[f64; 1]> = (0..=row % 6).map(|step| [f64::from(u8::try_from(step).unwrap()) + 0.5]).collect();
        json!({"steps": steps, "x": [0.5, 1.5, 2.5, 3.5], "y": 0.5}).to_string()
    };
    std::fs::write(&folder.0, (0..20).map(line).collect::<Vec<_>>().join("\n")).unwrap();
    let rows: FeatureSet<crate::data::Dynamic> = rows.json_lines(&folder.0).unwrap();
    let graph = GraphBuilder::new("Net")
        .input("cell", rows.schema())
        .optimizer(Adam::lr(1e-2))
        .node("code", Lstm::hidden(2), ["cell.steps"])
        .node("last", LastOfSequence, ["code"])
        .node("channels", Reshape::to([1, 4]), ["cell.x"])
        .node("windows", Conv1d::channels(2).kernel(2), ["channels"])
        .node("pooled", MaxPool1d::kernel(2), ["windows"])
        .node("mean", GlobalAvgPool, ["pooled"])
        .node("hidden", Mlp::hidden([3]).output([2]), ["mean"])
        .node("both", crate::graph::Concat::axis(-1), ["hidden", "last"])
        .node("y", Linear::new(), Reads::of(["both"]).predicts("cell.y"));
    let study = ExperimentBuilder::new("Study", graph.spec())
        .seed(3)
        .split("cell", Random::ratios([("train", 0.5), ("test", 0.5)]))
        .train("fit", |phase| phase.feed("cell", Batches::of(4), "train").loss(L1, ["y", "cell.y"]).epochs(1))
        .build(vec![rows.view()])
        .unwrap();
    entries(&study)
}

fn with_config(change: impl FnOnce(&mut Json)) -> Entries {
    let mut entries = sequences();
    let mut json = serde_json::from_slice(&entries["config.json"]).unwrap();
    change(&mut json);
    entries.insert("config.json".to_owned(), serde_json::to_vec(&json).unwrap());
    entries
}

fn node(json: &mut Json, name: &str) -> usize {
    let nodes = json["graph"]["nodes"].as_array().unwrap();
    nodes.iter().position(|node| node["name"] == name).unwrap()
}

/// Files of a few kilobytes, each of which asks for gigabytes, and a word of why it is refused.
fn greedy() -> Vec<(&'static str, Entries, &'static str)> {
    let settings = |name: &'static str, setting: &'static str, value: Json| {
        with_config(move |json| {
            let position = node(json, name);
            json["graph"]["nodes"][position]["layer"]["settings"][setting] = value;
        })
    };
    let layer = |name: &'static str, component: &'static str, settings: Json| {
        with_config(move |json| {
            let position = node(json, name);
            json["graph"]["nodes"][position]["layer"] = json!({"component": component, "settings": settings});
        })
    };
    let within = json!({"component": "Upsample", "settings": {"factors": [400_000_000]}});
    let spread = json!({"channels": 1, "kernel": 2, "stride": 400_000_000});
    let columns = |change: fn(&mut Json)| {
        with_config(move |json| {
            let columns = json["graph"]["inputs"][0]["schema"]["columns"].as_array_mut().unwrap();
            change(columns.iter_mut().find(|column| column["name"] == "steps").unwrap());
        })
    };
    let mut nulls = sequences();
    let rows = ipc::batches(nulls["data/cell.arrow"].clone()).unwrap().remove(0);
    let position = rows.schema().index_of("features.x.raw").unwrap();
    let mut fields: Vec<Field> = rows.schema().fields().iter().map(|field| field.as_ref().clone()).collect();
    fields[position] = Field::new("features.x.raw", DataType::Null, true);
    let mut arrays: Vec<ArrayRef> = rows.columns().to_vec();
    arrays[position] = Arc::new(NullArray::new(rows.num_rows()));
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    nulls.insert("data/cell.arrow".to_owned(), ipc::to_bytes(&rows).unwrap());
    vec![
        ("hidden", settings("hidden", "hidden", json!([60_000, 60_000])), "node `hidden` asks for"),
        ("widths", settings("hidden", "hidden", json!([1, 300_000_000, 1])), "node `hidden` asks for"),
        ("channels", settings("windows", "channels", json!(400_000_000)), "node `windows` asks for"),
        ("positions", layer("pooled", "Upsample", json!({"factors": [400_000_000]})), "node `pooled` asks for"),
        ("element", layer("pooled", "Sequential", json!({"layers": {"layers": [within]}})), "node `pooled` asks for"),
        ("sizes", layer("pooled", "AdaptiveAvgPool", json!({"sizes": [400_000_000]})), "node `pooled` asks for"),
        ("stride", layer("windows", "ConvTranspose1d", spread), "node `windows` asks for"),
        ("state", settings("code", "hidden", json!(30_000)), "node `code` asks for"),
        ("layers", settings("code", "layers", json!(100_000_000)), "node `code` asks for"),
        ("length", columns(|steps| steps["shape"] = json!([400_000_000, 1])), "padded to"),
        ("nulls", nulls, "is of type Null"),
    ]
}

#[test]
fn small_files_that_ask_for_gigabytes_are_refused() {
    for (name, entries, why) in greedy() {
        let refused = open(entries).expect_err(name).text;
        assert!(refused.contains(why), "{name}: {refused}");
    }
    assert!(open(sequences()).is_ok());
}

/// The same in a process that gets so much address space: with it, one of these files alone would end it.
#[cfg(target_os = "linux")]
#[test]
fn refusing_takes_no_memory() {
    const CHILD: &str = "MODULARML_TEST_REFUSES";
    if std::env::var_os(CHILD).is_some() {
        for (name, entries, _) in greedy() {
            assert!(open(entries).is_err(), "{name}");
        }
        println!("all refused");
        return;
    }
    let test = "archive::tests::limits::refusing_takes_no_memory";
    let script = format!("ulimit -v 1000000; exec \"$0\" --exact {test} --nocapture");
    let mut shell = Command::new("sh");
    shell.args(["-c", &script]).arg(std::env::current_exe().unwrap()).env(CHILD, "1").env("RAYON_NUM_THREADS", "1");
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("all refused"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Who means it may load a file whose weights are few and whose windows are many.
#[test]
fn the_limit_can_be_raised() {
    let longer = |factor: usize| {
        let entries = with_config(|json| {
            let columns = json["graph"]["inputs"][0]["schema"]["columns"].as_array_mut().unwrap();
            let steps = columns.iter_mut().find(|column| column["name"] == "steps").unwrap();
            steps["shape"] = json!([40_000, 1]);
        });
        Saved::from_entries(entries)?.experiment(&Registry::new().memory_factor(factor))
    };
    assert!(longer(1).is_err_and(|problem| problem.text.contains("Registry::memory_factor")));
    let loaded = longer(10_000).unwrap();
    let rows = loaded.split("cell", "train").unwrap();
    assert_eq!(rows.shape("steps").unwrap().axes(), [40_000, 1]);
}

#[test]
fn an_exchanged_entry_is_noticed_unless_it_is_meant() {
    let (original, file) = saved();
    let entries = container::read(&file.0).unwrap();
    let checked = |entries: Entries| Saved::checked(entries, |_| true)?.experiment(&Registry::new());
    assert!(checked(entries.clone()).is_ok());
    // Weights of another run, as valid as these.
    let (_, other) = {
        let mut other = build(study(), rows(60, 1.0)).again(8, 0).unwrap();
        other.progress(Progress::Silent).run_phase("first").unwrap();
        let file = Temporary::new("other.mml");
        other.save(&file.0).unwrap();
        (other, file)
    };
    let others = container::read(&other.0).unwrap();
    for entry in ["weights.safetensors", "splits.safetensors", "optimizers.safetensors", "scalers.safetensors"] {
        let mut changed = entries.clone();
        changed.insert(entry.to_owned(), others[entry].clone());
        if changed == entries {
            continue;
        }
        let refused = checked(changed.clone()).expect_err(entry).text;
        assert!(refused.starts_with(&format!("entry `{entry}` is not the one that was saved")), "{refused}");
        // Python that edits an entry writes its digest as well.
        let mut manifest: Json = serde_json::from_slice(&changed["manifest.json"]).unwrap();
        manifest["digests"][entry] = json!(crate::digest::Digest::of(&changed[entry]));
        changed.insert("manifest.json".to_owned(), serde_json::to_vec(&manifest).unwrap());
        assert!(checked(changed).is_ok(), "{entry}");
    }
    let mut more = entries.clone();
    more.insert("notes.txt".to_owned(), b"mine".to_vec());
    assert!(checked(more).is_err_and(|problem| problem.text.contains("does not list")));
    let mut fewer = entries.clone();
    fewer.remove("splits.safetensors");
    assert!(checked(fewer).is_err_and(|problem| problem.text.contains("has no entry `splits.safetensors`")));
    assert_eq!(weights(&Session::load(&file.0, &Registry::new()).unwrap()), weights(&original));
}

/// What joins large inputs, or maps each position alone, holds little and loads.
#[test]
fn ordinary_graphs_of_large_shapes_load() {
    let values = |row: u8| -> Vec<f32> { (0..8 * 32 * 32u16).map(|at| f32::from(row) + f32::from(at)).collect() };
    let image = (0..8u8).flat_map(values).collect::<arrow::array::Float32Array>();
    let item = Arc::new(Field::new("item", DataType::Float32, false));
    let image: ArrayRef = Arc::new(arrow::array::FixedSizeListArray::new(item, 8 * 32 * 32, Arc::new(image), None));
    let y: ArrayRef = Arc::new((0..8u8).map(f32::from).collect::<arrow::array::Float32Array>());
    let batch = RecordBatch::try_from_iter([("image", image), ("y", y)]).unwrap();
    let rows = Reader::dynamic().features(["image"]).targets(["y"]).batches([batch]).unwrap();
    let graph = GraphBuilder::new("Net")
        .input("cell", rows.schema())
        .optimizer(Adam::lr(1e-2))
        .node("a", Reshape::to([64, 128]), ["cell.image"])
        .node("b", crate::graph::Relu, ["a"])
        .node("sum", crate::graph::Add::new(), ["a", "b"])
        .node("each", crate::graph::PositionwiseLinear::to(256), ["sum"])
        .node("mean", GlobalAvgPool, ["each"])
        .node("y", Linear::new(), Reads::of(["mean"]).predicts("cell.y"));
    let study = ExperimentBuilder::new("Study", graph.spec())
        .seed(3)
        .split("cell", Random::ratios([("train", 0.5), ("test", 0.5)]))
        .train("fit", |phase| phase.feed("cell", Batches::of(4), "train").loss(L1, ["y", "cell.y"]).epochs(1))
        .build(vec![rows.view()])
        .unwrap();
    open(entries(&study)).unwrap();
}

/// What loading keeps for the life of the process is kept once: a service that loads again and again does not grow.
#[cfg(target_os = "linux")]
#[test]
fn loading_again_and_again_keeps_nothing() {
    let resident = || {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmData:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<usize>().unwrap()
    };
    let entries = sequences();
    let load = |times: usize| {
        for _ in 0..times {
            open(entries.clone()).unwrap();
        }
    };
    load(50);
    let before = resident();
    load(400);
    let grown = resident().saturating_sub(before);
    // A kilobyte for each would be 400; other tests run beside this one.
    assert!(grown < 64 << 10, "grew by {grown} kB");
}
