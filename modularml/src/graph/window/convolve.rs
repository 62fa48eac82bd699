//! Convolutions: the windows of each row as a matrix, times the kernels.

use std::ops::Range;
use std::sync::Arc;

use candle_core::{Result, Shape, Tensor, bail};

use super::Grid;
use crate::graph::kernel::operation::{Given, Operation, To, apply};
use crate::graph::kernel::{Matrix, MatrixMut, in_parallel, multiply, sum_of, vectorized};
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
    let inputs: Vec<&Tensor> = [x, kernels].into_iter().chain(bias).collect();
    apply(&inputs, Convolve { runs: Arc::clone(runs), groups, function })
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
    /// The sizes, and the numbers of x, kernels and bias.
    #[allow(clippy::type_complexity, reason = "three slices, named where they are taken")]
    fn inputs<'a, T>(&self, inputs: &[Given<'a, T>]) -> Result<(Size, &'a [T], &'a [T], Option<&'a [T]>)> {
        let (x, kernels, bias) = match inputs {
            [x, kernels] => (x, kernels, None),
            [x, kernels, bias] => (x, kernels, Some(bias)),
            _ => bail!("a convolution takes x, kernels and bias, found {} inputs", inputs.len()),
        };
        let ([rows, channels, plane @ ..], [outputs, of_group, positions @ ..]) = (x.dims, kernels.dims) else {
            bail!("a convolution takes [rows, channels, ..], found {:?}", x.dims);
        };
        let (runs, groups) = (&*self.runs, self.groups.max(1));
        let fits = plane.iter().product::<usize>() == runs.plane
            && positions.iter().product::<usize>() == runs.by_position.len()
            && of_group * groups == *channels
            && outputs.is_multiple_of(groups)
            && bias.is_none_or(|bias| bias.dims == [*outputs]);
        if !fits {
            let (bias, kernels, x) = (bias.map(|bias| bias.dims), kernels.dims, x.dims);
            bail!("kernels of {kernels:?} and a bias of {bias:?} in {groups} groups do not fit to a batch of {x:?}");
        }
        let (lines, windows) = (of_group * runs.by_position.len(), runs.windows);
        let size = Size { rows: *rows, inputs: channels * runs.plane, outputs: *outputs, lines, windows, groups };
        Ok((size, x.numbers, kernels.numbers, bias.map(|bias| bias.numbers)))
    }

    /// The gradients of kernels and bias, given that of the convolution; adds that of the input where `of_x` holds it.
    fn partials<T: Real>(
        &self,
        x: &[T],
        kernels: &[T],
        g: &[T],
        of_x: Option<&mut [T]>,
        size: &Size,
    ) -> Result<Vec<Partial<T>>> {
        let [in_x, in_kernels, in_y] = size.of_group();
        let has_x = of_x.is_some();
        let mut of_x = of_x.into_iter().flat_map(|of_x| of_x.chunks_mut((size.part() * size.inputs).max(1)));
        let partial = || Partial { kernels: vec![T::zero(); kernels.len()], bias: vec![T::zero(); size.outputs] };
        let x = x.chunks((size.part() * size.inputs).max(1));
        let g = g.chunks((size.part() * size.row()).max(1));
        let parts: Vec<_> = x.zip(g).map(|(x, g)| (x, g, of_x.next())).collect();
        let mut partials: Vec<Partial<T>> = parts.iter().map(|_| partial()).collect();
        let work = size.multiplications().saturating_mul(2);
        in_parallel(work, parts.into_iter().zip(&mut partials).collect(), |((x, g, mut of_x), partial)| {
            let mut matrix = vec![T::zero(); size.lines * size.windows];
            let mut of_matrix = vec![T::zero(); if has_x { matrix.len() } else { 0 }];
            let rows = x.chunks_exact(size.inputs.max(1)).zip(g.chunks_exact(size.row().max(1)));
            for (row, (x, g)) in rows.enumerate() {
                vectorized!(|| {
                    for (sum, g) in partial.bias.iter_mut().zip(g.chunks_exact(size.windows.max(1))) {
                        *sum += sum_of(g, |g| g);
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

impl<F: Function> Operation for Convolve<F> {
    const NAME: &'static str = "convolution";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let (size, x, kernels, bias) = self.inputs(inputs)?;
        let mut y = vec![T::zero(); size.rows * size.row()];
        let [of_x, of_kernels, of_y] = size.of_group();
        let parts = y.chunks_mut((size.part() * size.row()).max(1)).zip(x.chunks((size.part() * size.inputs).max(1)));
        in_parallel(size.multiplications(), parts.collect(), |(y, x)| {
            let mut matrix = vec![T::zero(); size.lines * size.windows];
            for (y, x) in y.chunks_exact_mut(size.row().max(1)).zip(x.chunks_exact(size.inputs.max(1))) {
                if let Some(bias) = bias {
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

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], y: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let (size, x, kernels, _) = self.inputs(inputs)?;
        if !F::IS_UNCHANGED {
            vectorized!(|| gradient.iter_mut().zip(y).for_each(|(g, &y)| *g *= self.function.slope(y, y)));
        }
        let mut partials = None;
        to.write(0, |of_x, adds| {
            if !adds {
                of_x.fill(T::zero());
            }
            partials = Some(self.partials(x, kernels, gradient, Some(of_x), &size)?);
            Ok(())
        })?;
        let partials = match partials {
            Some(partials) => partials,
            None => self.partials(x, kernels, gradient, None, &size)?,
        };
        let add = |sums: &mut [T], adds: bool, part: fn(&Partial<T>) -> &[T]| {
            if !adds {
                sums.fill(T::zero());
            }
            for partial in &partials {
                sums.iter_mut().zip(part(partial)).for_each(|(sum, &more)| *sum += more);
            }
            Ok(())
        };
        to.write(1, |sums, adds| add(sums, adds, |partial| &partial.kernels))?;
        to.write(2, |sums, adds| add(sums, adds, |partial| &partial.bias))
    }
}

/// What the rows of a part add to the gradients of the parameters.
struct Partial<T> {
    kernels: Vec<T>,
    bias: Vec<T>,
}
