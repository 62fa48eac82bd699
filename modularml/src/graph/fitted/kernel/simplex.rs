//! The least of a function of two numbers, without derivatives.

use crate::Result;

/// The most evaluations.
const ROUNDS: usize = 300;

/// Looks for the least of a function near a place by the simplex of Nelder and Mead, 1965; what is infinite is avoided. Gives
/// the place and the value there.
///
/// # Errors
/// When the function fails.
pub(super) fn least(start: [f64; 2], mut function: impl FnMut([f64; 2]) -> Result<f64>) -> Result<([f64; 2], f64)> {
    let mut points = Vec::with_capacity(3);
    for step in [[0.0, 0.0], [0.7, 0.0], [0.0, 0.7]] {
        let at = [start[0] + step[0], start[1] + step[1]];
        points.push((at, function(at)?));
    }
    for _ in 0..ROUNDS {
        points.sort_by(|a, b| a.1.total_cmp(&b.1));
        let [best, second, worst] = [points[0], points[1], points[2]];
        let spread = (0..2).map(|k| (worst.0[k] - best.0[k]).abs().max((second.0[k] - best.0[k]).abs()));
        if spread.fold(0.0, f64::max) < 1e-7 || !best.1.is_finite() {
            break;
        }
        let middle = [f64::midpoint(best.0[0], second.0[0]), f64::midpoint(best.0[1], second.0[1])];
        let along = |by: f64| [0, 1].map(|k| middle[k] + by * (middle[k] - worst.0[k]));
        let mut try_at = |at: [f64; 2]| Ok::<_, crate::Error>((at, function(at)?));
        let reflected = try_at(along(1.0))?;
        points[2] = if reflected.1 < best.1 {
            let further = try_at(along(2.0))?;
            if further.1 < reflected.1 { further } else { reflected }
        } else if reflected.1 < second.1 {
            reflected
        } else {
            let nearer = try_at(along(if reflected.1 < worst.1 { 0.5 } else { -0.5 }))?;
            if nearer.1 < worst.1.min(reflected.1) {
                nearer
            } else {
                points[1] = try_at([0, 1].map(|k| f64::midpoint(best.0[k], second.0[k])))?;
                try_at([0, 1].map(|k| f64::midpoint(best.0[k], worst.0[k])))?
            }
        };
    }
    points.sort_by(|a, b| a.1.total_cmp(&b.1));
    Ok(points[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_a_tilted_bowl_is_found() {
        let (at, value) =
            least([3.0, -4.0], |[x, y]| Ok((x - 1.0).powi(2) + 3.0 * (y + 2.0).powi(2) + (x - 1.0) * (y + 2.0) + 5.0))
                .unwrap();
        assert!((at[0] - 1.0).abs() < 1e-6 && (at[1] + 2.0).abs() < 1e-6 && (value - 5.0).abs() < 1e-12, "{at:?}");
    }
}
