//! From a saved predicate back to a constant condition.

use std::sync::{Mutex, PoisonError};

use super::literal::Value;
use super::{Comparison, Condition, Expression, Literal, Literals, Predicate, Test};
use crate::text::intern;

impl Predicate {
    /// The predicate as a condition whose texts are kept for the life of the process; none where it joins several.
    pub(crate) fn interned(&self) -> Option<Condition<'static>> {
        let compare = |column: &str, how: Comparison, value: &Value| Condition {
            column: intern(column),
            test: Test::Compare(how, literal(value)),
        };
        Some(match &self.0 {
            Expression::Lt(column, value) => compare(column, Comparison::Lt, value),
            Expression::Le(column, value) => compare(column, Comparison::Le, value),
            Expression::Gt(column, value) => compare(column, Comparison::Gt, value),
            Expression::Ge(column, value) => compare(column, Comparison::Ge, value),
            Expression::Eq(column, value) => compare(column, Comparison::Eq, value),
            Expression::Ne(column, value) => compare(column, Comparison::Ne, value),
            Expression::Between(column, low, high) => {
                Condition { column: intern(column), test: Test::Between(literal(low), literal(high)) }
            }
            Expression::In(column, values) => {
                let values: Vec<Literal<'static>> = values.iter().map(literal).collect();
                Condition { column: intern(column), test: Test::In(Literals::Any(kept(values))) }
            }
            Expression::Missing(column) => Condition { column: intern(column), test: Test::Missing },
            Expression::And(_) | Expression::Or(_) | Expression::Not(_) => return None,
        })
    }
}

/// The literals for the life of the process, each different list once.
fn kept(values: Vec<Literal<'static>>) -> &'static [Literal<'static>] {
    static KNOWN: Mutex<Vec<&'static [Literal<'static>]>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = known.iter().find(|known| **known == values.as_slice()) {
        return same;
    }
    let new: &'static [Literal<'static>] = values.leak();
    known.push(new);
    new
}

fn literal(value: &Value) -> Literal<'static> {
    match value {
        Value::Text(text) => Literal::Text(intern(text)),
        Value::Bool(value) => Literal::Bool(*value),
        Value::Int(value) => Literal::Int(*value),
        Value::Uint(value) => Literal::Uint(*value),
        Value::Float(value) => Literal::F64(*value),
    }
}
