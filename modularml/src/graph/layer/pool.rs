//! Pools: the largest value or the mean of windows.

use candle_core::Tensor;

use super::affine::unflat;
use super::conv::{as_it_is, one};
use super::{BuildLayer, Layer, LayerBuild, Mode, OnPadding, ShapeRule, SlidingWindow, only, only_value, padded};
use crate::graph::mask::{LOWEST, Mask, Masked};
use crate::graph::window::{Grid, Pooling, Slide, Windows, pool};
use crate::onnx::{OnnxAttribute, OnnxGraph, OnnxValue, ints};
use crate::text::Shape;
use crate::{Error, Result};

/// Writes what all pools with sliding windows have in common; `$shape` makes a shape of what a setting holds.
macro_rules! sliding {
    ($name:ident, $pooling:ident, $spatial:literal, $shape:ident) => {
        impl $name {
            const fn common(self, dilation: Shape) -> SlidingWindow {
                let kernel = $shape(self.kernel);
                let stride = match self.stride {
                    Some(stride) => $shape(stride),
                    None => kernel,
                };
                SlidingWindow {
                    partial: self.partial,
                    pads_at_most_half: true,
                    ..SlidingWindow::over(kernel, stride, $shape(self.padding), dilation, $spatial)
                }
            }
        }

        impl BuildLayer for $name {
            fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
                Running::sliding(&self.window(), Pooling::$pooling, &build)
            }
        }
    };
}

/// Writes pools of the largest value; `$sizes` is what a setting holds, a number or a size for each axis.
macro_rules! max_pools {
    ($($(#[$documentation:meta])* $name:ident $spatial:literal $sizes:ident $shape:ident $none:expr, $one:expr;)*) => { $(
        $(#[$documentation])*
        #[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
        #[spec(shape = ShapeRule::Window(self.window()), padding = OnPadding::Masks)]
        pub struct $name {
            /// How many positions a window reads.
            #[setting(first, at_least = 1)]
            kernel: $sizes,
            /// How far the next window is from one; as far as a window is long when not given.
            #[setting(default = None, at_least = 1)]
            stride: Option<$sizes>,
            /// How many positions without a value are put at either end; at most half a window.
            #[setting(default = $none)]
            padding: $sizes,
            /// How far the positions of a window are from each other.
            #[setting(default = $one, at_least = 1)]
            dilation: $sizes,
            /// A last window that reaches beyond the end counts.
            #[setting(default = false)]
            partial: bool,
        }

        impl $name {
            const fn window(self) -> SlidingWindow {
                self.common($shape(self.dilation))
            }
        }

        sliding!($name, Max, $spatial, $shape);
    )* };
}

max_pools! {
    /// The largest value of each window of a sequence; where several are equal, the first one gets the gradient.
    ///
    /// The input is `[channels, length]`, the output `[channels, windows]`, counted as for
    /// [`Conv1d`](super::Conv1d).
    ///
    /// ```
    /// use modularml::graph::layer::MaxPool1d;
    ///
    /// let half = MaxPool1d::kernel(2);
    /// ```
    MaxPool1d 1 usize one 0, 1;
    /// The largest value of each window of an image, as [`MaxPool1d`] over two axes.
    ///
    /// The input is `[channels, height, width]`; the settings are two sizes, of height and width.
    ///
    /// ```
    /// use modularml::graph::layer::MaxPool2d;
    ///
    /// let quarter = MaxPool2d::kernel([2, 2]);
    /// ```
    MaxPool2d 2 Shape as_it_is Shape::new(&[0, 0]), Shape::new(&[1, 1]);
    /// The largest value of each window of a volume, as [`MaxPool1d`] over three axes.
    ///
    /// The input is `[channels, depth, height, width]`; the settings are three sizes, of depth, height and width.
    ///
    /// ```
    /// use modularml::graph::layer::MaxPool3d;
    ///
    /// let eighth = MaxPool3d::kernel([2, 2, 2]);
    /// ```
    MaxPool3d 3 Shape as_it_is Shape::new(&[0, 0, 0]), Shape::new(&[1, 1, 1]);
}

/// Writes pools of the mean; `$sizes` is what a setting holds, a number or a size for each axis.
macro_rules! avg_pools {
    ($($(#[$documentation:meta])* $name:ident $spatial:literal $sizes:ident $shape:ident $none:expr, $one:expr;)*) => { $(
        $(#[$documentation])*
        #[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
        #[spec(shape = ShapeRule::Window(self.window()), padding = self.window().on_padding())]
        pub struct $name {
            /// How many positions a window reads.
            #[setting(first, at_least = 1)]
            kernel: $sizes,
            /// How far the next window is from one; as far as a window is long when not given.
            #[setting(default = None, at_least = 1)]
            stride: Option<$sizes>,
            /// How many zeros are put at either end; at most half a window.
            #[setting(default = $none)]
            padding: $sizes,
            /// A last window that reaches beyond the end counts.
            #[setting(default = false)]
            partial: bool,
            /// The zeros at the ends do not count in the mean.
            #[setting(default = false)]
            without_padding: bool,
        }

        impl $name {
            const fn window(self) -> SlidingWindow {
                SlidingWindow { means_count_padding: !self.without_padding, ..self.common($shape($one)) }
            }
        }

        sliding!($name, Mean, $spatial, $shape);
    )* };
}

avg_pools! {
    /// The mean of each window of a sequence.
    ///
    /// The input is `[channels, length]`, the output `[channels, windows]`, counted as for
    /// [`Conv1d`](super::Conv1d).
    ///
    /// ```
    /// use modularml::graph::layer::AvgPool1d;
    ///
    /// let half = AvgPool1d::kernel(2);
    /// ```
    AvgPool1d 1 usize one 0, 1;
    /// The mean of each window of an image, as [`AvgPool1d`] over two axes.
    ///
    /// The input is `[channels, height, width]`; the settings are two sizes, of height and width.
    ///
    /// ```
    /// use modularml::graph::layer::AvgPool2d;
    ///
    /// let quarter = AvgPool2d::kernel([2, 2]);
    /// ```
    AvgPool2d 2 Shape as_it_is Shape::new(&[0, 0]), Shape::new(&[1, 1]);
    /// The mean of each window of a volume, as [`AvgPool1d`] over three axes.
    ///
    /// The input is `[channels, depth, height, width]`; the settings are three sizes, of depth, height and width.
    ///
    /// ```
    /// use modularml::graph::layer::AvgPool3d;
    ///
    /// let eighth = AvgPool3d::kernel([2, 2, 2]);
    /// ```
    AvgPool3d 3 Shape as_it_is Shape::new(&[0, 0, 0]), Shape::new(&[1, 1, 1]);
}

/// The means of windows that cover the input evenly, as many as stated: window i of n over a length reaches from
/// floor(i * length / n) up to, not including, ceil((i + 1) * length / n).
///
/// The input is `[channels, length]` for one size, `[channels, height, width]` for two and
/// `[channels, depth, height, width]` for three; the output is
/// `[channels, sizes..]`.
///
/// ```
/// use modularml::graph::layer::AdaptiveAvgPool;
///
/// let eight_steps = AdaptiveAvgPool::to([8]);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Covered(self.sizes), padding = OnPadding::Refuses)]
pub struct AdaptiveAvgPool {
    /// How many windows there are along each axis.
    #[setting(first = to, at_least = 1)]
    sizes: Shape,
}

impl BuildLayer for AdaptiveAvgPool {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::covering(Pooling::Mean, &build)
    }
}

/// The mean of each channel over all its positions: `[channels, ..]` becomes `[channels]`.
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::PerChannel, padding = OnPadding::Reduces)]
pub struct GlobalAvgPool;

impl BuildLayer for GlobalAvgPool {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::covering(Pooling::Mean, &build)
    }
}

/// The largest value of each channel over all its positions: `[channels, ..]` becomes `[channels]`.
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::PerChannel, padding = OnPadding::Reduces)]
pub struct GlobalMaxPool;

impl BuildLayer for GlobalMaxPool {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::covering(Pooling::Max, &build)
    }
}

struct Running {
    pooling: Pooling,
    grid: Grid,
    /// Where windows slide, how they do.
    window: Option<SlidingWindow>,
    output: Shape,
}

impl Running {
    /// Windows that slide along the input.
    fn sliding(window: &SlidingWindow, pooling: Pooling, build: &LayerBuild) -> Result<Box<dyn Layer>> {
        let Some(input) = build.inputs.first() else {
            return Err(Error::Component("a pool needs an input, found none".to_owned()));
        };
        Ok(Box::new(Self { pooling, grid: window.grid(input)?, window: Some(*window), output: build.output }))
    }

    /// Windows that cover the input evenly, as many as the output has; one for each axis that it lacks.
    fn covering(pooling: Pooling, build: &LayerBuild) -> Result<Box<dyn Layer>> {
        let Some(input) = build.inputs.first().filter(|input| input.rank() >= 2) else {
            return Err(Error::Component("a pool needs an input of [channels, ..] with positions".to_owned()));
        };
        let windows = |axis: usize| Windows::covering(input.axis(axis), build.output.axis(axis).max(1));
        let axes = if build.output.rank() > 1 {
            (1..build.output.rank()).map(windows).collect()
        } else {
            // All positions follow each other where each channel has one window.
            let (_, positions) = input.axes().split_at(1);
            vec![Windows::covering(positions.iter().product(), 1)]
        };
        Ok(Box::new(Self { pooling, grid: Grid::of(axes), window: None, output: build.output }))
    }

    /// Adds windows that slide over `[channels, ..]` to a graph of ONNX.
    #[allow(clippy::cast_precision_loss, reason = "windows are far below 2^52")]
    fn onnx_of_windows(
        &self,
        graph: &mut OnnxGraph,
        x: &OnnxValue,
        window: &SlidingWindow,
        pooling: Pooling,
    ) -> OnnxValue {
        let slides: Vec<_> = (0..window.spatial).map(|axis| window.slide(axis)).collect();
        // What the windows reach is put around the input, so that none is left to the runtime to cut.
        let end = |(axis, slide): (usize, &Slide)| {
            let length = x.axes().get(axis).copied().unwrap_or(0);
            let reach = self.output.axis(axis).saturating_sub(1) * slide.stride + slide.reach().unwrap_or(0) + 1;
            (slide.before, reach.saturating_sub(slide.before + length))
        };
        let ends: Vec<(usize, usize)> = std::iter::once((0, 0)).chain((1..).zip(&slides).map(end)).collect();
        let is_max = matches!(pooling, Pooling::Max);
        let x = graph.pad(x, &ends, if is_max { f64::NEG_INFINITY } else { 0.0 });
        let mut attributes = vec![
            ("kernel_shape", ints(slides.iter().map(|slide| slide.size))),
            ("strides", ints(slides.iter().map(|slide| slide.stride))),
        ];
        if is_max {
            attributes.push(("dilations", ints(slides.iter().map(|slide| slide.dilation))));
            return graph.operator("MaxPool", &[&x], &attributes, x.element(), self.output.axes());
        }
        attributes.push(("count_include_pad", OnnxAttribute::Int(1)));
        let mean = graph.operator("AveragePool", &[&x], &attributes, x.element(), self.output.axes());
        let size = slides.iter().map(|slide| slide.size).product::<usize>();
        let divisors = self.grid.divisors();
        if divisors.iter().all(|&divisor| divisor == size) {
            return mean;
        }
        let factors: Vec<f64> = divisors.iter().map(|&divisor| size as f64 / divisor as f64).collect();
        let factors = graph.numbers(&factors, self.output.axes().get(1..).unwrap_or_default());
        graph.binary("Mul", &mean, &factors)
    }

    /// Adds means of windows that cover `[channels, ..]` evenly: a product with their shares along each axis.
    #[allow(clippy::cast_precision_loss, reason = "windows are far below 2^52")]
    fn onnx_covering(&self, graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
        let mut x = x.clone();
        let last = x.axes().len().saturating_sub(1);
        for axis in 1..=last {
            let (length, count) = (x.axes().get(axis).copied().unwrap_or(1), self.output.axis(axis).max(1));
            let ends = |window: usize| (window * length / count, ((window + 1) * length).div_ceil(count));
            let share = |position: usize, window: usize| {
                let (start, end) = ends(window);
                if (start..end).contains(&position) { 1.0 / (end - start) as f64 } else { 0.0 }
            };
            let shares = (0..length).flat_map(|position| (0..count).map(move |window| share(position, window)));
            let shares = graph.numbers(&shares.collect::<Vec<_>>(), &[length, count]);
            let turned = if axis == last { x } else { graph.swap(&x, axis, last) };
            let means = graph.matmul(&turned, &shares);
            x = if axis == last { means } else { graph.swap(&means, axis, last) };
        }
        x
    }
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        let y = pool(only(inputs)?, &self.grid, self.pooling)?;
        Ok(unflat(&y, &self.output)?)
    }

    /// A mean is that of the values alone where the padding of windows does not count either.
    fn forward_masked(&self, inputs: &[Tensor], masks: &[Option<Mask>], _: &mut Mode) -> Result<Masked> {
        let (x, mask) = padded::only(inputs, masks)?;
        padded::check_channels_first(mask, x.rank())?;
        let pooled = match self.pooling {
            Pooling::Max => pool(&mask.fill(x, LOWEST)?, &self.grid, Pooling::Max)?,
            Pooling::Mean if self.window.is_some_and(|window| window.means_count_padding) => {
                pool(&mask.zero(x)?, &self.grid, Pooling::Mean)?
            }
            Pooling::Mean => {
                let share = pool(&mask.numbers(x)?, &self.grid, Pooling::Mean)?;
                (pool(&mask.zero(x)?, &self.grid, Pooling::Mean)? / share.maximum(f64::from(f32::MIN_POSITIVE))?)?
            }
        };
        let y = unflat(&pooled, &self.output)?;
        match &self.window {
            Some(window) => Ok((y, Some(window.mask(mask, x.dims(), true)?))),
            // A channel without a value gives 0.
            None => Ok((mask.any_of_channels(x.dims())?.zero(&y)?, None)),
        }
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = only_value(inputs)?;
        match (&self.window, self.pooling) {
            (Some(window), pooling) => Ok(self.onnx_of_windows(graph, x, window, pooling)),
            (None, pooling) if self.output.rank() <= 1 => {
                let over: Vec<usize> = (1..x.axes().len()).collect();
                let reduce = if matches!(pooling, Pooling::Max) { "ReduceMax" } else { "ReduceMean" };
                let y = graph.reduce(reduce, x, &over, false);
                Ok(graph.reshape(&y, self.output.axes()))
            }
            (None, Pooling::Mean) => Ok(self.onnx_covering(graph, x)),
            (None, Pooling::Max) => {
                Err(Error::Component("the largest values of uneven windows are not told".to_owned()))
            }
        }
    }
}
