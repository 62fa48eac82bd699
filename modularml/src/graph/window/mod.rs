//! Windows that slide along axes: what convolutions and pools have in common.

mod convolve;

mod groups;
mod pool;
mod runs;
mod shifts;

pub use crate::spec::Padding;
pub(crate) use crate::spec::Slide;
pub(crate) use convolve::{Direction, convolve};
pub(crate) use pool::{Pooling, pool};
pub(crate) use runs::Runs;

impl Padding {
    /// How many positions beyond an end of an input of that length can be filled.
    #[must_use]
    pub const fn most(self, length: usize) -> usize {
        match self {
            Self::Zeros | Self::Replicate => usize::MAX,
            Self::Reflect => length.saturating_sub(1),
            Self::Circular => length,
        }
    }

    /// The positions that make a length longer at its end; none where too few are there, or zeros are wanted.
    pub(crate) fn places(self, length: usize, wanted: usize) -> Option<Vec<u32>> {
        let place = |position: usize| u32::try_from(self.source(position.cast_signed(), length)?).ok();
        (0..wanted).map(place).collect()
    }

    /// The position in the input that stands for one which may lie beyond its ends; none is a zero.
    pub(crate) fn source(self, position: isize, length: usize) -> Option<usize> {
        let length = length.cast_signed();
        if (0..length).contains(&position) {
            return usize::try_from(position).ok();
        }
        let inside = match self {
            Self::Zeros => return None,
            Self::Reflect if position < 0 => -position,
            Self::Reflect => 2 * (length - 1) - position,
            Self::Replicate => position.clamp(0, length - 1),
            Self::Circular => position.rem_euclid(length),
        };
        usize::try_from(inside).ok().filter(|&inside| inside < length.cast_unsigned())
    }
}

/// The windows along one axis.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    /// How long the axis is.
    length: usize,
    /// How many windows there are.
    pub count: usize,
    /// How many positions each has at most.
    pub size: usize,
    /// The positions of the windows in the input, `size` for each; none is a zero, or no position at all.
    sources: Vec<Option<usize>>,
    /// By how many positions the sum of a window is divided for its mean.
    divisors: Vec<usize>,
}

impl Windows {
    /// Windows that slide along an axis; `counts_padding` says whether means count the padding.
    pub fn sliding(length: usize, slide: &Slide, padding: Padding, counts_padding: bool) -> Option<Self> {
        Some(Self::over(length, slide.count(length)?, slide, padding, counts_padding))
    }

    /// So many windows that slide along the axis which they leave behind when they are spread, `more` positions longer than
    /// they read.
    pub fn spread(count: usize, slide: &Slide, more: usize) -> Option<Self> {
        Some(Self::over(slide.spread(count, more)?, count, slide, Padding::Zeros, false))
    }

    fn over(length: usize, count: usize, slide: &Slide, padding: Padding, counts_padding: bool) -> Self {
        let mut sources = Vec::with_capacity(count * slide.size);
        let mut divisors = Vec::with_capacity(count);
        for window in 0..count {
            let start = (window * slide.stride).cast_signed() - slide.before.cast_signed();
            let positions = (0..slide.size).map(|i| start + (i * slide.dilation).cast_signed());
            sources.extend(positions.clone().map(|position| padding.source(position, length)));
            let (low, high) = if counts_padding {
                (-slide.before.cast_signed(), (length + slide.behind).cast_signed())
            } else {
                (0, length.cast_signed())
            };
            divisors.push(positions.filter(|position| (low..high).contains(position)).count().max(1));
        }
        Self { length, count, size: slide.size, sources, divisors }
    }

    /// So many windows that cover an axis evenly: window i from floor(i * length / count) up to, not including,
    /// ceil((i + 1) * length / count).
    pub fn covering(length: usize, count: usize) -> Self {
        let ends = |window: usize| (window * length / count, ((window + 1) * length).div_ceil(count));
        let size = (0..count).map(|window| ends(window).1 - ends(window).0).max().unwrap_or(0);
        let mut sources = Vec::with_capacity(count * size);
        let mut divisors = Vec::with_capacity(count);
        for (start, end) in (0..count).map(ends) {
            sources.extend((start..start + size).map(|position| (position < end).then_some(position)));
            divisors.push((end - start).max(1));
        }
        Self { length, count, size, sources, divisors }
    }

    /// The positions of a window.
    fn sources(&self, window: usize) -> &[Option<usize>] {
        self.sources.get(window * self.size..(window + 1) * self.size).unwrap_or_default()
    }
}

/// The windows of a plane: of a sequence `[length]`, of an image `[height, width]`, of a volume.
#[derive(Clone, Debug)]
pub(crate) struct Grid {
    axes: Vec<Windows>,
}

impl Grid {
    /// The windows along each axis.
    pub const fn of(axes: Vec<Windows>) -> Self {
        Self { axes }
    }

    /// How many numbers the input plane holds.
    fn input(&self) -> usize {
        self.axes.iter().map(|axis| axis.length).product()
    }

    /// How many windows the plane has.
    fn count(&self) -> usize {
        self.axes.iter().map(|axis| axis.count).product()
    }

    /// How many positions a window has.
    fn size(&self) -> usize {
        self.axes.iter().map(|axis| axis.size).product()
    }

    /// The place in the plane of every position of every window, window after window.
    fn places(&self) -> Vec<Option<usize>> {
        let mut places = vec![Some(0)];
        let mut size = 1;
        for axis in &self.axes {
            let mut finer = Vec::with_capacity(places.len() * axis.sources.len());
            for outer in places.chunks_exact(size) {
                for window in 0..axis.count {
                    for place in outer {
                        let line = place.map(|place| place * axis.length);
                        finer.extend(axis.sources(window).iter().map(|position| Some(line? + (*position)?)));
                    }
                }
            }
            size *= axis.size.max(1);
            places = finer;
        }
        places
    }

    /// By what the sum of each window is divided for its mean.
    pub(crate) fn divisors(&self) -> Vec<usize> {
        let finer = |divisors: Vec<usize>, axis: &Windows| -> Vec<usize> {
            divisors.iter().flat_map(|outer| axis.divisors.iter().map(move |own| outer * own)).collect()
        };
        self.axes.iter().fold(vec![1], finer)
    }
}
