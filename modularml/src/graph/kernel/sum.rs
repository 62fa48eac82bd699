//! Sums of tensors.

use candle_core::{Result, Shape, Tensor, bail};

use super::{put, vectorized};
use crate::graph::autograd::{Given, Operation, To, apply};
use crate::graph::real::Real;

/// The sum of two tensors of one shape.
pub(crate) fn sum(a: &Tensor, b: &Tensor) -> Result<Tensor> {
    apply(&[a, b], Sum)
}

struct Sum;

impl Operation for Sum {
    const NAME: &'static str = "sum";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let [a, b] = inputs else { bail!("two tensors are added, found {}", inputs.len()) };
        if a.dims != b.dims {
            bail!("{:?} and {:?} cannot be added", a.dims, b.dims);
        }
        let mut sum = a.numbers.to_vec();
        vectorized!(|| put(&mut sum, true, b.numbers));
        Ok((sum, a.dims.into()))
    }

    fn backward<T: Real>(&self, _: &[Given<'_, T>], _: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        for input in [0, 1] {
            to.write(input, |place, adds| {
                vectorized!(|| put(place, adds, gradient));
                Ok(())
            })?;
        }
        Ok(())
    }
}
