//! The triplet loss.

use candle_core::Tensor;

use super::{Formula, PerSample};
use crate::Result;
use crate::graph::pointwise::{self, Function};
use crate::graph::real::Real;

/// An anchor shall be nearer to its positive than to its negative by a margin (Schroff et al., 2015):
/// max(`margin` + d(anchor, positive) - d(anchor, negative), 0), where d(a, b) is the Euclidean length of
/// a - b + 1e-6 as in `torch.nn.TripletMarginLoss`.
///
/// ```
/// use modularml::experiment::loss::TripletMargin;
///
/// let loss = TripletMargin::margin(0.2);
/// ```
#[derive(crate::Loss, Clone, Copy, Debug, PartialEq)]
#[inputs(anchor: Output, positive: Output, negative: Output)]
#[shape(anchor == positive == negative)]
pub struct TripletMargin {
    /// How much nearer the positive shall be.
    #[setting(first, above = 0.0)]
    margin: f64,
    /// Takes d(positive, negative) in place of d(anchor, negative) where it is less (Balntas et al., 2016).
    #[setting(default = false)]
    swap: bool,
}

impl Formula for TripletMargin {
    fn forward(&self, inputs: TripletMarginInputs<'_>) -> Result<PerSample> {
        let near = distance(inputs.anchor, inputs.positive)?;
        let mut far = distance(inputs.anchor, inputs.negative)?;
        if self.swap {
            far = far.minimum(&distance(inputs.positive, inputs.negative)?)?;
        }
        Ok(PerSample(pointwise::apply(&((near - far)? + self.margin)?, AtLeastZero)?))
    }
}

/// The Euclidean distance of each row of `a` from that of `b`.
fn distance(a: &Tensor, b: &Tensor) -> candle_core::Result<Tensor> {
    let difference = ((a - b)? + 1e-6)?;
    let squares = match difference.rank() {
        0 | 1 => difference.sqr()?,
        _ => difference.flatten_from(1)?.sqr()?.sum(1)?,
    };
    pointwise::apply(&squares, Root)
}

/// The square root, with gradient 0 at 0.
#[derive(Clone, Copy)]
struct Root;

impl Function for Root {
    const NAME: &'static str = "root";

    fn value<T: Real>(self, x: T) -> T {
        x.sqrt()
    }

    fn slope<T: Real>(self, _: T, value: T) -> T {
        if value > T::zero() { T::from_f64(0.5) / value } else { T::zero() }
    }
}

/// max(x, 0), with gradient 1 at 0 as PyTorch's `clamp_min`.
#[derive(Clone, Copy)]
struct AtLeastZero;

impl Function for AtLeastZero {
    const NAME: &'static str = "at least zero";

    fn value<T: Real>(self, x: T) -> T {
        if x < T::zero() { T::zero() } else { x }
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        if x < T::zero() { T::zero() } else { T::one() }
    }
}
