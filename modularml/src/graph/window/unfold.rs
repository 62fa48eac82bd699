//! The windows of a batch as the rows of a matrix, so that a convolution is one multiplication of matrices.

use std::sync::Arc;

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor, bail};

use super::Grid;
use crate::graph::pointwise::elements;
use crate::graph::real::Real;

/// `[rows, channels, plane..]` to `[rows * windows, channels * positions]`.
pub(crate) fn unfold(x: &Tensor, grid: &Grid) -> Result<Tensor> {
    let (rows, channels) = (x.dim(0)?, x.dim(1)?);
    let map = Map { rows, channels, plane: grid.input(), size: grid.size(), places: grid.places().into() };
    x.contiguous()?.apply_op1(Unfold { map, dims: x.dims().to_vec() })
}

/// Which number of the batch stands where in the matrix.
#[derive(Clone)]
struct Map {
    rows: usize,
    channels: usize,
    /// How many numbers a channel holds.
    plane: usize,
    /// How many positions a window has.
    size: usize,
    /// By window and position, the place in the channel; none is a zero.
    places: Arc<[Option<usize>]>,
}

impl Map {
    fn windows(&self) -> usize {
        self.places.len() / self.size.max(1)
    }

    fn unfold<T: Real>(&self, x: &[T]) -> Vec<T> {
        let mut matrix = Vec::with_capacity(self.rows * self.channels * self.places.len());
        for row in x.chunks_exact((self.channels * self.plane).max(1)) {
            for window in self.places.chunks_exact(self.size.max(1)) {
                for channel in row.chunks_exact(self.plane.max(1)) {
                    let values = window.iter().map(|place| place.and_then(|place| channel.get(place).copied()));
                    matrix.extend(values.map(|value| value.unwrap_or_else(T::zero)));
                }
            }
        }
        matrix
    }

    /// Adds every number of the matrix to that from which it was taken.
    fn fold<T: Real>(&self, matrix: &[T]) -> Vec<T> {
        let mut x = vec![T::zero(); self.rows * self.channels * self.plane];
        let mut positions = matrix.chunks_exact(self.size.max(1));
        for row in x.chunks_exact_mut((self.channels * self.plane).max(1)) {
            for window in self.places.chunks_exact(self.size.max(1)) {
                for (channel, values) in row.chunks_exact_mut(self.plane.max(1)).zip(positions.by_ref()) {
                    for (place, &value) in window.iter().zip(values) {
                        if let Some(number) = place.and_then(|place| channel.get_mut(place)) {
                            *number += value;
                        }
                    }
                }
            }
        }
        x
    }
}

struct Unfold {
    map: Map,
    dims: Vec<usize>,
}

impl CustomOp1 for Unfold {
    fn name(&self) -> &'static str {
        "unfold"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let values = match x {
            CpuStorage::F32(x) => CpuStorage::F32(self.map.unfold(elements(x, layout)?)),
            CpuStorage::F64(x) => CpuStorage::F64(self.map.unfold(elements(x, layout)?)),
            _ => bail!("unfold takes f32 or f64"),
        };
        Ok((values, (self.map.rows * self.map.windows(), self.map.channels * self.map.size).into()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        // Data needs no gradient.
        if !x.track_op() {
            return Ok(None);
        }
        let fold = Fold { map: self.map.clone(), dims: self.dims.clone() };
        gradient.contiguous()?.apply_op1_no_bwd(&fold).map(Some)
    }
}

struct Fold {
    map: Map,
    dims: Vec<usize>,
}

impl CustomOp1 for Fold {
    fn name(&self) -> &'static str {
        "fold"
    }

    fn cpu_fwd(&self, matrix: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let values = match matrix {
            CpuStorage::F32(matrix) => CpuStorage::F32(self.map.fold(elements(matrix, layout)?)),
            CpuStorage::F64(matrix) => CpuStorage::F64(self.map.fold(elements(matrix, layout)?)),
            _ => bail!("fold takes f32 or f64"),
        };
        Ok((values, self.dims.clone().into()))
    }
}
