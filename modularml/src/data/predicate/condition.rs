//! Conditions: what a row's value in one column must satisfy, as constant values.

use super::{Comparison, Condition, Literal, Literals, Test};

use crate::data::{Class, Column, ColumnValue, Date, Decimal, TimeDelta, TimeOfDay, Timestamp};

impl<'a> Condition<'a> {
    const fn compare(column: &'a str, comparison: Comparison, literal: Literal<'a>) -> Self {
        Self::Single { column, test: Test::Compare(comparison, literal) }
    }
}

impl<T: ColumnValue> Column<T> {
    /// That the value is missing: null, or NaN.
    #[must_use]
    pub const fn is_missing(self) -> Condition<'static> {
        Condition::Single { column: self.spec.key, test: Test::Missing }
    }
}

/// The comparisons of columns of one type, with their own type and no other.
macro_rules! comparisons {
    ($column:ty, $value:ty, $literal:ident($as:ty), equality) => {
        impl $column {
            /// That the value equals another.
            #[must_use]
            pub const fn eq(self, value: $value) -> Condition<'static> {
                Condition::compare(self.spec.key, Comparison::Eq, Literal::$literal(value as $as))
            }

            /// That the value is there and differs from another.
            #[must_use]
            pub const fn ne(self, value: $value) -> Condition<'static> {
                Condition::compare(self.spec.key, Comparison::Ne, Literal::$literal(value as $as))
            }
        }
    };
    ($column:ty, $value:ty, $literal:ident($as:ty), $list:ident) => {
        comparisons!($column, $value, $literal($as), equality);

        impl $column {
            /// That the value is less than another.
            #[must_use]
            pub const fn lt(self, value: $value) -> Condition<'static> {
                Condition::compare(self.spec.key, Comparison::Lt, Literal::$literal(value as $as))
            }

            /// That the value is at most another.
            #[must_use]
            pub const fn le(self, value: $value) -> Condition<'static> {
                Condition::compare(self.spec.key, Comparison::Le, Literal::$literal(value as $as))
            }

            /// That the value is greater than another.
            #[must_use]
            pub const fn gt(self, value: $value) -> Condition<'static> {
                Condition::compare(self.spec.key, Comparison::Gt, Literal::$literal(value as $as))
            }

            /// That the value is at least another.
            #[must_use]
            pub const fn ge(self, value: $value) -> Condition<'static> {
                Condition::compare(self.spec.key, Comparison::Ge, Literal::$literal(value as $as))
            }

            /// That the value is at least `low` and at most `high`.
            #[must_use]
            pub const fn between(self, low: $value, high: $value) -> Condition<'static> {
                let (low, high) = (Literal::$literal(low as $as), Literal::$literal(high as $as));
                Condition::Single { column: self.spec.key, test: Test::Between(low, high) }
            }

            /// That the value is one of a list.
            #[must_use]
            pub const fn is_in(self, values: &[$value]) -> Condition<'_> {
                Condition::Single { column: self.spec.key, test: Test::In(Literals::$list(values)) }
            }
        }
    };
}

macro_rules! comparisons_of_numbers {
    ($($value:ident => $list:ident as $literal:ident($as:ty);)*) => {$(
        comparisons!(Column<$value>, $value, $literal($as), $list);
        comparisons!(Column<Option<$value>>, $value, $literal($as), $list);
    )*};
}

comparisons_of_numbers! {
    i8 => I8 as Int(i64);
    i16 => I16 as Int(i64);
    i32 => I32 as Int(i64);
    i64 => I64 as Int(i64);
    u8 => U8 as Int(i64);
    u16 => U16 as Int(i64);
    u32 => U32 as Int(i64);
    u64 => U64 as Uint(u64);
    f32 => F32 as F32(f32);
    f64 => F64 as F64(f64);
}

comparisons!(Column<bool>, bool, Bool(bool), equality);

comparisons!(Column<Option<bool>>, bool, Bool(bool), equality);

/// The comparisons of columns of text, and of classes by their names.
macro_rules! comparisons_with_text {
    ($column:ty, $what:literal $(, $digits:ident)?) => {
        impl$(<const $digits: u8>)? $column {
            #[doc = concat!("That the value is ", $what, ".")]
            #[must_use]
            pub const fn eq(self, value: &str) -> Condition<'_> {
                Condition::compare(self.spec.key, Comparison::Eq, Literal::Text(value))
            }

            #[doc = concat!("That the value is there and is not ", $what, ".")]
            #[must_use]
            pub const fn ne(self, value: &str) -> Condition<'_> {
                Condition::compare(self.spec.key, Comparison::Ne, Literal::Text(value))
            }

            #[doc = concat!("That the value is one of several: each ", $what, ".")]
            #[must_use]
            pub const fn is_in<'a>(self, values: &'a [&'a str]) -> Condition<'a> {
                Condition::Single { column: self.spec.key, test: Test::In(Literals::Text(values)) }
            }
        }
    };
}

/// The comparisons of columns of times, or of decimals, with what is written as text, by their order.
macro_rules! comparisons_with_times {
    ($column:ty, $what:literal $(, $digits:ident)?) => {
        comparisons_with_text!($column, $what $(, $digits)?);

        impl$(<const $digits: u8>)? $column {
            #[doc = concat!("That the value is before ", $what, ".")]
            #[must_use]
            pub const fn lt(self, value: &str) -> Condition<'_> {
                Condition::compare(self.spec.key, Comparison::Lt, Literal::Text(value))
            }

            #[doc = concat!("That the value is ", $what, " or before it.")]
            #[must_use]
            pub const fn le(self, value: &str) -> Condition<'_> {
                Condition::compare(self.spec.key, Comparison::Le, Literal::Text(value))
            }

            #[doc = concat!("That the value is after ", $what, ".")]
            #[must_use]
            pub const fn gt(self, value: &str) -> Condition<'_> {
                Condition::compare(self.spec.key, Comparison::Gt, Literal::Text(value))
            }

            #[doc = concat!("That the value is ", $what, " or after it.")]
            #[must_use]
            pub const fn ge(self, value: &str) -> Condition<'_> {
                Condition::compare(self.spec.key, Comparison::Ge, Literal::Text(value))
            }

            #[doc = concat!("That the value is neither before ", $what, " nor after another.")]
            #[must_use]
            pub const fn between<'a>(self, low: &'a str, high: &'a str) -> Condition<'a> {
                Condition::Single {
                    column: self.spec.key,
                    test: Test::Between(Literal::Text(low), Literal::Text(high)),
                }
            }
        }
    };
}

comparisons_with_text!(Column<String>, "a text");

comparisons_with_text!(Column<Option<String>>, "a text");

comparisons_with_text!(Column<Class>, "the class of that name");

comparisons_with_text!(Column<Option<Class>>, "the class of that name");

comparisons_with_times!(Column<Timestamp>, "a point in time, \"2026-01-31T12:30:00\"");

comparisons_with_times!(Column<Option<Timestamp>>, "a point in time, \"2026-01-31T12:30:00\"");

comparisons_with_times!(Column<Date>, "a day, \"2026-01-31\"");

comparisons_with_times!(Column<Option<Date>>, "a day, \"2026-01-31\"");

comparisons_with_times!(Column<TimeOfDay>, "a time of day, \"12:30:00\"");

comparisons_with_times!(Column<Option<TimeOfDay>>, "a time of day, \"12:30:00\"");

comparisons_with_times!(Column<TimeDelta>, "a span of time, \"90 min\"");

comparisons_with_times!(Column<Option<TimeDelta>>, "a span of time, \"90 min\"");

comparisons_with_times!(Column<Decimal<SCALE>>, "a decimal, \"12.30\"", SCALE);

comparisons_with_times!(Column<Option<Decimal<SCALE>>>, "a decimal, \"12.30\"", SCALE);

/// A column by its key, where no schema struct has it as a field; what it is compared with is checked when the
/// condition is used.
///
/// ```
/// use modularml::data::column;
///
/// let worn = column("soh").lt(0.8).or(column("state").is_in(&["worn", "dead"]));
/// assert_eq!(worn.to_string(), r#"soh < 0.8 or state in ["worn", "dead"]"#);
/// ```
#[must_use]
pub const fn column(key: &str) -> ColumnKey<'_> {
    ColumnKey(key)
}

/// The key of a column; see [`column()`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnKey<'a>(&'a str);

/// Writes comparisons of a column that is known by its key.
macro_rules! comparisons_by_key {
    ($($method:ident, $comparison:ident, $what:literal;)*) => {$(
        #[doc = concat!("That the value ", $what, ".")]
        #[must_use]
        pub fn $method(self, value: impl Into<Literal<'a>>) -> Condition<'a> {
            Condition::compare(self.0, Comparison::$comparison, value.into())
        }
    )*};
}

impl<'a> ColumnKey<'a> {
    comparisons_by_key! {
        lt, Lt, "is less than another";
        le, Le, "is at most another";
        gt, Gt, "is greater than another";
        ge, Ge, "is at least another";
        eq, Eq, "equals another";
        ne, Ne, "is there and differs from another";
    }

    /// That the value is at least `low` and at most `high`.
    #[must_use]
    pub fn between(self, low: impl Into<Literal<'a>>, high: impl Into<Literal<'a>>) -> Condition<'a> {
        Condition::Single { column: self.0, test: Test::Between(low.into(), high.into()) }
    }

    /// That the value is one of a list.
    #[must_use]
    pub fn is_in(self, values: impl Into<Literals<'a>>) -> Condition<'a> {
        Condition::Single { column: self.0, test: Test::In(values.into()) }
    }

    /// That the value is missing: null, or NaN.
    #[must_use]
    pub const fn is_missing(self) -> Condition<'a> {
        Condition::Single { column: self.0, test: Test::Missing }
    }
}
