//! Statistics of the weights by node.

use super::{BuildCallback, Callback, EpochInfo, Moment, Next};
use crate::Result;
use crate::error::At as _;
use crate::graph::kernel::device::f64s;
use crate::plan::watched::Watched;

/// Records statistics of all parameters of each node that has some, behind each epoch of a train phase.
///
/// `weight_mean.NODE`, `weight_std.NODE` (the root of the mean square difference from the mean, over all of them, as
/// `numpy.std`), `weight_min.NODE`, `weight_max.NODE`, and `weight_norm.NODE`, the square root of the sum of squares. They are
/// those of the weights as they stand behind the evaluation: with [`Ema`](crate::experiment::Ema) the averages, where the
/// epoch was evaluated. A weight that is NaN makes all of its node NaN.
///
/// ```
/// use modularml::experiment::WeightStatistics;
///
/// const STATISTICS: WeightStatistics = WeightStatistics::new();
/// ```
#[derive(crate::Callback, Clone, Copy, Debug, PartialEq)]
pub struct WeightStatistics;

impl BuildCallback for WeightStatistics {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Statistics)
    }
}

struct Statistics;

impl Callback for Statistics {
    fn on_epoch_end(&mut self, moment: &mut Moment<'_>, _: &EpochInfo<'_>) -> Result<Next> {
        let graph = moment.session().graph();
        let mut found = Vec::new();
        for (position, node) in graph.spec().nodes.iter().enumerate() {
            let mut weights = Vec::new();
            for (name, parameter) in graph.parameters(position) {
                weights.extend(f64s(&parameter).at(|| format!("parameter `{name}`"))?);
            }
            if !weights.is_empty() {
                found.extend(statistics(&weights).map(|(what, value)| (format!("weight_{what}.{}", node.name), value)));
            }
        }
        found.into_iter().try_for_each(|(name, value)| moment.record(name, value))?;
        Ok(Next::Continue)
    }
}

/// Of numbers, of which there is one at least.
#[allow(clippy::cast_precision_loss, reason = "counts of parameters are exact in f64")]
fn statistics(numbers: &[f64]) -> [(&'static str, f64); 5] {
    let count = numbers.len() as f64;
    let mean = numbers.iter().sum::<f64>() / count;
    let variance = numbers.iter().map(|number| (number - mean) * (number - mean)).sum::<f64>() / count;
    let norm = numbers.iter().map(|number| number * number).sum::<f64>().sqrt();
    let has_nan = numbers.iter().any(|number| number.is_nan());
    let end = |end: f64| if has_nan { f64::NAN } else { end };
    let least = end(numbers.iter().copied().fold(f64::INFINITY, f64::min));
    let most = end(numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    [("mean", mean), ("std", variance.sqrt()), ("min", least), ("max", most), ("norm", norm)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statistics_are_those_of_numpy() {
        // numpy: x = [1, 2, 4, -3]; x.mean(), x.std(), x.min(), x.max(), numpy.linalg.norm(x)
        let expected = [1.0, 2.549_509_756_796_392_4, -3.0, 4.0, 5.477_225_575_051_661];
        for ((what, value), expected) in statistics(&[1.0, 2.0, 4.0, -3.0]).into_iter().zip(expected) {
            assert!((value - expected).abs() < 1e-15, "{what}: {value}");
        }
        assert!(statistics(&[1.0, f64::NAN]).iter().all(|(_, value)| value.is_nan()));
    }
}
