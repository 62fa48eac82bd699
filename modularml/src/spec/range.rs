//! The range that a number must lie in.

use crate::text::Message;

/// The range that a number must lie in; NaN lies in none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    low: f64,
    low_is_inside: bool,
    high: f64,
    high_is_inside: bool,
}

impl Range {
    /// Every number but NaN.
    pub const ANY: Self =
        Self { low: f64::NEG_INFINITY, low_is_inside: true, high: f64::INFINITY, high_is_inside: true };

    /// Numbers from `low` on.
    #[must_use]
    pub const fn at_least(self, low: f64) -> Self {
        Self { low, low_is_inside: true, ..self }
    }

    /// Numbers above `low`, infinity not included.
    #[must_use]
    pub const fn above(self, low: f64) -> Self {
        Self { low, low_is_inside: false, ..self }
    }

    /// Numbers up to `high`.
    #[must_use]
    pub const fn at_most(self, high: f64) -> Self {
        Self { high, high_is_inside: true, ..self }
    }

    /// Numbers below `high`.
    #[must_use]
    pub const fn below(self, high: f64) -> Self {
        Self { high, high_is_inside: false, ..self }
    }

    pub(super) const fn holds(&self, value: f64) -> bool {
        let above = if self.low_is_inside { value >= self.low } else { value > self.low };
        let below = if self.high_is_inside { value <= self.high } else { value < self.high };
        above && below
    }

    /// Appends "must be at least 0 and below 1".
    pub(super) const fn describe(&self, message: Message) -> Message {
        let mut message = message.text("must be ");
        let has_low = self.low > f64::NEG_INFINITY;
        if has_low {
            message = message.text(if self.low_is_inside { "at least " } else { "above " }).number(self.low);
        }
        if self.high < f64::INFINITY {
            message = message
                .text(if has_low { " and " } else { "" })
                .text(if self.high_is_inside { "at most " } else { "below " })
                .number(self.high);
        } else if !has_low {
            message = message.text("a number");
        }
        message
    }
}
