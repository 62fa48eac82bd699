//! Convolutions: the windows of each row as a matrix, times the kernels.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Result, Shape, Tensor, bail};

use super::Grid;
use crate::graph::kernel::gradients::gradient_of;
use crate::graph::kernel::weighted::{self, Given, Weighted};
use crate::graph::kernel::{Matrix, MatrixMut, in_parallel, multiply, vectorized, with_numbers};
use crate::graph::pointwise::Function;
use crate::graph::real::Real;

/// In how many parts of its rows a batch is taken, whatever the number of threads: it decides in which order the
/// gradients of rows are added.
const PARTS: usize = 8;

/// How windows lie in a plane: for each of their positions, the runs in which neighbours lie side by side.
#[derive(Debug)]
pub(crate) struct Runs {
    plane: usize,
    windows: usize,
    by_position: Vec<Vec<Run>>,
}

/// So many windows one behind the other, each of which reads the number behind that of the one before.
#[derive(Debug)]
struct Run {
    windows: Range<usize>,
    numbers: Range<usize>,
}

impl Runs {
    pub fn of(grid: &Grid) -> Self {
        let (places, size) = (grid.places(), grid.size().max(1));
        let runs = |position: usize| {
            let mut runs: Vec<Run> = Vec::new();
            let places = places.iter().skip(position).step_by(size).enumerate();
            for (window, place) in places.filter_map(|(window, place)| Some((window, (*place)?))) {
                match runs.last_mut() {
                    Some(run) if run.windows.end == window && run.numbers.end == place => {
                        run.windows.end += 1;
                        run.numbers.end += 1;
                    }
                    _ => runs.push(Run { windows: window..window + 1, numbers: place..place + 1 }),
                }
            }
            runs
        };
        Self { plane: grid.input(), windows: grid.count(), by_position: (0..grid.size()).map(runs).collect() }
    }

    /// Writes the matrix of the windows of some channels: for each channel and position, the numbers of all windows.
    /// Where windows read zeros, nothing is written.
    fn unfold<T: Real>(&self, channels: &[T], matrix: &mut [T]) {
        let mut lines = matrix.chunks_exact_mut(self.windows.max(1));
        for channel in channels.chunks_exact(self.plane.max(1)) {
            for (runs, line) in self.by_position.iter().zip(&mut lines) {
                for run in runs {
                    if let (Some(to), Some(from)) =
                        (line.get_mut(run.windows.clone()), channel.get(run.numbers.clone()))
                    {
                        to.copy_from_slice(from);
                    }
                }
            }
        }
    }

    /// Adds each number of the matrix to the one that it was read from.
    #[inline(always)]
    fn fold<T: Real>(&self, matrix: &[T], channels: &mut [T]) {
        let mut lines = matrix.chunks_exact(self.windows.max(1));
        for channel in channels.chunks_exact_mut(self.plane.max(1)) {
            for (runs, line) in self.by_position.iter().zip(&mut lines) {
                for run in runs {
                    if let (Some(from), Some(to)) =
                        (line.get(run.windows.clone()), channel.get_mut(run.numbers.clone()))
                    {
                        to.iter_mut().zip(from).for_each(|(to, &from)| *to += from);
                    }
                }
            }
        }
    }
}

/// A function of the convolution of `[rows, channels, plane..]` with kernels of
/// `[outputs, channels of a group, positions..]`, as `[rows, outputs, windows]`.
///
/// The slope of the function must be told by its value alone. A batch that comes from no parameter gets no gradient.
pub(crate) fn convolve(
    x: &Tensor,
    kernels: &Tensor,
    bias: Option<&Tensor>,
    runs: &Arc<Runs>,
    groups: usize,
    function: impl Function,
) -> Result<Tensor> {
    weighted::apply(x, kernels, bias, Convolve { runs: Arc::clone(runs), groups, function })
}

struct Convolve<F> {
    runs: Arc<Runs>,
    groups: usize,
    function: F,
}

/// The sizes of a convolution.
struct Size {
    rows: usize,
    /// Numbers of a row of the input.
    inputs: usize,
    outputs: usize,
    /// Lines of the matrix of a group's windows.
    lines: usize,
    windows: usize,
    groups: usize,
}

impl Size {
    /// Rows of a part.
    fn part(&self) -> usize {
        self.rows.div_ceil(PARTS).max(1)
    }

    /// Numbers of a row of the output.
    fn row(&self) -> usize {
        self.outputs * self.windows
    }

    fn multiplications(&self) -> usize {
        self.rows.saturating_mul(self.row()).saturating_mul(self.lines)
    }

    /// Numbers of a group in a row of the input, in its kernels and in a row of the output.
    fn of_group(&self) -> [usize; 3] {
        let outputs = self.outputs / self.groups.max(1);
        [self.inputs / self.groups.max(1), outputs * self.lines, outputs * self.windows].map(|size| size.max(1))
    }

    fn kernels<'a, T>(&self, kernels: &'a [T]) -> Result<Matrix<'a, T>> {
        Matrix::new(kernels, self.outputs / self.groups.max(1), self.lines)
    }
}

impl<F: Function> Convolve<F> {
    fn size(&self, x: &[usize], kernels: &[usize], bias: Option<&[usize]>) -> Result<Size> {
        let ([rows, channels, plane @ ..], [outputs, of_group, positions @ ..]) = (x, kernels) else {
            bail!("a convolution takes [rows, channels, ..], found {x:?}");
        };
        let (runs, groups) = (&*self.runs, self.groups.max(1));
        let fits = plane.iter().product::<usize>() == runs.plane
            && positions.iter().product::<usize>() == runs.by_position.len()
            && of_group * groups == *channels
            && outputs.is_multiple_of(groups)
            && bias.is_none_or(|bias| bias == [*outputs]);
        if !fits {
            bail!("kernels of {kernels:?} and a bias of {bias:?} in {groups} groups do not fit to a batch of {x:?}");
        }
        let (lines, windows) = (of_group * runs.by_position.len(), runs.windows);
        Ok(Size { rows: *rows, inputs: channels * runs.plane, outputs: *outputs, lines, windows, groups })
    }

    /// The gradients of kernels and bias, and of the input where `of_x` is to hold it.
    fn partials<T: Real>(
        &self,
        x: &[T],
        kernels: &[T],
        (y, gradient): (&[T], &[T]),
        of_x: Option<&mut [T]>,
        size: &Size,
    ) -> Result<Vec<Partial<T>>> {
        let [in_x, in_kernels, in_y] = size.of_group();
        let has_x = of_x.is_some();
        let mut of_x = of_x.into_iter().flat_map(|of_x| of_x.chunks_mut((size.part() * size.inputs).max(1)));
        let partial = || Partial { kernels: vec![T::zero(); kernels.len()], bias: vec![T::zero(); size.outputs] };
        let x = x.chunks((size.part() * size.inputs).max(1));
        let [y, gradient] = [y, gradient].map(|rows| rows.chunks((size.part() * size.row()).max(1)));
        let parts: Vec<_> = x.zip(y.zip(gradient)).map(|(x, (y, g))| (x, y, g, of_x.next())).collect();
        let mut partials: Vec<Partial<T>> = parts.iter().map(|_| partial()).collect();
        let work = size.multiplications().saturating_mul(2);
        in_parallel(work, parts.into_iter().zip(&mut partials).collect(), |((x, y, g, mut of_x), partial)| {
            let mut matrix = vec![T::zero(); size.lines * size.windows];
            let mut of_matrix = vec![T::zero(); if has_x { matrix.len() } else { 0 }];
            let mut behind = vec![T::zero(); if F::IS_UNCHANGED { 0 } else { size.row() }];
            let [y, g] = [y, g].map(|rows| rows.chunks_exact(size.row().max(1)));
            for (row, (x, (y, g))) in x.chunks_exact(size.inputs.max(1)).zip(y.zip(g)).enumerate() {
                vectorized!(|| {
                    for (behind, (&y, &g)) in behind.iter_mut().zip(y.iter().zip(g)) {
                        *behind = g * self.function.slope(y, y);
                    }
                });
                let g = if F::IS_UNCHANGED { g } else { &behind };
                vectorized!(|| {
                    for (sum, g) in partial.bias.iter_mut().zip(g.chunks_exact(size.windows.max(1))) {
                        *sum += g.iter().fold(T::zero(), |sum, &g| sum + g);
                    }
                });
                let of_kernels = partial.kernels.chunks_exact_mut(in_kernels).zip(kernels.chunks_exact(in_kernels));
                let groups = x.chunks_exact(in_x).zip(g.chunks_exact(in_y)).zip(of_kernels).enumerate();
                for (group, ((x, g), (of_kernels, kernels))) in groups {
                    self.runs.unfold(x, &mut matrix);
                    let windows = Matrix::new(&matrix, size.lines, size.windows)?;
                    let g = Matrix::new(g, size.outputs / size.groups, size.windows)?;
                    let sum = MatrixMut::new(of_kernels, size.outputs / size.groups, size.lines)?;
                    multiply(sum, true, g, windows.t())?;
                    let from = row * size.inputs + group * in_x;
                    if let Some(of_x) = of_x.as_deref_mut().and_then(|of_x| of_x.get_mut(from..from + in_x)) {
                        let to = MatrixMut::new(&mut of_matrix, size.lines, size.windows)?;
                        multiply(to, false, size.kernels(kernels)?.t(), g)?;
                        vectorized!(|| self.runs.fold(&of_matrix, of_x));
                    }
                }
            }
            Ok(())
        })?;
        Ok(partials)
    }
}

impl<F: Function> Weighted for Convolve<F> {
    const NAME: &'static str = "convolution";

    fn forward<T: Real>(
        &self,
        (x, x_dims): Given<'_, T>,
        (kernels, kernels_dims): Given<'_, T>,
        bias: Option<Given<'_, T>>,
    ) -> Result<(Vec<T>, Shape)> {
        let size = self.size(x_dims, kernels_dims, bias.map(|(_, dims)| dims))?;
        let mut y = vec![T::zero(); size.rows * size.row()];
        let [of_x, of_kernels, of_y] = size.of_group();
        let parts = y.chunks_mut((size.part() * size.row()).max(1)).zip(x.chunks((size.part() * size.inputs).max(1)));
        in_parallel(size.multiplications(), parts.collect(), |(y, x)| {
            let mut matrix = vec![T::zero(); size.lines * size.windows];
            for (y, x) in y.chunks_exact_mut(size.row().max(1)).zip(x.chunks_exact(size.inputs.max(1))) {
                if let Some((bias, _)) = bias {
                    y.chunks_exact_mut(size.windows.max(1)).zip(bias).for_each(|(y, &bias)| y.fill(bias));
                }
                let groups = y.chunks_exact_mut(of_y).zip(x.chunks_exact(of_x)).zip(kernels.chunks_exact(of_kernels));
                for ((y, x), kernels) in groups {
                    self.runs.unfold(x, &mut matrix);
                    let y = MatrixMut::new(y, size.outputs / size.groups, size.windows)?;
                    let windows = Matrix::new(&matrix, size.lines, size.windows)?;
                    multiply(y, bias.is_some(), size.kernels(kernels)?, windows)?;
                }
                if !F::IS_UNCHANGED {
                    vectorized!(|| y.iter_mut().for_each(|y| *y = self.function.value(*y)));
                }
            }
            Ok(())
        })?;
        Ok((y, (size.rows, size.outputs, size.windows).into()))
    }

    fn backward<T: Real>(
        &self,
        x: &Tensor,
        kernels: &Tensor,
        bias: Option<&Tensor>,
        y: &Tensor,
        gradient: &Tensor,
    ) -> Result<[Option<Tensor>; 3]> {
        let size = self.size(x.dims(), kernels.dims(), bias.map(Tensor::dims))?;
        let mut of_x = x.track_op().then(|| vec![T::zero(); x.elem_count()]);
        let partials = with_numbers(x, |x| {
            with_numbers(kernels, |kernels| {
                with_numbers(y, |y| {
                    with_numbers(gradient, |g| self.partials(x, kernels, (y, g), of_x.as_deref_mut(), &size))
                })
            })
        })?;
        let sum = |parameter: &Tensor, part: fn(&Partial<T>) -> &[T]| {
            gradient_of(parameter, |sums: &mut [T], adds| {
                if !adds {
                    sums.fill(T::zero());
                }
                for partial in &partials {
                    sums.iter_mut().zip(part(partial)).for_each(|(sum, &more)| *sum += more);
                }
                Ok(())
            })
        };
        let of_x = of_x.map(|of_x| Tensor::from_vec(of_x, x.shape(), x.device())).transpose()?;
        let of_bias = bias.map(|bias| sum(bias, |partial| &partial.bias)).transpose()?.flatten();
        Ok([of_x, sum(kernels, |partial| &partial.kernels)?, of_bias])
    }
}

/// What the rows of a part add to the gradients of the parameters.
struct Partial<T> {
    kernels: Vec<T>,
    bias: Vec<T>,
}
