//! What was recorded at steps, of which there may be millions: as much of it as a picture shows.

/// As many parts are kept at most, each with its lowest and its highest value.
const MOST_PARTS: usize = 200;

/// The values of a name by step, in the order in which they were recorded.
#[derive(Default)]
pub(super) struct StepSeries {
    /// How many there are.
    count: usize,
    /// Parts of equally many finite values, but for the last one.
    parts: Vec<Part>,
    /// How many values the last part has, and how many a whole one.
    in_last: usize,
    in_part: usize,
    ends: Option<[(usize, f64); 2]>,
    /// How many are not finite, and the first of them.
    lost: usize,
    first_lost: Option<(usize, f64)>,
}

/// The lowest and the highest of some values that follow each other.
#[derive(Clone, Copy)]
struct Part {
    low: (usize, f64),
    high: (usize, f64),
}

impl Part {
    fn with(self, other: Self) -> Self {
        Self {
            low: if other.low.1 < self.low.1 { other.low } else { self.low },
            high: if other.high.1 > self.high.1 { other.high } else { self.high },
        }
    }
}

impl StepSeries {
    /// Takes in the next value.
    pub(super) fn push(&mut self, step: usize, value: f64) {
        self.count += 1;
        let point = (step, value);
        self.ends = Some([self.ends.map_or(point, |[first, _]| first), point]);
        if !value.is_finite() {
            self.lost += 1;
            self.first_lost = self.first_lost.or(Some(point));
            return;
        }
        let part = Part { low: point, high: point };
        match self.parts.last_mut() {
            Some(last) if self.in_last < self.in_part => {
                *last = last.with(part);
                self.in_last += 1;
                return;
            }
            _ => {}
        }
        if self.parts.len() >= MOST_PARTS {
            self.parts = self.parts.chunks(2).filter_map(|two| two.iter().copied().reduce(Part::with)).collect();
            self.in_part *= 2;
        }
        self.parts.push(part);
        (self.in_last, self.in_part) = (1, self.in_part.max(1));
    }

    /// How many values there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// How many of them the lowest and the highest stand for.
    pub(super) const fn in_part(&self) -> usize {
        self.in_part
    }

    /// The last value.
    pub(super) fn last(&self) -> f64 {
        self.ends.map_or(f64::NAN, |[_, (_, value)]| value)
    }

    /// How many values are not finite, and the first of them with its step.
    pub(super) fn lost(&self) -> Option<(usize, (usize, f64))> {
        Some((self.lost, self.first_lost?))
    }

    /// The points that are drawn, by step: all of few, of many the lowest and the highest of each part, and both ends.
    pub(super) fn points(&self) -> Vec<(usize, f64)> {
        let [first, last] =
            self.ends.map_or([None; 2], |ends| ends.map(|end| Some(end).filter(|end| end.1.is_finite())));
        let parts = self.parts.iter().flat_map(|part| [part.low, part.high]);
        let mut points: Vec<(usize, f64)> = first.into_iter().chain(parts).chain(last).collect();
        points.sort_by_key(|(step, _)| *step);
        points.dedup();
        points
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_values_are_all_there() {
        let mut series = StepSeries::default();
        let all: Vec<(usize, f64)> = (0..200u8).map(|step| (usize::from(step) * 3, f64::from(step).sin())).collect();
        for (step, value) in &all {
            series.push(*step, *value);
        }
        assert_eq!((series.points(), series.count(), series.lost()), (all.clone(), 200, None));
        assert_eq!(series.last().to_bits(), all[199].1.to_bits());
    }

    #[test]
    fn of_many_values_ends_and_peaks_stay() {
        let mut series = StepSeries::default();
        for step in 0..1_000_000u32 {
            let value = match step {
                123_456 => 7.0,
                654_321 => -5.0,
                500_000 | 500_001 => f64::NAN,
                _ => (f64::from(step) * 1e-5).sin(),
            };
            series.push(step as usize, value);
        }
        let points = series.points();
        assert!((200..=402).contains(&points.len()), "{}", points.len());
        assert!(points.contains(&(123_456, 7.0)) && points.contains(&(654_321, -5.0)));
        assert_eq!((points[0], points[points.len() - 1].0), ((0, 0.0), 999_999));
        assert!(points.is_sorted_by(|a, b| a.0 < b.0));
        // Evenly over all steps: a part is 8192 of them.
        assert!(points.windows(2).all(|pair| pair[1].0 - pair[0].0 <= 2 * 8192));
        let (lost, (step, first)) = series.lost().unwrap();
        assert!((lost, step) == (2, 500_000) && first.is_nan());
        assert_eq!(series.count(), 1_000_000);
    }
}
