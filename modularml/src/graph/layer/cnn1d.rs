//! The convolutional net over sequences.

use candle_core::{Tensor, Var};

use super::affine::{Affine, flat, onnx_flat, unflat};
use super::dropout::dropout;
use super::init::{Init, Initial};
use super::{
    Activation, BuildLayer, Conv1d, Layer, LayerBuild, LayerSpec, Learns, MaxPool1d, Mode, OnPadding, ShapeRule, only,
    only_value, padded,
};
use crate::error::At as _;
use crate::graph::mask::{LOWEST, Mask, Masked};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::random::{Place, Purpose, Rng};
use crate::text::{Shape, Sizes};
use crate::{Error, Result};

/// Convolutions, each with a function, dropout and a pool behind it, and a linear map of all that remains.
///
/// The input is `[channels, length]`, or `[length]` as one channel. Each convolution has `kernel / 2` zeros at either
/// end, so that an odd kernel keeps the length; a pool takes the largest value of each `pool` positions and is left out
/// where fewer remain. The net is the `SequentialCNN` of modularml for Python with its output flattened; for another
/// order of layers see [`Sequential`](super::Sequential).
///
/// ```
/// use modularml::graph::{Activation, Cnn1d};
///
/// let encoder = Cnn1d::channels([16, 32]).kernel(5).pool(2).activation(Activation::Gelu).output([8]);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Convolved(self.output), learns = Learns::BySteps, padding = OnPadding::Reduces)]
pub struct Cnn1d {
    /// The channels of each convolution.
    #[setting(first, at_least = 1)]
    channels: Sizes,
    /// How many positions a window of the convolutions reads.
    #[setting(default = 3, at_least = 1)]
    kernel: usize,
    /// Of how many positions behind each convolution the largest value is taken; 1 for no pools.
    #[setting(default = 1, at_least = 1)]
    pool: usize,
    /// The shape of the output; that of the predicted target when not given.
    #[setting(default = None, at_least = 1)]
    output: Option<Shape>,
    /// The function after each convolution.
    #[setting(default = Activation::Relu)]
    activation: Activation,
    /// The probability that an element is set to zero after each function in training.
    #[setting(default = 0.0, at_least = 0.0, below = 1.0)]
    dropout: f64,
    /// How the initial weights are drawn.
    #[setting(default = Init::FanIn)]
    init: Init,
    /// What the initial weights are multiplied by.
    #[setting(default = 1.0, above = 0.0)]
    init_gain: f64,
}

impl BuildLayer for Cnn1d {
    fn build(&self, mut build: LayerBuild) -> Result<Box<dyn Layer>> {
        let (mut channels, mut length) = match build.inputs.first().map(Shape::axes) {
            Some(&[length]) => (1, length),
            Some(&[channels, length]) => (channels, length),
            _ => return Err(Error::Component("Cnn1d takes one input of [channels, length] or [length]".to_owned())),
        };
        let input = Shape::new(&[channels, length]);
        let seed = build.rng.bits();
        let mut blocks = Vec::with_capacity(self.channels.len());
        for (item, &outputs) in (0..).zip(self.channels.as_slice()) {
            let convolution = Conv1d::channels(outputs).kernel(self.kernel).padding(self.kernel / 2);
            let convolution = convolution.init(self.init).init_gain(self.init_gain).spec();
            // An even kernel makes it longer by one.
            let longer = length + (1 - self.kernel % 2);
            let part = |layer: &LayerSpec, input: [usize; 2], output: [usize; 2]| {
                let rng = Rng::new(seed, Purpose::Weights, Place { item, ..Place::default() });
                let (inputs, output) = (vec![Shape::new(&input)], Shape::new(&output));
                let layer = layer.build(LayerBuild {
                    inputs,
                    column: None,
                    target: None,
                    output,
                    dtype: build.dtype,
                    device: build.device.clone(),
                    rng,
                });
                layer.at(|| format!("block {item}"))
            };
            let mut convolution = part(&convolution, [channels, length], [outputs, longer])?;
            (channels, length) = (outputs, longer);
            let pool = if self.pool > 1 && self.pool <= length {
                let pooled = length / self.pool;
                let pool = part(&MaxPool1d::kernel(self.pool).spec(), [channels, length], [channels, pooled])?;
                length = pooled;
                Some(pool)
            } else {
                None
            };
            let takes = convolution.take_over(self.activation);
            let activation = if takes { Activation::Identity } else { self.activation };
            blocks.push(Block { convolution, activation, pool });
        }
        let (width, outputs) = (Shape::new(&[channels, length]).elements(), build.output_width()?);
        let Some(width) = width else {
            return Err(Error::Component("Cnn1d would have more numbers than can be counted".to_owned()));
        };
        let mut initial = Initial::of(self.init, self.init_gain, &mut build);
        let head = Affine::new(width, outputs, true, &mut initial).at(|| "initial weights".to_owned())?;
        Ok(Box::new(Running { net: *self, input, blocks, head, output: build.output }))
    }
}

struct Running {
    net: Cnn1d,
    input: Shape,
    blocks: Vec<Block>,
    head: Affine,
    output: Shape,
}

struct Block {
    convolution: Box<dyn Layer>,
    /// The function behind the convolution, where that does not compute it itself.
    activation: Activation,
    pool: Option<Box<dyn Layer>>,
}

impl Running {
    /// The net over inputs of which `mask` says where they have values.
    fn read(&self, x: &Tensor, mask: Option<Mask>, mode: &mut Mode) -> Result<Tensor> {
        let mask = mask.map(|mask| mask.reshaped(x.dims(), &self.input)).transpose()?;
        let (mut x, mut mask) = (unflat(x, &self.input)?, mask);
        for (position, block) in self.blocks.iter().enumerate() {
            let place = || format!("block {position}");
            let run = |layer: &dyn Layer, x, mask, mode: &mut Mode| {
                padded::forward(layer, OnPadding::Masks, &[x], &[mask], mode).at(place)
            };
            (x, mask) = run(block.convolution.as_ref(), x, mask, mode)?;
            if let Some(mask) = mask.as_ref().filter(|_| block.activation.on_padding() == OnPadding::Masks) {
                x = mask.fill(&x, LOWEST)?;
            }
            x = dropout(&block.activation.apply(&x)?, self.net.dropout, mode)?;
            if let Some(pool) = &block.pool {
                (x, mask) = run(pool.as_ref(), x, mask, mode)?;
            }
        }
        let x = mask.map_or(Ok(x.clone()), |mask| mask.zero(&x))?;
        Ok(unflat(&self.head.forward(&flat(&x)?, Activation::Identity, mode)?, &self.output)?)
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        self.read(only(inputs)?, None, mode)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        Ok((self.read(x, Some(mask.clone()), mode)?, None))
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        let mut parameters = Vec::new();
        for (position, block) in self.blocks.iter().enumerate() {
            let of_block = block.convolution.parameters().into_iter();
            parameters.extend(of_block.map(|(name, parameter)| (format!("{position}.{name}"), parameter)));
        }
        parameters.extend(self.head.parameters(&format!("{}.", self.blocks.len())));
        parameters
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let mut x = graph.reshape(only_value(inputs)?, self.input.axes());
        for (position, block) in self.blocks.iter().enumerate() {
            let place = || format!("block {position}");
            x = block.convolution.onnx(graph, &[x]).at(place)?;
            x = block.activation.onnx(graph, &x);
            if let Some(pool) = &block.pool {
                x = pool.onnx(graph, &[x]).at(place)?;
            }
        }
        let x = onnx_flat(graph, &x);
        let y = self.head.onnx(graph, &x, Activation::Identity)?;
        Ok(graph.reshape(&y, self.output.axes()))
    }
}
