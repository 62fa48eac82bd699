//! Convolutions and transposed ones, row by row.

use std::borrow::Cow;
use std::sync::Arc;

use candle_core::{Result, Shape, Tensor, bail};

use super::groups::{Group, GroupSize};
use super::runs::Runs;
use crate::graph::autograd::{Given, Operation, To, apply, weighted};
use crate::graph::kernel::{in_parallel, sum_of, vectorized};
use crate::graph::pointwise::Function;
use crate::graph::real::Real;

/// In how many parts of its rows a batch is taken, whatever the number of threads: it decides in which order the
/// gradients of rows are added.
const PARTS: usize = 8;

/// Which way a convolution leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the plane to its windows.
    Forward,
    /// From windows back to the plane, each position being spread over its window: the gradient of the input of a
    /// convolution, taken as a result.
    Transposed,
}

/// A function of the convolution of `[rows, channels, plane..]` with kernels of
/// `[outputs, channels of a group, positions..]`, as `[rows, outputs, windows]`; transposed, of
/// `[rows, channels, windows..]` with kernels of `[channels, outputs of a group, positions..]`, as `[rows, outputs, plane]`.
///
/// The slope of the function must be told by its value alone. A batch that comes from no parameter gets no gradient.
pub(crate) fn convolve(
    x: &Tensor,
    kernels: &Tensor,
    bias: Option<&Tensor>,
    (runs, groups, direction): (&Arc<Runs>, usize, Direction),
    function: impl Function,
) -> Result<Tensor> {
    let inputs: Vec<&Tensor> = [x, kernels].into_iter().chain(bias).collect();
    apply(&inputs, Convolve { runs: Arc::clone(runs), groups: groups.max(1), direction, function })
}

struct Convolve<F> {
    runs: Arc<Runs>,
    groups: usize,
    direction: Direction,
    function: F,
}

/// The sizes of a convolution.
struct Size {
    rows: usize,
    /// Numbers of a row of the input.
    inputs: usize,
    outputs: usize,
    /// Numbers of an output in a row.
    of_output: usize,
    groups: usize,
    /// Those of a group from the plane to its windows, whichever way the convolution leads.
    group: GroupSize,
}

impl Size {
    /// Rows of a part.
    fn part(&self) -> usize {
        self.rows.div_ceil(PARTS).max(1)
    }

    /// Numbers of a row of the output.
    fn row(&self) -> usize {
        self.outputs * self.of_output
    }

    fn multiplications(&self) -> usize {
        let GroupSize { outputs, lines, windows, .. } = self.group;
        self.rows.saturating_mul(self.groups * outputs * windows).saturating_mul(lines)
    }

    /// Numbers of a group in a row of the input, in its kernels and in a row of the output.
    fn of_group(&self) -> [usize; 3] {
        let kernels = self.group.outputs * self.group.lines;
        [self.inputs / self.groups, kernels, self.row() / self.groups].map(|size| size.max(1))
    }
}

impl<F: Function> Convolve<F> {
    /// The sizes, and the numbers of x, kernels and bias.
    #[allow(clippy::type_complexity, reason = "three slices, named where they are taken")]
    fn inputs<'a, T: Copy>(&self, inputs: &[Given<'a, T>]) -> Result<(Size, &'a [T], &'a [T], Option<&'a [T]>)> {
        let (x, kernels, bias) = weighted(inputs)?;
        let (&[rows, channels, ref places @ ..], &[first, second, ref positions @ ..]) = (x.dims, kernels.dims) else {
            bail!("a convolution takes [rows, channels, ..], found {:?}", x.dims);
        };
        let (runs, groups) = (&*self.runs, self.groups);
        // Kernels are those from the plane to its windows both ways.
        let (of_input, of_output, outputs, on_windows) = match self.direction {
            Direction::Forward => (runs.plane, runs.windows, first, first),
            Direction::Transposed => (runs.windows, runs.plane, second * groups, channels),
        };
        let on_plane = if self.direction == Direction::Forward { channels } else { outputs };
        let fits = places.iter().product::<usize>() == of_input
            && positions.iter().product::<usize>() == runs.positions()
            && (first, second * groups) == (on_windows, on_plane)
            && on_windows.is_multiple_of(groups)
            && bias.is_none_or(|bias| bias.dims == [outputs]);
        if !fits {
            let (bias, kernels, x) = (bias.map(|bias| bias.dims), kernels.dims, x.dims);
            bail!("kernels of {kernels:?} and a bias of {bias:?} in {groups} groups do not fit to a batch of {x:?}");
        }
        let lines = second * runs.positions();
        let group = GroupSize { channels: second, outputs: on_windows / groups, lines, windows: runs.windows };
        let size = Size { rows, inputs: channels * of_input, outputs, of_output, groups, group };
        Ok((size, x.numbers, kernels.numbers, bias.map(|bias| bias.numbers)))
    }

    /// The kernels as products towards `direction` take them.
    fn towards<'k, T: Real>(&self, direction: Direction, kernels: &'k [T], size: &Size) -> Cow<'k, [T]> {
        match direction {
            Direction::Forward => Cow::Borrowed(kernels),
            Direction::Transposed => Cow::Owned(Group::new(&self.runs, size.group).turned(kernels)),
        }
    }

    /// The gradients of kernels and bias, given the result and its gradient, row by row so that a row stays near; writes
    /// that of the input to `of_x`, where that is wanted, or adds it.
    fn partials<T: Real>(
        &self,
        x: &[T],
        kernels: &[T],
        (y, g): (&[T], &mut [T]),
        (of_x, adds): (Option<&mut [T]>, bool),
        size: &Size,
    ) -> Result<Vec<Partial<T>>> {
        let [in_x, in_kernels, in_y] = size.of_group();
        let back = self.direction.back();
        let kernels = self.towards(back, kernels, size);
        let (row, inputs) = (size.row().max(1), size.inputs.max(1));
        let mut of_x = of_x.into_iter().flat_map(|of_x| of_x.chunks_mut(size.part() * inputs));
        let g = y.chunks(size.part() * row).zip(g.chunks_mut(size.part() * row));
        let parts: Vec<_> = x.chunks(size.part() * inputs).zip(g).map(|(x, g)| (x, g, of_x.next())).collect();
        let mut partials: Vec<Partial<T>> = parts.iter().map(|_| Partial::zeros(kernels.len(), size.outputs)).collect();
        let work = size.multiplications().saturating_mul(2);
        in_parallel(work, parts.into_iter().zip(&mut partials).collect(), |((x, (y, g), mut of_x), partial)| {
            let mut computed = Group::new(&self.runs, size.group);
            let rows = x.chunks_exact(inputs).zip(y.chunks_exact(row).zip(g.chunks_exact_mut(row)));
            for (row, (x, (y, g))) in rows.enumerate() {
                begin(self.function, (y, g), &mut partial.bias, size.of_output);
                let of_kernels = partial.kernels.chunks_exact_mut(in_kernels).zip(kernels.chunks_exact(in_kernels));
                let groups = x.chunks_exact(in_x).zip(g.chunks_exact(in_y)).zip(of_kernels).enumerate();
                for (group, ((x, g), (of_kernels, kernels))) in groups {
                    match self.direction {
                        Direction::Forward => computed.of_kernels(x, g, of_kernels)?,
                        Direction::Transposed => computed.of_kernels(g, x, of_kernels)?,
                    }
                    let from = row * size.inputs + group * in_x;
                    if let Some(of_x) = of_x.as_deref_mut().and_then(|of_x| of_x.get_mut(from..from + in_x)) {
                        back.product(&mut computed, kernels, (g, of_x), adds)?;
                    }
                }
            }
            computed.kernels(&mut partial.kernels);
            Ok(())
        })?;
        Ok(partials)
    }
}

impl Direction {
    const fn back(self) -> Self {
        match self {
            Self::Forward => Self::Transposed,
            Self::Transposed => Self::Forward,
        }
    }

    /// Writes what a group gives this way, or adds it to what is there.
    fn product<T: Real>(
        self,
        group: &mut Group<'_, T>,
        kernels: &[T],
        (from, to): (&[T], &mut [T]),
        adds: bool,
    ) -> Result<()> {
        match self {
            Self::Forward => group.convolve(kernels, from, to, adds),
            Self::Transposed => group.of_input(kernels, from, to, adds),
        }
    }
}

impl<F: Function> Operation for Convolve<F> {
    const NAME: &'static str = "convolution";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let (size, x, kernels, bias) = self.inputs(inputs)?;
        let mut y = vec![T::zero(); size.rows * size.row()];
        let [in_x, in_kernels, in_y] = size.of_group();
        let (row, inputs) = (size.row().max(1), size.inputs.max(1));
        let kernels = self.towards(self.direction, kernels, &size);
        let parts = y.chunks_mut(size.part() * row).zip(x.chunks(size.part() * inputs));
        in_parallel(size.multiplications(), parts.collect(), |(y, x)| {
            let mut group = Group::new(&self.runs, size.group);
            for (y, x) in y.chunks_exact_mut(row).zip(x.chunks_exact(inputs)) {
                let groups = y.chunks_exact_mut(in_y).zip(x.chunks_exact(in_x)).zip(kernels.chunks_exact(in_kernels));
                for ((y, x), kernels) in groups {
                    self.direction.product(&mut group, kernels, (x, y), false)?;
                }
                end(self.function, y, bias, size.of_output);
            }
            Ok(())
        })?;
        Ok((y, (size.rows, size.outputs, size.of_output).into()))
    }

    fn backward<T: Real>(&self, inputs: &[Given<'_, T>], y: &[T], gradient: &mut [T], to: &To<'_>) -> Result<()> {
        let (size, x, kernels, _) = self.inputs(inputs)?;
        let mut partials = None;
        to.write(0, |of_x, adds| {
            partials = Some(self.partials(x, kernels, (y, &mut *gradient), (Some(of_x), adds), &size)?);
            Ok(())
        })?;
        let partials = match partials {
            Some(partials) => partials,
            None => self.partials(x, kernels, (y, gradient), (None, false), &size)?,
        };
        Partial::write(&partials, to)
    }
}

/// Adds the bias of each output to its numbers in a row, and takes the function of them.
fn end<T: Real, F: Function>(function: F, y: &mut [T], bias: Option<&[T]>, of_output: usize) {
    if bias.is_none() && F::IS_UNCHANGED {
        return;
    }
    vectorized!(|| {
        for (output, y) in y.chunks_exact_mut(of_output.max(1)).enumerate() {
            let bias = bias.and_then(|bias| bias.get(output).copied()).unwrap_or_else(T::zero);
            for y in y {
                *y = function.value(*y + bias);
            }
        }
    });
}

/// Makes the gradient of a row's result that before the function, and adds it to that of the biases.
fn begin<T: Real, F: Function>(function: F, (y, g): (&[T], &mut [T]), bias: &mut [T], of_output: usize) {
    vectorized!(|| {
        let outputs = g.chunks_exact_mut(of_output.max(1)).zip(y.chunks_exact(of_output.max(1)));
        for (sum, (g, y)) in bias.iter_mut().zip(outputs) {
            if !F::IS_UNCHANGED {
                g.iter_mut().zip(y).for_each(|(g, &y)| *g *= function.slope(y, y));
            }
            *sum += sum_of(g, |g| g);
        }
    });
}

/// What the rows of a part add to the gradients of the parameters.
struct Partial<T> {
    kernels: Vec<T>,
    bias: Vec<T>,
}

impl<T: Real> Partial<T> {
    fn zeros(kernels: usize, outputs: usize) -> Self {
        Self { kernels: vec![T::zero(); kernels], bias: vec![T::zero(); outputs] }
    }

    /// Writes the gradients of kernels and bias, which all parts add up to.
    fn write(partials: &[Self], to: &To<'_>) -> Result<()> {
        let add = |sums: &mut [T], adds: bool, part: fn(&Self) -> &[T]| {
            if !adds {
                sums.fill(T::zero());
            }
            for partial in partials {
                sums.iter_mut().zip(part(partial)).for_each(|(sum, &more)| *sum += more);
            }
            Ok(())
        };
        to.write(1, |sums, adds| add(sums, adds, |partial| &partial.kernels))?;
        to.write(2, |sums, adds| add(sums, adds, |partial| &partial.bias))
    }
}
