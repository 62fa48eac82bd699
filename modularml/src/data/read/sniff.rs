//! The element type of a column of text: the narrowest that keeps different values apart.

use std::collections::HashMap;

use super::numerals::Numerals;
use crate::data::{Date, Dtype, Timestamp};

/// What the texts of a column seen so far say of its type.
#[derive(Debug)]
pub(super) struct Texts {
    /// Whether rows are told apart by the text itself, as by a postal code.
    are_tags: bool,
    /// One text is no value of the other types, or number types would merge two.
    is_text: bool,
    /// How many texts are bools, and how many are numbers that are not whole.
    bools: usize,
    floats: usize,
    /// The lowest and the highest whole number.
    whole: Option<(i128, i128)>,
    /// A whole number was seen that f64 does not hold.
    is_long: bool,
    /// How each number that is not whole is written, among tags.
    spelt: HashMap<u64, Box<str>>,
}

impl Texts {
    pub(super) fn new(are_tags: bool) -> Self {
        Self { are_tags, is_text: false, bools: 0, floats: 0, whole: None, is_long: false, spelt: HashMap::new() }
    }

    /// Takes in a text; an empty one is a missing value.
    pub(super) fn see(&mut self, text: &str, numerals: Numerals) {
        let text = text.trim();
        if text.is_empty() || self.is_text {
            return;
        }
        let plain = numerals.plain(text);
        let number = plain.as_deref().unwrap_or_default();
        if let Some(digits) = whole(number) {
            // 02134 is a postal code, and not 2134.
            let is_code = number.starts_with('+') || number == "-0" || (digits.len() > 1 && digits.starts_with('0'));
            self.is_text |= self.are_tags && is_code;
            // A longer number counts as the longest, which no type of whole numbers holds either.
            let value = number.parse().unwrap_or(i128::MAX);
            let (low, high) = self.whole.unwrap_or((value, value));
            self.whole = Some((low.min(value), high.max(value)));
            #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "that it is lost is asked")]
            let is_exact = value < i128::MAX && value as f64 as i128 == value;
            self.is_long |= !is_exact;
            // 1.234 beside 1234, where points separate thousands.
            if numerals.has_spellings() {
                self.keep(text, number);
            }
        } else if number.parse::<f64>().is_ok() {
            self.floats += 1;
            self.keep(text, number);
        } else if matches!(text, "true" | "false" | "True" | "False" | "TRUE" | "FALSE") {
            self.bools += 1;
        } else {
            self.is_text = true;
        }
    }

    /// Among tags, 1.10 beside 1.1 are texts, and not one number.
    fn keep(&mut self, text: &str, number: &str) {
        if let (true, Ok(number)) = (self.are_tags, number.parse::<f64>()) {
            let before = self.spelt.entry((number + 0.0).to_bits()).or_insert_with(|| text.into());
            self.is_text |= **before != *text;
        }
    }

    /// The type of what was seen; none where nothing was.
    pub(super) fn dtype(&self) -> Option<Dtype> {
        let has_numbers = self.floats > 0 || self.whole.is_some();
        Some(match self.whole {
            _ if self.is_text || (self.bools > 0 && has_numbers) => Dtype::Text,
            Some((low, high)) if self.floats == 0 && low >= i64::MIN.into() && high <= i64::MAX.into() => Dtype::I64,
            Some((low, high)) if self.floats == 0 && low >= 0 && high <= u64::MAX.into() => Dtype::U64,
            // What is measured may be rounded; what tells rows apart may not.
            Some(_) if self.are_tags && self.is_long => Dtype::Text,
            Some(_) => Dtype::F64,
            None if self.floats > 0 => Dtype::F64,
            None if self.bools > 0 => Dtype::Bool,
            None => return None,
        })
    }
}

/// Whether the texts of a column are times in ISO 8601.
#[derive(Debug, Default)]
pub(super) struct Times {
    /// How many texts there were, and how many of them were days and points in time.
    texts: usize,
    days: usize,
    points: usize,
    /// The earliest and the latest of each.
    day_range: Option<(i64, i64)>,
    point_range: Option<(i64, i64)>,
}

impl Times {
    /// Takes in a text; an empty one is a missing value.
    pub(super) fn see(&mut self, text: &str) {
        let text = text.trim();
        // One that is no time decides: those behind it are not looked at.
        if text.is_empty() || self.days.max(self.points) < self.texts {
            return;
        }
        self.texts += 1;
        if let Some(day) = Date::parse(text).filter(|_| self.days + 1 == self.texts) {
            self.days += 1;
            extend(&mut self.day_range, day.days().into());
        }
        if let Some(point) = Timestamp::parse(text) {
            self.points += 1;
            extend(&mut self.point_range, point.nanos());
        }
    }

    /// The earliest and the latest of them, as the numbers of that type; none where they are not all times.
    pub(super) fn range(&self) -> Option<(i64, i64)> {
        match self.dtype()? {
            Dtype::Date => self.day_range,
            _ => self.point_range,
        }
    }

    /// The type of times that all of them are.
    pub(super) fn dtype(&self) -> Option<Dtype> {
        match self.texts {
            0 => None,
            all if self.days == all => Some(Dtype::Date),
            all if self.points == all => Some(Dtype::Timestamp),
            _ => None,
        }
    }
}

/// Makes a range contain a number.
pub(super) fn extend(range: &mut Option<(i64, i64)>, number: i64) {
    let (low, high) = range.unwrap_or((number, number));
    *range = Some((low.min(number), high.max(number)));
}

/// The digits of a whole number.
fn whole(text: &str) -> Option<&str> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(digits)
}

/// The type that holds the values of both.
pub(super) fn wider(a: Dtype, b: Dtype) -> Dtype {
    match (a, b) {
        _ if a == b => a,
        // A day is the point in time at which it begins.
        (Dtype::Date, Dtype::Timestamp) | (Dtype::Timestamp, Dtype::Date) => Dtype::Timestamp,
        _ if a.is_number() && b.is_number() => Dtype::F64,
        _ => Dtype::Text,
    }
}
