//! Whole groups over folds, the values of a column spread as evenly as they allow.

use crate::process::members::{LEFT_OUT, Members, assign};
use crate::random::Rng;

/// How near two spreads are that count as equal, as numpy's `isclose` has it.
const CLOSE: f64 = 1e-5;

/// By row, the part out of `parts` in which its group is tested: those with the most uneven values first, each goes where
/// the values are spread best then, and of several such parts where the fewest rows are. As scikit-learn's
/// `StratifiedGroupKFold`, which takes groups in the order of their values where this takes the one in which they appear.
pub(super) fn stratified_groups(
    parts: usize,
    groups: &Members,
    values: &[u32],
    shuffled: Option<&mut Rng>,
) -> Vec<u32> {
    let count = values.iter().max().map_or(0, |last| *last as usize + 1);
    let counts = |rows: &[u32]| {
        let mut counts = vec![0.0; count];
        for value in rows.iter().filter_map(|row| values.get(*row as usize)) {
            if let Some(count) = counts.get_mut(*value as usize) {
                *count += 1.0;
            }
        }
        counts
    };
    let mut groups: Vec<(&[u32], Vec<f64>)> = groups.groups().map(|rows| (rows, counts(rows))).collect();
    if let Some(rng) = shuffled {
        rng.shuffle(&mut groups);
    }
    groups.sort_by(|left, right| deviation(&right.1).total_cmp(&deviation(&left.1)));
    let mut all = vec![0.0; count];
    for (_, counts) in &groups {
        add(&mut all, counts, 1.0);
    }
    let mut parted = vec![vec![0.0; count]; parts];
    let mut part_of = vec![LEFT_OUT; values.len()];
    for (rows, counts) in groups {
        let mut best = (0, f64::INFINITY, f64::INFINITY);
        for part in 0..parts {
            let Some(own) = parted.get_mut(part) else { continue };
            add(own, &counts, 1.0);
            let spread = spread(&parted, &all);
            let Some(own) = parted.get_mut(part) else { continue };
            add(own, &counts, -1.0);
            let size = own.iter().sum();
            let is_close = (spread - best.1).abs() <= 1e-8 + CLOSE * best.1.abs();
            if spread < best.1 || is_close && size < best.2 {
                best = (part, spread, size);
            }
        }
        if let Some(own) = parted.get_mut(best.0) {
            add(own, &counts, 1.0);
        }
        assign(&mut part_of, rows, u32::try_from(best.0).unwrap_or(LEFT_OUT));
    }
    part_of
}

fn add(sums: &mut [f64], counts: &[f64], sign: f64) {
    for (sum, count) in sums.iter_mut().zip(counts) {
        *sum += sign * count;
    }
}

/// The mean over the values of how unevenly each is spread over the parts.
fn spread(parted: &[Vec<f64>], all: &[f64]) -> f64 {
    let of_value = |(value, total): (usize, &f64)| {
        let shares: Vec<f64> = parted.iter().filter_map(|part| part.get(value)).map(|count| count / total).collect();
        deviation(&shares)
    };
    mean(&all.iter().enumerate().map(of_value).collect::<Vec<_>>())
}

fn deviation(numbers: &[f64]) -> f64 {
    let middle = mean(numbers);
    mean(&numbers.iter().map(|number| (number - middle).powi(2)).collect::<Vec<_>>()).sqrt()
}

#[allow(clippy::cast_precision_loss, reason = "there are far fewer than 2^53")]
fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}
