//! Gradients of layers against finite differences, in f64: of inputs and parameters, for several shapes, a batch of one
//! row and inputs that are not contiguous.

use candle_core::DType;
use modularml::data::Shape;
use modularml::graph::{LayerBuild, LayerSpec, Mode};
use modularml::prelude::*;
use modularml::random::{Place, Purpose};
use modularml_tests::gradients::{check_layer, random};
use modularml_tests::{difference, numbers};

#[test]
fn linear_layers() {
    check_layer("Linear", Linear::new(), &[&[3]], &[2], &[1, 4]);
    check_layer("Linear without a bias", Linear::new().no_bias(), &[&[3]], &[2], &[1, 4]);
    check_layer("Linear of many axes", Linear::to([2, 3]), &[&[3, 2]], &[2, 3], &[1, 4]);
    check_layer("Linear of single numbers", Linear::new(), &[&[]], &[], &[1, 4]);
    for activation in Activation::ALL {
        let mlp = Mlp::hidden([6, 5]).activation(activation);
        check_layer(&format!("Mlp with {}", activation.name()), mlp, &[&[3]], &[2], &[4]);
        let mlp = Mlp::hidden([6]).output_activation(activation);
        check_layer(&format!("Mlp ending in {}", activation.name()), mlp, &[&[3]], &[8], &[4]);
    }
    check_layer("Mlp with dropout", Mlp::hidden([16, 16]).dropout(0.4), &[&[3]], &[2], &[6]);
}

#[test]
fn merges() {
    check_layer("Concat", Concat::axis(-1), &[&[2], &[3], &[1]], &[6], &[1, 4]);
    for padding in Padding::ALL {
        let padded = Concat::axis(0).pad(padding).pad_value(0.5);
        check_layer(&format!("Concat with {}", padding.name()), padded, &[&[2, 3], &[1, 5]], &[3, 5], &[1, 3]);
    }
    check_layer("Add", Add::new(), &[&[2, 3], &[2, 3], &[2, 3]], &[2, 3], &[1, 3]);
    check_layer("Multiply", Multiply::new(), &[&[4], &[4], &[4]], &[4], &[1, 3]);
    check_layer("Mean", Mean::new(), &[&[4], &[4], &[4]], &[4], &[1, 3]);
    check_layer("Stack", Stack::axis(0), &[&[4], &[4]], &[2, 4], &[1, 3]);
    check_layer("Stack on the last axis", Stack::axis(-1), &[&[2, 3], &[2, 3]], &[2, 3, 2], &[1, 3]);
    check_layer("Concat on the first axis", Concat::axis(0), &[&[2, 3], &[1, 3]], &[3, 3], &[1, 4]);
}

#[test]
fn activations_and_shapes() {
    let activations: Vec<LayerSpec> = vec![
        Relu.into(),
        Selu.into(),
        Gelu.into(),
        GeluTanh.into(),
        Silu.into(),
        Mish.into(),
        Tanh.into(),
        Hardtanh.into(),
        Sigmoid.into(),
        Softmax.into(),
        LogSoftmax.into(),
        Softsign.into(),
        Hardswish.into(),
    ];
    for activation in activations {
        check_layer(activation.name, activation, &[&[4, 3]], &[4, 3], &[1, 4]);
    }
    check_layer("LeakyRelu", LeakyRelu::new().slope(0.3), &[&[5]], &[5], &[1, 4]);
    check_layer("Elu", Elu::new().alpha(0.3), &[&[5]], &[5], &[1, 4]);
    check_layer("Softplus", Softplus::new().beta(3.0).threshold(2.0), &[&[5]], &[5], &[1, 4]);
    check_layer("Flatten", Flatten, &[&[2, 3]], &[6], &[1, 4]);
    check_layer("Reshape", Reshape::to([3, 2]), &[&[2, 3]], &[3, 2], &[1, 4]);
    check_layer("Dropout", Dropout::probability(0.4), &[&[8, 3]], &[8, 3], &[1, 4]);
}

#[test]
fn norms() {
    check_layer("LayerNorm", LayerNorm::new(), &[&[5]], &[5], &[1, 4]);
    check_layer("LayerNorm over two axes", LayerNorm::new().axes(2).no_bias(), &[&[2, 3, 4]], &[2, 3, 4], &[1, 3]);
    check_layer("GroupNorm", GroupNorm::groups(2), &[&[4, 3]], &[4, 3], &[1, 3]);
    check_layer("GroupNorm of vectors", GroupNorm::groups(1).epsilon(0.1), &[&[6]], &[6], &[1, 3]);
    check_layer("BatchNorm", BatchNorm::new(), &[&[3]], &[3], &[4, 5]);
    check_layer("BatchNorm of positions", BatchNorm::new(), &[&[3, 4]], &[3, 4], &[1, 3]);
    check_layer("BatchNorm of images", BatchNorm::new().no_affine(), &[&[2, 2, 3]], &[2, 2, 3], &[1, 3]);
}

#[test]
fn convolutions() {
    check_layer("Conv1d", Conv1d::channels(3), &[&[2, 6]], &[3, 4], &[1, 2]);
    let strided = Conv1d::channels(4).kernel(2).stride(2).padding(1).dilation(2).groups(2);
    check_layer("Conv1d with every setting", strided, &[&[2, 5]], &[4, 3], &[1, 2]);
    for padding in Padding::ALL {
        let conv = Conv1d::channels(2).padding(2).padding_mode(padding).no_bias();
        check_layer(&format!("Conv1d with {}", padding.name()), conv, &[&[2, 4]], &[2, 6], &[1, 2]);
    }
    check_layer("Conv2d", Conv2d::channels(2).kernel([2, 3]).padding([0, 1]), &[&[2, 3, 4]], &[2, 2, 4], &[1, 2]);
    let strided = Conv2d::channels(2).kernel([2, 2]).stride([2, 1]).dilation([1, 2]).groups(2);
    check_layer("Conv2d with every setting", strided, &[&[2, 4, 4]], &[2, 2, 2], &[1, 2]);
}

#[test]
fn pools() {
    check_layer("MaxPool1d", MaxPool1d::kernel(2), &[&[2, 5]], &[2, 2], &[1, 3]);
    let padded = MaxPool1d::kernel(3).stride(2).padding(1).partial();
    check_layer("MaxPool1d with padding", padded, &[&[2, 6]], &[2, 4], &[1, 3]);
    check_layer("MaxPool2d", MaxPool2d::kernel([2, 2]).stride([1, 2]), &[&[2, 3, 4]], &[2, 2, 2], &[1, 3]);
    check_layer("AvgPool1d", AvgPool1d::kernel(3).stride(1).padding(1), &[&[2, 4]], &[2, 4], &[1, 3]);
    let values = AvgPool1d::kernel(2).partial().without_padding();
    check_layer("AvgPool1d of values only", values, &[&[2, 5]], &[2, 3], &[1, 3]);
    check_layer("AvgPool2d", AvgPool2d::kernel([2, 2]).padding([1, 0]), &[&[2, 3, 4]], &[2, 2, 2], &[1, 3]);
    check_layer("AdaptiveAvgPool", AdaptiveAvgPool::to([3]), &[&[2, 7]], &[2, 3], &[1, 3]);
    check_layer("AdaptiveAvgPool of images", AdaptiveAvgPool::to([2, 2]), &[&[2, 3, 4]], &[2, 2, 2], &[1, 3]);
    check_layer("GlobalAvgPool", GlobalAvgPool, &[&[2, 3, 2]], &[2], &[1, 3]);
    check_layer("GlobalMaxPool", GlobalMaxPool, &[&[2, 5]], &[2], &[1, 3]);
}

/// Sums over every kernel position by its definition.
#[test]
fn a_convolution_of_images_is_its_definition() {
    let (rows, channels, outputs, height, width) = (2, 3, 2, 4, 5);
    let (stride, padding, dilation) = ([2, 1], [1, 2], [1, 2]);
    let spec = Conv2d::channels(outputs).kernel([3, 2]).stride(stride).padding(padding).dilation(dilation).spec();
    let shapes = (Shape::new(&[channels, height, width]), Shape::new(&[outputs, 2, 7]));
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let build = LayerBuild { inputs: vec![shapes.0], output: shapes.1, dtype: DType::F64, rng };
    let layer = (spec.build)(&spec.settings, build).unwrap();
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
fn batch_norm_of_one_value_says_so() {
    let spec = BatchNorm::new().spec();
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let build = LayerBuild { inputs: vec![Shape::new(&[3])], output: Shape::new(&[3]), dtype: DType::F64, rng };
    let layer = (spec.build)(&spec.settings, build).unwrap();
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
        let build = LayerBuild { inputs: vec![Shape::new(dims)], output: Shape::new(dims), dtype: DType::F64, rng };
        (spec.build)(&spec.settings, build).unwrap()
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
