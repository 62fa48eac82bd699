//! What trees that correct each other make less, and its derivatives.

use super::rows::Target;

/// How sums of trees become predictions, and the loss that belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph::fitted::tree) enum Link {
    /// Numbers as they are: half the squared error.
    Identity,
    /// One sum, the logarithm of the odds of class 1 of two: the log loss.
    Logistic,
    /// One sum a class: the log loss.
    Softmax,
}

impl Link {
    pub(super) const fn of(target: Target<'_>) -> Self {
        match target {
            Target::Numbers { .. } => Self::Identity,
            Target::Classes { count: 2, .. } => Self::Logistic,
            Target::Classes { .. } => Self::Softmax,
        }
    }

    /// How many sums predict so many outputs.
    pub(super) const fn sums(self, outputs: usize) -> usize {
        match self {
            Self::Logistic => 1,
            Self::Identity | Self::Softmax => outputs,
        }
    }

    /// How many outputs so many sums predict.
    pub(super) const fn outputs(self, sums: usize) -> usize {
        match self {
            Self::Logistic => 2,
            Self::Identity | Self::Softmax => sums,
        }
    }

    /// The prediction of a row.
    pub(super) fn apply(self, sums: &[f64], outputs: &mut Vec<f64>) {
        match (self, sums) {
            (Self::Logistic, [sum]) => {
                let yes = sigmoid(*sum);
                outputs.extend([1.0 - yes, yes]);
            }
            (Self::Softmax, sums) => {
                let start = outputs.len();
                outputs.extend(sums);
                softmax(&mut outputs[start..]);
            }
            (_, sums) => outputs.extend(sums),
        }
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

fn softmax(values: &mut [f64]) {
    let most = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut sum = 0.0;
    for value in values.iter_mut() {
        *value = libm::exp(*value - most);
        sum += *value;
    }
    for value in values {
        *value /= sum;
    }
}

/// A target, a weight a row, and what belongs to it.
#[derive(Clone, Copy)]
pub(super) struct Loss<'a> {
    pub(super) target: Target<'a>,
    pub(super) weights: &'a [f64],
    pub(super) link: Link,
}

impl Loss<'_> {
    /// The sums before the first tree: what is best without any.
    pub(super) fn base(&self) -> Vec<f64> {
        let outputs = self.target.outputs();
        let mut sums = vec![0.0; outputs];
        match self.target {
            Target::Numbers { values, width } => {
                for (row, weight) in values.chunks_exact(width).zip(self.weights) {
                    for (sum, value) in sums.iter_mut().zip(row) {
                        *sum += value * weight;
                    }
                }
            }
            Target::Classes { codes, .. } => {
                for (code, weight) in codes.iter().zip(self.weights) {
                    sums[*code as usize] += weight;
                }
            }
        }
        let all: f64 = self.weights.iter().sum();
        // A class that no row has must not begin at minus infinity.
        let share = |sum: f64| (sum / all).clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        match self.link {
            Link::Identity => sums.iter().map(|sum| sum / all).collect(),
            Link::Logistic => {
                let yes = share(sums.get(1).copied().unwrap_or(0.0));
                vec![libm::log(yes / (1.0 - yes))]
            }
            Link::Softmax => {
                let logarithms: Vec<f64> = sums.iter().map(|sum| libm::log(share(*sum))).collect();
                let mean = logarithms.iter().sum::<f64>() / outputs as f64;
                logarithms.iter().map(|logarithm| logarithm - mean).collect()
            }
        }
    }

    /// Whether every second derivative of rows that count is 1.
    pub(super) fn second_is_one(&self) -> bool {
        self.link == Link::Identity && self.weights.iter().all(|weight| *weight == 1.0)
    }

    /// The first and second derivatives by each sum, sum after sum, as `sums` stand: for each, its rows.
    pub(super) fn slopes(&self, sums: &[Vec<f64>], slopes: &mut [Vec<[f32; 2]>]) {
        let place = |slopes: &mut Vec<[f32; 2]>, row: usize, first: f64, second: f64| {
            let weight = self.weights[row];
            slopes.push([(first * weight) as f32, (second * weight) as f32]);
        };
        for slopes in slopes.iter_mut() {
            slopes.clear();
        }
        match self.target {
            Target::Numbers { values, width } => {
                for (at, (sums, slopes)) in sums.iter().zip(slopes).enumerate() {
                    for (row, (sum, value)) in sums.iter().zip(values.iter().skip(at).step_by(width)).enumerate() {
                        place(slopes, row, sum - value, 1.0);
                    }
                }
            }
            Target::Classes { codes, .. } if self.link == Link::Logistic => {
                for (sums, slopes) in sums.iter().zip(slopes) {
                    for (row, (sum, code)) in sums.iter().zip(codes).enumerate() {
                        let yes = sigmoid(*sum);
                        place(slopes, row, yes - f64::from(*code), yes * (1.0 - yes));
                    }
                }
            }
            Target::Classes { codes, count } => {
                let mut shares = vec![0.0; count];
                for (row, code) in codes.iter().enumerate() {
                    for (share, sums) in shares.iter_mut().zip(sums) {
                        *share = sums[row];
                    }
                    softmax(&mut shares);
                    for (class, (share, slopes)) in shares.iter().zip(slopes.iter_mut()).enumerate() {
                        let right = if class == *code as usize { 1.0 } else { 0.0 };
                        place(slopes, row, share - right, share * (1.0 - share));
                    }
                }
            }
        }
    }

    /// The weighted mean loss of rows whose sums stand row behind row.
    pub(super) fn mean(&self, sums: &[f64]) -> f64 {
        let width = self.link.sums(self.target.outputs()).max(1);
        let (mut loss, mut all) = (0.0, 0.0);
        for (row, (sums, weight)) in sums.chunks_exact(width).zip(self.weights).enumerate() {
            loss += weight * self.of_row(row, sums);
            all += weight;
        }
        loss / all
    }

    fn of_row(&self, row: usize, sums: &[f64]) -> f64 {
        match (self.target, sums) {
            (Target::Numbers { values, width }, sums) => {
                let errors = sums.iter().zip(values.iter().skip(row * width)).map(|(sum, value)| sum - value);
                errors.map(|error| error * error / 2.0).sum()
            }
            (Target::Classes { codes, .. }, [sum]) => {
                // ln(1 + exp(-s)) with the sign of the right class.
                let signed = if codes[row] == 1 { *sum } else { -sum };
                libm::log1p(libm::exp(-signed.abs())) + (-signed).max(0.0)
            }
            (Target::Classes { codes, .. }, sums) => {
                let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let all: f64 = sums.iter().map(|sum| libm::exp(sum - most)).sum();
                libm::log(all) + most - sums.get(codes[row] as usize).copied().unwrap_or(most)
            }
        }
    }
}
