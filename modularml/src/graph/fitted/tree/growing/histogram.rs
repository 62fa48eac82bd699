//! Sums over the rows in each bin of each column.

use rayon::prelude::*;

use super::bins::Bins;

/// How many bins a column can have, that of missing values counted.
pub(super) const PLACES: usize = 256;

/// Sums over rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums {
    /// Of the first derivatives of the loss.
    pub(super) first: f64,
    /// Of the second derivatives.
    pub(super) second: f64,
    pub(super) rows: u32,
}

impl Sums {
    pub(super) fn plus(&mut self, other: &Self) {
        self.first += other.first;
        self.second += other.second;
        self.rows += other.rows;
    }

    pub(super) fn less(&self, other: &Self) -> Self {
        Self {
            first: self.first - other.first,
            second: self.second - other.second,
            rows: self.rows.saturating_sub(other.rows),
        }
    }
}

/// The derivatives of the loss of each row; where every second one is 1, it is not summed.
#[derive(Clone, Copy)]
pub(super) struct Slopes<'a> {
    pub(super) pairs: &'a [[f32; 2]],
    pub(super) second_is_one: bool,
}

/// From so many numbers on columns are shared out over threads. Each is summed by one of them, in the order of the rows.
const WORTH_THREADS: usize = 1 << 17;

/// Sums over rows by the bins of all columns, column after column.
pub(super) fn fill(
    histogram: &mut Vec<Sums>,
    bins: &Bins,
    rows: &[u32],
    slopes: Slopes<'_>,
    ordered: &mut Vec<[f32; 2]>,
) {
    let columns = bins.columns.len();
    histogram.clear();
    histogram.resize(columns * PLACES, Sums::default());
    let all = rows.len() == bins.rows;
    if !all {
        ordered.clear();
        ordered.extend(rows.iter().map(|row| slopes.pairs[*row as usize]));
    }
    let ordered = if all { slopes.pairs } else { ordered.as_slice() };
    let one = |(sums, column): (&mut [Sums], &super::bins::Column)| {
        let Ok(sums) = <&mut [Sums; PLACES]>::try_from(sums) else { return };
        match (all, slopes.second_is_one) {
            (true, true) => sum::<true>(sums, column.bins.iter().copied(), ordered),
            (true, false) => sum::<false>(sums, column.bins.iter().copied(), ordered),
            (false, true) => sum::<true>(sums, rows.iter().map(|row| column.bins[*row as usize]), ordered),
            (false, false) => sum::<false>(sums, rows.iter().map(|row| column.bins[*row as usize]), ordered),
        }
    };
    if rows.len() * columns >= WORTH_THREADS && rayon::current_num_threads() > 1 {
        histogram.par_chunks_mut(PLACES).zip(&bins.columns).for_each(one);
    } else {
        histogram.chunks_mut(PLACES).zip(&bins.columns).for_each(one);
    }
}

#[inline(always)]
fn sum<const SECOND_IS_ONE: bool>(sums: &mut [Sums; PLACES], bins: impl Iterator<Item = u8>, ordered: &[[f32; 2]]) {
    for (bin, [first, second]) in bins.zip(ordered) {
        let sum = &mut sums[bin as usize];
        sum.first += f64::from(*first);
        if !SECOND_IS_ONE {
            sum.second += f64::from(*second);
        }
        sum.rows += 1;
    }
    if SECOND_IS_ONE {
        for sum in sums {
            sum.second = f64::from(sum.rows);
        }
    }
}
