//! Windows that slide along an axis.

use crate::text::choices;

/// What a convolution reads beyond the ends of its input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Padding {
    /// Zeros.
    #[default]
    Zeros,
    /// The input mirrored at its last element, which is not repeated: `c b | a b c | b a`.
    Reflect,
    /// The last element again and again: `a a | a b c | c c`.
    Replicate,
    /// The input from its other end: `b c | a b c | a b`.
    Circular,
}

choices!(Padding: Zeros, Reflect, Replicate, Circular);

/// How windows slide along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slide {
    /// How many positions a window reads.
    pub size: usize,
    /// How far the next window is from one.
    pub stride: usize,
    /// How many positions are put before the first of the input.
    pub before: usize,
    /// How many positions are put behind the last of the input.
    pub behind: usize,
    /// How far the positions of a window are from each other.
    pub dilation: usize,
    /// Whether a last window that reaches beyond the padded input counts.
    pub partial: bool,
}

impl Slide {
    /// How far the last position of a window is from its first; none where that overflows.
    pub const fn reach(&self) -> Option<usize> {
        self.size.saturating_sub(1).checked_mul(self.dilation)
    }

    /// How long the axis is over which so many windows slide, with `more` positions behind the last that they read: how
    /// long the output of a transposed convolution is. None where nothing is left, or a count overflows.
    pub const fn spread(&self, windows: usize, more: usize) -> Option<usize> {
        if self.size == 0 || windows == 0 {
            return None;
        }
        let (Some(reach), Some(moved)) = (self.reach(), (windows - 1).checked_mul(self.stride)) else { return None };
        let (Some(both), Some(length)) = (self.before.checked_add(self.behind), reach.checked_add(moved)) else {
            return None;
        };
        let Some(length) = length.checked_add(more) else { return None };
        match length.checked_add(1) {
            Some(length) if length > both => Some(length - both),
            _ => None,
        }
    }

    /// How many windows an axis of that length has; none where not even one fits, or a count overflows.
    pub const fn count(&self, length: usize) -> Option<usize> {
        if self.size == 0 || self.stride == 0 || self.dilation == 0 {
            return None;
        }
        let (Some(span), Some(both)) = (self.reach(), self.before.checked_add(self.behind)) else {
            return None;
        };
        let (Some(span), Some(padded)) = (span.checked_add(1), length.checked_add(both)) else { return None };
        let Some(room) = padded.checked_sub(span) else { return None };
        if !self.partial {
            return Some(room / self.stride + 1);
        }
        let count = room.div_ceil(self.stride) + 1;
        // A window that begins in the padding behind the input is left out.
        Some(if (count - 1).saturating_mul(self.stride) >= length + self.before { count - 1 } else { count })
    }
}
