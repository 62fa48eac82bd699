//! Models that leave for PyTorch, and weights that come from there.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::process::Command;

use candle_core::{DType, Device, Tensor};
use modularml::experiment::{ExperimentBuilder, Session};
use modularml::graph::{GraphBuilder, Precision, Reads};
use modularml::layers::*;
use modularml::losses::*;
use modularml::prelude::*;
use modularml_tests::numbers;

/// What the layers read.
#[derive(SampleSchema)]
struct Cell {
    #[feat]
    x: [f32; 4],
    #[feat]
    warm: f32,
    #[feat]
    volts: [[f32; 8]; 2],
    #[feat]
    image: [[[f32; 6]; 6]; 2],
    #[feat]
    steps: [[f32; 3]; 5],
    #[feat]
    #[classes("a", "b", "c")]
    kind: Class,
    #[feat]
    code: u8,
    #[feat(missing = allow)]
    holes: [f32; 3],
    #[target]
    soh: f32,
    #[target]
    #[classes("low", "middle", "high")]
    grade: Class,
}

model_graph! {
    /// Every layer that has a module, with settings that are not those by default.
    #[optimizer(Adam::lr(1e-2))]
    graph All(cell: Cell) {
        conv_a = Conv1d::channels(4).kernel(3).stride(2).padding(1)(cell.volts);
        conv_b = Conv1d::channels(4).kernel(2).same().groups(2).padding_mode(Padding::Circular)(conv_a);
        pool_a = MaxPool1d::kernel(2).stride(1)(conv_b);
        spread_a = ConvTranspose1d::channels(2).kernel(3).stride(2).output_padding(1).no_bias()(pool_a);
        pool_b = AvgPool1d::kernel(2).padding(1).without_padding()(spread_a);
        up_a = Upsample::by([2])(pool_b);
        covered = AdaptiveAvgPool::to([3])(up_a);
        most_a = GlobalMaxPool(covered);
        image_a = Conv2d::channels(3).kernel([3, 3]).padding([1, 1])(cell.image);
        image_b = MaxPool2d::kernel([2, 2])(image_a);
        image_c = AvgPool2d::kernel([2, 1]).partial()(image_b);
        image_d = ConvTranspose2d::channels(2).kernel([2, 2]).stride([2, 1])(image_c);
        image_e = Upsample::to([6, 6]).interpolation(Interpolation::Linear)(image_d);
        image_f = BatchNorm.momentum(0.2)(image_e);
        image_g = GlobalAvgPool(image_f);
        over_time = Reshape::to([1, 2, 6, 6])(cell.image);
        volume_a = Conv3d::channels(2).kernel([2, 2, 2]).same()(over_time);
        volume_b = MaxPool3d::kernel([1, 2, 2])(volume_a);
        volume_c = Upsample::by([1, 2, 1]).interpolation(Interpolation::AlignedLinear)(volume_b);
        volume_d = ConvTranspose3d::channels(1).kernel([2, 2, 2])(volume_c);
        volume_e = AvgPool3d::kernel([1, 2, 2]).stride([1, 1, 1])(volume_d);
        volume_f = BatchNorm.no_affine()(volume_e);
        volume_g = GlobalAvgPool(volume_f);
        net = Cnn1d::channels([3, 4]).kernel(4).pool(3).dropout(0.1).activation(Activation::Gelu).output([4])(cell.volts);
        residual = Residual::around([LayerNorm, Linear::to([8]), Silu, Linear])(net);
        rnn = Rnn::hidden(3).last()(cell.steps);
        lstm = Lstm::hidden(2).layers(2).bidirectional().dropout(0.2)(cell.steps);
        lstm_end = Lstm::hidden(2).bidirectional().last()(cell.steps);
        gru = Gru::hidden(4).no_bias()(cell.steps);
        seen = MultiHeadAttention::heads(2).causal()(lstm);
        block = TransformerEncoder::heads(2).feed_forward(6).pre_norm().dropout(0.1)(gru);
        after = TransformerEncoder::heads(2).causal().activation(Activation::Gelu)(gru);
        mean_of = MeanOfSequence(seen);
        most_of = MaxOfSequence(block);
        end_of = LastOfSequence(after);
        sum_of = SumOfSequence(gru);
        each = PositionwiseLinear::to(2)(cell.steps);
        each_flat = Flatten(each);
        kind = Embedding::size(3)(cell.kind);
        code = Embedding::size(3).entries(7).padding(0)(cell.code);
        amount = Linear::to([3])(cell.code.as_number());
        one_hot = OneHot(cell.kind);
        pooled = AttentionPool::hidden(4)(kind, code, amount);
        a = Linear::to([2, 3])(cell.x);
        b = Linear::to([2, 3]).no_bias()(cell.warm);
        sum = Add(a, b);
        product = Multiply(a, b);
        crossed = Bilinear::to([2, 3])(sum, product);
        mean = Mean(sum, product, crossed);
        stacked = Stack::axis(0)(sum, mean);
        turned = Transpose(stacked);
        flat = Reshape::to([4, 3])(turned);
        short = Linear::to([2, 2])(cell.x);
        padded = Concat::axis(0).pad(Padding::Zeros).pad_value(0.5)(flat, short);
        grouped = GroupNorm::groups(3)(padded);
        normed = LayerNorm.axes(2).no_bias()(grouped);
        dropped = Dropout::probability(0.2)(normed);
        merged = Flatten(dropped);
        f = Linear::to([4])(cell.x);
        functions = Sequential::of([Relu, LeakyRelu.slope(0.2), Elu.alpha(0.5), Selu, Gelu, GeluTanh, Silu, Mish])(f);
        more = Sequential::of([Tanh, Hardtanh, Sigmoid, Softplus.beta(2.0), Softsign, Hardswish, Relu6, Hardsigmoid, PRelu])(f);
        rows = Reshape::to([2, 2])(f);
        over = Sequential::of([Softmax.axis(0), LogSoftmax.axis(-2), Hardtanh.low(-3.0).high(0.5), PRelu.per_channel(), Flatten])(rows);
        filled = FillMissing::with(-1.0)(cell.holes);
        missing = IsMissing(cell.holes);
        deep = Mlp::hidden([6, 5]).output([3]).activation(Activation::Softplus).dropout(0.3).output_activation(Activation::LogSoftmax)(cell.x);
        all = Concat::axis(-1)(
            most_a, image_g, volume_g, residual, rnn, lstm_end, mean_of, most_of, end_of, sum_of, each_flat, pooled, one_hot,
            merged, functions, more, over, filled, missing, deep
        );
        soh = Linear(all) -> cell.soh;
        grade = ProportionalOdds(all) -> cell.grade;
        #[output]
        best = ArgMax(grade);
    }
}

experiment! {
    experiment Everything for All {
        seed = 3;
        split cell = Random::ratios(train: 0.75, test: 0.25);
        train learn {
            feed cell = Batches::of(6).drop_last()(train);
            loss = Mse(soh, cell.soh) + Nll(grade, cell.grade);
            epochs = 2;
        }
        eval check { feed cell = test; error = L1(soh, cell.soh); }
    }
}

/// Numbers that no generator makes alike.
fn wave(row: u16, place: usize) -> f32 {
    let place = u16::try_from(place).unwrap();
    (f32::from(row * 37 + place * 11) * 0.7).sin() * 1.5
}

fn cell(row: u16) -> Cell {
    Cell {
        x: std::array::from_fn(|at| wave(row, at)),
        warm: wave(row, 5),
        volts: std::array::from_fn(|channel| std::array::from_fn(|at| wave(row, 10 + channel * 8 + at))),
        image: std::array::from_fn(|channel| {
            std::array::from_fn(|line| std::array::from_fn(|at| wave(row, 30 + channel * 36 + line * 6 + at)))
        }),
        steps: std::array::from_fn(|step| std::array::from_fn(|at| wave(row, 110 + step * 3 + at))),
        kind: Class::new(u32::from(row) % 3),
        code: u8::try_from(row % 7).unwrap(),
        holes: std::array::from_fn(|at| if (usize::from(row) + at) % 4 == 0 { f32::NAN } else { wave(row, 130 + at) }),
        soh: wave(row, 140),
        grade: Class::new(u32::from(row) / 2 % 3),
    }
}

/// The Python with torch, where there is one; a test without it says that it was skipped.
fn python() -> Option<String> {
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python).args(["-c", "import torch, safetensors"]).output();
    let is_there = found.is_ok_and(|found| found.status.success());
    if !is_there {
        println!("skipped: {python} has no torch; see tests/python/README.md");
    }
    is_there.then_some(python)
}

/// Compares the module in a folder with what the nodes give for these columns.
fn compare(folder: &Path, columns: &HashMap<String, Tensor>, outputs: &HashMap<String, Tensor>) {
    let Some(python) = python() else { return };
    candle_core::safetensors::save(columns, folder.join("columns.safetensors")).unwrap();
    candle_core::safetensors::save(outputs, folder.join("expected.safetensors")).unwrap();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/run_torch.py");
    let ran = Command::new(python).arg(script).arg(folder).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    print!("{}", String::from_utf8_lossy(&ran.stdout));
}

struct Folder(std::path::PathBuf);

impl Folder {
    fn named(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("modularml-torch-{}-{name}", std::process::id())))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

#[test]
fn every_layer_computes_in_pytorch_what_it_computes_here() {
    let cells = FeatureSet::from_rows((0..24).map(cell)).unwrap();
    let mut study = Everything::new(cells.clone()).unwrap();
    study.progress(Progress::Silent).run().unwrap();
    let folder = Folder::named("all");
    study.session().export_torch(&folder.0).unwrap();
    let view = cells.view();
    let predictions = study.session().predict(std::slice::from_ref(&view)).unwrap();
    let outputs = predictions.names().into_iter();
    let outputs = outputs.map(|name| (name.to_owned(), predictions.get(name).unwrap().clone())).collect();
    let keys = ["x", "warm", "volts", "image", "steps", "kind", "code", "holes"];
    let columns = keys.map(|key| {
        let column = view.tensor(key, Representation::Raw, DType::F32).unwrap().to_dtype(DType::F32).unwrap();
        (format!("cell.{key}"), column)
    });
    compare(&folder.0, &columns.into(), &outputs);
}

#[derive(SampleSchema)]
struct Pulse {
    #[feat]
    voltage: [f64; 3],
    #[feat(length = 4)]
    path: Vec<f64>,
    #[feat]
    at: Timestamp,
    #[target]
    soh: f64,
}

fn pulses() -> FeatureSet<Pulse> {
    let pulse = |row: u32| Pulse {
        voltage: [f64::from(row), 1.0 / (1.0 + f64::from(row)), 3.0],
        path: vec![f64::from(row); usize::try_from(row).unwrap() % 4 + 1],
        at: Timestamp::from_nanos(i64::from(row) * 3_600_000_000_000),
        soh: 1.0 - f64::from(row) / 9.0,
    };
    FeatureSet::from_rows((0..8).map(pulse)).unwrap()
}

fn session(graph: GraphBuilder, scaled: &[&str]) -> Result<Session> {
    let graph = graph.precision(Precision::F64).spec();
    let study = ExperimentBuilder::new("SohStudy", graph)
        .seed(4)
        .split("pulse", Random::ratios([("train", 0.75), ("test", 0.25)]));
    scaled
        .iter()
        .fold(study, |study, column| study.scale(column, [Standard::new()], "train"))
        .train("all", |phase| phase.feed("pulse", Batches::of(3), "train").loss(Mse, ["soh", "pulse.soh"]).epochs(1))
        .build(vec![pulses().view()])
}

fn graph() -> GraphBuilder {
    GraphBuilder::new("SohNet").input("pulse", Pulse::SCHEMA).optimizer(Adam::lr(1e-3))
}

/// The module reads scaled columns and gives outputs as the node gives them, in f64 where the graph has it.
#[test]
fn a_graph_in_f64_stays_one_and_reads_what_the_scalers_give() {
    let soh = Reads::of(["code"]).predicts("pulse.soh");
    let graph = graph().node("code", Mlp::hidden([4]).output([2]), ["pulse.voltage"]).node("soh", Linear::new(), soh);
    let session = session(graph, &["pulse.voltage", "pulse.soh"]).unwrap();
    let folder = Folder::named("f64");
    session.export_torch(&folder.0).unwrap();
    let text = std::fs::read_to_string(folder.0.join("model.py")).unwrap();
    assert!(text.contains("pulse.voltage: f64 of (3,), scaled as in scalers.safetensors of an .mml file"), "{text}");
    assert!(!text.contains("class _Gru"), "{text}");
    let train = session.split("pulse", "train").unwrap();
    let code = session.predict(std::slice::from_ref(&train)).unwrap().get("code").unwrap().clone();
    // Mean and deviation of the training rows, as scikit-learn's StandardScaler has them.
    let soh = train.numbers("soh", Representation::Raw).unwrap();
    let count = f64::from(u32::try_from(soh.len()).unwrap());
    let mean = soh.iter().sum::<f64>() / count;
    let deviation = (soh.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / count).sqrt();
    let raw = session.predict(std::slice::from_ref(&train)).unwrap().get("soh").unwrap().clone();
    let scaled = ((raw - mean).unwrap() / deviation).unwrap();
    let columns = train.tensor("voltage", Representation::Transformed, DType::F64).unwrap();
    let outputs = HashMap::from([("code".to_owned(), code), ("soh".to_owned(), scaled)]);
    compare(&folder.0, &HashMap::from([("pulse.voltage".to_owned(), columns)]), &outputs);
}

#[test]
fn what_has_no_module_is_refused_by_its_node() {
    let refused = |graph: GraphBuilder| {
        let folder = Folder::named("refused");
        let error = session(graph, &[]).unwrap().export_torch(&folder.0).unwrap_err();
        assert!(!folder.0.exists());
        let Error::Node { node, .. } = &error else { panic!("{error}") };
        (node.clone(), error.to_string())
    };
    let soh = |from: &str| Reads::of([from]).predicts("pulse.soh");
    let (node, text) = refused(graph().node("hour", Hour::new(), ["pulse.at"]).node("soh", Linear::new(), soh("hour")));
    assert!(node == "hour" && text.contains("Hour makes numbers of times; give them as numbers"), "{text}");
    let (node, text) = refused(graph().node("soh", Mlp::hidden([3]), soh("pulse.path")));
    assert!(node == "soh" && text.contains("sequences whose rows differ in length"), "{text}");
    let forward = graph().node("forward", Linear::to([2]), ["pulse.voltage"]);
    let (node, text) = refused(forward.node("soh", Linear::new(), soh("forward")));
    assert!(node == "forward" && text.contains("give the node another one"), "{text}");
    let lambda = graph().node("lambda", Linear::to([2]), ["pulse.voltage"]);
    assert_eq!(refused(lambda.node("soh", Linear::new(), soh("lambda"))).0, "lambda");
}

/// Weights of `golden/torch_weights.py`.
fn golden() -> (std::path::PathBuf, BTreeMap<String, Tensor>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/torch_weights.safetensors");
    let tensors = candle_core::safetensors::load(&path, &Device::Cpu).unwrap();
    (path, tensors.into_iter().collect())
}

#[derive(SampleSchema)]
struct Steps {
    #[feat]
    x: [[f32; 3]; 5],
    #[target]
    y: f32,
}

model_graph! {
    #[optimizer(Adam::lr(1e-3))]
    graph Net(steps: Steps) {
        code = Mlp::hidden([4]).output([3])(steps.x);
        map = BatchNorm(code);
        conv = Conv1d::channels(2).kernel(2)(steps.x);
        gru = Gru::hidden(2).layers(2)(steps.x);
        lstm = Lstm::hidden(2).bidirectional()(steps.x);
        flat_conv = Flatten(conv);
        flat_gru = Flatten(gru);
        flat_lstm = Flatten(lstm);
        all = Concat::axis(0)(map, flat_conv, flat_gru, flat_lstm);
        y = Linear(all) -> steps.y;
    }
}

experiment! {
    experiment Study for Net {
        seed = 1;
        split steps = Random::ratios(train: 0.5, test: 0.5);
        train all { feed steps = Batches::of(2)(train); loss = Mse(y, steps.y); epochs = 1; }
        eval test { feed steps = test; error = L1(y, steps.y); }
    }
}

const NAMES: [(&str, &str); 6] = [
    ("backbone.0", "code.0"),
    ("backbone.2", "code.1"),
    ("norm", "map"),
    ("filters", "conv"),
    ("gru", "gru"),
    ("lstm", "lstm"),
];

fn study(x: &Tensor) -> (Study, FeatureSet<Steps>) {
    let rows = x.to_vec3::<f32>().unwrap().into_iter().map(|row| {
        let x: Vec<[f32; 3]> = row.into_iter().map(|step| step.try_into().unwrap()).collect();
        Steps { x: x.try_into().unwrap(), y: 0.0 }
    });
    let steps = FeatureSet::from_rows(rows).unwrap();
    (Study::new(steps.clone()).unwrap(), steps)
}

#[test]
fn weights_of_pytorch_compute_here_what_they_compute_there() {
    let (path, tensors) = golden();
    let (mut study, steps) = study(&tensors["x"]);
    study.session_mut().load_weights(&path, NAMES).unwrap();
    let outputs = study.predict(&steps).unwrap();
    for (name, output) in [("map", outputs.map), ("conv", outputs.conv), ("gru", outputs.gru), ("lstm", outputs.lstm)] {
        let expected = numbers(&tensors[&format!("expected.{name}")]);
        let found = numbers(&output);
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-6, "{name}: {found} {expected}");
        }
    }
    // Trained on with the weights that came.
    study.progress(Progress::Silent).run().unwrap();
}

#[test]
fn weights_are_taken_all_or_none() {
    let (path, tensors) = golden();
    let (mut study, _) = study(&tensors["x"]);
    let before = study.session().graph().state().unwrap();
    let mut refused = |names: &[(&str, &str)]| {
        let error = study.session_mut().load_weights(&path, names.iter().copied()).unwrap_err();
        let after = study.session().graph().state().unwrap();
        for (name, tensor) in &before {
            assert_eq!(numbers(tensor), numbers(&after[name]), "{name}");
        }
        assert!(matches!(error, Error::File { .. }));
        error.to_string()
    };
    let text = refused(&[("backbone.0", "code.0"), ("backbone.0.weight", "code.1.weight")]);
    assert!(text.contains("`backbone.0.weight` has shape [4, 15], `code.1.weight` has [3, 4]"), "{text}");
    assert!(text.ends_with("nothing was changed"), "{text}");
    let text = refused(&[("backbone.0", "code.0"), ("backbon.2", "code.1")]);
    assert!(text.contains("the file has no `backbon.2`; did you mean `backbone.2"), "{text}");
    let text = refused(&[("backbone.0", "codes.0")]);
    assert!(text.contains("the graph has no `codes.0.bias`; did you mean `code.0.bias`"), "{text}");
    let text = refused(&[("gru.weight_hh_l0", "gru.weight_hh_l0"), ("gru.weight_hh_l1", "gru.weight_hh_l0")]);
    assert!(text.contains("`gru.weight_hh_l0` and `gru.weight_hh_l1` would both become `gru.weight_hh_l0`"), "{text}");
    let text = refused(&[]);
    assert!(text.contains("no name of a tensor is given"), "{text}");
    let nothing: [(&str, &str); 1] = [("a", "b")];
    assert!(study.session_mut().load_weights("no such file", nothing).is_err());
    let cargo = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let text = study.session_mut().load_weights(cargo, nothing).unwrap_err().to_string();
    assert!(text.contains("is no safetensors file"), "{text}");
}
