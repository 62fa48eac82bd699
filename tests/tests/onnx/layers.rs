//! Every layer of the registry in ONNX.

use std::collections::BTreeSet;

use modularml::Registry;
use modularml::graph::{LayerSpec, Precision};
use modularml::layers::*;

use super::cases::{Case, Of, case, study};
use super::run::{ForPython, compare};

const BLOCK: &[LayerSpec] = &[Linear::to([4]).spec(), Gelu.spec(), LayerNorm::new().spec(), Linear::to([6]).spec()];

#[allow(clippy::too_many_lines, reason = "a row a layer")]
fn cases() -> Vec<Case> {
    let mut cases = vec![
        case(Linear::to([3]), &[&[5]]),
        case(Linear::to([2, 3]).no_bias(), &[&[2, 4]]).called("of a matrix"),
        case(Linear::to([2]), &[&[]]).called("of one number"),
        case(Mlp::hidden([6, 4]).output([2]).activation(Activation::Selu).dropout(0.5), &[&[5]]),
        case(Mlp::hidden([6]).output([3]).output_activation(Activation::Softmax), &[&[5]]).called("of shares"),
        case(Conv1d::channels(4).stride(2).padding(1).dilation(2), &[&[3, 11]]),
        case(Conv1d::channels(4).groups(2).same(), &[&[2, 9]]).called("of groups"),
        case(Conv1d::channels(2).kernel(4).same(), &[&[2, 9]]).called("of an even kernel"),
        case(Conv1d::channels(2).padding(2).padding_mode(Padding::Reflect), &[&[2, 6]]).called("that reflects"),
        case(Conv1d::channels(2).padding(2).padding_mode(Padding::Circular).no_bias(), &[&[2, 6]])
            .called("that is round"),
        case(Conv2d::channels(3).padding([1, 0]).stride([1, 2]), &[&[2, 6, 7]]),
        case(Conv2d::channels(3).padding([1, 2]).padding_mode(Padding::Replicate), &[&[2, 5, 6]])
            .called("that repeats"),
        case(Conv3d::channels(2).kernel([2, 2, 2]), &[&[2, 4, 4, 4]]),
        case(ConvTranspose1d::channels(3).stride(2).padding(1).output_padding(1), &[&[2, 6]]),
        case(ConvTranspose1d::channels(4).groups(2).dilation(2), &[&[2, 6]]).called("of groups"),
        case(ConvTranspose2d::channels(3).stride([2, 1]), &[&[2, 4, 5]]),
        case(ConvTranspose3d::channels(2).kernel([2, 2, 2]), &[&[2, 3, 3, 3]]),
        case(Upsample::by([2, 3]), &[&[2, 3, 4]]),
        case(Upsample::to([7]), &[&[2, 5]]).called("to a size"),
        case(Upsample::by([3]).interpolation(Interpolation::Linear), &[&[2, 5]]).called("in lines"),
        case(Upsample::to([7, 5]).interpolation(Interpolation::AlignedLinear), &[&[2, 4, 3]])
            .called("in aligned lines"),
        case(MaxPool1d::kernel(3).stride(2).padding(1), &[&[2, 10]]),
        case(MaxPool1d::kernel(3).stride(2).dilation(2).partial(), &[&[2, 10]]).called("of a part"),
        case(MaxPool2d::kernel([2, 3]).padding([1, 1]).partial(), &[&[2, 6, 7]]),
        case(MaxPool3d::kernel([2, 2, 2]), &[&[2, 4, 4, 4]]),
        case(AvgPool1d::kernel(3).stride(2).padding(1), &[&[2, 10]]),
        case(AvgPool1d::kernel(3).stride(2).padding(1).without_padding().partial(), &[&[2, 10]]).called("of a part"),
        case(AvgPool1d::kernel(3).stride(2).padding(1).partial(), &[&[2, 10]]).called("of a part with padding"),
        case(AvgPool2d::kernel([2, 3]).padding([1, 1]), &[&[2, 6, 7]]),
        case(AvgPool3d::kernel([2, 2, 2]), &[&[2, 4, 4, 4]]),
        case(AdaptiveAvgPool::to([3]), &[&[2, 7]]),
        case(AdaptiveAvgPool::to([3, 2]), &[&[2, 7, 5]]).called("of a plane"),
        case(GlobalAvgPool, &[&[3, 4, 5]]),
        case(GlobalMaxPool, &[&[3, 6]]),
        case(Cnn1d::channels([4, 6]).pool(2).output([3]).dropout(0.2), &[&[20]]),
        case(Cnn1d::channels([4]).kernel(4).activation(Activation::Mish).output([2]), &[&[2, 12]])
            .called("of an even kernel"),
        case(Rnn::hidden(4).layers(2), &[&[6, 3]]),
        case(Rnn::hidden(4).bidirectional().last().no_bias(), &[&[6, 3]]).called("both ways"),
        case(Lstm::hidden(4).layers(2).dropout(0.1).bidirectional(), &[&[6, 3]]),
        case(Lstm::hidden(4).last(), &[&[6, 3]]).called("at its end"),
        case(Gru::hidden(4), &[&[6, 3]]),
        case(Gru::hidden(4).layers(2).bidirectional().last(), &[&[6, 3]]).called("both ways"),
        case(MultiHeadAttention::heads(2), &[&[5, 8]]),
        case(MultiHeadAttention::heads(4).causal().no_bias(), &[&[5, 8]]).called("to what was before"),
        case(TransformerEncoder::heads(2).feed_forward(12).dropout(0.1), &[&[5, 8]]),
        case(TransformerEncoder::heads(2).pre_norm().causal().activation(Activation::Gelu), &[&[5, 8]])
            .called("with norms before"),
        case(AttentionPool::hidden(5), &[&[2, 4], &[2, 4], &[2, 4]]),
        case(Bilinear::to([3]), &[&[5], &[2, 2]]),
        case(Bilinear::to([2, 2]).no_bias(), &[&[3], &[3]]).called("of a matrix"),
        case(Add::new(), &[&[2, 4], &[2, 4], &[2, 4]]),
        case(Multiply::new(), &[&[4], &[4]]),
        case(Mean::new(), &[&[4], &[4], &[4]]),
        case(Stack::axis(0), &[&[4], &[4]]),
        case(Stack::axis(-1), &[&[4, 2], &[4, 2]]).called("behind"),
        case(Concat::axis(-1), &[&[2, 3], &[2, 5]]),
        case(Concat::axis(0).pad(Padding::Zeros).pad_value(0.5), &[&[2, 3], &[1, 5]]).called("with numbers"),
        case(Concat::axis(0).pad(Padding::Reflect), &[&[2, 4], &[1, 5]]).called("that reflects"),
        case(Embedding::size(3).entries(5), &[&[4]]).of(Of::Codes(5)),
        case(Embedding::size(3).entries(5).padding(0), &[&[]]).of(Of::Codes(5)).called("of one code"),
        case(OneHot::new().entries(5), &[&[4]]).of(Of::Codes(5)),
        case(IsMissing::new(), &[&[4]]).of(Of::Missing),
        case(FillMissing::with(-1.5), &[&[2, 4]]).of(Of::Missing),
        case(Flatten, &[&[2, 4]]),
        case(Reshape::to([4, 2]), &[&[2, 4]]),
        case(Transpose, &[&[3, 2, 4]]),
        case(Dropout::probability(0.5), &[&[4]]),
        case(LayerNorm::new(), &[&[3, 4]]),
        case(LayerNorm::new().axes(2).no_bias(), &[&[3, 4]]).called("over two axes"),
        case(LayerNorm::new().no_affine(), &[&[4]]).called("alone"),
        case(BatchNorm::new(), &[&[3, 4]]),
        case(BatchNorm::new().no_affine(), &[&[3]]).called("alone"),
        case(GroupNorm::groups(2), &[&[4, 3, 2]]),
        case(PRelu::new().per_channel(), &[&[3, 4]]),
        case(PRelu::new(), &[&[3]]).called("of one slope"),
        case(PositionwiseLinear::to(3), &[&[2, 5, 4]]),
        case(MeanOfSequence, &[&[5, 2]]),
        case(SumOfSequence, &[&[5, 2]]),
        case(MaxOfSequence, &[&[5, 2]]),
        case(LastOfSequence, &[&[5, 2]]),
        case(ArgMax, &[&[6]]),
        case(ArgMax, &[&[6]]).of(Of::Missing).called("of what is missing"),
        case(ProportionalOdds::new().output([4]), &[&[3]]),
        case(Ridge::penalty(0.1), &[&[2]]).predicts(&[3]),
        case(LinearRegression::new(), &[&[2], &[]]).predicts(&[3]),
        case(Lasso::penalty(0.1), &[&[2]]).predicts(&[3]),
        case(ElasticNet::penalty(0.1), &[&[2]]).predicts(&[]),
        case(LogisticRegression::penalty(1.0), &[&[2]]).predicts_bools(&[3]),
        case(Sequential::of(BLOCK), &[&[6]]),
        case(Residual::around(BLOCK), &[&[6]]),
        case(Softmax::new().axis(0), &[&[3, 4]]).called("over the first axis"),
        case(LogSoftmax::new().axis(-2), &[&[3, 4]]).called("over the axis before the last"),
        case(Hardtanh::new().low(-0.5).high(1.5), &[&[4]]).called("of other bounds"),
        case(LeakyRelu::new().slope(0.3), &[&[4]]).called("of another slope"),
        case(Elu::new().alpha(0.7), &[&[4]]).called("of another limit"),
        case(Softplus::new().beta(3.0).threshold(2.0), &[&[4]]).called("that ends early"),
    ];
    for of in [Of::Timestamps, Of::Dates] {
        let called = format!("of {of:?}");
        cases.extend(vec![
            case(DayOfWeek::new(), &[&[]]).of(of).called(&called),
            case(DayOfYear::new(), &[&[]]).of(of).called(&called),
            case(DayOfYear::new().cyclic(), &[&[]]).of(of).called(&format!("{called}, around")),
            case(Month::new(), &[&[]]).of(of).called(&called),
            case(Month::new().cyclic(), &[&[]]).of(of).called(&format!("{called}, around")),
            case(Elapsed::since("2026-01-01"), &[&[]]).of(of).called(&called),
        ]);
    }
    cases.extend(vec![
        case(Hour::new(), &[&[]]).of(Of::Timestamps),
        case(Hour::new().cyclic(), &[&[]]).of(Of::Timestamps).called("around"),
        case(Days::new(), &[&[]]).of(Of::Spans),
    ]);
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
    cases.extend(activations.into_iter().flat_map(|layer| [case(layer, &[&[2, 5]]), case(layer, &[&[]])]));
    cases
}

/// Layers of the registry that are never exported, with the reason.
const REFUSED: &[(&str, &str)] = &[
    ("Onnx", "it is a network in ONNX itself; `nodes.rs` reads its message"),
    ("DecisionTree", TREES),
    ("RandomForest", TREES),
    ("ExtraTrees", TREES),
    ("GradientBoosting", TREES),
    ("IsolationForest", TREES),
    ("SupportVectors", KEEPS_ROWS),
    ("GaussianProcess", KEEPS_ROWS),
    ("NearestNeighbours", KEEPS_ROWS),
    ("NaiveBayes", NOT_YET),
    ("Pca", NOT_YET),
    ("KMeans", NOT_YET),
    ("GaussianMixture", NOT_YET),
    ("Isotonic", NOT_YET),
    ("Platt", NOT_YET),
    ("Conformal", NOT_YET),
];

const TREES: &str = "trees are operators of ai.onnx.ml, which are not written yet";
const KEEPS_ROWS: &str = "it compares rows with those that it keeps, for which there is no operator";
const NOT_YET: &str = "its operators are not written yet";

#[test]
fn every_layer_is_exported_or_refused() {
    let cases = cases();
    let exported = cases.iter().map(|case| case.layer.name);
    let found: BTreeSet<&str> = exported.chain(REFUSED.iter().map(|(name, _)| *name)).collect();
    assert_eq!(found, Registry::new().layers().collect());
}

/// Of initial weights, so that nothing hides behind zeros.
#[test]
fn layers_compute_in_other_runtimes_what_they_compute_here() {
    let (mut wrong, mut python) = (Vec::new(), ForPython::new("layers"));
    for case in cases() {
        let (session, data) = study(&case, Precision::F32);
        match compare(&session, &data, 1e-5) {
            Ok(model) => {
                if let Some(python) = &mut python {
                    python.add(&case.name, &session, &data, &model, 1e-5);
                }
            }
            Err(problem) => wrong.push(format!("{}: {problem}", case.name)),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    if let Some(python) = python {
        python.check();
    }
}

/// In f64, and with weights of half precision, which are widened.
#[test]
#[allow(clippy::useless_vec, reason = "an array would be large on the stack")]
fn graphs_of_other_precisions_are_exported() {
    for (precision, tolerance) in [(Precision::F64, 1e-9), (Precision::Bf16, 1e-5)] {
        for case in vec![
            case(Mlp::hidden([6, 4]).output([2]).activation(Activation::Silu), &[&[5]]),
            case(Conv1d::channels(4).padding(1), &[&[3, 11]]),
            case(MultiHeadAttention::heads(2), &[&[5, 8]]),
            case(Upsample::by([3]).interpolation(Interpolation::Linear), &[&[2, 5]]),
            case(DayOfYear::new().cyclic(), &[&[]]).of(Of::Timestamps),
        ] {
            let (session, data) = study(&case, precision);
            compare(&session, &data, tolerance).unwrap_or_else(|problem| panic!("{}: {problem}", case.name));
        }
    }
}
