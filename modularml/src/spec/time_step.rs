//! How far two rows are apart in time: a number in the unit of their column, or a span of time.

use super::time::{DAY, TimeDelta};
use super::{ColumnSpec, Dtype};
use crate::text::{Message, Name};

/// How far rows are apart in time.
///
/// In an order of numbers it is a number in their unit, `2.0`; in an order of times it is a span with its unit, `"2 s"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimeStep {
    /// In the unit of the column.
    Number(f64),
    /// A span of time, as [`TimeDelta::parse`] reads it.
    Span(Name),
}

/// The same as a number of what a column counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ticks {
    /// Of a column of whole numbers, of days, or of nanoseconds.
    Whole(i64),
    /// Of a column of floats.
    Real(f64),
}

impl From<f64> for TimeStep {
    fn from(number: f64) -> Self {
        Self::Number(number)
    }
}

impl From<i32> for TimeStep {
    fn from(number: i32) -> Self {
        Self::Number(number.into())
    }
}

impl From<&'static str> for TimeStep {
    fn from(span: &'static str) -> Self {
        Self::Span(span)
    }
}

impl TimeStep {
    /// It as a number of what a column counts, or what is wrong with it there. `word` is the setting that says it.
    pub(crate) const fn units(self, word: &str, order: &ColumnSpec) -> Result<Ticks, Message> {
        let message = Message::new().text(word).text(" = ");
        match self {
            Self::Number(number) => {
                let message = message.number(number);
                if order.dtype.is_time() {
                    let message =
                        message.text(" in an order of ").text(order.dtype.name()).text("; say the span with its");
                    return Err(message.text(" unit: ").text(word).text(" = \"").text(example(order.dtype)).text("\""));
                }
                if !(number > 0.0 && number < f64::INFINITY) {
                    return Err(message.text("; it must be above 0"));
                }
                if order.dtype.is_float() {
                    return Ok(Ticks::Real(number));
                }
                #[allow(clippy::cast_possible_truncation, reason = "what is cut off is looked for")]
                let whole = number as i64;
                #[allow(clippy::cast_precision_loss, clippy::float_cmp, reason = "a whole number is exactly itself")]
                if whole as f64 != number || whole == i64::MAX {
                    let message = message.text(", and ").name(order.key).text(" is ").text(order.dtype.name());
                    return Err(message.text("; steps between whole numbers are whole numbers"));
                }
                Ok(Ticks::Whole(whole))
            }
            Self::Span(text) => {
                let message = message.text("\"").text(text).text("\"");
                if !order.dtype.is_time() {
                    let message = message.text(" needs an order of times, and ").name(order.key).text(" is ");
                    let message = message.text(order.dtype.name()).text("; say a number in its unit: ");
                    return Err(message.text(word).text(" = 10"));
                }
                let nanos = match TimeDelta::parse(text) {
                    Some(span) => span.nanos(),
                    None => 0,
                };
                if nanos <= 0 {
                    let message =
                        message.text(" is no span of time above 0; write a number and its unit, for example \"");
                    return Err(message.text(example(order.dtype)).text("\""));
                }
                if !matches!(order.dtype, Dtype::Date) {
                    return Ok(Ticks::Whole(nanos));
                }
                if nanos % DAY != 0 {
                    let message = message.text(" in an order of days; write whole days, for example \"7 days\"");
                    return Err(message);
                }
                Ok(Ticks::Whole(nanos / DAY))
            }
        }
    }

    /// As it is written: `0.5`, `"10 s"`.
    pub(crate) const fn push(self, message: Message) -> Message {
        match self {
            Self::Number(number) => message.number(number),
            Self::Span(text) => message.text("\"").text(text).text("\""),
        }
    }
}

impl Ticks {
    /// Whether it is less than another of the same column.
    pub(crate) const fn is_below(self, other: Self) -> bool {
        match (self, other) {
            (Self::Whole(own), Self::Whole(other)) => own < other,
            (Self::Real(own), Self::Real(other)) => own < other,
            _ => false,
        }
    }

    /// As a float.
    #[allow(clippy::cast_precision_loss, reason = "a limit need not be exact to a nanosecond")]
    pub(crate) const fn real(self) -> f64 {
        match self {
            Self::Whole(units) => units as f64,
            Self::Real(units) => units,
        }
    }
}

const fn example(dtype: Dtype) -> &'static str {
    if matches!(dtype, Dtype::Date) { "7 days" } else { "10 s" }
}
