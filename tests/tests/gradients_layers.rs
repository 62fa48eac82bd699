//! Gradients of layers against finite differences, in f64: of inputs and parameters, for several shapes, a batch of one
//! row and inputs that are not contiguous.

use std::collections::BTreeSet;

use candle_core::{DType, Device};
use modularml::Registry;
use modularml::data::Shape;
use modularml::graph::{LayerBuild, LayerSpec, Mode};
use modularml::layers::*;
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::gradients::{Layers, random};
use modularml_tests::{difference, numbers};

/// The tables below, a test each.
macro_rules! compared {
    ($($area:ident),* $(,)?) => {
        const AREAS: &[fn(&mut Layers)] = &[$($area),*];
        mod gradients_are_those_of_finite_differences {
            $(#[test] fn $area() { super::$area(&mut super::Layers::Compared); })*
        }
    };
}

compared!(
    linear_layers,
    merges,
    activations_and_shapes,
    norms,
    convolutions,
    transposed_convolutions,
    upsampling,
    pools,
    recurrent,
    attention,
    layers_of_layers
);

#[test]
fn every_layer_is_compared() {
    // No gradient passes these, and that of a table of vectors stands with the tests of embeddings.
    let mut layers = Layers::Named(BTreeSet::from([
        "ArgMax",
        "DecisionTree",
        "ExtraTrees",
        "GradientBoosting",
        "IsolationForest",
        "RandomForest",
        "LinearRegression",
        "Ridge",
        "Lasso",
        "ElasticNet",
        "LogisticRegression",
        "SupportVectors",
        "GaussianProcess",
        "NearestNeighbours",
        "NaiveBayes",
        "Pca",
        "KMeans",
        "GaussianMixture",
        "Isotonic",
        "Platt",
        "Conformal",
        "Embedding",
        "OneHot",
        "IsMissing",
        "Hour",
        "DayOfWeek",
        "DayOfYear",
        "Month",
        "Elapsed",
        "Days",
        "Onnx",
    ]));
    for area in AREAS {
        area(&mut layers);
    }
    let Layers::Named(compared) = layers else { return };
    assert_eq!(compared, Registry::new().layers().collect());
}

fn linear_layers(layers: &mut Layers) {
    layers.row("Linear", Linear::new(), &[&[3]], &[2], &[1, 4]);
    layers.row("Linear without a bias", Linear::new().no_bias(), &[&[3]], &[2], &[1, 4]);
    layers.row("Linear of many axes", Linear::to([2, 3]), &[&[3, 2]], &[2, 3], &[1, 4]);
    layers.row("FillMissing", FillMissing::with(0.5), &[&[3, 2]], &[3, 2], &[2]);
    layers.row("ProportionalOdds", ProportionalOdds::new(), &[&[3]], &[4], &[1, 4]);
    layers.row("ProportionalOdds of two classes", ProportionalOdds::new(), &[&[2, 2]], &[2], &[3]);
    layers.row("Linear of single numbers", Linear::new(), &[&[]], &[], &[1, 4]);
    for activation in Activation::ALL {
        let mlp = Mlp::hidden([6, 5]).activation(activation);
        layers.row(&format!("Mlp with {}", activation.name()), mlp, &[&[3]], &[2], &[4]);
        let mlp = Mlp::hidden([6]).output_activation(activation);
        layers.row(&format!("Mlp ending in {}", activation.name()), mlp, &[&[3]], &[8], &[4]);
    }
    layers.row("Mlp with dropout", Mlp::hidden([16, 16]).dropout(0.4), &[&[3]], &[2], &[6]);
}

fn merges(layers: &mut Layers) {
    layers.row("Concat", Concat::axis(-1), &[&[2], &[3], &[1]], &[6], &[1, 4]);
    for padding in Padding::ALL {
        let padded = Concat::axis(0).pad(padding).pad_value(0.5);
        layers.row(&format!("Concat with {}", padding.name()), padded, &[&[2, 3], &[1, 5]], &[3, 5], &[1, 3]);
    }
    layers.row("Bilinear", Bilinear::new(), &[&[3], &[2]], &[2], &[1, 4]);
    layers.row("Bilinear of axes", Bilinear::to([2, 2]).no_bias(), &[&[2, 2], &[3]], &[2, 2], &[1, 4]);
    layers.row("Bilinear of single numbers", Bilinear::to([2]), &[&[], &[3]], &[2], &[1, 4]);
    layers.row("Add", Add::new(), &[&[2, 3], &[2, 3], &[2, 3]], &[2, 3], &[1, 3]);
    layers.row("AttentionPool", AttentionPool::hidden(3), &[&[4], &[4], &[4]], &[4], &[1, 3]);
    layers.row("AttentionPool of images", AttentionPool::hidden(2), &[&[2, 3], &[2, 3]], &[2, 3], &[1, 3]);
    layers.row("Add of two", Add::new(), &[&[5], &[5]], &[5], &[1, 3]);
    layers.row("Multiply", Multiply::new(), &[&[4], &[4], &[4]], &[4], &[1, 3]);
    layers.row("Multiply of matrices", Multiply::new(), &[&[2, 3], &[2, 3]], &[2, 3], &[1, 3]);
    layers.row("Mean of matrices", Mean::new(), &[&[2, 3], &[2, 3]], &[2, 3], &[1, 3]);
    layers.row("Mean", Mean::new(), &[&[4], &[4], &[4]], &[4], &[1, 3]);
    layers.row("Stack", Stack::axis(0), &[&[4], &[4]], &[2, 4], &[1, 3]);
    layers.row("Stack on the last axis", Stack::axis(-1), &[&[2, 3], &[2, 3]], &[2, 3, 2], &[1, 3]);
    layers.row("Concat on the first axis", Concat::axis(0), &[&[2, 3], &[1, 3]], &[3, 3], &[1, 4]);
}

fn activations_and_shapes(layers: &mut Layers) {
    let activations: Vec<LayerSpec> = vec![
        Relu.into(),
        Selu.into(),
        Gelu.into(),
        GeluTanh.into(),
        Silu.into(),
        Mish.into(),
        Tanh.into(),
        Hardtanh::new().into(),
        Sigmoid.into(),
        Softmax::new().into(),
        LogSoftmax::new().into(),
        Softsign.into(),
        Hardswish.into(),
    ];
    for activation in activations {
        for dims in [&[4, 3][..], &[5], &[2, 1, 3]] {
            layers.row(activation.name, activation, &[dims], dims, &[1, 4]);
        }
    }
    layers.row("Softmax of positions", Softmax::new().axis(0), &[&[4, 3]], &[4, 3], &[1, 4]);
    layers.row("Softmax of rows of an image", Softmax::new().axis(-2), &[&[2, 3, 2]], &[2, 3, 2], &[1, 4]);
    layers.row("LogSoftmax of channels", LogSoftmax::new().axis(-3), &[&[3, 2, 2]], &[3, 2, 2], &[1, 4]);
    layers.row("LogSoftmax of a vector", LogSoftmax::new().axis(0), &[&[5]], &[5], &[1, 4]);
    layers.row("Hardtanh of shares", Hardtanh::new().low(-0.3).high(1.6), &[&[7]], &[7], &[1, 4]);
    layers.row("LeakyRelu", LeakyRelu::new().slope(0.3), &[&[5]], &[5], &[1, 4]);
    layers.row("Elu", Elu::new().alpha(0.3), &[&[5]], &[5], &[1, 4]);
    layers.row("Softplus", Softplus::new().beta(3.0).threshold(2.0), &[&[5]], &[5], &[1, 4]);
    layers.row("Flatten", Flatten, &[&[2, 3]], &[6], &[1, 4]);
    layers.row("Flatten of three axes", Flatten, &[&[2, 1, 3]], &[6], &[1, 4]);
    layers.row("Transpose", Transpose, &[&[2, 3]], &[3, 2], &[1, 4]);
    layers.row("Transpose of three axes", Transpose, &[&[2, 3, 2]], &[2, 2, 3], &[1, 2]);
    layers.row("Reshape", Reshape::to([3, 2]), &[&[2, 3]], &[3, 2], &[1, 4]);
    layers.row("Reshape to a vector", Reshape::to([8]), &[&[2, 2, 2]], &[8], &[1, 3]);
    layers.row("Dropout", Dropout::probability(0.4), &[&[8, 3]], &[8, 3], &[1, 4]);
    layers.row("Dropout of a vector", Dropout::probability(0.2), &[&[12]], &[12], &[1, 4]);
    layers.row("LeakyRelu of images", LeakyRelu::new(), &[&[2, 3, 2]], &[2, 3, 2], &[1, 3]);
    layers.row("Elu of images", Elu::new(), &[&[2, 3, 2]], &[2, 3, 2], &[1, 3]);
    layers.row("Softplus of images", Softplus::new(), &[&[2, 3, 2]], &[2, 3, 2], &[1, 3]);
}

fn norms(layers: &mut Layers) {
    layers.row("LayerNorm", LayerNorm::new(), &[&[5]], &[5], &[1, 4]);
    layers.row("LayerNorm over two axes", LayerNorm::new().axes(2).no_bias(), &[&[2, 3, 4]], &[2, 3, 4], &[1, 3]);
    layers.row("GroupNorm", GroupNorm::groups(2), &[&[4, 3]], &[4, 3], &[1, 3]);
    layers.row("GroupNorm of vectors", GroupNorm::groups(1).epsilon(0.1), &[&[6]], &[6], &[1, 3]);
    layers.row("BatchNorm", BatchNorm::new(), &[&[3]], &[3], &[4, 5]);
    layers.row("BatchNorm of positions", BatchNorm::new(), &[&[3, 4]], &[3, 4], &[1, 3]);
    layers.row("BatchNorm of images", BatchNorm::new().no_affine(), &[&[2, 2, 3]], &[2, 2, 3], &[1, 3]);
}

fn convolutions(layers: &mut Layers) {
    layers.row("Conv1d", Conv1d::channels(3), &[&[2, 6]], &[3, 4], &[1, 2]);
    let strided = Conv1d::channels(4).kernel(2).stride(2).padding(1).dilation(2).groups(2);
    layers.row("Conv1d with every setting", strided, &[&[2, 5]], &[4, 3], &[1, 2]);
    for padding in Padding::ALL {
        let conv = Conv1d::channels(2).padding(2).padding_mode(padding).no_bias();
        layers.row(&format!("Conv1d with {}", padding.name()), conv, &[&[2, 4]], &[2, 6], &[1, 2]);
    }
    // Wide enough that windows are read as lines of the input.
    layers.row("wide Conv1d", Conv1d::channels(9).padding(1), &[&[3, 11]], &[9, 11], &[1, 2]);
    let dilated = Conv1d::channels(16).kernel(4).padding(4).dilation(2).groups(2);
    layers.row("wide Conv1d in groups", dilated, &[&[4, 10]], &[16, 12], &[2]);
    layers.row("wide Conv2d of points", Conv2d::channels(8).kernel([1, 1]), &[&[8, 3, 4]], &[8, 3, 4], &[2]);
    layers.row("Conv2d", Conv2d::channels(2).kernel([2, 3]).padding([0, 1]), &[&[2, 3, 4]], &[2, 2, 4], &[1, 2]);
    for kernel in [2, 3, 4] {
        let same = Conv1d::channels(2).kernel(kernel).dilation(3).same();
        layers.row(&format!("Conv1d, kernel {kernel}, as long as it was"), same, &[&[2, 5]], &[2, 5], &[1, 2]);
    }
    let reflected = Conv1d::channels(2).kernel(4).same().padding_mode(Padding::Reflect);
    layers.row("Conv1d as long as it was, with Reflect", reflected, &[&[2, 5]], &[2, 5], &[1, 2]);
    layers.row("wide Conv1d as long as it was", Conv1d::channels(9).kernel(4).same(), &[&[3, 11]], &[9, 11], &[2]);
    let same = Conv2d::channels(2).kernel([2, 4]).dilation([1, 2]).same();
    layers.row("Conv2d as large as it was", same, &[&[1, 3, 4]], &[2, 3, 4], &[1, 2]);
    let volume = Conv3d::channels(2).kernel([2, 1, 2]).stride([1, 1, 2]).padding([0, 1, 0]).groups(2);
    layers.row("Conv3d", volume, &[&[2, 3, 2, 4]], &[2, 2, 4, 2], &[1, 2]);
    let same = Conv3d::channels(2).kernel([2, 3, 1]).same().no_bias();
    layers.row("Conv3d as large as it was", same, &[&[1, 2, 3, 2]], &[2, 2, 3, 2], &[1, 2]);
    let strided = Conv2d::channels(2).kernel([2, 2]).stride([2, 1]).dilation([1, 2]).groups(2);
    layers.row("Conv2d with every setting", strided, &[&[2, 4, 4]], &[2, 2, 2], &[1, 2]);
}

fn transposed_convolutions(layers: &mut Layers) {
    layers.row("ConvTranspose1d", ConvTranspose1d::channels(3), &[&[2, 4]], &[3, 6], &[1, 2]);
    let strided = ConvTranspose1d::channels(4).kernel(3).stride(2).padding(1).output_padding(1).groups(2);
    layers.row("ConvTranspose1d with every setting", strided.no_bias(), &[&[2, 4]], &[4, 8], &[1, 2]);
    let longer = ConvTranspose1d::channels(2).kernel(2).dilation(3).output_padding(2);
    layers.row("ConvTranspose1d with an end that nothing reaches", longer, &[&[1, 3]], &[2, 8], &[1, 2]);
    // Wide enough that windows are read as lines.
    let wide = ConvTranspose1d::channels(9).padding(1);
    layers.row("wide ConvTranspose1d", wide, &[&[8, 11]], &[9, 11], &[1, 2]);
    let dilated = ConvTranspose1d::channels(16).kernel(4).padding(2).dilation(2).groups(2).output_padding(1);
    layers.row("wide ConvTranspose1d in groups", dilated, &[&[16, 10]], &[16, 13], &[2]);
    let strided = ConvTranspose2d::channels(2).kernel([2, 3]).stride([2, 1]).padding([0, 1]).dilation([1, 2]);
    layers.row("ConvTranspose2d", strided.output_padding([1, 0]), &[&[2, 2, 3]], &[2, 5, 5], &[1, 2]);
    let volume = ConvTranspose3d::channels(1).kernel([2, 1, 2]).stride([1, 2, 2]);
    layers.row("ConvTranspose3d", volume, &[&[2, 1, 2, 2]], &[1, 2, 3, 4], &[1, 2]);
}

fn upsampling(layers: &mut Layers) {
    for interpolation in Interpolation::ALL {
        let name = interpolation.name();
        let twice = Upsample::by([2]).interpolation(interpolation);
        layers.row(&format!("Upsample by 2, {name}"), twice, &[&[2, 3]], &[2, 6], &[1, 2]);
        let sizes = Upsample::to([5, 3]).interpolation(interpolation);
        layers.row(&format!("Upsample to sizes, {name}"), sizes, &[&[2, 3, 2]], &[2, 5, 3], &[1, 2]);
        let one = Upsample::by([1, 3, 2]).interpolation(interpolation);
        layers.row(&format!("Upsample of a volume, {name}"), one, &[&[1, 2, 1, 2]], &[1, 2, 3, 4], &[1, 2]);
    }
}

fn pools(layers: &mut Layers) {
    layers.row("MaxPool1d", MaxPool1d::kernel(2), &[&[2, 5]], &[2, 2], &[1, 3]);
    let padded = MaxPool1d::kernel(3).stride(2).padding(1).partial();
    layers.row("MaxPool1d with padding", padded, &[&[2, 6]], &[2, 4], &[1, 3]);
    layers.row("MaxPool2d", MaxPool2d::kernel([2, 2]).stride([1, 2]), &[&[2, 3, 4]], &[2, 2, 2], &[1, 3]);
    layers.row("AvgPool1d", AvgPool1d::kernel(3).stride(1).padding(1), &[&[2, 4]], &[2, 4], &[1, 3]);
    let values = AvgPool1d::kernel(2).partial().without_padding();
    layers.row("AvgPool1d of values only", values, &[&[2, 5]], &[2, 3], &[1, 3]);
    layers.row("AvgPool2d", AvgPool2d::kernel([2, 2]).padding([1, 0]), &[&[2, 3, 4]], &[2, 2, 2], &[1, 3]);
    layers.row("AdaptiveAvgPool", AdaptiveAvgPool::to([3]), &[&[2, 7]], &[2, 3], &[1, 3]);
    layers.row("AdaptiveAvgPool of images", AdaptiveAvgPool::to([2, 2]), &[&[2, 3, 4]], &[2, 2, 2], &[1, 3]);
    layers.row("GlobalAvgPool", GlobalAvgPool, &[&[2, 3, 2]], &[2], &[1, 3]);
    layers.row("GlobalAvgPool of a sequence", GlobalAvgPool, &[&[3, 4]], &[3], &[1, 3]);
    layers.row("Relu6", Relu6, &[&[7]], &[7], &[1, 3]);
    layers.row("Hardsigmoid", Hardsigmoid, &[&[7]], &[7], &[1, 3]);
    layers.row("PRelu", PRelu::new(), &[&[3, 4]], &[3, 4], &[1, 3]);
    layers.row("PRelu of channels", PRelu::new().slope(-0.5).per_channel(), &[&[3, 4]], &[3, 4], &[1, 3]);
    layers.row("PositionwiseLinear", PositionwiseLinear::to(2), &[&[4, 3]], &[4, 2], &[1, 3]);
    layers.row("PositionwiseLinear of a vector", PositionwiseLinear::to(2).no_bias(), &[&[5]], &[2], &[1, 3]);
    layers.row("MeanOfSequence", MeanOfSequence, &[&[4, 3]], &[3], &[1, 3]);
    layers.row("MeanOfSequence of numbers", MeanOfSequence, &[&[5]], &[], &[1, 3]);
    layers.row("SumOfSequence", SumOfSequence, &[&[4, 3]], &[3], &[1, 3]);
    layers.row("SumOfSequence of numbers", SumOfSequence, &[&[5]], &[], &[1, 3]);
    layers.row("MaxOfSequence", MaxOfSequence, &[&[4, 3]], &[3], &[1, 3]);
    layers.row("LastOfSequence", LastOfSequence, &[&[4, 2, 3]], &[2, 3], &[1, 3]);
    layers.row("GlobalMaxPool of images", GlobalMaxPool, &[&[2, 2, 3]], &[2], &[1, 3]);
    let strided = MaxPool2d::kernel([2, 1]).stride([1, 1]).padding([1, 0]);
    layers.row("MaxPool2d with padding", strided, &[&[1, 3, 2]], &[1, 4, 2], &[1, 3]);
    layers.row("AvgPool2d of one channel", AvgPool2d::kernel([1, 2]), &[&[1, 2, 4]], &[1, 2, 2], &[1, 3]);
    layers.row("MaxPool3d", MaxPool3d::kernel([2, 1, 2]), &[&[2, 2, 2, 4]], &[2, 1, 2, 2], &[1, 3]);
    let padded = MaxPool3d::kernel([2, 2, 1]).stride([1, 2, 1]).padding([1, 0, 0]).partial();
    layers.row("MaxPool3d with padding", padded, &[&[1, 2, 3, 2]], &[1, 3, 2, 2], &[1, 3]);
    layers.row("AvgPool3d", AvgPool3d::kernel([2, 1, 2]).padding([1, 0, 0]), &[&[1, 2, 2, 4]], &[1, 2, 2, 2], &[1, 3]);
    let values = AvgPool3d::kernel([2, 2, 2]).stride([1, 1, 1]).padding([0, 1, 0]).without_padding();
    layers.row("AvgPool3d of values only", values, &[&[1, 2, 2, 3]], &[1, 1, 3, 2], &[1, 3]);
    layers.row("AdaptiveAvgPool of volumes", AdaptiveAvgPool::to([2, 1, 2]), &[&[1, 3, 2, 3]], &[1, 2, 1, 2], &[1, 3]);
    layers.row("GlobalMaxPool", GlobalMaxPool, &[&[2, 5]], &[2], &[1, 3]);
}

fn recurrent(layers: &mut Layers) {
    layers.row("Rnn", Rnn::hidden(3), &[&[4, 2]], &[4, 3], &[1, 3]);
    layers.row("Lstm", Lstm::hidden(3), &[&[4, 2]], &[4, 3], &[1, 3]);
    layers.row("Gru", Gru::hidden(3), &[&[4, 2]], &[4, 3], &[1, 3]);
    layers.row("two Rnns", Rnn::hidden(2).layers(2).bidirectional(), &[&[3, 2]], &[3, 4], &[1, 3]);
    layers.row("two Lstms", Lstm::hidden(2).layers(2).bidirectional().last(), &[&[3, 2]], &[4], &[1, 3]);
    layers.row("two Grus", Gru::hidden(2).layers(2).bidirectional().no_bias(), &[&[3, 1]], &[3, 4], &[1, 3]);
    layers.row("Lstm without biases", Lstm::hidden(2).no_bias().last(), &[&[2, 2]], &[2], &[1, 3]);
    layers.row("Gru with noise", Gru::hidden(6).layers(2).dropout(0.3).last(), &[&[3, 2]], &[6], &[1, 3]);
}

fn attention(layers: &mut Layers) {
    layers.row("attention", MultiHeadAttention::heads(2), &[&[3, 4]], &[3, 4], &[1, 3]);
    let causal = MultiHeadAttention::heads(1).causal().no_bias();
    layers.row("causal attention", causal, &[&[4, 3]], &[4, 3], &[1, 3]);
    layers.row("attention with noise", MultiHeadAttention::heads(2).dropout(0.3), &[&[3, 4]], &[3, 4], &[1, 3]);
    let block = TransformerEncoder::heads(2).activation(Activation::Gelu);
    layers.row("a block", block, &[&[3, 4]], &[3, 4], &[1, 3]);
    let noisy = TransformerEncoder::heads(1).feed_forward(5).dropout(0.2).pre_norm().causal();
    layers.row("a block with noise", noisy.activation(Activation::Tanh), &[&[2, 3]], &[2, 3], &[1, 3]);
}

#[allow(clippy::large_stack_arrays, reason = "constants stand in the program's data")]
fn layers_of_layers(layers: &mut Layers) {
    let chain = const { &[Conv1d::channels(3).padding(1).spec(), Tanh.spec(), Flatten.spec(), Linear::new().spec()] };
    layers.row("Sequential", Sequential::of(chain), &[&[2, 4]], &[3], &[1, 3]);
    let noisy = const { &[Linear::to([8]).spec(), Dropout::probability(0.4).spec(), Mlp::hidden([4]).spec()] };
    layers.row("Sequential with noise", Sequential::of(noisy), &[&[3]], &[2], &[6]);
    let around = const { &[LayerNorm::new().spec(), Linear::to([5]).spec(), Gelu.spec(), Linear::new().spec()] };
    layers.row("Residual", Residual::around(around), &[&[3]], &[3], &[1, 3]);
    layers.row("Cnn1d", Cnn1d::channels([2, 3]).activation(Activation::Tanh), &[&[2, 5]], &[2], &[1, 3]);
    let pooled = Cnn1d::channels([3, 2]).kernel(2).pool(2).dropout(0.2).activation(Activation::Gelu);
    layers.row("Cnn1d with pools", pooled, &[&[6]], &[2, 2], &[2]);
}

/// Sums over every kernel position by its definition.
#[test]
fn a_convolution_of_images_is_its_definition() {
    let (rows, channels, outputs, height, width) = (2, 3, 2, 4, 5);
    let (stride, padding, dilation) = ([2, 1], [1, 2], [1, 2]);
    let spec = Conv2d::channels(outputs).kernel([3, 2]).stride(stride).padding(padding).dilation(dilation).spec();
    let shapes = (Shape::new(&[channels, height, width]), Shape::new(&[outputs, 2, 7]));
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let build = LayerBuild {
        inputs: vec![shapes.0],
        column: None,
        target: None,
        output: shapes.1,
        dtype: DType::F64,
        device: Device::Cpu,
        rng,
    };
    let layer = spec.build(build).unwrap();
    let x = random(&[rows, channels, height, width], 1);
    let found = numbers(&layer.forward(std::slice::from_ref(&x), &mut Mode::Eval).unwrap());
    let state = layer.state().unwrap();
    let (x, weight, bias) = (numbers(&x), numbers(&state["weight"]), numbers(&state["bias"]));
    let mut expected = Vec::new();
    for (n, o) in (0..rows).flat_map(|n| (0..outputs).map(move |o| (n, o))) {
        for (i, j) in (0..2).flat_map(|i| (0..7).map(move |j| (i, j))) {
            let mut sum = bias[o];
            for (c, p, q) in (0..channels).flat_map(|c| (0..3).flat_map(move |p| (0..2).map(move |q| (c, p, q)))) {
                let (at, across) = (i * stride[0] + p * dilation[0], j * stride[1] + q * dilation[1]);
                if (padding[0]..padding[0] + height).contains(&at) && (padding[1]..padding[1] + width).contains(&across)
                {
                    let place = ((n * channels + c) * height + at - padding[0]) * width + across - padding[1];
                    sum += x[place] * weight[((o * channels + c) * 3 + p) * 2 + q];
                }
            }
            expected.push(sum);
        }
    }
    assert!(difference(&found, &expected, 1e-6) < 1e-12);
}

#[test]
fn a_convolution_of_wide_sequences_is_its_definition() {
    let (rows, channels, outputs, length) = (3, 4, 18, 21);
    for (kernel, stride, padding, dilation) in [(3, 1, 1, 1), (4, 1, 5, 2), (2, 1, 0, 3), (5, 1, 7, 1), (3, 2, 1, 1)] {
        let spec = Conv1d::channels(outputs).kernel(kernel).stride(stride).padding(padding).dilation(dilation).spec();
        let windows = (length + 2 * padding - dilation * (kernel - 1) - 1) / stride + 1;
        let rng = Rng::new(5, Purpose::Weights, Place::default());
        let (inputs, output) = (vec![Shape::new(&[channels, length])], Shape::new(&[outputs, windows]));
        let build =
            LayerBuild { inputs, column: None, target: None, output, dtype: DType::F64, device: Device::Cpu, rng };
        let layer = spec.build(build).unwrap();
        let x = random(&[rows, channels, length], 1);
        let found = numbers(&layer.forward(std::slice::from_ref(&x), &mut Mode::Eval).unwrap());
        let state = layer.state().unwrap();
        let (x, weight, bias) = (numbers(&x), numbers(&state["weight"]), numbers(&state["bias"]));
        let mut expected = Vec::new();
        for (n, o) in (0..rows).flat_map(|n| (0..outputs).map(move |o| (n, o))) {
            for window in 0..windows {
                let mut sum = bias[o];
                for (c, k) in (0..channels).flat_map(|c| (0..kernel).map(move |k| (c, k))) {
                    let at = window * stride + k * dilation;
                    if (padding..padding + length).contains(&at) {
                        let place = (n * channels + c) * length + at - padding;
                        sum += x[place] * weight[(o * channels + c) * kernel + k];
                    }
                }
                expected.push(sum);
            }
        }
        let off = difference(&found, &expected, 1.0);
        assert!(
            off < 1e-14,
            "kernel {kernel}, stride {stride}, padding {padding}, dilation {dilation}: off by {off:e}"
        );
    }
}

#[test]
fn batch_norm_of_one_value_says_so() {
    let spec = BatchNorm::new().spec();
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let build = LayerBuild {
        inputs: vec![Shape::new(&[3])],
        column: None,
        target: None,
        output: Shape::new(&[3]),
        dtype: DType::F64,
        device: Device::Cpu,
        rng,
    };
    let layer = spec.build(build).unwrap();
    let before = layer.state().unwrap();
    let mut training = Mode::Train(Rng::new(3, Purpose::Noise, Place::default()));
    let error = layer.forward(&[random(&[1, 3], 1)], &mut training).unwrap_err().to_string();
    assert!(error.contains("found a batch of 1 row; make batches larger"), "{error}");
    for (name, value) in layer.state().unwrap() {
        assert_eq!(numbers(&value), numbers(&before[&name]), "{name} changed");
    }
    assert_eq!(layer.parameters().len(), 2, "running values are no parameters");
    layer.forward(&[random(&[1, 3], 1)], &mut Mode::Eval).unwrap();
}

#[test]
fn group_norm_of_all_channels_is_a_layer_norm() {
    let build = |spec: LayerSpec, dims: &[usize]| {
        let rng = Rng::new(5, Purpose::Weights, Place::default());
        let build = LayerBuild {
            inputs: vec![Shape::new(dims)],
            column: None,
            target: None,
            output: Shape::new(dims),
            dtype: DType::F64,
            device: Device::Cpu,
            rng,
        };
        spec.build(build).unwrap()
    };
    let x = [random(&[3, 4, 5], 1)];
    let one_group = build(GroupNorm::groups(1).spec(), &[4, 5]).forward(&x, &mut Mode::Eval).unwrap();
    let whole = build(LayerNorm::new().axes(2).spec(), &[4, 5]).forward(&x, &mut Mode::Eval).unwrap();
    assert_eq!(numbers(&one_group), numbers(&whole));
    // A channel alone has mean 0 and variance v / (v + epsilon), which is 1 but for epsilon.
    let alone = build(GroupNorm::groups(4).epsilon(1e-12).spec(), &[4, 5]).forward(&x, &mut Mode::Eval).unwrap();
    for channel in numbers(&alone).chunks(5) {
        let (mean, square) = (channel.iter().sum::<f64>() / 5.0, channel.iter().map(|x| x * x).sum::<f64>() / 5.0);
        assert!(mean.abs() < 1e-12 && (square - 1.0).abs() < 1e-9, "{mean} {square}");
    }
}
