//! Quantiles of values in memory, as numpy defines them.

/// How a quantile between two values is found; the names are numpy's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// Linear interpolation (type 7 of Hyndman and Fan, 1996).
    Linear,
    /// The middle of both neighbours at a step, the upper one elsewhere (type 2).
    AveragedInvertedCdf,
}

/// Where a quantile lies: between the values of two neighbouring ranks, so far from the lower one.
struct Place {
    lower: usize,
    upper: usize,
    share: f64,
}

impl Place {
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "counts are below 2^53 and the position lies between 0 and the last rank"
    )]
    fn of(fraction: f64, count: usize, method: Method) -> Self {
        let last = count.saturating_sub(1);
        let position = match method {
            Method::Linear => last as f64 * fraction,
            Method::AveragedInvertedCdf => count as f64 * fraction - 1.0,
        };
        if position >= last as f64 {
            return Self { lower: last, upper: last, share: 0.0 };
        }
        let lower = position.max(0.0).floor();
        let beyond = position.max(0.0) - lower;
        let share = match method {
            Method::Linear => beyond,
            Method::AveragedInvertedCdf if position < 0.0 => 0.0,
            Method::AveragedInvertedCdf if beyond == 0.0 => 0.5,
            Method::AveragedInvertedCdf => 1.0,
        };
        Self { lower: lower as usize, upper: lower as usize + 1, share }
    }
}

/// The quantiles of values without NaN, for ascending fractions of 1; the values are reordered.
pub(super) fn quantiles(values: &mut [f64], fractions: &[f64], method: Method) -> Vec<f64> {
    let places: Vec<Place> = fractions.iter().map(|&fraction| Place::of(fraction, values.len(), method)).collect();
    let mut ranks: Vec<usize> = places.iter().flat_map(|place| [place.lower, place.upper]).collect();
    ranks.sort_unstable();
    ranks.dedup();
    select(values, &ranks, 0);
    let at = |rank: usize| values.get(rank).copied().unwrap_or(f64::NAN);
    places.iter().map(|place| between(at(place.lower), at(place.upper), place.share)).collect()
}

/// Linear interpolation that is exact at both ends and never leaves them, in numpy's order of operations: an ulp off, a
/// tie of the data would no longer be one.
fn between(lower: f64, upper: f64, share: f64) -> f64 {
    let step = upper - lower;
    if share >= 0.5 { upper - step * (1.0 - share) } else { lower + step * share }
}

/// Puts the values of the given ranks, which ascend, to their places; the first value has rank `first`.
fn select(values: &mut [f64], ranks: &[usize], first: usize) {
    let (below, rest) = ranks.split_at(ranks.len() / 2);
    let Some((&rank, above)) = rest.split_first() else { return };
    let Some(place) = rank.checked_sub(first).filter(|&place| place < values.len()) else { return };
    let (left, _, right) = values.select_nth_unstable_by(place, f64::total_cmp);
    select(left, below, first);
    select(right, above, rank + 1);
}
