//! Numbers along an axis as weighted sums of two of others, with a gradient: what interpolation is made of.

use candle_core::{Result, Shape, Tensor, bail};

use super::autograd::{Given, Operation, To, apply, first};
use super::kernel::vectorized;
use super::real::Real;

/// The two positions that a new one is computed from, each with its weight.
pub(crate) type Taps = [(usize, f64); 2];

/// A batch with as many positions along an axis as there are taps.
pub(crate) fn resize(x: &Tensor, axis: usize, taps: &[Taps]) -> Result<Tensor> {
    apply(&[x], Resize { axis, taps: taps.to_vec() })
}

struct Resize {
    axis: usize,
    taps: Vec<Taps>,
}

impl Resize {
    /// How many numbers stand along the axis, and behind each of its positions.
    fn sizes(&self, dims: &[usize]) -> Result<(usize, usize)> {
        let (Some(&length), Some(behind)) = (dims.get(self.axis), dims.get(self.axis + 1..)) else {
            bail!("{dims:?} has no axis {}", self.axis);
        };
        if self.taps.iter().flatten().any(|(from, _)| *from >= length) {
            bail!("an axis of {length} has not all positions that are read");
        }
        Ok((length, behind.iter().product()))
    }

    /// For each new position, those that it is computed from.
    fn read<T: Real>(&self) -> impl Iterator<Item = (usize, usize, T)> + '_ {
        let taps = self.taps.iter().enumerate();
        let taps = taps.flat_map(|(to, taps)| taps.iter().map(move |(from, weight)| (to, *from, *weight)));
        taps.filter(|(.., weight)| *weight != 0.0).map(|(to, from, weight)| (to, from, T::from_f64(weight)))
    }
}

impl Operation for Resize {
    const NAME: &'static str = "resizing";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let x = first(inputs)?;
        let (length, behind) = self.sizes(x.dims)?;
        let mut dims = x.dims.to_vec();
        if let Some(size) = dims.get_mut(self.axis) {
            *size = self.taps.len();
        }
        let mut y = vec![T::zero(); dims.iter().product()];
        let blocks = y.chunks_exact_mut((self.taps.len() * behind).max(1));
        let read: Vec<_> = self.read::<T>().collect();
        for (y, x) in blocks.zip(x.numbers.chunks_exact((length * behind).max(1))) {
            vectorized!(|| for &(to, from, weight) in &read {
                let (y, x) = (&mut y[to * behind..][..behind], &x[from * behind..][..behind]);
                y.iter_mut().zip(x).for_each(|(y, &x)| *y += weight * x);
            });
        }
        Ok((y, dims.into()))
    }

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], _: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let (length, behind) = self.sizes(first(inputs)?.dims)?;
        let read: Vec<_> = self.read::<T>().collect();
        to.write(0, |of_x, adds| {
            if !adds {
                of_x.fill(T::zero());
            }
            let blocks = gradient.chunks_exact((self.taps.len() * behind).max(1));
            for (g, of_x) in blocks.zip(of_x.chunks_exact_mut((length * behind).max(1))) {
                vectorized!(|| for &(to, from, weight) in &read {
                    let (g, of_x) = (&g[to * behind..][..behind], &mut of_x[from * behind..][..behind]);
                    of_x.iter_mut().zip(g).for_each(|(of_x, &g)| *of_x += weight * g);
                });
            }
            Ok(())
        })
    }
}
