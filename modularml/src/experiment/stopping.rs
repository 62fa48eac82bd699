//! Early stopping.

/// Ends a train phase when a measured value no longer improves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStopping {}
