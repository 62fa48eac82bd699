//! A scaler with its type erased.

use super::code::Code;
use super::settings::Settings;
use crate::text::Name;

/// A scaler with its type erased.
///
/// A setting `over` lists axes over which a statistic is shared, and a setting that is a scaler comes with `boundaries`
/// between which it works; rules check both against the shape of the column.
#[derive(Clone, Copy, Debug)]
pub struct ScalerSpec {
    /// The registered name, for example `Standard`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Whether transformed values can be brought back.
    pub inverts: bool,
    /// Whether rows may get another shape.
    pub reshapes: bool,
    /// Whether values may be categories, which are told apart and not computed with: classes and truth values.
    pub encodes: bool,
    /// Learns from rows, and makes the fitted scaler again from what it has learned.
    pub code: Code,
}

/// Equality of names and settings, by which files know a scaler.
impl PartialEq for ScalerSpec {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.settings == other.settings
    }
}
