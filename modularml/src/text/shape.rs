//! The shape of one sample's value.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The most axes that a value may have.
pub const MAX_RANK: usize = 8;

/// The axes of one sample's value, the batch axis not counted; a single number has none.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Shape {
    axes: [usize; MAX_RANK],
    rank: usize,
}

impl Shape {
    /// The shape of a single number.
    pub const SCALAR: Self = Self { axes: [0; MAX_RANK], rank: 0 };

    /// A shape from its axes; axes after the eighth are dropped, which the rules refuse before (see
    /// [`Shape::fits`]).
    #[must_use]
    pub const fn new(axes: &[usize]) -> Self {
        let mut shape = Self::SCALAR;
        while shape.rank < axes.len() && shape.rank < MAX_RANK {
            shape.axes[shape.rank] = axes[shape.rank];
            shape.rank += 1;
        }
        shape
    }

    /// The shape of `size` values of this shape, or `None` when that is an axis too many.
    #[must_use]
    pub const fn inside(&self, size: usize) -> Option<Self> {
        if !Self::fits(self.rank + 1) {
            return None;
        }
        let mut shape = Self::SCALAR;
        shape.axes[0] = size;
        while shape.rank < self.rank {
            shape.axes[shape.rank + 1] = self.axes[shape.rank];
            shape.rank += 1;
        }
        shape.rank += 1;
        Some(shape)
    }

    /// The shape of sequences of at most `length` values of shape `element`; one of no length, which the rules refuse,
    /// when that is an axis too many.
    #[must_use]
    pub const fn of_length(length: usize, element: Self) -> Self {
        match element.inside(length) {
            Some(shape) => shape,
            None => element.with_axis(0, 0),
        }
    }

    /// Whether so many axes can be held.
    #[must_use]
    pub const fn fits(rank: usize) -> bool {
        rank <= MAX_RANK
    }

    /// The number of axes.
    #[must_use]
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// The size of an axis; 0 when there is no such axis.
    #[must_use]
    pub const fn axis(&self, axis: usize) -> usize {
        if axis < self.rank { self.axes[axis] } else { 0 }
    }

    /// The same shape with one axis of another size.
    #[must_use]
    pub const fn with_axis(mut self, axis: usize, size: usize) -> Self {
        if axis < self.rank {
            self.axes[axis] = size;
        }
        self
    }

    /// The axes in order.
    #[must_use]
    pub const fn axes(&self) -> &[usize] {
        let (used, _) = self.axes.split_at(self.rank);
        used
    }

    /// The same shape with one more axis at its end; a ninth is dropped.
    #[must_use]
    pub const fn with_last(mut self, size: usize) -> Self {
        if self.rank < MAX_RANK {
            self.axes[self.rank] = size;
            self.rank += 1;
        }
        self
    }

    /// The same shape without its first axis.
    #[must_use]
    pub const fn without_first(&self) -> Self {
        let mut shape = Self::SCALAR;
        let mut axis = 1;
        while axis < self.rank {
            shape = shape.with_last(self.axes[axis]);
            axis += 1;
        }
        shape
    }

    /// How many numbers a value holds, or `None` when the count overflows.
    #[must_use]
    pub const fn elements(&self) -> Option<usize> {
        let mut count = 1usize;
        let mut axis = 0;
        while axis < self.rank {
            match count.checked_mul(self.axes[axis]) {
                Some(product) => count = product,
                None => return None,
            }
            axis += 1;
        }
        Some(count)
    }

    /// Whether both shapes have the same axes.
    #[must_use]
    pub const fn same(&self, other: &Self) -> bool {
        if self.rank != other.rank {
            return false;
        }
        let mut axis = 0;
        while axis < self.rank {
            if self.axes[axis] != other.axes[axis] {
                return false;
            }
            axis += 1;
        }
        true
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.axes())
    }
}

impl std::fmt::Debug for Shape {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

impl Serialize for Shape {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.axes().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let axes = Vec::<usize>::deserialize(deserializer)?;
        if !Self::fits(axes.len()) {
            return Err(D::Error::custom(format!("{} axes; at most {MAX_RANK} are possible", axes.len())));
        }
        Ok(Self::new(&axes))
    }
}
