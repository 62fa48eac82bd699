//! Clusters of numbers.

/// How often centres move at most.
const ROUNDS: usize = 300;
/// The share of the variance below which a movement counts as none; scikit-learn's.
const TOLERANCE: f64 = 1e-4;

/// The centres of clusters of ascending values, from the given ascending centres on, ascending again.
///
/// Lloyd's algorithm: every centre moves to the mean of the values that are nearest to it, until they stay. A centre
/// without values takes the value that is farthest from its own one, as in scikit-learn's `KMeans`.
#[allow(clippy::cast_precision_loss, reason = "counts are below 2^53")]
pub(super) fn centres(values: &[f64], mut centres: Vec<f64>) -> Vec<f64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    sums.push(0.0);
    // Around the mean, so that differences of sums do not cancel.
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let (mut sum, mut squares) = (0.0, 0.0);
    for value in values {
        sum += value - mean;
        squares += (value - mean) * (value - mean);
        sums.push(sum);
    }
    let enough = TOLERANCE * squares / count;
    let sum_of = |start: usize, end: usize| sums.get(end).zip(sums.get(start)).map_or(0.0, |(end, start)| end - start);
    let mut ends: Vec<usize> = Vec::new();
    for _ in 0..ROUNDS {
        let found = ends_of(values, &centres);
        let starts = std::iter::once(0).chain(found.iter().copied());
        let mut clusters: Vec<(f64, f64)> =
            starts.zip(&found).map(|(start, &end)| (sum_of(start, end), (end - start) as f64)).collect();
        relocate(values, &centres, &found, mean, &mut clusters);
        let moved: Vec<f64> = clusters
            .iter()
            .zip(&centres)
            .map(|(&(sum, count), &old)| if count > 0.0 { sum / count + mean } else { old })
            .collect();
        let movement: f64 = moved.iter().zip(&centres).map(|(new, old)| (new - old) * (new - old)).sum();
        centres = moved;
        centres.sort_unstable_by(f64::total_cmp);
        if found == ends || movement <= enough {
            break;
        }
        ends = found;
    }
    centres
}

/// Where the values end that are nearest to each centre; at equal distance it is the lower one.
fn ends_of(values: &[f64], centres: &[f64]) -> Vec<usize> {
    let mut ends: Vec<usize> = centres
        .windows(2)
        .map(|pair| {
            let middle = pair.iter().sum::<f64>() / 2.0;
            values.partition_point(|&value| value <= middle)
        })
        .collect();
    ends.push(values.len());
    ends
}

/// Gives each cluster without values the value that is farthest from its centre, and takes it from its own cluster.
fn relocate(values: &[f64], centres: &[f64], ends: &[usize], mean: f64, clusters: &mut [(f64, f64)]) {
    let empty: Vec<usize> = (0..clusters.len()).filter(|&at| clusters.get(at).is_some_and(|it| it.1 == 0.0)).collect();
    if empty.is_empty() {
        return;
    }
    let mut distances: Vec<(f64, f64, usize)> = Vec::with_capacity(values.len());
    let mut start = 0;
    for (cluster, (&end, centre)) in ends.iter().zip(centres).enumerate() {
        let own = values.get(start..end).unwrap_or_default();
        distances.extend(own.iter().map(|&value| ((value - centre).abs(), value, cluster)));
        start = end;
    }
    distances.sort_by(|one, other| other.0.total_cmp(&one.0));
    for (empty, (_, value, from)) in empty.into_iter().zip(distances) {
        if let Some(old) = clusters.get_mut(from) {
            *old = (old.0 - (value - mean), old.1 - 1.0);
        }
        if let Some(new) = clusters.get_mut(empty) {
            *new = (value - mean, 1.0);
        }
    }
}
