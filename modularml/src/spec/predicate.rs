//! Predicates: which rows are wanted, as expressions over columns.

use std::fmt;
use std::ops::Not;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::condition::{Comparison, Condition, Literal, Literals, Test};
use crate::text::{Pool, intern};

/// Which rows are wanted: conditions on columns, joined by `and`, `or` and `!`.
///
/// [`View::filter`](crate::data::View::filter) takes it. Raw values are compared, never scaled ones. A predicate is plain
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
/// nor `!(soh < 0.8)` is true, as in SQL. Only [`is_missing`](crate::data::Column::is_missing) tells such rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Predicate(pub(crate) Expression);

/// The forms of a predicate, as they are saved: `{"lt": ["soh", 0.8]}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Expression {
    Lt(String, Owned),
    Le(String, Owned),
    Gt(String, Owned),
    Ge(String, Owned),
    Eq(String, Owned),
    Ne(String, Owned),
    Between(String, Owned, Owned),
    In(String, Vec<Owned>),
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
        let joined = |parts: &[Condition<'_>]| parts.iter().copied().map(Self::from).collect();
        let (column, test) = match condition {
            Condition::Single { column, test } => (column.to_owned(), test),
            Condition::All(parts) => return Self(Expression::And(joined(parts))),
            Condition::Any(parts) => return Self(Expression::Or(joined(parts))),
            Condition::Not(part) => return !Self::from(*part),
        };
        Self(match test {
            Test::Compare(Comparison::Lt, value) => Expression::Lt(column, value.into()),
            Test::Compare(Comparison::Le, value) => Expression::Le(column, value.into()),
            Test::Compare(Comparison::Gt, value) => Expression::Gt(column, value.into()),
            Test::Compare(Comparison::Ge, value) => Expression::Ge(column, value.into()),
            Test::Compare(Comparison::Eq, value) => Expression::Eq(column, value.into()),
            Test::Compare(Comparison::Ne, value) => Expression::Ne(column, value.into()),
            Test::Between(low, high) => Expression::Between(column, low.into(), high.into()),
            Test::In(values) => Expression::In(column, values.iter().map(Owned::from).collect()),
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
        let mut compare = |column: &str, how: Comparison, value: &Owned| write!(f, "{column} {} {value}", how.symbol());
        match &self.0 {
            Expression::Lt(column, value) => compare(column, Comparison::Lt, value),
            Expression::Le(column, value) => compare(column, Comparison::Le, value),
            Expression::Gt(column, value) => compare(column, Comparison::Gt, value),
            Expression::Ge(column, value) => compare(column, Comparison::Ge, value),
            Expression::Eq(column, value) => compare(column, Comparison::Eq, value),
            Expression::Ne(column, value) => compare(column, Comparison::Ne, value),
            Expression::Between(column, low, high) => write!(f, "{column} between {low} and {high}"),
            Expression::In(column, values) => {
                let values: Vec<String> = values.iter().map(Owned::to_string).collect();
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

/// A literal that owns its text; as JSON it is the plain value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a value to compare with was expected")]
pub(crate) enum Owned {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(String),
}

impl Owned {
    pub(crate) fn literal(&self) -> Literal<'_> {
        match self {
            Self::Bool(value) => Literal::Bool(*value),
            Self::Int(value) => Literal::Int(*value),
            Self::Uint(value) => Literal::Uint(*value),
            Self::Float(value) => Literal::F64(*value),
            Self::Text(text) => Literal::Text(text),
        }
    }
}

impl From<Literal<'_>> for Owned {
    fn from(literal: Literal<'_>) -> Self {
        match literal {
            Literal::Bool(value) => Self::Bool(value),
            Literal::Int(value) => Self::Int(value),
            Literal::Uint(value) => i64::try_from(value).map_or(Self::Uint(value), Self::Int),
            Literal::F32(value) => Self::Float(shortest(value)),
            Literal::F64(value) => Self::Float(value),
            Literal::Text(text) => Self::Text(text.to_owned()),
        }
    }
}

impl fmt::Display for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Uint(value) => value.fmt(f),
            Self::Float(value) => fmt::Debug::fmt(value, f),
            Self::Text(text) => fmt::Debug::fmt(text, f),
        }
    }
}

/// The number with the fewest digits that is still this one in single precision, so that 0.8 is saved as 0.8.
#[allow(clippy::cast_possible_truncation, clippy::float_cmp, reason = "whether it comes back is the question")]
fn shortest(value: f32) -> f64 {
    value.to_string().parse().ok().filter(|&short: &f64| short as f32 == value).unwrap_or_else(|| value.into())
}

/// As its predicate is saved.
impl Serialize for Condition<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Predicate::from(*self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Condition<'static> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let predicate = Predicate::deserialize(deserializer)?;
        Ok(interned(&predicate))
    }
}

/// The predicate as a condition whose texts and parts are kept for the life of the process.
fn interned(predicate: &Predicate) -> Condition<'static> {
    let compare = |column: &str, how: Comparison, value: &Owned| Condition::Single {
        column: intern(column),
        test: Test::Compare(how, literal(value)),
    };
    let all = |parts: &[Predicate]| kept_parts(parts.iter().map(interned).collect());
    match &predicate.0 {
        Expression::Lt(column, value) => compare(column, Comparison::Lt, value),
        Expression::Le(column, value) => compare(column, Comparison::Le, value),
        Expression::Gt(column, value) => compare(column, Comparison::Gt, value),
        Expression::Ge(column, value) => compare(column, Comparison::Ge, value),
        Expression::Eq(column, value) => compare(column, Comparison::Eq, value),
        Expression::Ne(column, value) => compare(column, Comparison::Ne, value),
        Expression::Between(column, low, high) => {
            Condition::Single { column: intern(column), test: Test::Between(literal(low), literal(high)) }
        }
        Expression::In(column, values) => {
            let values: Vec<Literal<'static>> = values.iter().map(literal).collect();
            Condition::Single { column: intern(column), test: Test::In(Literals::Any(kept(values))) }
        }
        Expression::Missing(column) => Condition::Single { column: intern(column), test: Test::Missing },
        Expression::And(parts) => Condition::All(all(parts)),
        Expression::Or(parts) => Condition::Any(all(parts)),
        Expression::Not(part) => Condition::Not(kept_part(interned(part))),
    }
}

/// The parts of a condition for the life of the process, each different list once.
fn kept_parts(parts: Vec<Condition<'static>>) -> &'static [Condition<'static>] {
    static KEPT: Pool<[Condition<'static>]> = Pool::new();
    KEPT.keep(format!("{parts:?}"), |_| true, || parts.leak())
}

/// The same of a single one.
fn kept_part(part: Condition<'static>) -> &'static Condition<'static> {
    static KEPT: Pool<Condition<'static>> = Pool::new();
    KEPT.keep(format!("{part:?}"), |_| true, || Box::leak(Box::new(part)))
}

/// The literals for the life of the process, each different list once.
pub(super) fn kept(literals: Vec<Literal<'static>>) -> &'static [Literal<'static>] {
    static KEPT: Pool<[Literal<'static>]> = Pool::new();
    KEPT.keep(format!("{literals:?}"), |_| true, || literals.leak())
}

pub(super) fn literal(value: &Owned) -> Literal<'static> {
    match value {
        Owned::Text(text) => Literal::Text(intern(text)),
        Owned::Bool(value) => Literal::Bool(*value),
        Owned::Int(value) => Literal::Int(*value),
        Owned::Uint(value) => Literal::Uint(*value),
        Owned::Float(value) => Literal::F64(*value),
    }
}
