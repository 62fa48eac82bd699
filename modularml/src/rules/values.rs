//! Which values of a column satisfy tests, as far as their constants tell.

use super::condition::held_by;
use crate::spec::{ColumnSpec, Comparison, Dtype, Literal, Test, decimal, time};
use crate::text::same;

/// Whole numbers below this one are held exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Beyond every whole number and time.
const FAR: i128 = i128::MAX / 2;

/// In how many ways claims on one column may hold that are looked through: two lists of a hundred values.
const MAX_WAYS: usize = 10_000;

/// That a test of a column is true, or that it is false; neither is said of a value that is missing.
#[derive(Clone, Copy)]
pub(super) struct Claim<'a> {
    pub column: &'a str,
    pub test: Test<'a>,
    pub is_true: bool,
}

/// A part of the values that satisfy a claim.
#[derive(Clone, Copy)]
enum Values<'a> {
    /// Every value that is there.
    Any,
    /// Whole numbers and times between two, and these.
    Whole {
        low: i128,
        high: i128,
    },
    /// Numbers between two, with or without these.
    Between {
        low: f64,
        holds_low: bool,
        high: f64,
        holds_high: bool,
    },
    Text(&'a str),
    Bool(bool),
    /// The value is missing.
    Missing,
    /// No value and no missing one.
    Nothing,
}

/// Whether some value satisfies all claims on one column, others left aside. Of a claim whose constants do not tell,
/// `of_unknown` is taken for the answer.
pub(super) const fn can_be(claims: &[Claim<'_>], column: &ColumnSpec, key: &str, of_unknown: bool) -> bool {
    let (mut ways, mut i) = (1usize, 0);
    while i < claims.len() {
        if same(claims[i].column, key) {
            ways = ways.saturating_mul(claims[i].parts(column.dtype));
        }
        i += 1;
    }
    // The compiler gives up on constants that take it long.
    if ways > MAX_WAYS {
        return of_unknown;
    }
    satisfied_from(claims, 0, column, key, None, of_unknown)
}

const fn satisfied_from(
    claims: &[Claim<'_>],
    from: usize,
    column: &ColumnSpec,
    key: &str,
    so_far: Option<Values<'_>>,
    of_unknown: bool,
) -> bool {
    let mut next = from;
    while next < claims.len() && !same(claims[next].column, key) {
        next += 1;
    }
    if next == claims.len() {
        return match so_far {
            Some(values) => !matches!(of_type(values, column.dtype), Values::Nothing),
            None => true,
        };
    }
    let mut i = 0;
    while i < claims[next].parts(column.dtype) {
        let is_satisfied = match claims[next].part(i, column) {
            None => of_unknown,
            Some(values) => {
                let values = match so_far {
                    Some(so_far) => both(so_far, values),
                    None => values,
                };
                !matches!(values, Values::Nothing)
                    && satisfied_from(claims, next + 1, column, key, Some(values), of_unknown)
            }
        };
        if is_satisfied {
            return true;
        }
        i += 1;
    }
    false
}

impl<'a> Claim<'a> {
    /// In how many parts its values lie.
    const fn parts(&self, dtype: Dtype) -> usize {
        match (self.test, self.is_true) {
            (Test::Compare(Comparison::Ne, _), true) | (Test::Compare(Comparison::Eq, _), false)
                if !matches!(dtype, Dtype::Bool) =>
            {
                2
            }
            (Test::Between(..), false) => 2,
            (Test::In(values), true) => values.len(),
            _ => 1,
        }
    }

    /// One part; none where the constants do not tell it.
    const fn part(&'a self, position: usize, column: &'a ColumnSpec) -> Option<Values<'a>> {
        match (&self.test, self.is_true) {
            (Test::Compare(how, value), is_true) => {
                compared(if is_true { *how } else { how.opposite() }, *value, position, column)
            }
            (Test::Between(low, high), true) => {
                match (compared(Comparison::Ge, *low, 0, column), compared(Comparison::Le, *high, 0, column)) {
                    (Some(low), Some(high)) => Some(both(low, high)),
                    _ => None,
                }
            }
            (Test::Between(low, _), false) if position == 0 => compared(Comparison::Lt, *low, 0, column),
            (Test::Between(_, high), false) => compared(Comparison::Gt, *high, 0, column),
            (Test::In(values), true) => match values.get(position) {
                Some(value) => compared(Comparison::Eq, value, 0, column),
                None => None,
            },
            (Test::In(values), false) if values.is_empty() => Some(Values::Any),
            (Test::In(_), false) => None,
            (Test::Missing, true) => Some(Values::Missing),
            (Test::Missing, false) => Some(Values::Any),
        }
    }
}

/// The values that compare so; of `!=` those below and those above.
#[allow(clippy::cast_possible_truncation, reason = "the number of a class is below the number of classes")]
const fn compared<'a>(
    how: Comparison,
    value: Literal<'a>,
    position: usize,
    column: &'a ColumnSpec,
) -> Option<Values<'a>> {
    match (column.dtype, value) {
        (Dtype::Bool, Literal::Bool(value)) => match how {
            Comparison::Eq => Some(Values::Bool(value)),
            Comparison::Ne => Some(Values::Bool(!value)),
            _ => None,
        },
        (Dtype::Text | Dtype::Class, Literal::Text(text)) if matches!(how, Comparison::Eq) => Some(Values::Text(text)),
        (Dtype::Class, Literal::Int(index)) if matches!(how, Comparison::Eq) => {
            let classes = column.classes;
            if index < 0 || index >= classes.len().cast_signed() as i64 {
                return None;
            }
            Some(Values::Text(classes[index.cast_unsigned() as usize]))
        }
        (Dtype::Bool | Dtype::Text | Dtype::Class, _) => None,
        (Dtype::F32 | Dtype::F64, value) => match number(value, column.dtype) {
            Some(number) => Some(numbers(how, number, position)),
            None => None,
        },
        (_, value) => match whole(value, column) {
            Some(whole) => Some(wholes(how, whole, position)),
            None => None,
        },
    }
}

const fn wholes<'a>(how: Comparison, value: i128, position: usize) -> Values<'a> {
    let (low, high) = match how {
        Comparison::Lt => (-FAR, value - 1),
        Comparison::Le => (-FAR, value),
        Comparison::Ge => (value, FAR),
        Comparison::Eq => (value, value),
        Comparison::Ne if position == 0 => (-FAR, value - 1),
        Comparison::Gt | Comparison::Ne => (value + 1, FAR),
    };
    Values::Whole { low, high }
}

const fn numbers<'a>(how: Comparison, value: f64, position: usize) -> Values<'a> {
    let (low, holds_low, high, holds_high) = match how {
        Comparison::Lt => (f64::NEG_INFINITY, true, value, false),
        Comparison::Le => (f64::NEG_INFINITY, true, value, true),
        Comparison::Ge => (value, true, f64::INFINITY, true),
        Comparison::Eq => (value, true, value, true),
        Comparison::Ne if position == 0 => (f64::NEG_INFINITY, true, value, false),
        Comparison::Gt | Comparison::Ne => (value, false, f64::INFINITY, true),
    };
    Values::Between { low, holds_low, high, holds_high }
}

/// A whole number, a time or a decimal as it is stored.
const fn whole(value: Literal<'_>, column: &ColumnSpec) -> Option<i128> {
    let stored = match (column.dtype, value) {
        (Dtype::Decimal, Literal::Int(value)) => decimal::of_whole(value as i128, column.scale),
        (Dtype::Decimal, Literal::Uint(value)) => decimal::of_whole(value as i128, column.scale),
        (Dtype::Decimal, Literal::Text(text)) => decimal::units(text, column.scale),
        (_, Literal::Int(value)) => return Some(value as i128),
        (_, Literal::Uint(value)) => return Some(value as i128),
        (dtype, Literal::Text(text)) => time::number(dtype, text),
        (_, Literal::Bool(_) | Literal::F32(_) | Literal::F64(_)) => None,
    };
    match stored {
        Some(number) => Some(number as i128),
        None => None,
    }
}

/// A number as a column of that type is compared with it; none where rounding could make two numbers of it.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "numbers that f64 changes are told apart, and columns of f32 are compared with the nearest f32"
)]
const fn number(value: Literal<'_>, dtype: Dtype) -> Option<f64> {
    let number = match value {
        Literal::Int(value) => value as f64,
        Literal::Uint(value) => value as f64,
        Literal::F32(value) => value as f64,
        Literal::F64(value) => value,
        Literal::Bool(_) | Literal::Text(_) => return None,
    };
    if number.is_nan() || number.abs() >= EXACT {
        return None;
    }
    Some(if matches!(dtype, Dtype::F32) { number as f32 as f64 } else { number })
}

/// Of some values those that the type holds.
const fn of_type(values: Values<'_>, dtype: Dtype) -> Values<'_> {
    match (values, held_by(dtype)) {
        (Values::Whole { .. }, Some((low, high))) => both(values, Values::Whole { low, high }),
        _ => values,
    }
}

/// The values that are in both.
const fn both<'a>(a: Values<'a>, b: Values<'a>) -> Values<'a> {
    match (a, b) {
        (Values::Missing, Values::Missing) => Values::Missing,
        (Values::Missing, _) | (_, Values::Missing) => Values::Nothing,
        (Values::Any, other) | (other, Values::Any) => other,
        (Values::Text(one), Values::Text(other)) if same(one, other) => a,
        (Values::Bool(one), Values::Bool(other)) if one == other => a,
        (Values::Whole { low: a_low, high: a_high }, Values::Whole { low: b_low, high: b_high }) => {
            let low = if a_low > b_low { a_low } else { b_low };
            let high = if a_high < b_high { a_high } else { b_high };
            if low <= high { Values::Whole { low, high } } else { Values::Nothing }
        }
        (
            Values::Between { low: a_low, holds_low: a_holds_low, high: a_high, holds_high: a_holds_high },
            Values::Between { low: b_low, holds_low: b_holds_low, high: b_high, holds_high: b_holds_high },
        ) => {
            let (low, holds_low) = if a_low > b_low || (a_low >= b_low && !a_holds_low) {
                (a_low, a_holds_low)
            } else {
                (b_low, b_holds_low)
            };
            let (high, holds_high) = if a_high < b_high || (a_high <= b_high && !a_holds_high) {
                (a_high, a_holds_high)
            } else {
                (b_high, b_holds_high)
            };
            if low < high || (low <= high && holds_low && holds_high) {
                Values::Between { low, holds_low, high, holds_high }
            } else {
                Values::Nothing
            }
        }
        _ => Values::Nothing,
    }
}
