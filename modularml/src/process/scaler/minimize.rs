//! The minimum of a function of one number.

/// The share of the golden section.
const GOLDEN: f64 = 0.381_966_011_250_105_1;
/// The square root of the rounding of f64.
const ROUNDING: f64 = 1.490_116_119_384_765_6e-8;
/// How many steps are made at most.
const STEPS: usize = 500;

/// Where `function` has a minimum between `low` and `high`, to within `tolerance`.
///
/// Brent, "Algorithms for minimization without derivatives", 1973, chapter 5: parabolas through the three best points,
/// and golden sections where those do not help. The order of steps is that of scipy's `fminbound`.
#[allow(clippy::float_cmp, reason = "whether points are the very same, not whether they are close")]
pub(super) fn minimum(mut function: impl FnMut(f64) -> f64, low: f64, high: f64, tolerance: f64) -> f64 {
    let (mut low, mut high) = (low, high);
    let start = low + GOLDEN * (high - low);
    let value = function(start);
    let (mut best, mut second, mut third) = ((start, value), (start, value), (start, value));
    let (mut step, mut step_before) = (0.0f64, 0.0f64);
    for _ in 0..STEPS {
        let middle = f64::midpoint(low, high);
        let near = ROUNDING * best.0.abs() + tolerance / 3.0;
        if (best.0 - middle).abs() <= 2.0 * near - 0.5 * (high - low) {
            break;
        }
        let parabola = if step_before.abs() > near { vertex(best, second, third) } else { None };
        let older = std::mem::replace(&mut step_before, step);
        match parabola {
            Some(to) if to.abs() < (0.5 * older).abs() && to > low - best.0 && to < high - best.0 => {
                step = to;
                let at = best.0 + step;
                if at - low < 2.0 * near || high - at < 2.0 * near {
                    step = near.copysign(middle - best.0);
                }
            }
            _ => {
                step_before = if best.0 >= middle { low - best.0 } else { high - best.0 };
                step = GOLDEN * step_before;
            }
        }
        let at = best.0 + step.abs().max(near).copysign(step);
        let point = (at, function(at));
        if point.1 <= best.1 {
            if at >= best.0 {
                low = best.0;
            } else {
                high = best.0;
            }
            (third, second, best) = (second, best, point);
        } else {
            if at < best.0 {
                low = at;
            } else {
                high = at;
            }
            if point.1 <= second.1 || second.0 == best.0 {
                (third, second) = (second, point);
            } else if point.1 <= third.1 || third.0 == best.0 || third.0 == second.0 {
                third = point;
            }
        }
    }
    best.0
}

/// How far from the best of three points the parabola through them has its vertex; none when they lie on a line or
/// one has no finite value.
fn vertex(best: (f64, f64), second: (f64, f64), third: (f64, f64)) -> Option<f64> {
    let r = (best.0 - second.0) * (best.1 - third.1);
    let q = (best.0 - third.0) * (best.1 - second.1);
    let p = (best.0 - third.0) * q - (best.0 - second.0) * r;
    let step = -p / (2.0 * (q - r));
    step.is_finite().then_some(step)
}
