//! Linear maps with a bias and a function behind it, as one operation.

#[cfg(test)]
mod tests;

use candle_core::{Result, Shape, Tensor, bail};

use super::{Matrix, MatrixMut, multiply, vectorized};
use crate::graph::autograd::{Given, Operation, To, apply, weighted};
use crate::graph::pointwise::Function;
use crate::graph::real::Real;

/// f(x Wᵀ + b) of `[rows, inputs]`, `[outputs, inputs]` and `[outputs]`, as `[rows, outputs]`.
///
/// Rows of x may have more axes than one, or be many in more axes. The slope of f must be told by its value alone: the
/// numbers before it are not kept. A batch that comes from no parameter, as in the first layer, gets no gradient, which
/// would be a product as large as the forward one.
pub(crate) fn affine(x: &Tensor, weight: &Tensor, bias: Option<&Tensor>, function: impl Function) -> Result<Tensor> {
    let inputs: Vec<&Tensor> = [x, weight].into_iter().chain(bias).collect();
    apply(&inputs, Affine(function))
}

struct Affine<F>(F);

impl<F: Function> Operation for Affine<F> {
    const NAME: &'static str = F::NAME;

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let (size, x, weight, bias) = Size::of(inputs)?;
        let mut y = match bias {
            Some(bias) => bias.repeat(size.rows),
            None => vec![T::zero(); size.rows * size.outputs],
        };
        multiply(size.y(&mut y)?, bias.is_some(), size.x(x)?, size.weight(weight)?.t())?;
        if !F::IS_UNCHANGED {
            vectorized!(|| y.iter_mut().for_each(|y| *y = self.0.value(*y)));
        }
        Ok((y, (size.rows, size.outputs).into()))
    }

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], y: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let (size, x, weight, _) = Size::of(inputs)?;
        if !F::IS_UNCHANGED {
            vectorized!(|| gradient.iter_mut().zip(y).for_each(|(g, &y)| *g *= self.0.slope(y, y)));
        }
        let g = size.outer(gradient)?;
        to.write(0, |of_x, adds| {
            multiply(MatrixMut::new(of_x, size.rows, size.inputs)?, adds, g, size.weight(weight)?)
        })?;
        to.write(1, |of_weight, adds| {
            multiply(MatrixMut::new(of_weight, size.outputs, size.inputs)?, adds, g.t(), size.x(x)?)
        })?;
        to.write(2, |of_bias, adds| {
            add_rows(of_bias, adds, gradient);
            Ok(())
        })
    }
}

/// Adds up the rows of a matrix that is as wide as the sums, behind what the sums hold where `adds`.
///
/// Many rows are added up block by block, and the blocks in f64: a long sum in f32 loses what is small beside it.
pub(crate) fn add_rows<T: Real>(sums: &mut [T], adds: bool, rows: &[T]) {
    let width = sums.len().max(1);
    if rows.len() <= BLOCK * width {
        return add_few_rows(sums, adds, rows);
    }
    let mut totals: Vec<f64> = sums.iter().map(|sum| if adds { sum.to_f64() } else { 0.0 }).collect();
    for block in rows.chunks(BLOCK * width) {
        add_few_rows(sums, false, block);
        totals.iter_mut().zip(&*sums).for_each(|(total, sum)| *total += sum.to_f64());
    }
    sums.iter_mut().zip(totals).for_each(|(sum, total)| *sum = T::from_f64(total));
}

/// How many rows are added up at once.
const BLOCK: usize = 64;

fn add_few_rows<T: Real>(sums: &mut [T], adds: bool, rows: &[T]) {
    vectorized!(|| {
        if !adds {
            sums.fill(T::zero());
        }
        for row in rows.chunks_exact(sums.len().max(1)) {
            sums.iter_mut().zip(row).for_each(|(sum, &number)| *sum += number);
        }
    });
}

/// No function: the numbers stay as they are.
#[derive(Clone, Copy)]
pub(crate) struct Unchanged;

impl Function for Unchanged {
    const NAME: &'static str = "linear map";
    const IS_UNCHANGED: bool = true;

    fn value<T: Real>(self, x: T) -> T {
        x
    }

    fn slope<T: Real>(self, _: T, _: T) -> T {
        T::one()
    }
}

/// The sizes of a map.
struct Size {
    rows: usize,
    inputs: usize,
    outputs: usize,
}

impl Size {
    /// The sizes, and the numbers of x, weight and bias.
    #[allow(clippy::type_complexity, reason = "three slices, named where they are taken")]
    fn of<'a, T: Copy>(inputs: &[Given<'a, T>]) -> Result<(Self, &'a [T], &'a [T], Option<&'a [T]>)> {
        let (x, weight, bias) = weighted(inputs)?;
        match (x.dims, weight.dims) {
            ([_, rest @ ..], &[outputs, inputs])
                if (rest.last() == Some(&inputs) || rest.iter().product::<usize>() == inputs)
                    && bias.is_none_or(|bias| *bias.dims == [outputs]) =>
            {
                let rows = x.numbers.len() / inputs.max(1);
                Ok((Self { rows, inputs, outputs }, x.numbers, weight.numbers, bias.map(|bias| bias.numbers)))
            }
            (x, weight) => bail!(
                "a weight of {weight:?} and a bias of {:?} do not fit to a batch of {x:?}",
                bias.map(|bias| bias.dims)
            ),
        }
    }

    fn x<'a, T>(&self, x: &'a [T]) -> Result<Matrix<'a, T>> {
        Matrix::new(x, self.rows, self.inputs)
    }

    fn weight<'a, T>(&self, weight: &'a [T]) -> Result<Matrix<'a, T>> {
        Matrix::new(weight, self.outputs, self.inputs)
    }

    fn outer<'a, T>(&self, gradient: &'a [T]) -> Result<Matrix<'a, T>> {
        Matrix::new(gradient, self.rows, self.outputs)
    }

    fn y<'a, T>(&self, y: &'a mut [T]) -> Result<MatrixMut<'a, T>> {
        MatrixMut::new(y, self.rows, self.outputs)
    }
}
