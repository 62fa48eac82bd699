//! Transposed convolutions.

use super::conv::{Convolution, Over, as_it_is, one};
use super::init::Init;
use super::{BuildLayer, Layer, LayerBuild, Learns, OnPadding, ShapeRule, SlidingWindow};
use crate::Result;
use crate::text::Shape;

/// Writes transposed convolutions; `$sizes` is what a setting holds, a number or a size for each axis, and `$shape` makes a
/// shape of it.
macro_rules! transposed_convolutions {
    ($(
        $(#[$documentation:meta])*
        $name:ident $spatial:literal $sizes:ident $shape:ident $none:expr, $one:expr, $three:expr;
    )*) => { $(
        $(#[$documentation])*
        #[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
        #[spec(shape = ShapeRule::Spread { window: self.window(), output_padding: $shape(self.output_padding) }, learns = Learns::BySteps, padding = OnPadding::Masks)]
        pub struct $name {
            /// The channels of the output.
            #[setting(first, at_least = 1)]
            channels: usize,
            /// Over how many positions of the output a position of the input is spread.
            #[setting(default = $three, at_least = 1)]
            kernel: $sizes,
            /// How far in the output the next position is spread from one.
            #[setting(default = $one, at_least = 1)]
            stride: $sizes,
            /// How many positions are taken off either end of each axis of the output.
            #[setting(default = $none)]
            padding: $sizes,
            /// How many positions are added behind the last of each axis of the output, fewer than the stride or the
            /// dilation.
            #[setting(default = $none)]
            output_padding: $sizes,
            /// How far the positions that one is spread over are from each other.
            #[setting(default = $one, at_least = 1)]
            dilation: $sizes,
            /// Into how many groups the channels fall, each computed from its own part of the input.
            #[setting(default = 1, at_least = 1)]
            groups: usize,
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
            /// The windows of the convolution from the output back to the input.
            const fn window(self) -> SlidingWindow {
                let (kernel, stride) = ($shape(self.kernel), $shape(self.stride));
                SlidingWindow {
                    channels: Some(self.channels),
                    groups: self.groups,
                    ..SlidingWindow::over(kernel, stride, $shape(self.padding), $shape(self.dilation), $spatial)
                }
            }
        }

        impl BuildLayer for $name {
            fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
                let over = Over::Spread(self.window(), $shape(self.output_padding));
                Ok(Box::new(Convolution::new(over, !self.no_bias, (self.init, self.init_gain), build)?))
            }
        }
    )* };
}

transposed_convolutions! {
    /// The transposed convolution of a sequence of several channels, which makes it longer: each position is spread over a
    /// window of the output, `y[o, t stride + k dilation - padding] += W[c, o, k] x[c, t]`, and `b[o]` added. It is the
    /// gradient of the convolution with these settings, taken as a layer, and not its inverse.
    ///
    /// The input is `[channels, length]`, the output `[channels, (length - 1) stride - 2 padding + dilation (kernel - 1) +
    /// output_padding + 1]`.
    ///
    /// ```
    /// use modularml::graph::layer::ConvTranspose1d;
    ///
    /// let twice_as_long = ConvTranspose1d::channels(8).kernel(4).stride(2).padding(1);
    /// ```
    ConvTranspose1d 1 usize one 0, 1, 3;
    /// The transposed convolution of an image of several channels, as [`ConvTranspose1d`] over two axes.
    ///
    /// The input is `[channels, height, width]`; kernel, stride, both paddings and dilation are two sizes, of height and
    /// width.
    ///
    /// ```
    /// use modularml::graph::layer::ConvTranspose2d;
    ///
    /// let twice_as_large = ConvTranspose2d::channels(8).kernel([2, 2]).stride([2, 2]);
    /// ```
    ConvTranspose2d 2 Shape as_it_is Shape::new(&[0, 0]), Shape::new(&[1, 1]), Shape::new(&[3, 3]);
    /// The transposed convolution of a volume of several channels, as [`ConvTranspose1d`] over three axes.
    ///
    /// The input is `[channels, depth, height, width]`; kernel, stride, both paddings and dilation are three sizes, of
    /// depth, height and width.
    ///
    /// ```
    /// use modularml::graph::layer::ConvTranspose3d;
    ///
    /// let twice_as_large = ConvTranspose3d::channels(4).kernel([2, 2, 2]).stride([2, 2, 2]);
    /// ```
    ConvTranspose3d 3 Shape as_it_is Shape::new(&[0, 0, 0]), Shape::new(&[1, 1, 1]), Shape::new(&[3, 3, 3]);
}
