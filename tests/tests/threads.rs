//! Layers and optimizers give the same bits with one and with two threads: outputs, gradients, and what steps make of
//! parameters.

use std::collections::BTreeSet;
use std::process::Command;

use candle_core::{DType, Device, Tensor, Var};
use modularml::Registry;
use modularml::data::{ColumnSpec, Domain, Dtype, Shape};
use modularml::graph::{
    Change, FitRows, Fitting, LayerBuild, LayerSpec, Learns, Mode, OptimizerSpec, Predicts, ShapeRule, Times,
};
use modularml::layers::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::gradients::random;

/// A network in ONNX.
const BACKBONE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/networks/backbone.onnx");

/// Set in the processes that the test below starts: they print their bits and end.
const PRINTS_BITS: &str = "MODULARML_TEST_PRINTS_BITS";

/// A layer with the dimensions of its inputs and output without the rows.
type Row = (LayerSpec, Vec<Vec<usize>>, Vec<usize>);

/// What a layer is fitted to.
fn predicted(fitting: Fitting, output: &[usize]) -> Option<ColumnSpec> {
    let column = |dtype| ColumnSpec::new("y", Domain::Target, dtype, Shape::new(output));
    match fitting.predicts {
        Predicts::Nothing => None,
        Predicts::Classes => Some(ColumnSpec { classes: &["a", "b", "c"], ..column(Dtype::Class) }),
        Predicts::Numbers | Predicts::NumbersOrClasses => Some(column(Dtype::F32)),
    }
}

fn row(layer: impl Into<LayerSpec>, inputs: &[&[usize]], output: &[usize]) -> Row {
    (layer.into(), inputs.iter().map(|dims| dims.to_vec()).collect(), output.to_vec())
}

/// The bits of an output and of all gradients in f32, of sizes that are worth a second thread: where layers share out
/// their work, they do 20 million multiplications and more.
fn bits((spec, inputs, output): &Row) -> Vec<u32> {
    let numbers = |tensor: Tensor| {
        let numbers = tensor.to_dtype(DType::F32).and_then(|tensor| tensor.flatten_all()).unwrap();
        numbers.to_vec1::<f32>().unwrap().into_iter().map(f32::to_bits).collect::<Vec<u32>>()
    };
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let shapes = inputs.iter().map(|dims| Shape::new(dims)).collect();
    let times = match spec.shape {
        ShapeRule::OfTime { times: Times::Spans, .. } => Some(Dtype::TimeDelta),
        ShapeRule::OfTime { .. } => Some(Dtype::Timestamp),
        _ => None,
    };
    // An interval has three numbers for each of the target.
    let of_target = &output[..output.len() - usize::from(matches!(spec.shape, ShapeRule::Several(_)))];
    let build = LayerBuild {
        inputs: shapes,
        column: times.map(|dtype| ColumnSpec::new("at", Domain::Feature, dtype, Shape::SCALAR)),
        target: spec.learns.fitting().and_then(|fitting| predicted(fitting, of_target)),
        output: Shape::new(output),
        dtype: DType::F32,
        device: Device::Cpu,
        rng,
    };
    let mut layer = spec.build(build).unwrap();
    let of_rows = |dims: &[usize], seed| random(&[&[128], dims].concat(), seed).to_dtype(DType::F32).unwrap();
    let variable = |(dims, seed): (&Vec<usize>, u64)| {
        let x = of_rows(dims, seed);
        let codes = || x.abs().and_then(|x| x.floor()).unwrap();
        let nanos = || x.affine(1e17, 0.0).and_then(|x| x.to_dtype(DType::I64)).unwrap();
        let x = match times {
            Some(_) => nanos(),
            None if matches!(spec.shape, ShapeRule::Embedded { .. }) => codes(),
            None => x.clone(),
        };
        Var::from_tensor(&x).unwrap()
    };
    let x: Vec<Var> = inputs.iter().zip(1..).map(variable).collect();
    let inputs: Vec<Tensor> = x.iter().map(|x| x.as_tensor().clone()).collect();
    if matches!(spec.learns, Learns::ByFit(_)) {
        let rng = Rng::new(7, Purpose::Fit, Place::default());
        let target = match spec.learns.fitting().map(|fitting| fitting.predicts) {
            Some(Predicts::Classes) => {
                let classes = u32::try_from(output.iter().product::<usize>()).unwrap();
                Tensor::from_iter((0..128).map(|row| row * 7 % classes), &Device::Cpu).unwrap()
            }
            _ => of_rows(of_target, 9),
        };
        layer.fit(FitRows { inputs: inputs.clone(), target: Some(target), weights: None, rng }).unwrap();
    }
    let mut mode = Mode::Train(Rng::new(3, Purpose::Noise, Place::default()));
    let y = layer.forward(&inputs, &mut mode).unwrap();
    let learned: Vec<Var> = layer.parameters().into_iter().map(|(_, parameter)| parameter).collect();
    if !spec.passes_gradient && learned.is_empty() {
        return numbers(y);
    }
    let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
    let found = learned.into_iter().chain(x).filter_map(|parameter| gradients.get(&parameter).cloned());
    [y].into_iter().chain(found).flat_map(numbers).collect()
}

/// The bits of the parameters of a layer after three steps.
fn stepped(spec: &OptimizerSpec) -> Vec<u32> {
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let (inputs, output) = (vec![Shape::new(&[200])], Shape::new(&[150]));
    let linear = Linear::new().spec();
    let layer = linear
        .build(LayerBuild { inputs, column: None, target: None, output, dtype: DType::F32, device: Device::Cpu, rng })
        .unwrap();
    let x = random(&[128, 200], 1).to_dtype(DType::F32).unwrap();
    let mut optimizer = spec.build().unwrap();
    for _ in 0..3 {
        let y = layer.forward(std::slice::from_ref(&x), &mut Mode::Eval).unwrap();
        let gradients = y.sqr().unwrap().mean_all().unwrap().backward().unwrap();
        let learned = layer.parameters();
        let changes = learned.iter().map(|(name, parameter)| {
            let gradient = gradients.get(parameter).unwrap();
            Change { name, parameter, gradient }
        });
        optimizer.step(&changes.collect::<Vec<_>>()).unwrap();
    }
    let numbers = |parameter: Var| parameter.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    layer.parameters().into_iter().flat_map(|(_, parameter)| numbers(parameter)).map(f32::to_bits).collect()
}

/// Layers that are fitted to all rows at once.
fn fitted() -> Vec<Row> {
    vec![
        row(Ridge::penalty(0.1), &[&[100]], &[20]),
        row(DecisionTree::depth(6), &[&[100]], &[20]),
        row(RandomForest::trees(5), &[&[100]], &[20]),
        row(ExtraTrees::trees(5), &[&[100]], &[20]),
        row(GradientBoosting::rounds(3), &[&[100]], &[20]),
        row(IsolationForest::trees(5), &[&[100]], &[]),
        row(LinearRegression::new(), &[&[100]], &[20]),
        row(Lasso::penalty(0.1), &[&[100]], &[2]),
        row(ElasticNet::penalty(0.1), &[&[200]], &[2]),
        row(LogisticRegression::penalty(1.0), &[&[20]], &[3]),
        row(SupportVectors::cost(1.0), &[&[100]], &[2]),
        row(GaussianProcess::new().starts(1), &[&[10]], &[2]),
        row(NearestNeighbours::k(5), &[&[100]], &[20]),
        row(NaiveBayes::new(), &[&[100]], &[3]),
        row(Pca::components(20), &[&[100]], &[20]),
        row(KMeans::clusters(9), &[&[100]], &[9]),
        row(GaussianMixture::components(4), &[&[20]], &[4]),
        row(Isotonic, &[&[3]], &[3]),
        row(Platt, &[&[3]], &[3]),
        row(Conformal::coverage(0.9), &[&[20]], &[20, 3]),
    ]
}

fn layers() -> Vec<Row> {
    let block: &[LayerSpec] = const { &[LayerNorm::new().spec(), Linear::to([96]).spec(), Gelu.spec()] };
    let mut rows = vec![
        row(Linear::new(), &[&[500]], &[400]),
        row(Mlp::hidden([512, 400]), &[&[200]], &[50]),
        row(Conv1d::channels(64).padding(1), &[&[16, 64]], &[64, 64]),
        row(Conv2d::channels(16), &[&[8, 18, 18]], &[16, 16, 16]),
        row(Conv3d::channels(8), &[&[4, 10, 10, 10]], &[8, 8, 8, 8]),
        row(ConvTranspose1d::channels(64).padding(1), &[&[16, 64]], &[64, 64]),
        row(ConvTranspose2d::channels(16).stride([2, 2]), &[&[8, 16, 16]], &[16, 33, 33]),
        row(ConvTranspose3d::channels(8), &[&[4, 8, 8, 8]], &[8, 10, 10, 10]),
        row(Upsample::by([2, 2]).interpolation(Interpolation::Linear), &[&[8, 16, 16]], &[8, 32, 32]),
        row(MaxPool3d::kernel([2, 2, 2]), &[&[4, 10, 10, 10]], &[4, 5, 5, 5]),
        row(AvgPool3d::kernel([2, 2, 2]), &[&[4, 10, 10, 10]], &[4, 5, 5, 5]),
        row(Cnn1d::channels([32, 64]).pool(2), &[&[128]], &[20]),
        row(Rnn::hidden(96).layers(2), &[&[20, 32]], &[20, 96]),
        row(Lstm::hidden(64).bidirectional().last(), &[&[20, 32]], &[128]),
        row(Gru::hidden(64).dropout(0.1).layers(2), &[&[20, 32]], &[20, 64]),
        row(MultiHeadAttention::heads(4), &[&[40, 64]], &[40, 64]),
        row(TransformerEncoder::heads(4).feed_forward(96).dropout(0.1), &[&[40, 64]], &[40, 64]),
        row(Embedding::size(64).entries(2), &[&[40]], &[40, 64]),
        row(IsMissing::new(), &[&[40, 50]], &[40, 50]),
        row(FillMissing::with(0.0), &[&[40, 50]], &[40, 50]),
        row(ProportionalOdds::new(), &[&[40]], &[5]),
        row(OneHot::new().entries(2), &[&[40]], &[40, 2]),
        row(Hour::new().cyclic(), &[&[]], &[2]),
        row(DayOfWeek::new(), &[&[]], &[1]),
        row(DayOfYear::new().cyclic(), &[&[]], &[2]),
        row(Month::new(), &[&[]], &[1]),
        row(Elapsed::since("2026-01-01"), &[&[]], &[1]),
        row(Days::new(), &[&[]], &[1]),
        row(Sequential::of(block), &[&[150]], &[96]),
        row(Residual::around(block), &[&[96]], &[96]),
        row(Concat::axis(-1), &[&[40, 50], &[40, 70]], &[40, 120]),
        row(Bilinear::to([30]), &[&[100], &[80]], &[30]),
        row(Add::new(), &[&[2000], &[2000]], &[2000]),
        row(AttentionPool::hidden(64), &[&[200], &[200]], &[200]),
        row(Multiply::new(), &[&[2000], &[2000]], &[2000]),
        row(Mean::new(), &[&[2000], &[2000]], &[2000]),
        row(Stack::axis(0), &[&[2000], &[2000]], &[2, 2000]),
        row(Dropout::probability(0.4), &[&[2000]], &[2000]),
        row(Flatten, &[&[40, 50]], &[2000]),
        row(Transpose, &[&[50, 40]], &[40, 50]),
        row(Reshape::to([50, 40]), &[&[2000]], &[50, 40]),
        row(LayerNorm::new(), &[&[40, 50]], &[40, 50]),
        row(BatchNorm::new(), &[&[40, 50]], &[40, 50]),
        row(GroupNorm::groups(4), &[&[40, 50]], &[40, 50]),
        row(MaxPool1d::kernel(2), &[&[16, 100]], &[16, 50]),
        row(AvgPool1d::kernel(2), &[&[16, 100]], &[16, 50]),
        row(MaxPool2d::kernel([2, 2]), &[&[8, 16, 16]], &[8, 8, 8]),
        row(AvgPool2d::kernel([2, 2]), &[&[8, 16, 16]], &[8, 8, 8]),
        row(AdaptiveAvgPool::to([7]), &[&[16, 100]], &[16, 7]),
        row(GlobalAvgPool, &[&[16, 100]], &[16]),
        row(GlobalMaxPool, &[&[16, 100]], &[16]),
        row(PRelu::new().per_channel(), &[&[40, 50]], &[40, 50]),
        row(PositionwiseLinear::to(30), &[&[100, 16]], &[100, 30]),
        row(MeanOfSequence, &[&[100, 16]], &[16]),
        row(SumOfSequence, &[&[100, 16]], &[16]),
        row(MaxOfSequence, &[&[100, 16]], &[16]),
        row(LastOfSequence, &[&[100, 16]], &[16]),
        row(ArgMax, &[&[2000]], &[]),
        row(Onnx::file(BACKBONE), &[&[4]], &[3]),
    ];
    let activations: Vec<LayerSpec> = vec![
        Relu.spec(),
        Relu6.spec(),
        Hardsigmoid.spec(),
        LeakyRelu::new().spec(),
        Elu::new().spec(),
        Selu.spec(),
        Gelu.spec(),
        GeluTanh.spec(),
        Silu.spec(),
        Mish.spec(),
        Tanh.spec(),
        Hardtanh::new().spec(),
        Sigmoid.spec(),
        Softmax::new().spec(),
        LogSoftmax::new().spec(),
        Softplus::new().spec(),
        Softsign.spec(),
        Hardswish.spec(),
    ];
    rows.extend(activations.into_iter().map(|activation| row(activation, &[&[40, 50]], &[40, 50])));
    rows.extend(fitted());
    rows
}

fn optimizers() -> Vec<OptimizerSpec> {
    vec![
        Sgd::lr(0.1).momentum(0.9).spec(),
        Asgd::lr(0.1).spec(),
        Adam::lr(0.1).spec(),
        AdamW::lr(0.1).spec(),
        NAdam::lr(0.1).spec(),
        RAdam::lr(0.1).spec(),
        Adamax::lr(0.1).spec(),
        Adagrad::lr(0.1).spec(),
        Adadelta::lr(0.1).spec(),
        RmsProp::lr(0.1).spec(),
        Rprop::lr(0.1).spec(),
        Lbfgs::lr(0.1).spec(),
        Lion::lr(0.1).spec(),
    ]
}

/// A sum over the bits of each layer and optimizer, which any other bit changes.
fn sums() -> Vec<(&'static str, u64)> {
    let sum = |bits: Vec<u32>| {
        bits.into_iter().fold(0u64, |sum, bit| sum.rotate_left(5) ^ u64::from(bit).wrapping_mul(0x9e37_79b9_7f4a_7c15))
    };
    let layers = layers().into_iter().map(|row| (row.0.name, sum(bits(&row))));
    layers.chain(optimizers().iter().map(|spec| (spec.name, sum(stepped(spec))))).collect()
}

#[test]
fn every_layer_and_optimizer_has_a_row() {
    let names: BTreeSet<&str> = layers().iter().map(|(spec, ..)| spec.name).collect();
    assert_eq!(names, Registry::new().layers().collect());
    let names: BTreeSet<&str> = optimizers().iter().map(|spec| spec.name).collect();
    assert_eq!(names, Registry::new().optimizers().collect());
}

#[test]
fn one_and_two_threads_give_the_same_bits() {
    let here = format!("{:?}", sums());
    if std::env::var_os(PRINTS_BITS).is_some() {
        println!("{here}");
        return;
    }
    for threads in ["1", "2"] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "one_and_two_threads_give_the_same_bits", "--nocapture"])
            .env("RAYON_NUM_THREADS", threads)
            .env(PRINTS_BITS, "yes")
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(&here), "{threads} threads give other bits:\n{here}\n{text}");
    }
}
