//! Convolutions.

use std::sync::Arc;

use candle_core::{Tensor, Var};

use super::affine::unflat;
use super::init::{Init, Initial};
use super::{
    Activation, BuildLayer, Layer, LayerBuild, Learns, Mode, ShapeRule, SlidingWindow, only, only_value, padded,
};
use crate::error::At as _;
use crate::graph::mask::{Mask, Masked};
use crate::graph::window::{Direction, Grid, Padding, Runs, Slide, Windows};
use crate::onnx::{OnnxAttribute, OnnxGraph, OnnxValue, int, ints};
use crate::text::Shape;
use crate::{Error, Result};

/// Writes convolutions; `$sizes` is what a setting holds, a number or a size for each axis, and `$shape` makes a shape of
/// it.
macro_rules! convolutions {
    ($(
        $(#[$documentation:meta])*
        $name:ident $spatial:literal $sizes:ident $shape:ident $none:expr, $one:expr, $three:expr;
    )*) => { $(
        $(#[$documentation])*
        #[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
        #[spec(shape = ShapeRule::Window(self.window()), learns = Learns::BySteps, padding = self.window().on_padding())]
        pub struct $name {
            /// The channels of the output.
            #[setting(first, at_least = 1)]
            channels: usize,
            /// How many positions a window reads.
            #[setting(default = $three, at_least = 1)]
            kernel: $sizes,
            /// How far the next window is from one.
            #[setting(default = $one, at_least = 1)]
            stride: $sizes,
            /// How many positions are put at either end of each axis.
            #[setting(default = $none)]
            padding: $sizes,
            /// So many positions are put at the ends of each axis that there are as many windows as positions: dilation
            /// (kernel - 1), half of them before the first, of an odd number the smaller half. The stride must be 1.
            #[setting(default = false)]
            same: bool,
            /// How far the positions of a window are from each other.
            #[setting(default = $one, at_least = 1)]
            dilation: $sizes,
            /// Into how many groups the channels fall, each computed from its own part of the input.
            #[setting(default = 1, at_least = 1)]
            groups: usize,
            /// What stands at the positions that are put at the ends.
            #[setting(default = Padding::Zeros)]
            padding_mode: Padding,
            /// No b is added.
            #[setting(default = false)]
            no_bias: bool,
            /// How the initial weights are drawn.
            #[setting(default = Init::FanIn)]
            init: Init,
            /// What the initial weights are multiplied by.
            #[setting(default = 1.0, above = 0.0)]
            init_gain: f64,
        }

        impl $name {
            const fn window(self) -> SlidingWindow {
                let (kernel, stride) = ($shape(self.kernel), $shape(self.stride));
                SlidingWindow {
                    channels: Some(self.channels),
                    groups: self.groups,
                    same: self.same,
                    padding_mode: self.padding_mode,
                    ..SlidingWindow::over(kernel, stride, $shape(self.padding), $shape(self.dilation), $spatial)
                }
            }
        }

        impl BuildLayer for $name {
            fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
                let drawn = (self.init, self.init_gain);
                Ok(Box::new(Convolution::new(Over::Windows(self.window()), !self.no_bias, drawn, build)?))
            }
        }
    )* };
}

convolutions! {
    /// The convolution of a sequence of several channels with a kernel for each channel of the output, as it is called
    /// in machine learning (no kernel is mirrored):
    /// `y[o, t] = b[o] + sum over c, k of W[o, c, k] * x[c, t * stride + k * dilation - padding]`.
    ///
    /// The input is `[channels, length]`, the output `[channels, windows]` with
    /// (length + 2 padding - dilation (kernel - 1) - 1) / stride + 1 windows; with `.same()` as many as the length.
    ///
    /// ```
    /// use modularml::graph::layer::Conv1d;
    ///
    /// let of_halves = Conv1d::channels(16).kernel(5).stride(2).padding(2);
    /// let same_length = Conv1d::channels(16).kernel(4).same();
    /// ```
    Conv1d 1 usize one 0, 1, 3;
    /// The convolution of an image of several channels, as [`Conv1d`] over two axes.
    ///
    /// The input is `[channels, height, width]`; kernel, stride, padding and dilation are two sizes, of height and
    /// width.
    ///
    /// ```
    /// use modularml::graph::layer::Conv2d;
    ///
    /// let same_size = Conv2d::channels(16).kernel([3, 3]).padding([1, 1]);
    /// ```
    Conv2d 2 Shape as_it_is Shape::new(&[0, 0]), Shape::new(&[1, 1]), Shape::new(&[3, 3]);
    /// The convolution of a volume of several channels, or of images over time, as [`Conv1d`] over three axes.
    ///
    /// The input is `[channels, depth, height, width]`; kernel, stride, padding and dilation are three sizes, of depth,
    /// height and width.
    ///
    /// ```
    /// use modularml::graph::layer::Conv3d;
    ///
    /// let same_size = Conv3d::channels(8).kernel([3, 3, 3]).same();
    /// ```
    Conv3d 3 Shape as_it_is Shape::new(&[0, 0, 0]), Shape::new(&[1, 1, 1]), Shape::new(&[3, 3, 3]);
}

/// A number as the size of one axis.
pub(super) const fn one(size: usize) -> Shape {
    Shape::new(&[size])
}

/// A size for each axis.
pub(super) const fn as_it_is(sizes: Shape) -> Shape {
    sizes
}

/// What a convolution leads over, and which way.
#[derive(Clone, Copy)]
pub(super) enum Over {
    /// From the input to its windows.
    Windows(SlidingWindow),
    /// From windows, which are the input, back to what they would slide over, made longer by so much along each axis.
    Spread(SlidingWindow, Shape),
}

impl Over {
    const fn window(&self) -> &SlidingWindow {
        match self {
            Self::Windows(window) | Self::Spread(window, _) => window,
        }
    }

    const fn direction(&self) -> Direction {
        match self {
            Self::Windows(_) => Direction::Forward,
            Self::Spread(..) => Direction::Transposed,
        }
    }

    fn grid(&self, input: &Shape) -> Result<Grid> {
        let Self::Spread(window, added) = self else { return self.window().grid(input) };
        let windows = |axis: usize| {
            let windows = Windows::spread(input.axis(axis + 1), &window.slide(axis), added.axis(axis));
            windows.ok_or_else(|| Error::Component(format!("nothing is left of axis {} of shape {input}", axis + 1)))
        };
        Ok(Grid::of((0..window.spatial).map(windows).collect::<Result<_>>()?))
    }

    /// Where the output has values: a row has as many positions as it would have alone.
    fn mask(&self, mask: &Mask, dims: &[usize]) -> Result<Mask> {
        let Self::Spread(window, added) = self else { return self.window().mask(mask, dims, false) };
        padded::check_channels_first(mask, dims.len())?;
        let mut mask = mask.all_of_channels(dims)?;
        for axis in 0..window.spatial {
            let slide = window.slide(axis);
            mask = mask.of_windows(axis + 2, |length| slide.spread(length, added.axis(axis)).unwrap_or(0))?;
        }
        Ok(mask)
    }
}

/// A running convolution, transposed or not.
pub(super) struct Convolution {
    /// `[outputs, channels of a group, kernel..]`; transposed, `[channels, outputs of a group, kernel..]`.
    weight: Var,
    bias: Option<Var>,
    runs: Arc<Runs>,
    over: Over,
    activation: Activation,
    output: Shape,
}

impl Convolution {
    pub(super) fn new(over: Over, has_bias: bool, (init, gain): (Init, f64), mut build: LayerBuild) -> Result<Self> {
        let Some(input) = build.inputs.first() else {
            return Err(Error::Component("a convolution needs an input, found none".to_owned()));
        };
        let (channels, outputs, groups) = (input.axis(0), build.output.axis(0), over.window().groups.max(1));
        if !channels.is_multiple_of(groups) || !outputs.is_multiple_of(groups) {
            return Err(Error::Component(format!("{groups} groups do not divide {channels} and {outputs} channels")));
        }
        let runs = Arc::new(Runs::of(&over.grid(input)?));
        let mut dims = match over.direction() {
            Direction::Forward => vec![outputs, channels / groups],
            Direction::Transposed => vec![channels, outputs / groups],
        };
        dims.extend(over.window().kernel.axes());
        let fan_in = dims.iter().skip(1).product();
        let mut initial = Initial::of(init, gain, &mut build);
        let weight = initial.weight(&dims).at(|| "initial weights".to_owned())?;
        let mut bias = || initial.bias(outputs, fan_in).at(|| "initial biases".to_owned());
        let bias = if has_bias { Some(bias()?) } else { None };
        Ok(Self { weight, bias, runs, over, activation: Activation::Identity, output: build.output })
    }
}

impl Layer for Convolution {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let bias = self.bias.as_ref().map(|bias| mode.parameter(bias)).transpose()?;
        let weight = mode.parameter(&self.weight)?;
        let over = (&self.runs, self.over.window().groups, self.over.direction());
        let y = self.activation.of_convolution(only(inputs)?, &weight, bias.as_ref(), over)?;
        Ok(unflat(&y, &self.output)?)
    }

    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], mode: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        let mask_of_output = self.over.mask(mask, x.dims())?;
        Ok((self.forward(&[mask.zero(x)?], mode)?, Some(mask_of_output)))
    }

    fn take_over(&mut self, activation: Activation) -> bool {
        self.activation.take_over(activation)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        let bias = self.bias.iter().map(|bias| ("bias".to_owned(), bias.clone()));
        std::iter::once(("weight".to_owned(), self.weight.clone())).chain(bias).collect()
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let (window, mut x) = (self.over.window(), only_value(inputs)?.clone());
        let slides: Vec<Slide> = (0..window.spatial).map(|axis| window.slide(axis)).collect();
        let fills = window.padding_mode != Padding::Zeros;
        if fills {
            for (axis, slide) in (1..).zip(&slides) {
                let length = x.axes().get(axis).copied().unwrap_or(0);
                let places = (0..slide.before + length + slide.behind).map(|place: usize| {
                    window.padding_mode.source(place.cast_signed() - slide.before.cast_signed(), length)
                });
                let places: Option<Vec<usize>> = places.collect();
                let too_short = || Error::Component(format!("axis {axis} is too short to be filled"));
                x = graph.gather(&x, axis, &places.ok_or_else(too_short)?);
            }
        }
        let before = slides.iter().map(|slide| if fills { 0 } else { slide.before });
        let behind = slides.iter().map(|slide| if fills { 0 } else { slide.behind });
        let mut attributes = vec![
            ("kernel_shape", ints(slides.iter().map(|slide| slide.size))),
            ("strides", ints(slides.iter().map(|slide| slide.stride))),
            ("dilations", ints(slides.iter().map(|slide| slide.dilation))),
            ("pads", ints(before.chain(behind))),
            ("group", OnnxAttribute::Int(int(window.groups))),
        ];
        let operator = match &self.over {
            Over::Windows(_) => "Conv",
            Over::Spread(_, added) => {
                attributes.push(("output_padding", ints(added.axes().iter().copied())));
                "ConvTranspose"
            }
        };
        let weight = graph.tensor(&self.weight)?;
        let bias = self.bias.as_ref().map(|bias| graph.tensor(bias)).transpose()?;
        let inputs: Vec<&OnnxValue> = [&x, &weight].into_iter().chain(&bias).collect();
        let y = graph.operator(operator, &inputs, &attributes, x.element(), self.output.axes());
        Ok(self.activation.onnx(graph, &y))
    }
}

impl SlidingWindow {
    /// Where windows over a batch have values: as many as a row of its values alone has. Channels stay apart, or each
    /// window reads all of them.
    pub(super) fn mask(&self, mask: &Mask, dims: &[usize], keeps_channels: bool) -> Result<Mask> {
        padded::check_channels_first(mask, dims.len())?;
        let mut mask = if keeps_channels { mask.clone() } else { mask.all_of_channels(dims)? };
        for axis in 0..self.spatial {
            mask = mask.of_windows(axis + 2, |length| self.slide(axis).count(length).unwrap_or(0))?;
        }
        Ok(mask)
    }

    /// The windows over an input of `[channels, ..]`.
    pub(super) fn grid(&self, input: &Shape) -> Result<Grid> {
        let windows = |axis: usize| {
            let windows =
                Windows::sliding(input.axis(axis + 1), &self.slide(axis), self.padding_mode, self.means_count_padding);
            windows.ok_or_else(|| Error::Component(format!("no window fits axis {} of shape {input}", axis + 1)))
        };
        Ok(Grid::of((0..self.spatial).map(windows).collect::<Result<_>>()?))
    }
}
