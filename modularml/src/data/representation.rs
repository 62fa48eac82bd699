//! The two forms of a column.

/// Which form of a column is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Representation {
    /// As it was read.
    Raw,
    /// As the last scaler left it; raw where nothing is scaled.
    Transformed,
}
