//! Predicates: which rows are wanted, as expressions over columns.

mod condition;
mod evaluate;
mod interned;
mod literal;
#[cfg(test)]
mod tests;

pub use crate::spec::{Comparison, Condition, Literal, Literals, Test};
pub use condition::{ColumnKey, column};

use std::fmt;
use std::ops::Not;

use serde::{Deserialize, Serialize};

use literal::Value;

/// Which rows are wanted: conditions on columns, joined by `and`, `or` and `!`.
///
/// [`View::filter`](super::View::filter) takes it. Raw values are compared, never scaled ones. A predicate is plain
/// data: it is printed as it would be written, compared by `==`, and saved by serde.
///
/// ```
/// use modularml::SampleSchema;
/// use modularml::data::{FeatureSet, Predicate};
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[target]
///     soh: f32,
///     #[tag]
///     cell: i64,
/// }
///
/// let pulses = FeatureSet::from_rows([(0.9, 1), (0.7, 1), (0.6, 2)].map(|(soh, cell)| Pulse { soh, cell }))?;
/// let wanted = Pulse::COLUMNS.soh.lt(0.8).and(!Pulse::COLUMNS.cell.eq(2));
/// assert_eq!(pulses.view().filter(&wanted)?.rows(), [1]);
///
/// let saved = serde_json::to_string(&wanted).unwrap();
/// assert_eq!(saved, r#"{"and":[{"lt":["soh",0.8]},{"not":{"eq":["cell",2]}}]}"#);
/// assert_eq!(serde_json::from_str::<Predicate>(&saved).unwrap(), wanted);
/// # Ok::<(), modularml::Error>(())
/// ```
///
/// # Missing values
/// A missing value (null, or NaN) is neither less, equal nor different: of a row without `soh` neither `soh < 0.8`
/// nor `!(soh < 0.8)` is true, as in SQL. Only [`is_missing`](super::Column::is_missing) tells such rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Predicate(Expression);

/// The forms of a predicate, as they are saved: `{"lt": ["soh", 0.8]}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Expression {
    Lt(String, Value),
    Le(String, Value),
    Gt(String, Value),
    Ge(String, Value),
    Eq(String, Value),
    Ne(String, Value),
    Between(String, Value, Value),
    In(String, Vec<Value>),
    Missing(String),
    And(Vec<Predicate>),
    Or(Vec<Predicate>),
    Not(Box<Predicate>),
}

impl Predicate {
    /// That both are true.
    #[must_use]
    pub fn and(self, other: impl Into<Self>) -> Self {
        let mut all = match self.0 {
            Expression::And(all) => all,
            other => vec![Self(other)],
        };
        all.push(other.into());
        Self(Expression::And(all))
    }

    /// That at least one is true.
    #[must_use]
    pub fn or(self, other: impl Into<Self>) -> Self {
        let mut any = match self.0 {
            Expression::Or(any) => any,
            other => vec![Self(other)],
        };
        any.push(other.into());
        Self(Expression::Or(any))
    }
}

impl Not for Predicate {
    type Output = Self;

    fn not(self) -> Self {
        Self(Expression::Not(Box::new(self)))
    }
}

impl Condition<'_> {
    /// That this and another are true.
    #[must_use]
    pub fn and(self, other: impl Into<Predicate>) -> Predicate {
        Predicate::from(self).and(other)
    }

    /// That this or another is true.
    #[must_use]
    pub fn or(self, other: impl Into<Predicate>) -> Predicate {
        Predicate::from(self).or(other)
    }
}

impl Not for Condition<'_> {
    type Output = Predicate;

    fn not(self) -> Predicate {
        !Predicate::from(self)
    }
}

impl From<Condition<'_>> for Predicate {
    fn from(condition: Condition<'_>) -> Self {
        let column = condition.column.to_owned();
        Self(match condition.test {
            Test::Compare(Comparison::Lt, value) => Expression::Lt(column, value.into()),
            Test::Compare(Comparison::Le, value) => Expression::Le(column, value.into()),
            Test::Compare(Comparison::Gt, value) => Expression::Gt(column, value.into()),
            Test::Compare(Comparison::Ge, value) => Expression::Ge(column, value.into()),
            Test::Compare(Comparison::Eq, value) => Expression::Eq(column, value.into()),
            Test::Compare(Comparison::Ne, value) => Expression::Ne(column, value.into()),
            Test::Between(low, high) => Expression::Between(column, low.into(), high.into()),
            Test::In(values) => Expression::In(column, values.iter().map(Value::from).collect()),
            Test::Missing => Expression::Missing(column),
        })
    }
}

impl From<&Self> for Predicate {
    fn from(predicate: &Self) -> Self {
        predicate.clone()
    }
}

impl fmt::Display for Condition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Predicate::from(*self).fmt(f)
    }
}

/// As it would be written: `soh < 0.8 and not (cell == 2 or cell == 3)`.
impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut compare = |column: &str, how: Comparison, value: &Value| write!(f, "{column} {} {value}", how.symbol());
        match &self.0 {
            Expression::Lt(column, value) => compare(column, Comparison::Lt, value),
            Expression::Le(column, value) => compare(column, Comparison::Le, value),
            Expression::Gt(column, value) => compare(column, Comparison::Gt, value),
            Expression::Ge(column, value) => compare(column, Comparison::Ge, value),
            Expression::Eq(column, value) => compare(column, Comparison::Eq, value),
            Expression::Ne(column, value) => compare(column, Comparison::Ne, value),
            Expression::Between(column, low, high) => write!(f, "{column} between {low} and {high}"),
            Expression::In(column, values) => {
                let values: Vec<String> = values.iter().map(Value::to_string).collect();
                write!(f, "{column} in [{}]", values.join(", "))
            }
            Expression::Missing(column) => write!(f, "{column} is missing"),
            Expression::And(all) => join(f, all, " and "),
            Expression::Or(any) => join(f, any, " or "),
            Expression::Not(inner) => write!(f, "not ({inner})"),
        }
    }
}

fn join(f: &mut fmt::Formatter<'_>, parts: &[Predicate], word: &str) -> fmt::Result {
    for (position, part) in parts.iter().enumerate() {
        if position > 0 {
            f.write_str(word)?;
        }
        match &part.0 {
            Expression::And(_) | Expression::Or(_) => write!(f, "({part})")?,
            _ => write!(f, "{part}")?,
        }
    }
    Ok(())
}
