//! Histograms of numbers.

use super::message::Message;

/// As many as TensorBoard shows.
const BUCKETS: usize = 30;

/// How some numbers are spread between the least and the greatest; what is not finite is left out.
pub(super) struct Histogram {
    pub least: f64,
    pub greatest: f64,
    pub numbers: f64,
    pub sum: f64,
    pub squares: f64,
    /// The upper ends of the buckets, and how many numbers are in each.
    pub limits: Vec<f64>,
    pub counts: Vec<f64>,
}

impl Histogram {
    /// The histogram of some numbers; none where none is finite.
    pub fn of(numbers: &[f64]) -> Option<Self> {
        let finite = || numbers.iter().copied().filter(|number| number.is_finite());
        let least = finite().reduce(f64::min)?;
        let greatest = finite().reduce(f64::max)?;
        let buckets = if least < greatest { BUCKETS } else { 1 };
        let mut counts = vec![0.0; buckets];
        for number in finite() {
            if let Some(count) = counts.get_mut(bucket(number, least, greatest, buckets)) {
                *count += 1.0;
            }
        }
        let mut limits: Vec<f64> = (1..buckets).map(|bucket| between(least, greatest, bucket, buckets)).collect();
        limits.push(greatest);
        Some(Self {
            least,
            greatest,
            numbers: counts.iter().sum(),
            sum: finite().sum(),
            squares: finite().map(|number| number * number).sum(),
            limits,
            counts,
        })
    }

    /// A `HistogramProto`: `min`, `max`, `num`, `sum`, `sum_squares`, `bucket_limit`, `bucket`.
    pub fn message(&self) -> Message {
        let sums = [self.least, self.greatest, self.numbers, self.sum, self.squares];
        let message = (1..).zip(sums).fold(Message::default(), |message, (field, sum)| message.double(field, sum));
        message.doubles(6, &self.limits).doubles(7, &self.counts)
    }
}

/// The upper end of a bucket; halves, since the difference of two numbers may be beyond all numbers.
#[allow(clippy::cast_precision_loss, reason = "there are few buckets")]
fn between(least: f64, greatest: f64, bucket: usize, buckets: usize) -> f64 {
    let part = bucket as f64 / buckets as f64;
    least * (1.0 - part) + greatest * part
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "0 to 30")]
fn bucket(number: f64, least: f64, greatest: f64, buckets: usize) -> usize {
    let part = (number / 2.0 - least / 2.0) / (greatest / 2.0 - least / 2.0);
    ((part * buckets as f64) as usize).min(buckets - 1)
}
