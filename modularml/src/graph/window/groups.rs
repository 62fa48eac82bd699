//! The products of one group of a row of a convolution.

use candle_core::Result;

use super::runs::Runs;
use super::shifts::Shifts;
use crate::graph::kernel::{Factor, Matrix, MatrixMut, multiply, multiply_small, vectorized};
use crate::graph::real::Real;

/// Outputs, windows and lines of fewer than so many do not fill vectors.
const WIDE: usize = 8;

/// The sizes of a group.
#[derive(Clone, Copy)]
pub(super) struct GroupSize {
    pub channels: usize,
    pub outputs: usize,
    /// Channels times positions of a window.
    pub lines: usize,
    pub windows: usize,
}

/// Computes groups one after the other, in buffers of its own; those of the gradients are made when they are first needed.
pub(super) struct Group<'a, T> {
    size: GroupSize,
    way: Way<'a, T>,
}

enum Way<'a, T> {
    /// By the matrix of all windows.
    Unfolded { runs: &'a Runs, matrix: Vec<T>, of_matrix: Vec<T> },
    /// By lines of the input.
    Shifted {
        shifts: &'a Shifts,
        starts: Vec<usize>,
        back: Vec<usize>,
        padded: Vec<T>,
        of_padded: Vec<T>,
        turned: Vec<T>,
    },
}

impl<'a, T: Real> Group<'a, T> {
    pub fn new(runs: &'a Runs, size: GroupSize) -> Self {
        let zeros = |count| vec![T::zero(); count];
        let way = match &runs.shifts {
            Some(shifts) if size.outputs.min(size.windows).min(size.lines) >= WIDE => Way::Shifted {
                shifts,
                starts: shifts.of_input.starts(size.channels),
                back: shifts.of_output.starts(size.outputs),
                padded: zeros(shifts.of_input.padded(size.channels)),
                of_padded: Vec::new(),
                turned: Vec::new(),
            },
            _ => Way::Unfolded { runs, matrix: zeros(size.lines * size.windows), of_matrix: Vec::new() },
        };
        Self { size, way }
    }

    /// Writes the convolution of the channels x, or adds it to what is there.
    pub fn convolve(&mut self, kernels: &[T], x: &[T], y: &mut [T], adds: bool) -> Result<()> {
        let GroupSize { outputs, lines, windows, .. } = self.size;
        let (y, kernels) = (MatrixMut::new(y, outputs, windows)?, Matrix::new(kernels, outputs, lines)?);
        match &mut self.way {
            Way::Unfolded { runs, matrix, .. } => {
                runs.unfold(x, matrix);
                multiply(y, adds, kernels, Matrix::new(matrix, lines, windows)?)
            }
            Way::Shifted { shifts, starts, padded, .. } => {
                shifts.of_input.pad(x, padded);
                multiply_small(y, adds, kernels, Factor::listed(padded, starts, windows)?)
            }
        }
    }

    /// Adds the gradient of the kernels to `of_kernels`, which [`kernels`](Self::kernels) brings into order.
    pub fn of_kernels(&mut self, x: &[T], g: &[T], of_kernels: &mut [T]) -> Result<()> {
        let GroupSize { outputs, lines, windows, .. } = self.size;
        match &mut self.way {
            Way::Unfolded { runs, matrix, .. } => {
                runs.unfold(x, matrix);
                let (g, matrix) = (Matrix::new(g, outputs, windows)?, Matrix::new(matrix, lines, windows)?);
                multiply(MatrixMut::new(of_kernels, outputs, lines)?, true, g, matrix.t())
            }
            Way::Shifted { shifts, starts, padded, turned, .. } => {
                shifts.of_input.pad(x, padded);
                turned.resize(outputs * windows, T::zero());
                turn(g, windows, turned);
                let lines_of_x = Factor::listed(padded, starts, windows)?;
                let of_kernels = MatrixMut::new(of_kernels, lines, outputs)?;
                multiply_small(of_kernels, true, lines_of_x, Matrix::new(turned, windows, outputs)?)
            }
        }
    }

    /// Writes the gradient of the input, or adds to it; `kernels` are as [`turned`](Self::turned) gives them.
    pub fn of_input(&mut self, kernels: &[T], g: &[T], of_x: &mut [T], adds: bool) -> Result<()> {
        let GroupSize { channels, outputs, lines, windows } = self.size;
        match &mut self.way {
            Way::Unfolded { runs, of_matrix, .. } => {
                let (kernels, g) = (Matrix::new(kernels, outputs, lines)?, Matrix::new(g, outputs, windows)?);
                of_matrix.resize(lines * windows, T::zero());
                multiply(MatrixMut::new(of_matrix, lines, windows)?, false, kernels.t(), g)?;
                vectorized!(|| {
                    if !adds {
                        of_x.fill(T::zero());
                    }
                    runs.fold(of_matrix, of_x);
                });
                Ok(())
            }
            Way::Shifted { shifts, back, of_padded, .. } => {
                of_padded.resize(shifts.of_output.padded(outputs), T::zero());
                shifts.of_output.pad(g, of_padded);
                let plane = shifts.of_output.count;
                let kernels = Matrix::new(kernels, channels, kernels.len() / channels.max(1))?;
                let of_x = MatrixMut::new(of_x, channels, plane)?;
                multiply_small(of_x, adds, kernels, Factor::listed(of_padded, back, plane)?)
            }
        }
    }

    /// The kernels of all groups as the gradients of inputs are computed with.
    pub fn turned(&self, kernels: &[T]) -> Vec<T> {
        let GroupSize { channels, outputs, lines, .. } = self.size;
        if matches!(self.way, Way::Unfolded { .. }) {
            return kernels.to_vec();
        }
        let positions = lines / channels.max(1);
        let mut turned = Vec::with_capacity(kernels.len());
        for group in kernels.chunks_exact((outputs * lines).max(1)) {
            for channel in 0..channels {
                for kernel in group.chunks_exact(lines.max(1)) {
                    turned.extend_from_slice(&kernel[channel * positions..][..positions]);
                }
            }
        }
        turned
    }

    /// The gradient of the kernels of all groups, output by output.
    pub fn kernels(&self, of_kernels: &mut [T]) {
        let GroupSize { outputs, lines, .. } = self.size;
        if matches!(self.way, Way::Unfolded { .. }) {
            return;
        }
        let mut group_in_order = vec![T::zero(); outputs * lines];
        for group in of_kernels.chunks_exact_mut((outputs * lines).max(1)) {
            turn(group, outputs, &mut group_in_order);
            group.copy_from_slice(&group_in_order);
        }
    }
}

/// Exchanges rows, of so many numbers each, and columns; in squares, because neighbours in one of the two are far apart in
/// the other.
fn turn<T: Real>(rows: &[T], columns: usize, turned: &mut [T]) {
    const SIDE: usize = 4;
    let count = rows.len() / columns.max(1);
    let (whole_rows, whole_columns) = (count - count % SIDE, columns - columns % SIDE);
    vectorized!(|| {
        for row in (0..whole_rows).step_by(SIDE) {
            for column in (0..whole_columns).step_by(SIDE) {
                let mut square = [[T::zero(); SIDE]; SIDE];
                for (r, line) in square.iter_mut().enumerate() {
                    line.copy_from_slice(&rows[(row + r) * columns + column..][..SIDE]);
                }
                for c in 0..SIDE {
                    let line: [T; SIDE] = [square[0][c], square[1][c], square[2][c], square[3][c]];
                    turned[(column + c) * count + row..][..SIDE].copy_from_slice(&line);
                }
            }
        }
    });
    for row in 0..count {
        let from = if row < whole_rows { whole_columns } else { 0 };
        for column in from..columns {
            turned[column * count + row] = rows[row * columns + column];
        }
    }
}
