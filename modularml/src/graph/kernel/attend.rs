//! Attention of the positions of each sequence to each other, as one operation.

use candle_core::{Result, Shape, Tensor, bail};

use super::{Matrix, MatrixMut, in_parallel, largest_of, multiply, sum_of, sum_of_pairs, vectorized};
use crate::graph::autograd::{Given, Operation, To, apply};
use crate::graph::real::Real;

/// softmax(q kᵀ / sqrt(d)) v of each head: `[rows, length, 3 * width]`, which holds q, k and v side by side, to
/// `[rows, length, width]`. Each of the three falls into heads of d = width / heads numbers.
///
/// Where given, `factors` of `[rows, heads, length, length]` multiply what softmax gives, as dropout does. What softmax
/// gives is computed again for the gradient: for long sequences it is larger than all else.
///
/// Where given, `keys` of `[rows, length]` is 0 at positions that no position sees; a row of them alone gives zeros.
pub(crate) fn attend(
    projected: &Tensor,
    heads: usize,
    causal: bool,
    keys: Option<Vec<u8>>,
    factors: Option<&Tensor>,
) -> Result<Tensor> {
    let inputs: Vec<&Tensor> = [projected].into_iter().chain(factors).collect();
    apply(&inputs, Attend { heads: heads.max(1), causal, keys })
}

struct Attend {
    heads: usize,
    /// Whether no position sees those behind it.
    causal: bool,
    /// By row and position, 0 where no position sees it.
    keys: Option<Vec<u8>>,
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
    /// The sizes, the numbers of q, k and v, and the factors of all heads of each row.
    #[allow(clippy::type_complexity, reason = "three parts, named where they are taken")]
    fn inputs<'a, T>(&self, inputs: &[Given<'a, T>]) -> Result<(Size, &'a [T], Vec<Option<&'a [T]>>)> {
        let Some((projected, factors)) = inputs.split_first() else { bail!("attention needs an input") };
        let size = match *projected.dims {
            [rows, length, three] if three.is_multiple_of(3 * self.heads) => {
                Size { rows, length, width: three / 3, heads: self.heads }
            }
            _ => bail!("{:?} is not [rows, length, 3 * width] for {} heads", projected.dims, self.heads),
        };
        let factors = match factors.first() {
            Some(factors) => factors.numbers.chunks_exact((size.heads * size.square()).max(1)).map(Some).collect(),
            None => vec![None; size.rows],
        };
        Ok((size, projected.numbers, factors))
    }

    /// The positions of a row that can be seen; none where all can.
    fn keys(&self, size: Size, row: usize) -> Option<&[u8]> {
        self.keys.as_ref().and_then(|keys| keys.get(row * size.length..(row + 1) * size.length))
    }

    /// softmax(q kᵀ / sqrt(d)) of a head.
    fn weigh<T: Real>(
        &self,
        size: Size,
        (row, keys): (&[T], Option<&[u8]>),
        head: usize,
        weights: &mut [T],
    ) -> Result<()> {
        let (query, key) = (size.part(row, Part::Query, head)?, size.part(row, Part::Key, head)?);
        multiply(size.matrix_mut(weights)?, false, query, key.t())?;
        let scale = size.scale::<T>();
        vectorized!(|| {
            for (position, weights) in weights.chunks_exact_mut(size.length.max(1)).enumerate() {
                let seen = if self.causal { position + 1 } else { size.length };
                let (seen, unseen) = weights.split_at_mut(seen.min(size.length));
                unseen.fill(T::zero());
                let hide = |seen: &mut [T], value: f64| {
                    let hidden = seen.iter_mut().zip(keys.unwrap_or_default()).filter(|(_, key)| **key == 0);
                    hidden.for_each(|(weight, _)| *weight = T::from_f64(value));
                };
                hide(seen, f64::NEG_INFINITY);
                let largest = largest_of(seen);
                if largest == T::from_f64(f64::NEG_INFINITY) {
                    seen.fill(T::zero());
                    continue;
                }
                for weight in &mut *seen {
                    *weight = ((*weight - largest) * scale).exp();
                }
                hide(seen, 0.0);
                let share = T::one() / sum_of(seen, |weight| weight);
                for weight in seen {
                    *weight *= share;
                }
            }
        });
        Ok(())
    }
}

impl Operation for Attend {
    const NAME: &'static str = "attention";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let (size, projected, factors) = self.inputs(inputs)?;
        let mut means = vec![T::zero(); size.rows * size.length * size.width];
        let rows = projected.chunks_exact((3 * size.length * size.width).max(1));
        let rows = rows.zip(means.chunks_exact_mut((size.length * size.width).max(1))).zip(factors).enumerate();
        in_parallel(size.multiplications(), rows.collect(), |(position, ((row, means), factors))| {
            let keys = self.keys(size, position);
            let mut weights = vec![T::zero(); size.square()];
            for head in 0..size.heads {
                self.weigh(size, (row, keys), head, &mut weights)?;
                if let Some(factors) = factors_of(factors, size, head) {
                    weights.iter_mut().zip(factors).for_each(|(weight, &factor)| *weight *= factor);
                }
                let value = size.part(row, Part::Value, head)?;
                multiply(size.mean_mut(means, head)?, false, size.matrix(&weights)?, value)?;
            }
            Ok(())
        })?;
        Ok((means, (size.rows, size.length, size.width).into()))
    }

    /// With p what softmax gave, f the factors and g the gradient of the means: that of v is (f p)ᵀ g; with
    /// s = f (g vᵀ), that of the products before softmax is p (s - sum(p s)).
    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], _: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let (size, projected, factors) = self.inputs(inputs)?;
        to.write(0, |of_projected, adds| {
            let (numbers, means) = ((3 * size.length * size.width).max(1), (size.length * size.width).max(1));
            let rows = projected.chunks_exact(numbers).zip(of_projected.chunks_exact_mut(numbers));
            let rows = rows.zip(gradient.chunks_exact(means)).zip(factors).enumerate();
            in_parallel(
                3 * size.multiplications(),
                rows.collect(),
                |(position, (((row, of_row), gradient), factors))| {
                    let keys = self.keys(size, position);
                    let mut weights = vec![T::zero(); size.square()];
                    let mut slopes = vec![T::zero(); size.square()];
                    let mut kept = factors.map(|_| vec![T::zero(); size.square()]);
                    for head in 0..size.heads {
                        self.weigh(size, (row, keys), head, &mut weights)?;
                        let gradient = size.mean(gradient, head)?;
                        multiply(
                            size.matrix_mut(&mut slopes)?,
                            false,
                            gradient,
                            size.part(row, Part::Value, head)?.t(),
                        )?;
                        if let (Some(kept), Some(factors)) = (&mut kept, factors_of(factors, size, head)) {
                            for (((kept, slope), &weight), &factor) in
                                kept.iter_mut().zip(&mut slopes).zip(&weights).zip(factors)
                            {
                                *kept = weight * factor;
                                *slope *= factor;
                            }
                        }
                        let shares = size.matrix(kept.as_deref().unwrap_or(&weights))?;
                        multiply(size.part_mut(of_row, Part::Value, head)?, adds, shares.t(), gradient)?;
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
                        multiply(size.part_mut(of_row, Part::Query, head)?, adds, slopes, key)?;
                        multiply(size.part_mut(of_row, Part::Key, head)?, adds, slopes.t(), query)?;
                    }
                    Ok(())
                },
            )
        })
    }
}

/// The factors of a head among those of its row.
fn factors_of<T>(factors: Option<&[T]>, size: Size, head: usize) -> Option<&[T]> {
    factors.and_then(|factors| factors.chunks_exact(size.square().max(1)).nth(head))
}
