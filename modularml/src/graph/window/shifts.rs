//! Windows that follow each other number by number: all numbers at one of their positions are a line of the input, so
//! that a convolution is a product with lines, and no matrix of windows is written.

/// The lines of the input, and those of the output's gradient that the input's is a product with.
#[derive(Debug)]
pub(super) struct Shifts {
    pub(super) of_input: Lines,
    pub(super) of_output: Lines,
}

impl Shifts {
    /// `shifts` tells by position where in a plane the first window has its number, which may be before the plane.
    pub fn of(plane: usize, windows: usize, shifts: &[isize]) -> Self {
        let back: Vec<isize> = shifts.iter().map(|shift| -shift).collect();
        Self { of_input: Lines::of(plane, shifts, windows), of_output: Lines::of(windows, &back, plane) }
    }
}

/// Lines of channels with zeros at both ends.
#[derive(Debug)]
pub(super) struct Lines {
    /// Numbers of a channel, without and with zeros.
    length: usize,
    padded: usize,
    /// Zeros before a channel.
    before: usize,
    /// By position, where its line begins in a channel with zeros.
    offsets: Vec<usize>,
    /// Numbers of a line.
    pub(super) count: usize,
}

impl Lines {
    fn of(length: usize, shifts: &[isize], count: usize) -> Self {
        let before = shifts.iter().map(|shift| shift.min(&0).unsigned_abs()).max().unwrap_or(0);
        let ends = shifts.iter().map(|shift| count.saturating_add_signed(*shift).saturating_sub(length));
        let padded = before + length + ends.max().unwrap_or(0);
        let offsets = shifts.iter().map(|shift| before.saturating_add_signed(*shift)).collect();
        Self { length, padded, before, offsets, count }
    }

    /// Where the lines of some channels begin.
    pub fn starts(&self, channels: usize) -> Vec<usize> {
        let starts = |channel: usize| self.offsets.iter().map(move |offset| channel * self.padded + offset);
        (0..channels).flat_map(starts).collect()
    }

    /// How many numbers channels with zeros have.
    pub const fn padded(&self, channels: usize) -> usize {
        channels * self.padded
    }

    /// Copies channels between the zeros.
    pub fn pad<T: Copy>(&self, channels: &[T], padded: &mut [T]) {
        let channels = channels.chunks_exact(self.length.max(1));
        for (padded, channel) in padded.chunks_exact_mut(self.padded.max(1)).zip(channels) {
            padded[self.before..][..self.length].copy_from_slice(channel);
        }
    }
}
