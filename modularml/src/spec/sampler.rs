//! A sampler with its type erased.

use super::code::Code;
use super::settings::{MAX_SETTINGS, Settings};
use super::similarity::{MAX_SIMILARITIES, Similarities};
use crate::text::{Bounded, Name};

/// What a sampler demands of the column named by a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The rows' values are equal to the anchor's.
    Same,
    /// The rows' values differ from the anchor's.
    Different,
    /// The rows' values are within a tolerance of the anchor's, or not; the tolerance is above 0 or has a metric.
    Tolerance,
    /// Each batch has rows of every value.
    Stratum,
    /// Each batch has rows of one value.
    Group,
    /// Rows are drawn in proportion to the value.
    Weight,
    /// Rows of a batch have sequences of similar lengths.
    Length,
}

/// A condition of a sampler on one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The setting that states it, for example `same`.
    pub setting: Name,
    /// The column.
    pub column: Name,
    /// How values are compared.
    pub comparison: Comparison,
}

/// What a sampler demands of columns, in the order of its settings.
#[derive(Clone, Copy)]
pub struct Demands(Bounded<Condition, MAX_DEMANDS>);

/// The most demands of one sampler: each setting a column, or conditions as many as settings hold.
const MAX_DEMANDS: usize = MAX_SIMILARITIES + MAX_SETTINGS;

impl std::fmt::Debug for Demands {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.items()).finish()
    }
}

impl Demands {
    /// Nothing is demanded.
    pub const NONE: Self = Self(Bounded::new(Condition { setting: "", column: "", comparison: Comparison::Same }));

    /// The same demands, and one more where a column is given.
    #[must_use]
    pub const fn with(mut self, setting: Name, column: Option<Name>, comparison: Comparison) -> Self {
        if let Some(column) = column {
            self.0.push(Condition { setting, column, comparison });
        }
        self
    }

    /// The same demands, and those of the conditions on a role.
    #[must_use]
    pub const fn with_all(mut self, setting: Name, conditions: &Similarities) -> Self {
        let conditions = conditions.items();
        let mut i = 0;
        while i < conditions.len() {
            let condition = &conditions[i];
            let comparison = if condition.tolerance().abs() > 0.0 || condition.has_metric() {
                Comparison::Tolerance
            } else if condition.is_alike() {
                Comparison::Same
            } else {
                Comparison::Different
            };
            self = self.with(setting, Some(condition.column()), comparison);
            i += 1;
        }
        self
    }

    /// The demands.
    #[must_use]
    pub const fn items(&self) -> &[Condition] {
        self.0.items()
    }
}

/// A sampler with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct SamplerSpec {
    /// The registered name, for example `Batches`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// The roles of the rows that it draws together, for example anchor, positive and negative.
    pub roles: &'static [Name],
    /// The streams that it produces; one called `default` unless declared.
    pub streams: &'static [Name],
    /// How many draws make a batch.
    pub batch: usize,
    /// Of how many parts of the data each batch has as many rows; 1 where rows are taken from anywhere.
    pub parts: usize,
    /// Whether a short last batch is left out.
    pub drops_last: bool,
    /// Its conditions on columns.
    pub conditions: Demands,
    /// Draws one epoch: one list of draws for each stream.
    pub code: Code,
}
