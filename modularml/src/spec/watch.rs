//! What acts on a measured value.

use modularml_macros::Settings;

/// Ends a train phase when a measured value no longer improves.
///
/// A value improves when it is better than the best so far by more than `min_delta`. The first number always does,
/// NaN never does. The phase ends after the evaluation at which `patience` evaluations in a row have brought no
/// improvement. Whether lower or higher is better follows from what is watched.
///
/// ```
/// use modularml::experiment::EarlyStopping;
///
/// const STOP: EarlyStopping = EarlyStopping::patience(10).min_delta(1e-4).restore_best();
/// ```
#[derive(Settings, Clone, Copy, Debug, PartialEq)]
pub struct EarlyStopping {
    /// How many evaluations in a row may pass without improvement.
    #[setting(first, at_least = 1)]
    pub(crate) patience: usize,
    /// By how much a value must be better than the best one to count.
    #[setting(default = 0.0, at_least = 0.0)]
    pub(crate) min_delta: f64,
    /// Whether weights and optimizers go back to the best epoch when the phase ends.
    #[setting(default = false)]
    pub(crate) restore_best: bool,
    /// Whether higher is expected to be better; refused where lower is.
    #[setting(default = false)]
    pub(crate) max: bool,
    /// Whether lower is expected to be better; refused where higher is.
    #[setting(default = false)]
    pub(crate) min: bool,
}

/// Lowers learning rates when a measured value no longer improves, as `torch.optim.lr_scheduler.ReduceLROnPlateau`.
///
/// A value improves when it is better than the best so far by more than `threshold` times the size of the best, or by
/// more than `threshold` with `absolute`; NaN never does. When `patience` evaluations in a row have brought no
/// improvement, learning rates are multiplied by `factor`, on top of what the phase's `rate` says, and counting begins
/// anew. Whether lower or higher is better follows from what is watched. As with
/// [`EarlyStopping`](super::EarlyStopping) the rate falls after the `patience`-th such evaluation; PyTorch waits for one
/// more, so its `patience=2` is `patience(3)` here.
///
/// ```
/// use modularml::experiment::ReduceOnPlateau;
///
/// const REDUCE: ReduceOnPlateau = ReduceOnPlateau::patience(5).factor(0.5).min_factor(0.01);
/// ```
#[derive(Settings, Clone, Copy, Debug, PartialEq)]
pub struct ReduceOnPlateau {
    /// How many evaluations in a row may pass without improvement.
    #[setting(first, at_least = 1)]
    pub(crate) patience: usize,
    /// What learning rates are multiplied by each time.
    #[setting(default = 0.1, above = 0.0, below = 1.0)]
    pub(crate) factor: f64,
    /// How much better than the best a value must be to count.
    #[setting(default = 1e-4, at_least = 0.0)]
    pub(crate) threshold: f64,
    /// Whether `threshold` is a difference, where it is a share of the best value otherwise.
    #[setting(default = false)]
    pub(crate) absolute: bool,
    /// For how many evaluations after a fall none is counted.
    #[setting(default = 0)]
    pub(crate) cooldown: usize,
    /// The least of what learning rates are multiplied by over the phase.
    #[setting(default = 0.0, at_least = 0.0, at_most = 1.0)]
    pub(crate) min_factor: f64,
}
