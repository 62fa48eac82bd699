//! The largest value or the mean of each window, with a backward for any size and stride (candle's needs equal ones).

use candle_core::{Result, Shape, Tensor, bail};

use super::Grid;
use crate::graph::autograd::{Given, Operation, To, apply, first};
use crate::graph::real::Real;

/// What is kept of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pooling {
    /// The largest value; the first one gets the gradient where several are equal. NaN counts as the largest.
    Max,
    /// The mean.
    Mean,
}

/// `[rows, channels, plane..]` to `[rows, channels, windows]`.
pub(crate) fn pool(x: &Tensor, grid: &Grid, pooling: Pooling) -> Result<Tensor> {
    let map = Map { pooling, plane: grid.input(), size: grid.size(), places: grid.places(), divisors: grid.divisors() };
    apply(&[x], map)
}

struct Map {
    pooling: Pooling,
    /// How many numbers a channel holds.
    plane: usize,
    /// How many positions a window has.
    size: usize,
    /// By window and position, the place in the channel, where there is one.
    places: Vec<Option<usize>>,
    divisors: Vec<usize>,
}

/// The values of a window, each with its place.
fn values<'a, T: Real>(channel: &'a [T], window: &'a [Option<usize>]) -> impl Iterator<Item = (usize, T)> + 'a {
    window.iter().filter_map(|place| Some(((*place)?, *channel.get((*place)?)?)))
}

/// The largest value with its place.
fn largest<T: Real>(channel: &[T], window: &[Option<usize>]) -> Option<(usize, T)> {
    let is_nan = |value: T| value.partial_cmp(&value).is_none();
    let beats = |new: T, old: T| new > old || (is_nan(new) && !is_nan(old));
    values(channel, window).reduce(|best, next| if beats(next.1, best.1) { next } else { best })
}

#[allow(clippy::cast_precision_loss, reason = "windows are far below 2^52")]
fn share<T: Real>(divisor: usize) -> T {
    T::from_f64(1.0 / divisor as f64)
}

impl Map {
    fn windows(&self) -> impl Iterator<Item = (&[Option<usize>], usize)> {
        self.places.chunks_exact(self.size.max(1)).zip(self.divisors.iter().copied())
    }
}

impl Operation for Map {
    const NAME: &'static str = "pool";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let x = first(inputs)?;
        let [rows, channels, ..] = *x.dims else { bail!("pool takes [rows, channels, ..], found {:?}", x.dims) };
        let mut y = Vec::with_capacity(rows * channels * self.divisors.len());
        for channel in x.numbers.chunks_exact(self.plane.max(1)) {
            y.extend(self.windows().map(|(window, divisor)| match self.pooling {
                Pooling::Max => largest(channel, window).map_or_else(T::zero, |(_, value)| value),
                Pooling::Mean => {
                    values(channel, window).fold(T::zero(), |sum, (_, value)| sum + value) * share(divisor)
                }
            }));
        }
        Ok((y, (rows, channels, self.divisors.len()).into()))
    }

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], _: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let x = first(inputs)?.numbers;
        to.write(0, |of_x, adds| {
            if !adds {
                of_x.fill(T::zero());
            }
            let channels = x.chunks_exact(self.plane.max(1)).zip(of_x.chunks_exact_mut(self.plane.max(1)));
            for ((channel, of_x), g) in channels.zip(gradient.chunks_exact(self.divisors.len().max(1))) {
                for ((window, divisor), &g) in self.windows().zip(g) {
                    match self.pooling {
                        Pooling::Max => {
                            if let Some(number) = largest(channel, window).and_then(|(place, _)| of_x.get_mut(place)) {
                                *number += g;
                            }
                        }
                        Pooling::Mean => {
                            let g = g * share(divisor);
                            for place in window.iter().flatten() {
                                if let Some(number) = of_x.get_mut(*place) {
                                    *number += g;
                                }
                            }
                        }
                    }
                }
            }
            Ok(())
        })
    }
}
