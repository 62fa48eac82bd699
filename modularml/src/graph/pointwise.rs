//! Functions of one number with a derivative of our own, applied to every element of a tensor in one pass.

use candle_core::{Result, Shape, Tensor};

use super::autograd::{self, Given, Operation, To, first};
use super::kernel::vectorized;
use super::real::Real;

/// A function of one number.
pub(crate) trait Function: Copy + Send + Sync + 'static {
    /// The name in candle's messages.
    const NAME: &'static str;
    /// Whether f(x) is x.
    const IS_UNCHANGED: bool = false;
    /// f(x).
    fn value<T: Real>(self, x: T) -> T;
    /// f'(x), given f(x) as well.
    fn slope<T: Real>(self, x: T, value: T) -> T;
}

/// f of every element, with a gradient.
pub(crate) fn apply(x: &Tensor, function: impl Function) -> Result<Tensor> {
    autograd::apply(&[x], Pointwise(function))
}

struct Pointwise<F>(F);

impl<F: Function> Operation for Pointwise<F> {
    const NAME: &'static str = F::NAME;

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let x = first(inputs)?;
        let mut y = x.numbers.to_vec();
        vectorized!(|| y.iter_mut().for_each(|y| *y = self.0.value(*y)));
        Ok((y, x.dims.into()))
    }

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], y: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let x = first(inputs)?.numbers;
        to.write(0, |of_x, adds| {
            vectorized!(|| {
                for ((of_x, &g), (&x, &y)) in of_x.iter_mut().zip(&*gradient).zip(x.iter().zip(y)) {
                    let slope = g * self.0.slope(x, y);
                    *of_x = if adds { *of_x + slope } else { slope };
                }
            });
            Ok(())
        })
    }
}
