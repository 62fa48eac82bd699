//! Attention of the positions of each sequence to each other, as one operation.

use candle_core::{CpuStorage, CustomOp1, DType, Layout, Result, Shape, Tensor, bail};

use super::{
    Matrix, MatrixMut, in_parallel, largest_of, multiply, numbers, sum_of, sum_of_pairs, vectorized, with_numbers,
};
use crate::graph::kernel::device::{apply1, on_cpu};
use crate::graph::real::Real;

/// softmax(q kᵀ / sqrt(d)) v of each head: `[rows, length, 3 * width]`, which holds q, k and v side by side, to
/// `[rows, length, width]`. Each of the three falls into heads of d = width / heads numbers.
///
/// Where given, `factors` of `[rows, heads, length, length]` multiply what softmax gives, as dropout does. What softmax
/// gives is computed again for the gradient: for long sequences it is larger than all else.
pub(crate) fn attend(projected: &Tensor, heads: usize, causal: bool, factors: Option<Tensor>) -> Result<Tensor> {
    let factors = factors.map(|factors| on_cpu(&factors)).transpose()?;
    apply1(&projected.contiguous()?, Attend { heads: heads.max(1), causal, factors })
}

struct Attend {
    heads: usize,
    /// Whether no position sees those behind it.
    causal: bool,
    factors: Option<Tensor>,
}

/// The sizes of a batch of sequences.
#[derive(Clone, Copy)]
struct Size {
    rows: usize,
    length: usize,
    width: usize,
    heads: usize,
}

/// The three things that lie side by side at each position.
#[derive(Clone, Copy)]
enum Part {
    Query,
    Key,
    Value,
}

impl Size {
    /// Numbers of a head.
    const fn each(&self) -> usize {
        self.width / self.heads
    }

    /// Numbers of the weights of a head.
    const fn square(&self) -> usize {
        self.length * self.length
    }

    const fn multiplications(&self) -> usize {
        2 * self.rows * self.square() * self.width
    }

    /// Where a part of a head begins.
    const fn start(&self, part: Part, head: usize) -> usize {
        part as usize * self.width + head * self.each()
    }

    /// A part of a head in the numbers of a row, `[length, each]`.
    fn part<'a, T>(&self, row: &'a [T], part: Part, head: usize) -> Result<Matrix<'a, T>> {
        let from = row.get(self.start(part, head)..).unwrap_or_default();
        Matrix::with_row_stride(from, self.length, self.each(), 3 * self.width)
    }

    fn part_mut<'a, T>(&self, row: &'a mut [T], part: Part, head: usize) -> Result<MatrixMut<'a, T>> {
        let from = row.get_mut(self.start(part, head)..).unwrap_or_default();
        MatrixMut::with_row_stride(from, self.length, self.each(), 3 * self.width)
    }

    /// A head in the means of a row, `[length, each]`.
    fn mean<'a, T>(&self, row: &'a [T], head: usize) -> Result<Matrix<'a, T>> {
        let from = row.get(head * self.each()..).unwrap_or_default();
        Matrix::with_row_stride(from, self.length, self.each(), self.width)
    }

    fn mean_mut<'a, T>(&self, row: &'a mut [T], head: usize) -> Result<MatrixMut<'a, T>> {
        let from = row.get_mut(head * self.each()..).unwrap_or_default();
        MatrixMut::with_row_stride(from, self.length, self.each(), self.width)
    }

    fn matrix<'a, T>(&self, weights: &'a [T]) -> Result<Matrix<'a, T>> {
        Matrix::new(weights, self.length, self.length)
    }

    fn matrix_mut<'a, T>(&self, weights: &'a mut [T]) -> Result<MatrixMut<'a, T>> {
        MatrixMut::new(weights, self.length, self.length)
    }

    /// What the products are multiplied by.
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^52")]
    fn scale<T: Real>(&self) -> T {
        T::from_f64(1.0 / (self.each() as f64).sqrt())
    }
}

impl Attend {
    fn size(&self, dims: &[usize]) -> Result<Size> {
        match *dims {
            [rows, length, three] if three.is_multiple_of(3 * self.heads) => {
                Ok(Size { rows, length, width: three / 3, heads: self.heads })
            }
            _ => bail!("{dims:?} is not [rows, length, 3 * width] for {} heads", self.heads),
        }
    }

    /// The factors of all heads of each row; none is as good as any for each of `rows`.
    fn factors<T: Real, R>(&self, size: Size, read: impl FnOnce(Vec<Option<&[T]>>) -> Result<R>) -> Result<R> {
        match &self.factors {
            None => read(vec![None; size.rows]),
            Some(factors) => with_numbers(&factors.contiguous()?, |factors: &[T]| {
                read(factors.chunks_exact((size.heads * size.square()).max(1)).map(Some).collect())
            }),
        }
    }

    /// softmax(q kᵀ / sqrt(d)) of a head.
    fn weigh<T: Real>(&self, size: Size, row: &[T], head: usize, weights: &mut [T]) -> Result<()> {
        let (query, key) = (size.part(row, Part::Query, head)?, size.part(row, Part::Key, head)?);
        multiply(size.matrix_mut(weights)?, false, query, key.t())?;
        let scale = size.scale::<T>();
        vectorized!(|| {
            for (position, weights) in weights.chunks_exact_mut(size.length.max(1)).enumerate() {
                let seen = if self.causal { position + 1 } else { size.length };
                let (seen, unseen) = weights.split_at_mut(seen.min(size.length));
                unseen.fill(T::zero());
                let largest = largest_of(seen);
                for weight in &mut *seen {
                    *weight = ((*weight - largest) * scale).exp();
                }
                let share = T::one() / sum_of(seen, |weight| weight);
                for weight in seen {
                    *weight *= share;
                }
            }
        });
        Ok(())
    }

    fn forward<T: Real>(&self, projected: &[T], size: Size) -> Result<Vec<T>> {
        let mut means = vec![T::zero(); size.rows * size.length * size.width];
        self.factors(size, |factors| {
            let rows = projected.chunks_exact((3 * size.length * size.width).max(1));
            let rows = rows.zip(means.chunks_exact_mut((size.length * size.width).max(1))).zip(factors);
            in_parallel(size.multiplications(), rows.collect(), |((row, means), factors)| {
                let mut weights = vec![T::zero(); size.square()];
                for head in 0..size.heads {
                    self.weigh(size, row, head, &mut weights)?;
                    if let Some(factors) = factors_of(factors, size, head) {
                        weights.iter_mut().zip(factors).for_each(|(weight, &factor)| *weight *= factor);
                    }
                    let value = size.part(row, Part::Value, head)?;
                    multiply(size.mean_mut(means, head)?, false, size.matrix(&weights)?, value)?;
                }
                Ok(())
            })
        })?;
        Ok(means)
    }

    /// With p what softmax gave, f the factors and g the gradient of the means: that of v is (f p)ᵀ g; with
    /// s = f (g vᵀ), that of the products before softmax is p (s - sum(p s)).
    fn backward<T: Real>(&self, projected: &[T], gradient: &[T], size: Size) -> Result<Vec<T>> {
        let mut of_projected = vec![T::zero(); projected.len()];
        let (numbers, means) = ((3 * size.length * size.width).max(1), (size.length * size.width).max(1));
        self.factors(size, |factors| {
            let rows = projected.chunks_exact(numbers).zip(of_projected.chunks_exact_mut(numbers));
            let rows = rows.zip(gradient.chunks_exact(means)).zip(factors);
            in_parallel(3 * size.multiplications(), rows.collect(), |(((row, of_row), gradient), factors)| {
                let mut weights = vec![T::zero(); size.square()];
                let mut slopes = vec![T::zero(); size.square()];
                let mut kept = factors.map(|_| vec![T::zero(); size.square()]);
                for head in 0..size.heads {
                    self.weigh(size, row, head, &mut weights)?;
                    let gradient = size.mean(gradient, head)?;
                    multiply(size.matrix_mut(&mut slopes)?, false, gradient, size.part(row, Part::Value, head)?.t())?;
                    if let (Some(kept), Some(factors)) = (&mut kept, factors_of(factors, size, head)) {
                        for (((kept, slope), &weight), &factor) in
                            kept.iter_mut().zip(&mut slopes).zip(&weights).zip(factors)
                        {
                            *kept = weight * factor;
                            *slope *= factor;
                        }
                    }
                    let shares = size.matrix(kept.as_deref().unwrap_or(&weights))?;
                    multiply(size.part_mut(of_row, Part::Value, head)?, false, shares.t(), gradient)?;
                    let scale = size.scale::<T>();
                    vectorized!(|| {
                        let length = size.length.max(1);
                        for (weights, slopes) in weights.chunks_exact(length).zip(slopes.chunks_exact_mut(length)) {
                            let along = sum_of_pairs(weights, slopes, |weight, slope| weight * slope);
                            let both = slopes.iter_mut().zip(weights);
                            both.for_each(|(slope, &weight)| *slope = weight * (*slope - along) * scale);
                        }
                    });
                    let slopes = size.matrix(&slopes)?;
                    let (query, key) = (size.part(row, Part::Query, head)?, size.part(row, Part::Key, head)?);
                    multiply(size.part_mut(of_row, Part::Query, head)?, false, slopes, key)?;
                    multiply(size.part_mut(of_row, Part::Key, head)?, false, slopes.t(), query)?;
                }
                Ok(())
            })
        })?;
        Ok(of_projected)
    }
}

/// The factors of a head among those of its row.
fn factors_of<T>(factors: Option<&[T]>, size: Size, head: usize) -> Option<&[T]> {
    factors.and_then(|factors| factors.chunks_exact(size.square().max(1)).nth(head))
}

impl CustomOp1 for Attend {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, projected: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let size = self.size(layout.dims())?;
        let means = match projected {
            CpuStorage::F32(_) => CpuStorage::F32(self.forward(numbers(projected, layout)?, size)?),
            CpuStorage::F64(_) => CpuStorage::F64(self.forward(numbers(projected, layout)?, size)?),
            _ => bail!("attention takes f32 or f64"),
        };
        Ok((means, (size.rows, size.length, size.width).into()))
    }

    fn bwd(&self, projected: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        fn typed<T: Real>(attend: &Attend, projected: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
            let size = attend.size(projected.dims())?;
            let of_projected =
                with_numbers(projected, |x: &[T]| with_numbers(gradient, |g| attend.backward(x, g, size)))?;
            Tensor::from_vec(of_projected, projected.shape(), projected.device()).map(Some)
        }
        let gradient = gradient.contiguous()?;
        match projected.dtype() {
            DType::F32 => typed::<f32>(self, projected, &gradient),
            _ => typed::<f64>(self, projected, &gradient),
        }
    }
}
