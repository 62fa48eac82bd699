//! Networks in ONNX as nodes: against onnxruntime, saved and loaded without their files, and refused where they do not fit.

use std::fs;
use std::path::{Path, PathBuf};

use modularml::candle_core::{DType, Device, Tensor};
use modularml::data::Shape;
use modularml::experiment::Session;
use modularml::graph::{Layer, LayerBuild, Mode};
use modularml::layers::*;
use modularml::losses::*;
use modularml::metrics::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml::{Error, FileFault, Registry};
use modularml_tests::mutate::Mutator;
use modularml_tests::{difference, numbers, tensor};
use serde_json::Value;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

/// A path that lives as long as the process, as those in components do.
fn path(name: &str) -> &'static str {
    folder().join("networks").join(name).to_string_lossy().into_owned().leak()
}

fn build(onnx: Onnx, inputs: &[&[usize]], output: &[usize], dtype: DType) -> Result<Box<dyn Layer>> {
    onnx.spec().build(LayerBuild {
        inputs: inputs.iter().map(|dims| Shape::new(dims)).collect(),
        column: None,
        target: None,
        output: Shape::new(output),
        dtype,
        device: Device::Cpu,
        rng: Rng::new(5, Purpose::Weights, Place::default()),
    })
}

#[test]
fn networks_give_what_onnxruntime_gives() {
    let golden: Value = serde_json::from_slice(&fs::read(folder().join("networks.json")).unwrap()).unwrap();
    for (name, inputs, output, names) in [
        ("backbone", vec![&[4usize] as &[usize]], &[3usize] as &[usize], vec!["x"]),
        ("one_row", vec![&[4]], &[3], vec!["x"]),
        ("codes_and_numbers", vec![&[4], &[]], &[4], vec!["x", "codes"]),
        ("convolution", vec![&[2, 8]], &[4], vec!["x"]),
    ] {
        let case = &golden[if name == "one_row" { "backbone" } else { name }];
        for dtype in [DType::F32, DType::F64] {
            let layer = build(Onnx::file(path(&format!("{name}.onnx"))), &inputs, output, dtype).unwrap();
            let given: Vec<Tensor> = names.iter().map(|of| tensor(&case["inputs"][of], dtype)).collect();
            let found = layer.forward(&given, &mut Mode::Eval).unwrap();
            assert_eq!(found.dtype(), dtype);
            let expected = tensor(&case["output"], dtype);
            assert_eq!(found.dims(), expected.dims());
            let apart = difference(&numbers(&found), &numbers(&expected), 1.0);
            assert!(apart < 1e-6, "{name}: {apart}");
        }
    }
    let layer = build(Onnx::file(path("two_outputs.onnx")).result("code"), &[&[4]], &[3], DType::F32).unwrap();
    let given = tensor(&golden["backbone"]["inputs"]["x"], DType::F32);
    let found = layer.forward(&[given], &mut Mode::Eval).unwrap();
    let apart = difference(&numbers(&found), &numbers(&tensor(&golden["backbone"]["output"], DType::F32)), 1.0);
    assert!(apart < 1e-6, "{apart}");
}

#[test]
fn what_does_not_fit_is_refused_when_it_is_built() {
    let refused = |onnx: Onnx, inputs: &[&[usize]], output: &[usize]| {
        build(onnx, inputs, output, DType::F32).map(drop).expect_err("it does not fit").to_string()
    };
    let file = |name: &str| Onnx::file(path(name));
    for (onnx, inputs, output, expected) in [
        (
            file("backbone.onnx"),
            &[&[5usize] as &[usize]] as &[&[usize]],
            &[3usize] as &[usize],
            "input 0 is declared as [any, 4], and the node reads [rows] and [5] behind it",
        ),
        (file("backbone.onnx"), &[&[4]], &[128], "gives [3] for a row, and the node states [128]; write .output([3])"),
        (file("backbone.onnx"), &[&[4], &[4]], &[3], "declares 1 inputs, and the node reads 2"),
        (file("backbone.onnx").result("cod"), &[&[4]], &[3], "has no output `cod`; outputs: code"),
        (file("two_outputs.onnx"), &[&[4]], &[3], "has 2 outputs; take one by .result(\"..\"): a, code"),
        (file("eight_rows.onnx"), &[&[4]], &[3], "declares batches of 8 rows"),
        (file("random.onnx"), &[&[4]], &[4], "draws random numbers (RandomNormalLike)"),
        (file("unknown.onnx"), &[&[4]], &[4], "has operators that are not known here: Optional, OptionalGetElement"),
        (file("huge.onnx"), &[&[4]], &[], "Tile makes a value by the sizes [1, 1099511627776]"),
        (file("outside.onnx"), &[&[4]], &[3], "keeps the numbers of `w1` in another file"),
    ] {
        let found = refused(onnx, inputs, output);
        assert!(found.contains(expected), "{found}\n{expected}");
    }
    let gone = build(Onnx::file("gone.onnx"), &[&[4]], &[3], DType::F32).map(drop);
    assert!(matches!(gone, Err(Error::File { fault: FileFault::System(_), .. })), "{gone:?}");
    let text = std::env::temp_dir().join(format!("modularml-no-network-{}.onnx", std::process::id()));
    fs::write(&text, "pulse,soh\n1,2\n").unwrap();
    let found = refused(Onnx::file(text.to_string_lossy().into_owned().leak()), &[&[4]], &[3]);
    assert!(found.contains("is no file of ONNX, or damaged"), "{found}");
    fs::remove_file(&text).unwrap();
}

#[derive(SampleSchema, Clone)]
struct Pulse {
    #[feat]
    voltage: [f32; 4],
    #[target]
    soh: f32,
    #[tag]
    fold: u32,
}

fn pulses() -> FeatureSet<Pulse> {
    let pulse = |row: u32| {
        #[allow(clippy::cast_precision_loss)]
        let value = row as f32 / 24.0;
        Pulse { voltage: [value, 1.0 - value, value * value, 0.5], soh: value, fold: row % 3 }
    };
    FeatureSet::from_rows((0..24).map(pulse)).unwrap()
}

/// Where the test below puts its network, and takes it away again.
const MOVED: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/moved.onnx");

model_graph! {
    #[optimizer(Adam::lr(0.02))]
    graph Net(pulse: Pulse) {
        backbone = Onnx::file(MOVED).output([3])(pulse.voltage);
        soh = Mlp::hidden([8])(backbone) -> pulse.soh;
    }
}

experiment! {
    experiment Study for Net {
        seed = 7;
        folds pulse = KFold::of(3) into train, test;
        train regress {
            feed pulse = Batches::of(4).shuffled()(train);
            loss = Mse(soh, pulse.soh);
            epochs = 3;
        }
        eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
    }
}

#[test]
fn a_saved_study_runs_without_the_file() {
    fs::copy(path("backbone.onnx"), MOVED).unwrap();
    let rows = pulses();
    let mut study = Study::new(rows.clone()).unwrap();
    study.progress(Progress::Silent);
    study.run().unwrap();
    let saved = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moved.mml");
    study.save(&saved).unwrap();
    let expected = numbers(&study.session().predict(&[rows.view()]).unwrap().get("soh").unwrap().clone());
    let refused = study.session().to_onnx().map(drop).expect_err("a network in a network").to_string();
    assert!(refused.contains("`backbone`") && refused.contains("Onnx: it is a network in ONNX itself"), "{refused}");
    let second = study.session().again(7, 1).unwrap();
    let drawn = numbers(&second.predict(&[rows.view()]).unwrap().get("soh").unwrap().clone());

    fs::remove_file(MOVED).unwrap();
    let gone = Study::new(rows.clone()).map(drop).expect_err("the file is gone").to_string();
    assert!(gone.contains("moved.onnx"), "{gone}");
    for mut session in
        [Session::load(&saved, &Registry::new()).unwrap(), Session::load_into(Study::spec(), &saved).unwrap()]
    {
        session.progress(Progress::Silent);
        let found = numbers(&session.predict(&[rows.view()]).unwrap().get("soh").unwrap().clone());
        assert_eq!(found, expected, "the same bits");
        // Another fold, and another device, are other graphs of the same file.
        let again = session.again(7, 1).unwrap();
        assert_eq!(numbers(&again.predict(&[rows.view()]).unwrap().get("soh").unwrap().clone()), drawn);
        session.device("cpu").unwrap();
        session.run().unwrap();
    }

    // Another network at the place of the first is not taken for it.
    fs::copy(path("one_row.onnx"), MOVED).unwrap();
    let other = Session::load(&saved, &Registry::new()).unwrap();
    let found = numbers(&other.predict(&[rows.view()]).unwrap().get("soh").unwrap().clone());
    assert_eq!(found, expected);
    let state = other.graph().state().unwrap();
    assert_eq!(state["backbone.model"].dtype(), DType::U8);
    let mut damaged = state.clone();
    let bytes: Vec<u8> = state["backbone.model"].to_vec1().unwrap();
    let cut = Tensor::from_vec(bytes[1..].to_vec(), bytes.len() - 1, &Device::Cpu).unwrap();
    damaged.insert("backbone.model".to_owned(), cut);
    let mut layer = build(Onnx::file(path("backbone.onnx")), &[&[4]], &[3], DType::F32).unwrap();
    let of_node = |state: &std::collections::BTreeMap<String, Tensor>| {
        state.iter().filter_map(|(name, it)| Some((name.strip_prefix("backbone.")?.to_owned(), it.clone()))).collect()
    };
    layer.set_state(&of_node(&state)).unwrap();
    let refused = layer.set_state(&of_node(&damaged)).map(drop).expect_err("it is damaged").to_string();
    assert!(refused.contains("SHA-256 differs"), "{refused}");
    for path in [Path::new(MOVED), &saved] {
        fs::remove_file(path).unwrap();
    }
}

/// Set to run more mutations than the few thousand of each build: `MODULARML_MUTATIONS=1000000`.
const MUTATIONS: &str = "MODULARML_MUTATIONS";

/// Damaged networks are errors or run; none ends the program. The same ones in each run.
#[test]
fn damaged_networks_are_refused() {
    let names =
        ["backbone", "one_row", "two_outputs", "codes_and_numbers", "convolution", "huge", "outside", "unknown"];
    let seeds: Vec<Vec<u8>> = names.iter().map(|name| fs::read(path(&format!("{name}.onnx"))).unwrap()).collect();
    let count = std::env::var(MUTATIONS).ok().and_then(|count| count.parse().ok()).unwrap_or(4_000);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutated.onnx");
    let onnx = Onnx::file(file.to_string_lossy().into_owned().leak());
    let x = |dims: &[usize]| Tensor::full(0.5f32, dims, &Device::Cpu).unwrap();
    let hook = std::panic::take_hook();
    // What tract gives up on is caught, and would fill the screen.
    std::panic::set_hook(Box::new(|_| {}));
    let mut mutator = Mutator::new(11);
    let (mut built, mut ran) = (0, 0);
    for _ in 0..count {
        fs::write(&file, mutator.bytes(&seeds)).unwrap();
        let shapes: [(&[&[usize]], &[usize]); 3] = [(&[&[4]], &[3]), (&[&[4], &[]], &[4]), (&[&[2, 8]], &[4])];
        for (inputs, output) in shapes {
            let Ok(layer) = build(onnx, inputs, output, DType::F32) else { continue };
            built += 1;
            let given: Vec<Tensor> = inputs.iter().map(|dims| x(&[&[2], *dims].concat())).collect();
            ran += usize::from(layer.forward(&given, &mut Mode::Eval).is_ok());
        }
    }
    std::panic::set_hook(hook);
    fs::remove_file(&file).unwrap();
    println!("{count} mutations, of which {built} are networks, and {ran} of them run");
    assert!(built > 0 && ran > 0, "{built} {ran}");
}
