//! Probabilities of classes from what pairs of them say.

/// A sigmoid of decision values: `p = 1 / (1 + exp(slope f + at_zero))`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sigmoid {
    pub(super) slope: f64,
    pub(super) at_zero: f64,
}

impl Sigmoid {
    /// The most likely one of decision values of which the first class should be above 0 (Platt, 1999, with the Newton
    /// steps of Lin, Lin and Weng, 2007).
    pub(super) fn of(decisions: &[f64], is_first: &[bool], weights: &[f64]) -> Self {
        let weigh = |first: bool| -> f64 {
            weights.iter().zip(is_first).filter(|(_, is_first)| **is_first == first).map(|(weight, _)| weight).sum()
        };
        let (firsts, others) = (weigh(true), weigh(false));
        let (high, low) = ((firsts + 1.0) / (firsts + 2.0), 1.0 / (others + 2.0));
        let targets: Vec<f64> = is_first.iter().map(|is_first| if *is_first { high } else { low }).collect();
        let value = |slope: f64, at_zero: f64| -> f64 {
            let rows = decisions.iter().zip(&targets).zip(weights);
            rows.map(|((decision, target), weight)| {
                let x = slope * decision + at_zero;
                weight * (target * x + (-x).max(0.0) + (-x.abs()).exp().ln_1p())
            })
            .sum()
        };
        let (mut slope, mut at_zero) = (0.0, ((others + 1.0) / (firsts + 1.0)).ln());
        let mut least = value(slope, at_zero);
        for _ in 0..100 {
            // With a little on the diagonal it can always be solved.
            let (mut h11, mut h22, mut h21, mut g1, mut g2) = (1e-12, 1e-12, 0.0, 0.0, 0.0);
            for ((decision, target), weight) in decisions.iter().zip(&targets).zip(weights) {
                let p = 1.0 / (1.0 + (slope * decision + at_zero).exp());
                let curvature = weight * p * (1.0 - p);
                h11 += decision * decision * curvature;
                h22 += curvature;
                h21 += decision * curvature;
                let rest = weight * (target - p);
                g1 += decision * rest;
                g2 += rest;
            }
            if g1.abs() < 1e-10 * (firsts + others) && g2.abs() < 1e-10 * (firsts + others) {
                break;
            }
            let determinant = h11 * h22 - h21 * h21;
            let by_slope = -(h22 * g1 - h21 * g2) / determinant;
            let by_zero = -(h11 * g2 - h21 * g1) / determinant;
            let down = g1 * by_slope + g2 * by_zero;
            let mut length = 1.0;
            let found = (0..40).find_map(|_| {
                let (slope, at_zero) = (slope + length * by_slope, at_zero + length * by_zero);
                let found = value(slope, at_zero);
                if found < least + 1e-4 * length * down {
                    return Some((slope, at_zero, found));
                }
                length /= 2.0;
                None
            });
            let Some(found) = found else { break };
            (slope, at_zero, least) = found;
        }
        Self { slope, at_zero }
    }

    /// The probability of the first class, not quite 0 or 1.
    pub(super) fn at(self, decision: f64) -> f64 {
        let p = 1.0 / (1.0 + (self.slope * decision + self.at_zero).exp());
        p.clamp(1e-7, 1.0 - 1e-7)
    }
}

/// Writes the probabilities of classes that agree best with those of pairs, `pairs[i * classes + j]` of i against j: the
/// least of `Σ (r_ji p_i - r_ij p_j)²` with Σ p = 1 (Wu, Lin and Weng, 2004, formula 16).
pub(super) fn couple(pairs: &[f64], classes: usize, shares: &mut [f64]) {
    let mut system = vec![0.0; classes * classes];
    for i in 0..classes {
        for j in 0..classes {
            // A multiple of (Σ p)², which is known, makes it positive definite.
            system[i * classes + j] = 1.0;
            if i == j {
                for other in (0..classes).filter(|other| *other != i) {
                    system[i * classes + i] += pairs[other * classes + i] * pairs[other * classes + i];
                }
            } else {
                system[i * classes + j] -= pairs[i * classes + j] * pairs[j * classes + i];
            }
        }
    }
    shares.fill(1.0);
    eliminate(&mut system, classes, shares);
    let sum: f64 = shares.iter().map(|share| share.max(0.0)).sum();
    for share in shares {
        *share = share.max(0.0) / sum;
    }
}

/// Solves a positive definite system in place.
fn eliminate(system: &mut [f64], size: usize, right: &mut [f64]) {
    for k in 0..size {
        let (above, below) = system.split_at_mut((k + 1) * size);
        let pivot = &above[k * size..];
        for (row, i) in below.chunks_exact_mut(size).zip(k + 1..) {
            let share = row[k] / pivot[k];
            row.iter_mut().zip(pivot).skip(k).for_each(|(x, above)| *x -= share * above);
            right[i] -= share * right[k];
        }
    }
    for k in (0..size).rev() {
        let row = &system[k * size..(k + 1) * size];
        let known: f64 = row.iter().zip(&*right).skip(k + 1).map(|(x, solved)| x * solved).sum();
        right[k] = (right[k] - known) / row[k];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_that_agree_give_the_probabilities_that_they_are_of() {
        let shares = [0.5, 0.3, 0.2];
        let pairs: Vec<f64> = shares.iter().flat_map(|a| shares.map(|b| a / (a + b))).collect();
        let mut found = [0.0; 3];
        couple(&pairs, 3, &mut found);
        for (found, expected) in found.iter().zip(shares) {
            assert!((found - expected).abs() < 1e-12, "{found} and not {expected}");
        }
    }

    #[test]
    fn two_classes_are_a_pair() {
        let mut found = [0.0; 2];
        couple(&[0.0, 0.8, 0.2, 0.0], 2, &mut found);
        assert!((found[0] - 0.8).abs() < 1e-12 && (found[1] - 0.2).abs() < 1e-12);
    }
}
