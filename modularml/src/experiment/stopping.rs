//! Early stopping.

/// Ends a train phase when a measured value no longer improves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStopping {}

impl EarlyStopping {
    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> crate::settings::Settings {
        crate::settings::Settings::NONE
    }
}
