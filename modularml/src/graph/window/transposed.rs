//! Transposed convolutions: the gradient of a convolution's input as a layer's output, by the products of convolutions.

use std::sync::Arc;

use candle_core::{Result, Shape, Tensor, bail};

use super::convolve::{PARTS, Partial, begin, end};
use super::groups::{Group, GroupSize};
use super::runs::Runs;
use crate::graph::autograd::{Given, Operation, To, apply, weighted};
use crate::graph::kernel::in_parallel;
use crate::graph::pointwise::Function;
use crate::graph::real::Real;

/// A function of the transposed convolution of `[rows, channels, windows..]` with kernels of
/// `[channels, outputs of a group, positions..]`, as `[rows, outputs, plane]`. `runs` are those of the convolution that leads
/// from the plane back to the windows.
///
/// The slope of the function must be told by its value alone. A batch that comes from no parameter gets no gradient.
pub(crate) fn convolve_transposed(
    x: &Tensor,
    kernels: &Tensor,
    bias: Option<&Tensor>,
    runs: &Arc<Runs>,
    groups: usize,
    function: impl Function,
) -> Result<Tensor> {
    let inputs: Vec<&Tensor> = [x, kernels].into_iter().chain(bias).collect();
    apply(&inputs, Transposed { runs: Arc::clone(runs), groups: groups.max(1), function })
}

struct Transposed<F> {
    runs: Arc<Runs>,
    groups: usize,
    function: F,
}

/// The sizes of a transposed convolution.
struct Size {
    rows: usize,
    /// Numbers of a row of the input.
    inputs: usize,
    outputs: usize,
    /// Numbers of an output in a row.
    plane: usize,
    /// Those of a group of the convolution, whose outputs are the channels here.
    group: GroupSize,
}

impl Size {
    /// Rows of a part.
    fn part(&self) -> usize {
        self.rows.div_ceil(PARTS).max(1)
    }

    /// Numbers of a row of the output.
    fn row(&self) -> usize {
        self.outputs * self.plane
    }

    fn multiplications(&self) -> usize {
        self.rows.saturating_mul(self.inputs).saturating_mul(self.group.lines)
    }

    /// Numbers of a group in a row of the input, in its kernels and in a row of the output.
    fn of_group(&self) -> [usize; 3] {
        let GroupSize { channels, outputs, lines, windows } = self.group;
        [outputs * windows, outputs * lines, channels * self.plane].map(|size| size.max(1))
    }
}

impl<F: Function> Transposed<F> {
    /// The sizes, and the numbers of x, kernels and bias.
    #[allow(clippy::type_complexity, reason = "three slices, named where they are taken")]
    fn inputs<'a, T: Copy>(&self, inputs: &[Given<'a, T>]) -> Result<(Size, &'a [T], &'a [T], Option<&'a [T]>)> {
        let (x, kernels, bias) = weighted(inputs)?;
        let ([rows, channels, windows @ ..], [from, of_group, positions @ ..]) = (x.dims, kernels.dims) else {
            bail!("a transposed convolution takes [rows, channels, ..], found {:?}", x.dims);
        };
        let (runs, groups) = (&*self.runs, self.groups);
        let outputs = of_group * groups;
        let fits = windows.iter().product::<usize>() == runs.windows
            && positions.iter().product::<usize>() == runs.positions()
            && from == channels
            && channels.is_multiple_of(groups)
            && bias.is_none_or(|bias| bias.dims == [outputs]);
        if !fits {
            let (bias, kernels, x) = (bias.map(|bias| bias.dims), kernels.dims, x.dims);
            bail!("kernels of {kernels:?} and a bias of {bias:?} in {groups} groups do not fit to a batch of {x:?}");
        }
        let lines = of_group * runs.positions();
        let group = GroupSize { channels: *of_group, outputs: channels / groups, lines, windows: runs.windows };
        let size = Size { rows: *rows, inputs: channels * runs.windows, outputs, plane: runs.plane, group };
        Ok((size, x.numbers, kernels.numbers, bias.map(|bias| bias.numbers)))
    }

    /// The gradients of kernels and bias, given the result and its gradient; writes that of the input to `of_x`, where that
    /// is wanted, or adds it.
    fn partials<T: Real>(
        &self,
        x: &[T],
        kernels: &[T],
        (y, g): (&[T], &mut [T]),
        (of_x, adds): (Option<&mut [T]>, bool),
        size: &Size,
    ) -> Result<Vec<Partial<T>>> {
        let [in_x, in_kernels, in_y] = size.of_group();
        let (row, inputs) = (size.row().max(1), size.inputs.max(1));
        let mut of_x = of_x.into_iter().flat_map(|of_x| of_x.chunks_mut(size.part() * inputs));
        let g = y.chunks(size.part() * row).zip(g.chunks_mut(size.part() * row));
        let parts: Vec<_> = x.chunks(size.part() * inputs).zip(g).map(|(x, g)| (x, g, of_x.next())).collect();
        let mut partials: Vec<Partial<T>> = parts.iter().map(|_| Partial::zeros(kernels.len(), size.outputs)).collect();
        let work = size.multiplications().saturating_mul(2);
        in_parallel(work, parts.into_iter().zip(&mut partials).collect(), |((x, (y, g), mut of_x), partial)| {
            let mut computed = Group::new(&self.runs, size.group);
            let rows = x.chunks_exact(inputs).zip(y.chunks_exact(row).zip(g.chunks_exact_mut(row)));
            for (at, (x, (y, g))) in rows.enumerate() {
                begin(self.function, (y, g), &mut partial.bias, size.plane);
                let by_kernels = partial.kernels.chunks_exact_mut(in_kernels).zip(kernels.chunks_exact(in_kernels));
                let groups = x.chunks_exact(in_x).zip(g.chunks_exact(in_y)).zip(by_kernels).enumerate();
                for (group, ((x, g), (of_kernels, kernels))) in groups {
                    computed.of_kernels(g, x, of_kernels)?;
                    let from = at * size.inputs + group * in_x;
                    if let Some(of_x) = of_x.as_deref_mut().and_then(|of_x| of_x.get_mut(from..from + in_x)) {
                        computed.convolve(kernels, g, of_x, adds)?;
                    }
                }
            }
            computed.kernels(&mut partial.kernels);
            Ok(())
        })?;
        Ok(partials)
    }
}

impl<F: Function> Operation for Transposed<F> {
    const NAME: &'static str = "transposed convolution";

    fn forward<T: Real>(&self, inputs: &[Given<'_, T>]) -> Result<(Vec<T>, Shape)> {
        let (size, x, kernels, bias) = self.inputs(inputs)?;
        let mut y = vec![T::zero(); size.rows * size.row()];
        let [in_x, in_kernels, in_y] = size.of_group();
        let (row, inputs) = (size.row().max(1), size.inputs.max(1));
        let turned = Group::new(&self.runs, size.group).turned(kernels);
        let parts = y.chunks_mut(size.part() * row).zip(x.chunks(size.part() * inputs));
        in_parallel(size.multiplications(), parts.collect(), |(y, x)| {
            let mut group = Group::new(&self.runs, size.group);
            for (y, x) in y.chunks_exact_mut(row).zip(x.chunks_exact(inputs)) {
                let groups = y.chunks_exact_mut(in_y).zip(x.chunks_exact(in_x)).zip(turned.chunks_exact(in_kernels));
                for ((y, x), kernels) in groups {
                    group.of_input(kernels, x, y, false)?;
                }
                end(self.function, y, bias, size.plane);
            }
            Ok(())
        })?;
        Ok((y, (size.rows, size.outputs, size.plane).into()))
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
