//! The least of a smooth function, by L-BFGS.

/// How many steps are remembered.
const MEMORY: usize = 20;

/// Where a search for the least of a function ended.
pub(in crate::graph::fitted) struct Ended {
    pub(in crate::graph::fitted) at: Vec<f64>,
    /// The largest derivative there, by absolute value.
    pub(in crate::graph::fitted) steepest: f64,
}

/// Looks for the least of a function that gives its value and writes its gradient, until no derivative is above a bound,
/// the rounds are used up, or no step goes down (Nocedal and Wright, 2006, algorithm 7.5, with steps that are halved).
pub(in crate::graph::fitted) fn minimize(
    start: Vec<f64>,
    rounds: usize,
    bound: f64,
    mut function: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Ended {
    let mut at = start;
    let mut gradient = vec![0.0; at.len()];
    let mut value = function(&at, &mut gradient);
    let (mut next, mut next_gradient) = (at.clone(), gradient.clone());
    // Of each step: how far it went, how the gradient changed, and 1 over the product of both.
    let mut steps: std::collections::VecDeque<(Vec<f64>, Vec<f64>, f64)> = std::collections::VecDeque::new();
    for _ in 0..rounds {
        if largest(&gradient) <= bound {
            break;
        }
        let mut direction = towards(&gradient, &steps);
        let mut slope = product(&direction, &gradient);
        if slope >= 0.0 {
            steps.clear();
            direction = gradient.iter().map(|g| -g).collect();
            slope = product(&direction, &gradient);
        }
        let mut length = if steps.is_empty() { 1.0 / largest(&gradient).max(1.0) } else { 1.0 };
        let found = (0..60).find_map(|_| {
            for ((next, at), direction) in next.iter_mut().zip(&at).zip(&direction) {
                *next = at + length * direction;
            }
            let found = function(&next, &mut next_gradient);
            // A change that rounding hides is no step up.
            if found <= value + 1e-4 * length * slope + 1e-14 * value.abs() {
                return Some(found);
            }
            length /= 2.0;
            None
        });
        let Some(found) = found else { break };
        let moved: Vec<f64> = next.iter().zip(&at).map(|(next, at)| next - at).collect();
        let changed: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(next, g)| next - g).collect();
        let both = product(&moved, &changed);
        if both > 1e-14 * product(&changed, &changed) {
            steps.push_back((moved, changed, 1.0 / both));
            if steps.len() > MEMORY {
                steps.pop_front();
            }
        }
        value = found;
        std::mem::swap(&mut at, &mut next);
        std::mem::swap(&mut gradient, &mut next_gradient);
    }
    Ended { steepest: largest(&gradient), at }
}

/// The direction down that the remembered steps tell.
fn towards(gradient: &[f64], steps: &std::collections::VecDeque<(Vec<f64>, Vec<f64>, f64)>) -> Vec<f64> {
    let mut direction: Vec<f64> = gradient.iter().map(|g| -g).collect();
    let mut taken = Vec::with_capacity(steps.len());
    for (moved, changed, over) in steps.iter().rev() {
        let share = over * product(moved, &direction);
        add(&mut direction, -share, changed);
        taken.push(share);
    }
    if let Some((_, changed, over)) = steps.back() {
        let scale = 1.0 / (over * product(changed, changed));
        for d in &mut direction {
            *d *= scale;
        }
    }
    for ((moved, changed, over), share) in steps.iter().zip(taken.into_iter().rev()) {
        let share = share - over * product(changed, &direction);
        add(&mut direction, share, moved);
    }
    direction
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], times: f64, numbers: &[f64]) {
    to.iter_mut().zip(numbers).for_each(|(to, number)| *to += times * number);
}

fn largest(numbers: &[f64]) -> f64 {
    numbers.iter().fold(0.0, |largest, number| number.abs().max(largest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_of_rosenbrocks_valley_is_found() {
        let ended = minimize(vec![-1.2, 1.0], 500, 1e-9, |at, gradient| {
            let (x, y) = (at[0], at[1]);
            gradient[0] = -2.0 * (1.0 - x) - 400.0 * x * (y - x * x);
            gradient[1] = 200.0 * (y - x * x);
            (1.0 - x).powi(2) + 100.0 * (y - x * x).powi(2)
        });
        assert!(ended.steepest <= 1e-9);
        assert!((ended.at[0] - 1.0).abs() < 1e-8 && (ended.at[1] - 1.0).abs() < 1e-8);
    }
}
