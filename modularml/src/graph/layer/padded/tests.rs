//! Padding counts nowhere: each row of a padded batch gives what it gives alone, and so do its gradients.

#![allow(clippy::large_stack_arrays, reason = "lists of specs, which are large")]

use candle_core::{DType, Device, Tensor, Var};

use super::forward;
use crate::graph::layer::*;
use crate::graph::mask::Mask;
use crate::random::{Place, Purpose, Rng};
use crate::text::Shape;

const LENGTHS: [usize; 4] = [5, 2, 7, 4];
const MOST: usize = 7;
/// What stands in place of padding; no value of a test is near.
const PADDING: f64 = 1e3;

/// Where the length stands in a shape, and the sizes of the other axis.
#[derive(Clone, Copy, Debug)]
enum Form {
    /// `[length, width]`
    Steps(usize),
    /// `[channels, length]`
    Channels(usize),
    /// `[length]`
    Numbers,
}

impl Form {
    fn shape(self, length: usize) -> Vec<usize> {
        match self {
            Self::Steps(width) => vec![length, width],
            Self::Channels(channels) => vec![channels, length],
            Self::Numbers => vec![length],
        }
    }

    /// The axis of the length behind that of the rows.
    const fn axis(self) -> usize {
        if let Self::Channels(_) = self { 2 } else { 1 }
    }

    fn mask(self) -> Mask {
        let mask = Mask::of_lengths(&LENGTHS, MOST).unwrap();
        match self {
            Self::Channels(_) => mask.unsqueezed(&[LENGTHS.len(), MOST], 1).unwrap(),
            Self::Steps(_) | Self::Numbers => mask,
        }
    }
}

fn build(spec: &LayerSpec, input: &[usize], output: &[usize]) -> Box<dyn Layer> {
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let (inputs, output) = (vec![Shape::new(input)], Shape::new(output));
    spec.build(LayerBuild { inputs, column: None, target: None, output, dtype: DType::F64, device: Device::Cpu, rng })
        .unwrap()
}

fn random(dims: &[usize], seed: u64) -> Tensor {
    let mut rng = Rng::new(seed, Purpose::Sample, Place::default());
    let numbers: Vec<f64> = (0..dims.iter().product()).map(|_| 2.0 * rng.unit() - 1.0).collect();
    Tensor::from_vec(numbers, dims, &Device::Cpu).unwrap()
}

fn numbers(x: &Tensor) -> Vec<f64> {
    x.flatten_all().unwrap().to_vec1().unwrap()
}

fn assert_near(found: &Tensor, expected: &Tensor, what: &str) {
    assert_eq!(found.dims(), expected.dims(), "{what}");
    for (found, expected) in numbers(found).into_iter().zip(numbers(expected)) {
        assert!((found - expected).abs() <= 1e-11 * expected.abs().max(1.0), "{what}: {found} and not {expected}");
    }
}

/// The output shape of a layer over an input of this shape.
fn output(spec: &LayerSpec, input: &[usize]) -> Vec<usize> {
    let input = Shape::new(input);
    let none = Shape::SCALAR;
    crate::plan::own::shapes(&[*spec], input, none).unwrap()[1].axes().to_vec()
}

/// Each row alone, of its own length, against the batch in which shorter rows are padded: outputs, and the gradients of
/// a sum of their squares by inputs and parameters.
fn each_row_is_as_alone(spec: &LayerSpec, form: Form) {
    let name = format!("{} {form:?}", spec.name);
    let whole = build(spec, &form.shape(MOST), &output(spec, &form.shape(MOST)));
    let state = whole.state().unwrap();
    let rows: Vec<Var> = (0..)
        .zip(LENGTHS)
        .map(|(seed, length)| {
            let dims: Vec<usize> = [1].into_iter().chain(form.shape(length)).collect();
            Var::from_tensor(&random(&dims, seed)).unwrap()
        })
        .collect();
    let padded = rows.iter().zip(LENGTHS).map(|(row, length)| {
        let mut dims = row.dims().to_vec();
        dims[form.axis()] = MOST - length;
        let padding = Tensor::full(PADDING, dims, &Device::Cpu).unwrap();
        Tensor::cat(&[row.as_detached_tensor(), padding], form.axis()).unwrap()
    });
    let batch = Var::from_tensor(&Tensor::cat(&padded.collect::<Vec<_>>(), 0).unwrap()).unwrap();
    let x = batch.as_tensor().clone();
    let (y, mask) = forward(whole.as_ref(), spec.padding, &[x], &[Some(form.mask())], &mut Mode::Eval).unwrap();
    let y = mask.as_ref().map_or_else(|| y.clone(), |mask| mask.zero(&y).unwrap());
    let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
    let mut expected: Vec<Option<Tensor>> = vec![None; whole.parameters().len()];
    for (row, length) in rows.iter().zip(LENGTHS) {
        let at = rows.iter().position(|other| other.id() == row.id()).unwrap();
        let mut alone = build(spec, &form.shape(length), &output(spec, &form.shape(length)));
        alone.set_state(&state).unwrap();
        let of_row = alone.forward(&[row.as_tensor().clone()], &mut Mode::Eval).unwrap();
        let mut found = y.narrow(0, at, 1).unwrap();
        if let Some(mask) = &mask {
            let values: f64 = numbers(&mask.numbers(&y).unwrap().narrow(0, at, 1).unwrap()).iter().sum();
            #[allow(clippy::cast_precision_loss)]
            let expected = of_row.elem_count() as f64;
            assert!((values - expected).abs() < 0.5, "{name}: {values} of {expected} values in row {at}");
            for axis in 1..found.rank() {
                found = found.narrow(axis, 0, of_row.dim(axis).unwrap()).unwrap();
            }
        }
        assert_near(&found, &of_row, &format!("{name}, row {at}"));
        if !of_row.track_op() {
            continue;
        }
        let of_row = of_row.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        if let Some(of_row) = of_row.get(row.as_tensor()) {
            let found = gradients.get(batch.as_tensor()).unwrap().narrow(0, at, 1).unwrap();
            let own = found.narrow(form.axis(), 0, length).unwrap();
            assert_near(&own, of_row, &format!("{name}, gradient of row {at}"));
            let rest = found.narrow(form.axis(), length, MOST - length).unwrap();
            assert!(numbers(&rest).iter().all(|slope| slope.abs() == 0.0), "{name}: padding has a gradient");
        }
        for (sum, (_, parameter)) in expected.iter_mut().zip(alone.parameters()) {
            let of_row = of_row.get(parameter.as_tensor()).unwrap().clone();
            *sum = Some(sum.take().map_or(of_row.clone(), |sum| (sum + of_row).unwrap()));
        }
    }
    for ((parameter, var), expected) in whole.parameters().iter().zip(expected) {
        assert_near(gradients.get(var.as_tensor()).unwrap(), &expected.unwrap(), &format!("{name}, {parameter}"));
    }
}

#[test]
fn recurrent_layers_read_each_row_to_its_end_and_back() {
    for spec in [
        Rnn::hidden(3).spec(),
        Rnn::hidden(3).last().spec(),
        Lstm::hidden(3).spec(),
        Lstm::hidden(3).last().spec(),
        Lstm::hidden(3).layers(2).bidirectional().spec(),
        Lstm::hidden(3).layers(2).bidirectional().last().spec(),
        Gru::hidden(3).bidirectional().no_bias().spec(),
        Gru::hidden(3).layers(3).bidirectional().last().spec(),
    ] {
        each_row_is_as_alone(&spec, Form::Steps(2));
    }
}

#[test]
fn attention_sees_no_padding() {
    for spec in [
        MultiHeadAttention::heads(2).spec(),
        MultiHeadAttention::heads(4).causal().spec(),
        TransformerEncoder::heads(2).spec(),
        TransformerEncoder::heads(2).pre_norm().causal().activation(Activation::Gelu).spec(),
    ] {
        each_row_is_as_alone(&spec, Form::Steps(4));
    }
}

#[test]
fn windows_are_those_of_the_row_alone() {
    for spec in [
        Conv1d::channels(3).kernel(1).spec(),
        Conv1d::channels(2).kernel(3).padding(1).spec(),
        Conv1d::channels(4).kernel(2).stride(2).groups(2).spec(),
        Conv1d::channels(2).kernel(4).padding(3).stride(3).dilation(1).spec(),
        Conv1d::channels(2).kernel(2).dilation(2).padding(2).padding_mode(Padding::Zeros).spec(),
        Conv1d::channels(2).kernel(4).same().spec(),
        Conv1d::channels(2).kernel(2).dilation(3).same().spec(),
        ConvTranspose1d::channels(3).spec(),
        ConvTranspose1d::channels(4).kernel(3).stride(2).padding(1).output_padding(1).groups(2).spec(),
        ConvTranspose1d::channels(2).kernel(2).dilation(3).padding(2).spec(),
        ConvTranspose1d::channels(2).kernel(1).stride(3).spec(),
        Upsample::by([3]).spec(),
        MaxPool1d::kernel(2).spec(),
        MaxPool1d::kernel(2).stride(1).padding(1).spec(),
        MaxPool1d::kernel(2).partial().spec(),
        AvgPool1d::kernel(2).spec(),
        AvgPool1d::kernel(2).padding(1).stride(1).spec(),
        AvgPool1d::kernel(2).padding(1).without_padding().spec(),
        AvgPool1d::kernel(2).stride(2).partial().without_padding().spec(),
    ] {
        each_row_is_as_alone(&spec, Form::Channels(2));
    }
}

#[test]
fn global_pools_are_over_values() {
    each_row_is_as_alone(&GlobalAvgPool.spec(), Form::Channels(3));
    each_row_is_as_alone(&GlobalMaxPool.spec(), Form::Channels(3));
    let turned = const { &[Transpose.spec(), GlobalAvgPool.spec()] };
    each_row_is_as_alone(&Sequential::of(turned).spec(), Form::Steps(3));
    for spec in [MeanOfSequence.spec(), SumOfSequence.spec(), MaxOfSequence.spec(), LastOfSequence.spec()] {
        each_row_is_as_alone(&spec, Form::Steps(3));
        each_row_is_as_alone(&spec, Form::Numbers);
    }
}

#[test]
fn norms_are_over_values() {
    for spec in [
        LayerNorm::new().spec(),
        LayerNorm::new().no_affine().spec(),
        LayerNorm::new().axes(2).no_affine().spec(),
        GroupNorm::groups(1).spec(),
    ] {
        each_row_is_as_alone(&spec, if spec.name == "LayerNorm" { Form::Steps(3) } else { Form::Channels(2) });
    }
    each_row_is_as_alone(&GroupNorm::groups(2).spec(), Form::Channels(4));
    each_row_is_as_alone(&LayerNorm::new().no_affine().spec(), Form::Channels(2));
    each_row_is_as_alone(&LayerNorm::new().no_affine().spec(), Form::Numbers);
    each_row_is_as_alone(&BatchNorm::new().spec(), Form::Channels(2));
}

#[test]
fn functions_and_shapes_keep_padding_apart() {
    for spec in [
        Relu.spec(),
        Softmax::new().spec(),
        Softmax::new().axis(0).spec(),
        LogSoftmax::new().spec(),
        Softplus::new().beta(2.0).spec(),
        Gelu.spec(),
    ] {
        each_row_is_as_alone(&spec, Form::Numbers);
        each_row_is_as_alone(&spec, Form::Steps(3));
        each_row_is_as_alone(&spec, Form::Channels(3));
    }
    for spec in [PositionwiseLinear::to(2).spec(), PRelu::new().spec()] {
        each_row_is_as_alone(&spec, Form::Steps(3));
    }
    each_row_is_as_alone(&Flatten.spec(), Form::Steps(3));
    each_row_is_as_alone(&ArgMax.spec(), Form::Numbers);
    each_row_is_as_alone(&Dropout::probability(0.5).spec(), Form::Steps(2));
}

#[test]
fn layers_one_after_the_other_hand_the_lengths_on() {
    const BLOCK: &[LayerSpec] = &[LayerNorm::new().spec(), MultiHeadAttention::heads(2).spec(), Tanh.spec()];
    const ENCODER: &[LayerSpec] = &[
        Conv1d::channels(3).kernel(3).padding(1).spec(),
        Relu.spec(),
        MaxPool1d::kernel(2).spec(),
        Softmax::new().spec(),
        GlobalAvgPool.spec(),
    ];
    each_row_is_as_alone(&Sequential::of(ENCODER).spec(), Form::Channels(2));
    each_row_is_as_alone(&Residual::around(BLOCK).spec(), Form::Steps(4));
}

/// Mean and variance over all values of all rows, as numpy would take them of the values alone.
#[test]
fn batch_statistics_are_those_of_the_values() {
    let norm = build(&BatchNorm::new().momentum(1.0).spec(), &[2, MOST], &[2, MOST]);
    let x = random(&[LENGTHS.len(), 2, MOST], 3);
    let mask = Form::Channels(2).mask();
    let mut train = Mode::Train(Rng::new(1, Purpose::Noise, Place::default()));
    let padded = mask.fill(&x, PADDING).unwrap();
    let (y, _) = forward(norm.as_ref(), OnPadding::Masks, &[padded], &[Some(mask)], &mut train).unwrap();
    let state = norm.state().unwrap();
    for channel in 0..2 {
        let of = |x: &Tensor| {
            let row = |(row, &length): (usize, &usize)| {
                numbers(&x.narrow(0, row, 1).unwrap().narrow(1, channel, 1).unwrap().narrow(2, 0, length).unwrap())
            };
            LENGTHS.iter().enumerate().flat_map(row).collect::<Vec<f64>>()
        };
        let (values, normal) = (of(&x), of(&y));
        #[allow(clippy::cast_precision_loss)]
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        assert!((numbers(&state["running_mean"])[channel] - mean).abs() < 1e-12);
        assert!((numbers(&state["running_var"])[channel] - squares / (count - 1.0)).abs() < 1e-12);
        for (value, normal) in values.iter().zip(normal) {
            assert!((normal - (value - mean) / (squares / count + 1e-5).sqrt()).abs() < 1e-10);
        }
    }
}

/// What joins inputs has values where all of them have.
#[test]
fn joined_sequences_have_values_where_all_have() {
    let (a, b) = (random(&[2, 3], 1), random(&[2, 3], 2));
    let masks = [Some(Mask::of_lengths(&[1, 3], 3).unwrap()), Some(Mask::of_lengths(&[2, 2], 3).unwrap())];
    let join = |spec: &LayerSpec, output: &[usize]| {
        let rng = Rng::new(5, Purpose::Weights, Place::default());
        let (inputs, output) = (vec![Shape::new(&[3]); 2], Shape::new(output));
        let build =
            LayerBuild { inputs, column: None, target: None, output, dtype: DType::F64, device: Device::Cpu, rng };
        let layer = spec.build(build).unwrap();
        let inputs = [a.clone(), b.clone()];
        let (_, mask) = forward(layer.as_ref(), spec.padding, &inputs, &masks, &mut Mode::Eval).unwrap();
        mask.unwrap().as_tensor().flatten_all().unwrap().to_vec1::<u8>().unwrap()
    };
    for spec in [Add::new().spec(), Multiply::new().spec(), Mean::new().spec(), AttentionPool::hidden(2).spec()] {
        assert_eq!(join(&spec, &[3]), [1, 0, 0, 1, 1, 0], "{}", spec.name);
    }
    assert_eq!(join(&Concat::axis(-1).spec(), &[6]), [1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0]);
    assert_eq!(join(&Stack::axis(-1).spec(), &[3, 2]), [1, 1, 0, 1, 0, 0, 1, 1, 1, 1, 1, 0]);
    assert_eq!(join(&Stack::axis(0).spec(), &[2, 3]), [1, 0, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0]);
}

/// Linear maps of all numbers of a row see zeros behind its values.
#[test]
fn maps_of_whole_rows_read_zeros() {
    for spec in [Linear::to([2]).spec(), Mlp::hidden([3]).output([2]).spec(), PositionwiseLinear::to(2).spec()] {
        let layer = build(&spec, &[MOST], &[2]);
        let x = random(&[LENGTHS.len(), MOST], 1);
        let mask = Form::Numbers.mask();
        let zeros = layer.forward(&[mask.zero(&x).unwrap()], &mut Mode::Eval).unwrap();
        let (y, mask) = forward(layer.as_ref(), spec.padding, &[x], &[Some(mask)], &mut Mode::Eval).unwrap();
        assert!(mask.is_none());
        assert_near(&y, &zeros, spec.name);
    }
    // A convolution net: zeros behind each of its layers, so that only its values reach the last one.
    for activation in [Activation::Relu, Activation::Gelu, Activation::Softmax, Activation::LogSoftmax] {
        let net = Cnn1d::channels([2, 3]).kernel(3).pool(2).output([2]).activation(activation).spec();
        let layer = build(&net, &[MOST], &[2]);
        let short = |padding: f64| {
            let x = Tensor::cat(&[random(&[1, 3], 1), Tensor::full(padding, (1, MOST - 3), &Device::Cpu).unwrap()], 1);
            let mask = Some(Mask::of_lengths(&[3], MOST).unwrap());
            forward(layer.as_ref(), net.padding, &[x.unwrap()], &[mask], &mut Mode::Eval).unwrap().0
        };
        assert_near(&short(0.0), &short(PADDING), "Cnn1d");
    }
}

/// Shares are over the values of a row alone: those of a block are what a row as long as its values has.
#[test]
fn shares_within_a_convolution_net_leave_padding_out() {
    let block = Cnn1d::channels([2]).kernel(1).output([1]).activation(Activation::Softmax).spec();
    let (short, long) = (build(&block, &[3], &[1]), build(&block, &[MOST], &[1]));
    let mut state = short.state().unwrap();
    let x = random(&[1, 3], 1);
    let alone = short.forward(std::slice::from_ref(&x), &mut Mode::Eval).unwrap();
    let padded = Tensor::cat(&[x, Tensor::full(PADDING, (1, MOST - 3), &Device::Cpu).unwrap()], 1).unwrap();
    // The last map has weights for each position: those of positions behind the values are zeros.
    for (name, of_long) in long.state().unwrap() {
        if of_long.dims() != state[&name].dims() {
            let weights = state[&name].reshape((1, 2, 3)).unwrap().pad_with_zeros(2, 0, MOST - 3).unwrap();
            state.insert(name, weights.reshape(of_long.dims()).unwrap());
        }
    }
    let mut long = long;
    long.set_state(&state).unwrap();
    let mask = Some(Mask::of_lengths(&[3], MOST).unwrap());
    let (found, _) = forward(long.as_ref(), block.padding, &[padded], &[mask], &mut Mode::Eval).unwrap();
    assert_near(&found, &alone, "Cnn1d");
}

/// Windows go along the last axis; over rows of steps they would go along features, and no row but the longest would have
/// any.
#[test]
fn windows_over_rows_of_steps_are_refused() {
    let windows = [Conv1d::channels(2).kernel(2).spec(), MaxPool1d::kernel(2).spec(), AvgPool1d::kernel(2).spec()];
    for spec in windows.into_iter().chain([GlobalAvgPool.spec(), GlobalMaxPool.spec()]) {
        let layer = build(&spec, &[MOST, 3], &output(&spec, &[MOST, 3]));
        let x = random(&[LENGTHS.len(), MOST, 3], 1);
        let mask = Some(Form::Steps(3).mask());
        let found = forward(layer.as_ref(), spec.padding, &[x], &[mask], &mut Mode::Eval).unwrap_err().to_string();
        assert!(found.contains("the first axis are the positions of a sequence"), "{}: {found}", spec.name);
    }
}

/// In f32, the sum of values around 10,000 would lose a variance of 0.0001.
#[test]
fn batch_statistics_of_values_far_from_zero_are_exact() {
    const ROWS: usize = 2_000;
    let rng = Rng::new(5, Purpose::Weights, Place::default());
    let shape = Shape::new(&[1, 8]);
    let of_f32 = LayerBuild {
        inputs: vec![shape],
        column: None,
        target: None,
        output: shape,
        dtype: DType::F32,
        device: Device::Cpu,
        rng,
    };
    let norm = BatchNorm::new().momentum(1.0).spec().build(of_f32).unwrap();
    let x = random(&[ROWS, 1, 8], 3).affine(0.01, 1e4).unwrap().to_dtype(DType::F32).unwrap();
    let lengths: Vec<usize> = (0..ROWS).map(|row| if row == 0 { 7 } else { 8 }).collect();
    let mask = Mask::of_lengths(&lengths, 8).unwrap().unsqueezed(&[ROWS, 8], 1).unwrap();
    let mut train = Mode::Train(Rng::new(1, Purpose::Noise, Place::default()));
    forward(norm.as_ref(), OnPadding::Masks, std::slice::from_ref(&x), &[Some(mask)], &mut train).unwrap();
    let values = numbers(&x.to_dtype(DType::F64).unwrap());
    let values: Vec<f64> = values.into_iter().enumerate().filter(|(at, _)| *at != 7).map(|(_, value)| value).collect();
    #[allow(clippy::cast_precision_loss)]
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let found = numbers(&norm.state().unwrap()["running_var"].to_dtype(DType::F64).unwrap())[0];
    assert!((found - variance).abs() < 1e-6 * variance, "{found}, not {variance}");
}

/// A row without a value gives zeros or what a layer starts from, and never NaN.
#[test]
fn rows_without_values_are_finite() {
    let steps = [Lstm::hidden(3).last().spec(), MultiHeadAttention::heads(2).spec(), LastOfSequence.spec()];
    for spec in steps.into_iter().chain([
        MaxOfSequence.spec(),
        MeanOfSequence.spec(),
        LayerNorm::new().axes(2).no_affine().spec(),
    ]) {
        let layer = build(&spec, &[MOST, 2], &output(&spec, &[MOST, 2]));
        let x = Var::from_tensor(&random(&[2, MOST, 2], 1)).unwrap();
        let mask = Some(Mask::of_lengths(&[0, 3], MOST).unwrap());
        let inputs = [x.as_tensor().clone()];
        let (y, mask) = forward(layer.as_ref(), spec.padding, &inputs, &[mask], &mut Mode::Eval).unwrap();
        let y = mask.map_or_else(|| y.clone(), |mask| mask.zero(&y).unwrap());
        let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        let slopes = numbers(gradients.get(x.as_tensor()).unwrap());
        assert!(numbers(&y).iter().chain(&slopes).all(|number| number.is_finite()), "{}", spec.name);
    }
}

/// What a layer that takes any length was given.
struct Seen(std::sync::mpsc::Sender<Vec<usize>>);

impl Layer for Seen {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        Ok(inputs[0].clone())
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], _: &mut Mode) -> Result<Masked> {
        self.0.send(inputs[0].dims().to_vec()).unwrap();
        Ok((inputs[0].clone(), masks[0].clone()))
    }

    fn takes_any_length(&self) -> bool {
        true
    }
}

#[test]
fn a_layer_of_any_length_goes_no_further_than_the_longest_row() {
    let (sender, seen) = std::sync::mpsc::channel();
    let layer = Seen(sender);
    let x = Tensor::arange(0f32, 30.0, &Device::Cpu).unwrap().reshape((3, 5, 2)).unwrap();
    for (lengths, longest) in [([1, 3, 2], 3), ([5, 1, 1], 5), ([0, 0, 0], 1), ([0, 1, 0], 1)] {
        let mask = Mask::of_lengths(&lengths, 5).unwrap();
        let (y, after) =
            super::forward(&layer, OnPadding::Masks, std::slice::from_ref(&x), &[Some(mask.clone())], &mut Mode::Eval)
                .unwrap();
        assert_eq!(seen.recv().unwrap(), [3, longest, 2]);
        let after = after.unwrap();
        assert_eq!(after.positions(5).unwrap(), mask.positions(5).unwrap());
        let (y, x) = (mask.zero(&y).unwrap(), mask.zero(&x).unwrap());
        assert_eq!(
            y.flatten_all().unwrap().to_vec1::<f32>().unwrap(),
            x.flatten_all().unwrap().to_vec1::<f32>().unwrap()
        );
    }
}
