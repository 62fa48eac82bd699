//! Whether two conditions can both hold of one row, as far as their constants tell.

use crate::spec::{ColumnSpec, Comparison, Condition, Dtype, Literal, Test, decimal, time};
use crate::text::same;

/// Whole numbers below this one are held exactly.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// What satisfies a part of a test.
#[derive(Clone, Copy)]
enum Values<'a> {
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
}

/// Whether some value satisfies two conditions on one column. Where that needs more than their constants, it is not said.
pub(super) const fn can_both_hold(a: &Condition<'_>, b: &Condition<'_>, column: &ColumnSpec) -> bool {
    if matches!((a.test, b.test), (Test::Missing, Test::Missing)) {
        return true;
    }
    let mut i = 0;
    while i < parts(&a.test) {
        let mut k = 0;
        while k < parts(&b.test) {
            if let (Some(one), Some(other)) = (part(&a.test, i, column), part(&b.test, k, column))
                && meet(one, other)
            {
                return true;
            }
            k += 1;
        }
        i += 1;
    }
    false
}

const fn parts(test: &Test<'_>) -> usize {
    match test {
        Test::Compare(Comparison::Ne, _) | Test::Missing => 0,
        Test::Compare(..) | Test::Between(..) => 1,
        Test::In(values) => values.len(),
    }
}

const fn part<'a>(test: &'a Test<'a>, position: usize, column: &ColumnSpec) -> Option<Values<'a>> {
    if column.dtype.is_integer() || column.dtype.is_time() || matches!(column.dtype, Dtype::Decimal) {
        return whole_part(test, position, column);
    }
    let (low, holds_low, high, holds_high) = match test {
        Test::Compare(Comparison::Eq, value) => return single(*value),
        Test::In(values) => {
            return match values.get(position) {
                Some(value) => single(value),
                None => None,
            };
        }
        Test::Between(low, high) => (number(*low), true, number(*high), true),
        Test::Compare(Comparison::Lt, value) => (Some(f64::NEG_INFINITY), true, number(*value), false),
        Test::Compare(Comparison::Le, value) => (Some(f64::NEG_INFINITY), true, number(*value), true),
        Test::Compare(Comparison::Gt, value) => (number(*value), false, Some(f64::INFINITY), true),
        Test::Compare(Comparison::Ge, value) => (number(*value), true, Some(f64::INFINITY), true),
        Test::Compare(Comparison::Ne, _) | Test::Missing => return None,
    };
    match (low, high) {
        (Some(low), Some(high)) => Some(Values::Between { low, holds_low, high, holds_high }),
        _ => None,
    }
}

/// Beyond every whole number and time.
const FAR: i128 = i128::MAX / 2;

const fn whole_part<'a>(test: &'a Test<'a>, position: usize, column: &ColumnSpec) -> Option<Values<'a>> {
    let (low, high) = match test {
        Test::Compare(Comparison::Eq, value) => (whole(*value, column), whole(*value, column)),
        Test::In(values) => match values.get(position) {
            Some(value) => (whole(value, column), whole(value, column)),
            None => return None,
        },
        Test::Between(low, high) => (whole(*low, column), whole(*high, column)),
        Test::Compare(Comparison::Lt | Comparison::Le, value) => (Some(-FAR), whole(*value, column)),
        Test::Compare(Comparison::Gt | Comparison::Ge, value) => (whole(*value, column), Some(FAR)),
        Test::Compare(Comparison::Ne, _) | Test::Missing => return None,
    };
    let (Some(low), Some(high)) = (low, high) else { return None };
    Some(match test {
        Test::Compare(Comparison::Lt, _) => Values::Whole { low, high: high - 1 },
        Test::Compare(Comparison::Gt, _) => Values::Whole { low: low + 1, high },
        _ => Values::Whole { low, high },
    })
}

/// A whole number, a time or a decimal as it is stored.
const fn whole(value: Literal<'_>, column: &ColumnSpec) -> Option<i128> {
    let is_decimal = matches!(column.dtype, Dtype::Decimal);
    let stored = match value {
        Literal::Int(value) if is_decimal => decimal::of_whole(value as i128, column.scale),
        Literal::Uint(value) if is_decimal => decimal::of_whole(value as i128, column.scale),
        Literal::Text(text) if is_decimal => decimal::units(text, column.scale),
        Literal::Text(text) => time::number(column.dtype, text),
        _ => None,
    };
    match value {
        Literal::Int(value) if !is_decimal => Some(value as i128),
        Literal::Uint(value) if !is_decimal => Some(value as i128),
        Literal::Int(_) | Literal::Uint(_) | Literal::Text(_) => match stored {
            Some(number) => Some(number as i128),
            None => None,
        },
        Literal::Bool(_) | Literal::F32(_) | Literal::F64(_) => None,
    }
}

const fn single(value: Literal<'_>) -> Option<Values<'_>> {
    match value {
        Literal::Text(text) => Some(Values::Text(text)),
        Literal::Bool(value) => Some(Values::Bool(value)),
        value => match number(value) {
            Some(value) => Some(Values::Between { low: value, holds_low: true, high: value, holds_high: true }),
            None => None,
        },
    }
}

/// A number as it can be compared; none where rounding could make two numbers of it.
#[allow(clippy::cast_precision_loss, reason = "numbers that it changes are told apart")]
const fn number(value: Literal<'_>) -> Option<f64> {
    let number = match value {
        Literal::Int(value) => value as f64,
        Literal::Uint(value) => value as f64,
        Literal::F32(value) => value as f64,
        Literal::F64(value) => value,
        Literal::Bool(_) | Literal::Text(_) => return None,
    };
    if number.abs() < EXACT { Some(number) } else { None }
}

const fn meet(a: Values<'_>, b: Values<'_>) -> bool {
    match (a, b) {
        (Values::Text(a), Values::Text(b)) => same(a, b),
        (Values::Bool(a), Values::Bool(b)) => a == b,
        (Values::Whole { low: a_low, high: a_high }, Values::Whole { low: b_low, high: b_high }) => {
            let low = if a_low > b_low { a_low } else { b_low };
            let high = if a_high < b_high { a_high } else { b_high };
            low <= high
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
            low < high || (low <= high && holds_low && holds_high)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::can_both_hold;
    use crate::spec::{ColumnSpec, Comparison, Condition, Domain, Dtype, Literal, Literals, Test};
    use crate::text::Shape;

    const fn column(dtype: Dtype) -> ColumnSpec {
        ColumnSpec::new("x", Domain::Tag, dtype, Shape::SCALAR)
    }

    fn both(dtype: Dtype, a: Test<'_>, b: Test<'_>) -> bool {
        let [a, b] = [a, b].map(|test| Condition { column: "x", test });
        let (one, other) = (can_both_hold(&a, &b, &column(dtype)), can_both_hold(&b, &a, &column(dtype)));
        assert_eq!(one, other, "{a:?} {b:?}");
        one
    }

    const fn compare(how: Comparison, value: i64) -> Test<'static> {
        Test::Compare(how, Literal::Int(value))
    }

    #[test]
    fn ranges_meet_where_a_value_lies_in_both() {
        use Comparison::{Eq, Ge, Gt, Le, Lt, Ne};
        assert!(both(Dtype::I64, compare(Le, 5), compare(Ge, 5)));
        assert!(!both(Dtype::I64, compare(Lt, 5), compare(Ge, 5)));
        assert!(!both(Dtype::F64, compare(Lt, 5), compare(Ge, 5)));
        // Between 4 and 5 there is no whole number, and there are others.
        assert!(!both(Dtype::I64, compare(Gt, 4), compare(Lt, 5)));
        assert!(both(Dtype::F64, compare(Gt, 4), compare(Lt, 5)));
        assert!(both(Dtype::I64, Test::Between(Literal::Int(1), Literal::Int(3)), compare(Eq, 3)));
        assert!(!both(Dtype::I64, compare(Ne, 3), compare(Eq, 3)));
        assert!(both(Dtype::I64, Test::In(Literals::I64(&[1, 7])), Test::In(Literals::I64(&[7, 9]))));
        assert!(!both(Dtype::I64, Test::In(Literals::I64(&[1, 7])), compare(Gt, 7)));
        let texts = |texts| Test::In(Literals::Text(texts));
        assert!(both(Dtype::Text, texts(&["a", "b"]), Test::Compare(Eq, Literal::Text("b"))));
        assert!(!both(Dtype::Text, texts(&["a", "b"]), texts(&["c"])));
        assert!(!both(Dtype::Bool, Test::Compare(Eq, Literal::Bool(true)), Test::Compare(Eq, Literal::Bool(false))));
        let on = |how, text| Test::Compare(how, Literal::Text(text));
        assert!(!both(Dtype::Timestamp, on(Lt, "2026-01-01"), on(Ge, "2026-01-01")));
        assert!(both(Dtype::Timestamp, on(Le, "2026-01-01T01:00+01:00"), on(Ge, "2026-01-01T00:00Z")));
        assert!(!both(Dtype::Date, on(Gt, "2026-01-01"), on(Lt, "2026-01-02")));
        assert!(both(Dtype::TimeDelta, on(Ge, "90 min"), on(Eq, "1h 30min")));
        assert!(!both(Dtype::Decimal, on(Lt, "5"), compare(Ge, 5)));
        assert!(both(Dtype::Decimal, on(Le, "5.0"), compare(Ge, 5)));
        assert!(both(Dtype::F64, Test::Missing, Test::Missing));
        assert!(!both(Dtype::F64, Test::Missing, compare(Lt, 5)));
    }
}
