//! Holm's correction for several comparisons.

/// p values so corrected that of all comparisons with one below a level, at most that share of families has a false one (Holm,
/// 1979): the smallest of n is multiplied by n, the next one by n - 1, and none is less than one before it. One that is NaN stays
/// so, and counts as a comparison that was made.
#[allow(clippy::cast_precision_loss, reason = "there are few comparisons")]
pub(super) fn corrected(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<(usize, f64)> = p_values.iter().copied().enumerate().collect();
    order.sort_by(|a, b| a.1.total_cmp(&b.1));
    let (mut all, mut largest) = (p_values.to_vec(), 0.0_f64);
    for (before, (place, p_value)) in order.into_iter().enumerate() {
        let others = p_values.len().saturating_sub(before) as f64;
        largest = largest.max(p_value * others).min(1.0);
        if let Some(corrected) = all.get_mut(place).filter(|_| !p_value.is_nan()) {
            *corrected = largest;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(found: &[f64], expected: &[f64]) {
        let same = found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12 || a.is_nan() && b.is_nan());
        assert!(found.len() == expected.len() && same, "{found:?}, expected {expected:?}");
    }

    // statsmodels.stats.multitest.multipletests(.., method="holm")
    #[test]
    fn p_values_are_those_of_statsmodels() {
        near(&corrected(&[0.01, 0.04, 0.03, 0.005]), &[0.03, 0.06, 0.06, 0.02]);
        near(&corrected(&[0.3, 0.6, 0.9, 0.02]), &[0.9, 1.0, 1.0, 0.08]);
        near(&corrected(&[0.2]), &[0.2]);
        near(&corrected(&[]), &[]);
    }

    #[test]
    fn what_is_not_known_counts_as_a_comparison() {
        near(&corrected(&[0.01, f64::NAN, 0.03]), &[0.03, f64::NAN, 0.06]);
    }
}
