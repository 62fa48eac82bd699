//! What the rules over a schema are asked about.

use crate::spec::ColumnSpec;

/// A column.
pub type Context<'a> = &'a ColumnSpec;
