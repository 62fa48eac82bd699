//! The largest value or the mean of each window, with a backward for any size and stride (candle's needs equal ones).

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, CustomOp2, Layout, Result, Shape, Tensor, bail};

use super::Grid;
use crate::graph::kernel::device::apply1;
use crate::graph::pointwise::elements;
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
    let map = Map {
        pooling,
        plane: grid.input(),
        size: grid.size(),
        places: grid.places().into(),
        divisors: grid.divisors().into(),
    };
    apply1(&x.contiguous()?, map)
}

#[derive(Clone)]
struct Map {
    pooling: Pooling,
    /// How many numbers a channel holds.
    plane: usize,
    /// How many positions a window has.
    size: usize,
    /// By window and position, the place in the channel, where there is one.
    places: Arc<[Option<usize>]>,
    divisors: Arc<[usize]>,
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

    fn forward<T: Real>(&self, x: &[T]) -> Vec<T> {
        let mut result = Vec::with_capacity(x.len() / self.plane.max(1) * self.divisors.len());
        for channel in x.chunks_exact(self.plane.max(1)) {
            result.extend(self.windows().map(|(window, divisor)| match self.pooling {
                Pooling::Max => largest(channel, window).map_or_else(T::zero, |(_, value)| value),
                Pooling::Mean => {
                    values(channel, window).fold(T::zero(), |sum, (_, value)| sum + value) * share(divisor)
                }
            }));
        }
        result
    }

    fn backward<T: Real>(&self, x: &[T], g: &[T]) -> Vec<T> {
        let mut result = vec![T::zero(); x.len()];
        let channels = x.chunks_exact(self.plane.max(1)).zip(result.chunks_exact_mut(self.plane.max(1)));
        for ((channel, result), g) in channels.zip(g.chunks_exact(self.divisors.len().max(1))) {
            for ((window, divisor), &g) in self.windows().zip(g) {
                match self.pooling {
                    Pooling::Max => {
                        if let Some(number) = largest(channel, window).and_then(|(place, _)| result.get_mut(place)) {
                            *number += g;
                        }
                    }
                    Pooling::Mean => {
                        let g = g * share(divisor);
                        for place in window.iter().flatten() {
                            if let Some(number) = result.get_mut(*place) {
                                *number += g;
                            }
                        }
                    }
                }
            }
        }
        result
    }
}

impl CustomOp1 for Map {
    fn name(&self) -> &'static str {
        "pool"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let values = match x {
            CpuStorage::F32(x) => CpuStorage::F32(self.forward(elements(x, layout)?)),
            CpuStorage::F64(x) => CpuStorage::F64(self.forward(elements(x, layout)?)),
            _ => bail!("pool takes f32 or f64"),
        };
        let (rows, channels) = match layout.dims() {
            [rows, channels, ..] => (*rows, *channels),
            other => bail!("pool takes [rows, channels, ..], found {other:?}"),
        };
        Ok((values, (rows, channels, self.divisors.len()).into()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        // Data needs no gradient.
        if !x.track_op() {
            return Ok(None);
        }
        x.apply_op2_no_bwd(&gradient.contiguous()?, &Backward(self.clone())).map(Some)
    }
}

struct Backward(Map);

impl CustomOp2 for Backward {
    fn name(&self) -> &'static str {
        "pool backward"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        layout: &Layout,
        gradient: &CpuStorage,
        gradient_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let gradient = match (x, gradient) {
            (CpuStorage::F32(x), CpuStorage::F32(g)) => {
                CpuStorage::F32(self.0.backward(elements(x, layout)?, elements(g, gradient_layout)?))
            }
            (CpuStorage::F64(x), CpuStorage::F64(g)) => {
                CpuStorage::F64(self.0.backward(elements(x, layout)?, elements(g, gradient_layout)?))
            }
            _ => bail!("pool takes f32 or f64"),
        };
        Ok((gradient, layout.shape().clone()))
    }
}
