//! The words that the statements of phases begin with.

use crate::notation::Statements;

/// The keys of a train phase that hold callbacks, in the order in which these are called; behind the last one stands a
/// list.
pub(super) const CALLBACK_KEYS: [&str; 4] = ["reduce", "average", "stop", "callbacks"];

/// The keys of a train phase.
pub(super) const TRAIN_KEYS: [&str; 17] = [
    "nodes",
    "freeze",
    "feed",
    "schedule",
    "loss",
    "mix",
    "accumulate",
    "clip",
    "rate",
    "validate",
    "reduce",
    "average",
    "stop",
    "callbacks",
    "epochs",
    "skip_non_finite",
    "step_loss",
];

/// The keys of a train phase that stand alone.
pub(super) const TRAIN_FLAGS: [&str; 2] = ["skip_non_finite", "step_loss"];

/// The keys of a fit phase.
pub(super) const FIT_KEYS: [&str; 2] = ["nodes", "feed"];

/// The keys of an eval phase.
pub(super) const EVAL_KEYS: [&str; 4] = ["feed", "loss", "threshold", "predictions"];

/// How the statements of an evaluation begin.
pub(super) const MEASURED: Statements =
    Statements { naming: &["feed", "threshold"], keys: &[], flags: &["loss", "predictions"], named: true };
