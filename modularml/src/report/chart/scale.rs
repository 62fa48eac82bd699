//! From values to places, and round numbers along an axis.

use crate::record::analysis::round_step;
use crate::report::number::{fixed, measured};

/// An axis: values between two bounds, and the places in the picture to which these go.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Scale {
    low: f64,
    high: f64,
    places: (f64, f64),
    is_log: bool,
    /// The step that the bounds are multiples of, where they are.
    step: Option<f64>,
}

/// A round number on an axis, and how it is written.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::report) struct Tick {
    pub place: f64,
    pub label: String,
}

impl Scale {
    /// From exactly `low` to `high`.
    pub(in crate::report) fn exact(low: f64, high: f64) -> Self {
        // One value alone stands in the middle.
        let (low, high) = if high > low { (low, high) } else { (low - 0.5, low + 0.5) };
        Self { low, high, places: (0.0, 1.0), is_log: false, step: None }
    }

    /// From a round number not above the least value to one not below the largest, in about so many steps; logarithmic where
    /// all are positive and span more than two decades.
    pub(in crate::report) fn round(values: impl Iterator<Item = f64> + Clone, steps: f64, may_be_log: bool) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let least = finite.clone().fold(f64::INFINITY, f64::min);
        let most = finite.fold(f64::NEG_INFINITY, f64::max);
        if least > most {
            return Self::exact(0.0, 1.0);
        }
        if may_be_log && least > 0.0 && most / least > 100.0 {
            let (low, high) = (10f64.powf(least.log10().floor()), 10f64.powf(most.log10().ceil()));
            // Of decades that are hardly begun, the part is enough.
            let low = [5.0, 2.0].into_iter().map(|part| low * part).find(|low| *low <= least).unwrap_or(low);
            let high = [0.2, 0.5].into_iter().map(|part| high * part).find(|high| *high >= most).unwrap_or(high);
            return Self { low, high, places: (0.0, 1.0), is_log: true, step: None };
        }
        if most - least <= least.abs().max(most.abs()) * 1e-12 {
            let around = if most == 0.0 { 1.0 } else { most.abs() * 0.1 };
            return Self::round([most - around, most + around].into_iter(), steps, false);
        }
        let step = round_step((most - least) / steps);
        let bounds = Self::exact((least / step + 1e-9).floor() * step, (most / step - 1e-9).ceil() * step);
        Self { step: Some(step), ..bounds }
    }

    /// The same with places from one to another.
    pub(in crate::report) const fn onto(mut self, from: f64, to: f64) -> Self {
        self.places = (from, to);
        self
    }

    /// Whether it is logarithmic.
    pub(in crate::report) const fn is_log(&self) -> bool {
        self.is_log
    }

    /// Its bounds.
    pub(in crate::report) const fn bounds(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    /// Where a value stands; none of one that is not finite, or not positive on a logarithmic axis.
    pub(in crate::report) fn place(&self, value: f64) -> Option<f64> {
        let (from, to) = self.places;
        let share = if self.is_log {
            (value / self.low).ln() / (self.high / self.low).ln()
        } else {
            (value - self.low) / (self.high - self.low)
        };
        share.is_finite().then_some(from + share * (to - from))
    }

    /// Round numbers on it, about so many.
    pub(in crate::report) fn ticks(&self, most: f64) -> Vec<Tick> {
        let values = if self.is_log { self.decades(most) } else { self.steps(most) };
        let step = values.windows(2).next().map_or(1.0, |pair| if let [a, b] = pair { b - a } else { 1.0 });
        let tick = |value: f64| {
            let label =
                if self.is_log { measured(value) } else { label(value, step, self.low.abs().max(self.high.abs())) };
            Some(Tick { place: self.place(value)?, label })
        };
        values.into_iter().filter_map(tick).collect()
    }

    fn steps(&self, most: f64) -> Vec<f64> {
        let span = self.high - self.low;
        // The step of the bounds, so that both have a number, where there is room for it.
        let of_bounds = self.step.filter(|step| span / step <= 1.5 * most);
        let step = of_bounds.unwrap_or_else(|| round_step(span / most.max(1.0)));
        let first = (self.low / step - 1e-9).ceil();
        let values = (0..100u8).map(|number| (first + f64::from(number)) * step);
        values.take_while(|value| *value <= self.high + step * 1e-9).collect()
    }

    fn decades(&self, most: f64) -> Vec<f64> {
        let (low, high) = (self.low.log10(), self.high.log10());
        let every = ((high - low) / most.max(1.0)).ceil().max(1.0);
        let first = (low - 1e-9).ceil();
        let powers = (0..100u8).map(|number| first + f64::from(number) * every);
        powers.take_while(|power| *power <= high + 1e-9).map(|power| 10f64.powf(power)).collect()
    }
}

/// A number on an axis with steps of a width, up to a largest one.
fn label(value: f64, step: f64, largest: f64) -> String {
    if value.abs() < step * 1e-6 {
        return "0".to_owned();
    }
    if !(1e-4..1e6).contains(&largest) || step < 1e-5 {
        return measured(value);
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 5")]
    let decimals = (-(step * (1.0 + 1e-9)).log10().floor()).clamp(0.0, 5.0) as usize;
    fixed(value, decimals)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale, most: f64) -> Vec<String> {
        scale.ticks(most).into_iter().map(|tick| tick.label).collect()
    }

    #[test]
    fn places_follow_the_formula_of_the_axis() {
        let linear = Scale::exact(-1.0, 3.0).onto(100.0, 20.0);
        assert_eq!(linear.place(-1.0), Some(100.0));
        assert_eq!(linear.place(0.0), Some(80.0));
        assert_eq!(linear.place(3.0), Some(20.0));
        assert_eq!(linear.place(f64::NAN), None);
        assert_eq!(linear.place(f64::INFINITY), None);
        let log = Scale::round([0.001, 10.0].into_iter(), 4.0, true).onto(0.0, 400.0);
        assert!(log.is_log());
        for (value, expected) in [(0.001, 0.0), (0.1, 200.0), (10.0, 400.0)] {
            assert!((log.place(value).unwrap() - expected).abs() < 1e-9, "{value}");
        }
        assert_eq!(log.place(0.0), None);
        assert_eq!(log.place(-1.0), None);
    }

    #[test]
    fn ticks_are_round_and_reach_both_ends() {
        assert_eq!(
            labels(&Scale::round([0.03, 0.97].into_iter(), 5.0, true), 5.0),
            ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]
        );
        assert_eq!(labels(&Scale::exact(0.0, 74.0), 5.0), ["0", "20", "40", "60"]);
        assert_eq!(
            labels(&Scale::round([2650.0, 6120.0].into_iter(), 4.0, true), 4.0),
            ["2,000", "3,000", "4,000", "5,000", "6,000", "7,000"]
        );
        assert_eq!(
            labels(&Scale::round([-0.3, 0.1].into_iter(), 4.0, true), 4.0),
            ["−0.3", "−0.2", "−0.1", "0", "0.1"]
        );
        assert_eq!(labels(&Scale::round([0.0004, 2.0].into_iter(), 4.0, true), 4.0), ["0.001", "0.01", "0.1", "1"]);
        assert_eq!(
            labels(&Scale::round([1e-12, 1.0].into_iter(), 4.0, true), 4.0),
            ["1e−12", "1e−9", "1e−6", "0.001", "1"]
        );
    }

    #[test]
    fn the_least_values_that_there_can_be_have_an_axis_too() {
        // No value, one value, the same value, values that are not finite.
        assert_eq!(Scale::round(std::iter::empty(), 4.0, true).bounds(), (0.0, 1.0));
        for value in [0.0, 5.0, -2e-9, 1e300] {
            let (low, high) = Scale::round([value, value].into_iter(), 4.0, true).bounds();
            assert!(low < value && value < high, "{low} {value} {high}");
        }
        assert_eq!(Scale::round([f64::NAN, f64::INFINITY].into_iter(), 4.0, true).bounds(), (0.0, 1.0));
        assert_eq!(Scale::exact(3.0, 3.0).bounds(), (2.5, 3.5));
    }
}
