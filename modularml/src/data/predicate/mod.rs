//! Predicates: which rows are wanted, as expressions over columns.

mod condition;
mod evaluate;
mod literal;
#[cfg(test)]
mod tests;

pub use crate::spec::{Comparison, Condition, Literal, Literals, Predicate, Test};
use crate::spec::{Expression, Owned};
pub use condition::{ColumnKey, column};
