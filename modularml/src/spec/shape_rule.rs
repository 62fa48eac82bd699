//! How the output shape of a layer follows from its inputs.

use super::code::Code;
use super::layer::OnPadding;
use super::schema::Dtype;
use super::window::{Padding, Slide};
use crate::text::{Name, Shape};

/// The times that a layer makes numbers of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Times {
    /// Days and points in time.
    OfCalendar,
    /// Times of day and points in time.
    OfDay,
    /// Spans of time.
    Spans,
}

impl Times {
    /// Whether a column holds them.
    #[must_use]
    pub const fn are(self, dtype: Dtype) -> bool {
        match self {
            Self::OfCalendar => matches!(dtype, Dtype::Timestamp | Dtype::Date),
            Self::OfDay => matches!(dtype, Dtype::Timestamp | Dtype::TimeOfDay),
            Self::Spans => matches!(dtype, Dtype::TimeDelta),
        }
    }
}

/// How a layer's output shape follows from its inputs; the rules of `check` infer it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "a constant holds no box")]
pub enum ShapeRule {
    /// Any input, flattened; the output is stated by a setting or taken from the target.
    Stated(Option<Shape>),
    /// What a setting states, or taken from the target.
    Setting {
        /// The name of the setting.
        name: Name,
        /// Its value.
        shape: Option<Shape>,
    },
    /// Two inputs of any shape, flattened, all of whose products count; the output as with `Stated`.
    Crossed(Option<Shape>),
    /// The shape of the input, whose last axis becomes this wide.
    Width(usize),
    /// Inputs joined along one axis, where -1 is the last; all other axes are equal, or padded to the largest.
    Concat {
        /// The axis, the batch axis not counted.
        axis: i64,
        /// What pads them.
        pad: Option<Padding>,
    },
    /// Inputs of one shape, which is that of the output.
    Equal,
    /// Inputs of one shape, side by side along a new axis, where -1 is the last.
    Stack {
        /// The axis in the output, the batch axis not counted.
        axis: i64,
    },
    /// A vector becomes a single number.
    Reduced,
    /// The shape of the input.
    Same {
        /// How many axes the input has at least.
        least_axes: usize,
    },
    /// The shape of the input, whose first axis, its channels, falls into equal groups.
    Grouped {
        /// How many groups.
        groups: usize,
    },
    /// All numbers of the input as one vector.
    Flat,
    /// This shape, which holds as many numbers as the input.
    Reshaped(Shape),
    /// The shape of the input with its last two axes exchanged.
    Transposed,
    /// Windows that slide along the axes behind the channels.
    Window(SlidingWindow),
    /// The windows of a transposed convolution, spread along the axes behind the channels.
    Spread {
        /// The windows, which slide over the output.
        window: SlidingWindow,
        /// How many positions are added behind the last of each axis.
        output_padding: Shape,
    },
    /// `[channels, ..]` to so many times as many positions along each axis, or to a size for each axis.
    Resized {
        /// How many times as many.
        by: Option<Shape>,
        /// The sizes.
        to: Option<Shape>,
    },
    /// `[channels, ..]` to `[channels, sizes..]`.
    Covered(Shape),
    /// `[channels, ..]` to `[channels]`.
    PerChannel,
    /// `[length, ..]` to `[..]`.
    WithoutPositions,
    /// A vector for each code of the input, behind its axes.
    Embedded {
        /// How many codes there are; as many as classes when not given.
        entries: Option<usize>,
        /// How many numbers a vector holds; as many as there are codes when not given.
        size: Option<usize>,
    },
    /// So many numbers, no more than the inputs hold.
    Components(usize),
    /// So many numbers for each of the input, behind its axes.
    Several(usize),
    /// A column of times to so many numbers.
    OfTime {
        /// What the column holds.
        times: Times,
        /// How many numbers.
        width: usize,
    },
    /// `[channels, length]` or `[length]`; the output is stated by a setting or taken from the target.
    Convolved(Option<Shape>),
    /// That of the last of the layers in the setting `layers`, each of which reads the one before it.
    Sequence,
    /// The shape of the input, which is also that of the last of the layers in the setting `layers`.
    Residual,
    /// The shape of the input, `[length, width]`, whose width falls into equal heads.
    Attention {
        /// How many heads.
        heads: usize,
    },
    /// `[length, width]` to `[length, directions * hidden]`.
    Recurrent {
        /// How many gates of `hidden` numbers each direction of each layer has.
        gates: usize,
        /// How wide the state is.
        hidden: usize,
        /// How many layers stand one over the other.
        layers: usize,
        /// How many directions each layer has.
        directions: usize,
        /// Whether the output is the state after the last step alone, without the length.
        last: bool,
    },
    /// A rule of the layer's own, an [`InferShape`](super::InferShape); constants call the layer's method `own_shape`.
    Own(Code),
}

/// The windows of a convolution or pool over `[channels, length]`, `[channels, height, width]` or
/// `[channels, depth, height, width]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each says one thing of the windows")]
pub struct SlidingWindow {
    /// How many axes follow the channels: 1 to 3; the shapes below hold a size for each.
    pub spatial: usize,
    /// The channels of the output; those of the input when not given.
    pub channels: Option<usize>,
    /// Into how many groups the channels fall.
    pub groups: usize,
    /// How many positions a window reads.
    pub kernel: Shape,
    /// How far the next window is from one.
    pub stride: Shape,
    /// How many positions are put at either end of the input.
    pub padding: Shape,
    /// As many positions are put at the ends as make as many windows as there are positions; `padding` is none then.
    pub same: bool,
    /// How far the positions of a window are from each other.
    pub dilation: Shape,
    /// Whether a last window that reaches beyond the end counts.
    pub partial: bool,
    /// What stands at the positions that are put at the ends.
    pub padding_mode: Padding,
    /// Whether the padding must be at most half a window, as for pools.
    pub pads_at_most_half: bool,
    /// Whether means count the padding.
    pub means_count_padding: bool,
}

impl SlidingWindow {
    /// Windows of these sizes that keep the channels.
    pub(crate) const fn over(kernel: Shape, stride: Shape, padding: Shape, dilation: Shape, spatial: usize) -> Self {
        Self {
            spatial,
            channels: None,
            groups: 1,
            kernel,
            stride,
            padding,
            same: false,
            dilation,
            partial: false,
            padding_mode: Padding::Zeros,
            pads_at_most_half: false,
            means_count_padding: true,
        }
    }

    /// What windows make of padding behind the values of shorter rows. Those that a row alone would have are known where
    /// zeros stand at its ends, and means divide by the same count in each of them.
    pub(crate) const fn on_padding(&self) -> OnPadding {
        let mut pads = false;
        let mut axis = 0;
        while axis < self.spatial {
            pads = pads || self.slide(axis).behind > 0;
            axis += 1;
        }
        let is_partial_mean = self.partial && self.means_count_padding;
        if is_partial_mean || pads && !matches!(self.padding_mode, Padding::Zeros) {
            return OnPadding::Refuses;
        }
        OnPadding::Masks
    }

    /// How windows slide along one of the axes behind the channels.
    pub(crate) const fn slide(&self, axis: usize) -> Slide {
        let padding = self.padding.axis(axis);
        let (size, dilation) = (self.kernel.axis(axis), self.dilation.axis(axis));
        let slide = Slide {
            size,
            stride: self.stride.axis(axis),
            before: padding,
            behind: padding,
            dilation,
            partial: self.partial,
        };
        match slide.reach() {
            Some(reach) if self.same => Slide { before: reach / 2, behind: reach - reach / 2, ..slide },
            _ => slide,
        }
    }
}
