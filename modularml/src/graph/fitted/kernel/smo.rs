//! The dual problem of support vector machines, two variables at a time.

use super::products::Products;

/// Minimises αᵀQα / 2 + pᵀα with yᵀα = 0 and 0 ≤ α ≤ C, where Q has yᵢ yⱼ k(xᵢ, xⱼ).
pub(super) struct Dual {
    /// The row of each variable.
    pub(super) rows: Vec<usize>,
    /// y, 1 or -1.
    pub(super) signs: Vec<f64>,
    /// p
    pub(super) linear: Vec<f64>,
    /// C
    pub(super) bounds: Vec<f64>,
}

/// What the variables are, and what is taken off the sums of products.
pub(super) struct Solved {
    pub(super) alpha: Vec<f64>,
    pub(super) offset: f64,
}

impl Dual {
    /// Steps along the pair that promises most by second order (Fan, Chen and Lin, 2005; libsvm without its shrinking),
    /// until the conditions of the least hold up to a tolerance; none where so many steps do not suffice.
    pub(super) fn solve(&self, products: &mut Products, tolerance: f64) -> Option<Solved> {
        let count = self.rows.len();
        let mut alpha = vec![0.0; count];
        let mut slope = self.linear.clone();
        let diagonal: Vec<f64> = self.rows.iter().map(|row| products.diagonal(*row)).collect();
        for _ in 0..count.saturating_mul(100).max(10_000_000) {
            let Some((i, j)) = self.pair(&alpha, &slope, &diagonal, products, tolerance) else {
                return Some(Solved { offset: self.offset(&alpha, &slope), alpha });
            };
            let (of_i, of_j) = (products.row(self.rows[i]), products.row(self.rows[j]));
            let product = f64::from(of_i[self.rows[j]]);
            let curvature = positive(diagonal[i] + diagonal[j] - 2.0 * product);
            let before = (alpha[i], alpha[j]);
            let moved = self.moved((i, j), before, (slope[i], slope[j]), curvature);
            (alpha[i], alpha[j]) = (snapped(moved.0, self.bounds[i]), snapped(moved.1, self.bounds[j]));
            let by_i = (alpha[i] - before.0) * self.signs[i];
            let by_j = (alpha[j] - before.1) * self.signs[j];
            for ((slope, sign), row) in slope.iter_mut().zip(&self.signs).zip(&self.rows) {
                *slope += sign * (by_i * f64::from(of_i[*row]) + by_j * f64::from(of_j[*row]));
            }
        }
        None
    }

    fn may_rise(&self, at: usize, alpha: &[f64]) -> bool {
        if self.signs[at] > 0.0 { alpha[at] < self.bounds[at] } else { alpha[at] > 0.0 }
    }

    fn may_fall(&self, at: usize, alpha: &[f64]) -> bool {
        if self.signs[at] > 0.0 { alpha[at] > 0.0 } else { alpha[at] < self.bounds[at] }
    }

    /// The pair to step along; none where all is in order.
    fn pair(
        &self,
        alpha: &[f64],
        slope: &[f64],
        diagonal: &[f64],
        products: &mut Products,
        tolerance: f64,
    ) -> Option<(usize, usize)> {
        let mut steepest = f64::NEG_INFINITY;
        let mut first = None;
        for (at, (sign, slope)) in self.signs.iter().zip(slope).enumerate() {
            let up = -sign * slope;
            if up > steepest && self.may_rise(at, alpha) {
                (steepest, first) = (up, Some(at));
            }
        }
        let i = first?;
        let of_i = products.row(self.rows[i]);
        let (mut down, mut best) = (f64::NEG_INFINITY, 0.0);
        let mut second = None;
        for (at, (sign, slope)) in self.signs.iter().zip(slope).enumerate() {
            if !self.may_fall(at, alpha) {
                continue;
            }
            let slope = sign * slope;
            down = down.max(slope);
            let both = steepest + slope;
            if both > 0.0 {
                let curvature = positive(diagonal[i] + diagonal[at] - 2.0 * f64::from(of_i[self.rows[at]]));
                let gain = both * both / curvature;
                if gain > best {
                    (best, second) = (gain, Some(at));
                }
            }
        }
        if steepest + down < tolerance {
            return None;
        }
        Some((i, second?))
    }

    /// Two variables at their least along the line on which yᵀα stays, within their bounds.
    fn moved(&self, (i, j): (usize, usize), (a, b): (f64, f64), slopes: (f64, f64), curvature: f64) -> (f64, f64) {
        let (most_a, most_b) = (self.bounds[i], self.bounds[j]);
        let same = self.signs[i] * self.signs[j] > 0.0;
        if same {
            let sum = a + b;
            let a = a - (slopes.0 - slopes.1) / curvature;
            // Bounds that cannot both be kept do not occur: the old values keep them.
            let a = a.min(most_a).min(sum).max(0.0).max(sum - most_b);
            (a, (sum - a).clamp(0.0, most_b))
        } else {
            let difference = a - b;
            let a = a - (slopes.0 + slopes.1) / curvature;
            let a = a.min(most_a).min(most_b + difference).max(0.0).max(difference);
            (a, (a - difference).clamp(0.0, most_b))
        }
    }

    /// What free variables agree on, or the middle of what the others allow.
    fn offset(&self, alpha: &[f64], slope: &[f64]) -> f64 {
        let (mut above, mut below) = (f64::INFINITY, f64::NEG_INFINITY);
        let (mut sum, mut free) = (0.0, 0u32);
        for (at, (sign, slope)) in self.signs.iter().zip(slope).enumerate() {
            let found = sign * slope;
            match (self.may_rise(at, alpha), self.may_fall(at, alpha)) {
                (true, true) => (sum, free) = (sum + found, free + 1),
                (true, false) => above = above.min(found),
                _ => below = below.max(found),
            }
        }
        if free > 0 { sum / f64::from(free) } else { f64::midpoint(above, below) }
    }
}

/// The bound itself where rounding has left a variable beside it, from where no step would come anywhere.
fn snapped(alpha: f64, bound: f64) -> f64 {
    if alpha < bound * 1e-12 {
        0.0
    } else if alpha > bound * (1.0 - 1e-12) {
        bound
    } else {
        alpha
    }
}

/// A curvature along which a step ends.
fn positive(curvature: f64) -> f64 {
    if curvature > 0.0 { curvature } else { 1e-12 }
}
