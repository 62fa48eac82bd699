//! When two rows are alike in a column, and how much.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Column, real};
use crate::text::{Bounded, Message, Name, Verdict, choices, interned};

/// The most conditions on rows in the settings of one sampler.
pub const MAX_SIMILARITIES: usize = 16;

/// The smallest tolerance and difference that scores divide by.
const SMALLEST: f64 = 1e-9;

/// A condition on the value of a column in a row and in its anchor: that they are alike, or that they are not.
///
/// Numbers differ by `|a - b|`, or by the absolute value of a [metric](Self::metric) of one's own; texts, classes and
/// bools by 0 where they are equal and infinitely where they are not. Rows are alike where they differ by no more than
/// the tolerance. A missing number is neither like another nor unlike it.
///
/// Without [`allow_fallback`](Self::allow_fallback) a row that does not meet the condition is never drawn, and one that
/// does weighs 1. With it, rows that do not meet the condition are drawn where too few do, and rows weigh what
/// [`score`](Self::score) gives.
///
/// ```
/// use modularml::process::{Pairs, Similar};
/// use modularml::prelude::*;
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     voltage: [f32; 101],
///     #[tag]
///     temperature: f32,
///     #[tag]
///     cell: i64,
/// }
///
/// /// Pulses at about the same temperature, of different cells.
/// const FEED: Pairs = Pairs::of(64)
///     .pair([Similar::to(Pulse::COLUMNS.temperature).within(5.0), Similar::not_to(Pulse::COLUMNS.cell)]);
/// assert_eq!(FEED.spec().roles, ["anchor", "pair"]);
/// ```
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[must_use]
pub struct Similar {
    #[serde(deserialize_with = "interned")]
    column: Name,
    alike: bool,
    #[serde(default, with = "real")]
    within: f64,
    #[serde(default = "binary")]
    weighting: Weighting,
    #[serde(default = "one", with = "real")]
    max_weight: f64,
    #[serde(default, with = "real")]
    min_weight: f64,
    #[serde(default, rename = "allow_fallback")]
    fallback: bool,
    #[serde(default, serialize_with = "has_metric", deserialize_with = "absent_metric")]
    metric: Option<Metric>,
}

/// How two numbers differ.
type Metric = fn(f64, f64) -> f64;

const fn binary() -> Weighting {
    Weighting::Binary
}

const fn one() -> f64 {
    1.0
}

/// A file holds no code, and so whether there is a metric.
#[allow(clippy::ref_option, clippy::trivially_copy_pass_by_ref, reason = "serde asks for this type")]
fn has_metric<S: Serializer>(metric: &Option<Metric>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bool(metric.is_some())
}

/// A metric that is not in the file: what reads descriptions refuses it, or only compares them with a declared one.
fn absent_metric<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Metric>, D::Error> {
    Ok(bool::deserialize(deserializer)?.then_some(|_, _| f64::NAN))
}

impl Similar {
    /// The row is like its anchor in a column; equal, unless a tolerance is given.
    pub const fn to<T>(column: Column<T>) -> Self {
        Self::new(column.key(), true)
    }

    /// The row is unlike its anchor in a column; not equal, unless a tolerance is given.
    pub const fn not_to<T>(column: Column<T>) -> Self {
        Self::new(column.key(), false)
    }

    /// A condition on a column that is known by name only.
    pub const fn new(column: Name, alike: bool) -> Self {
        let weighting = Weighting::Binary;
        Self { column, alike, within: 0.0, weighting, max_weight: 1.0, min_weight: 0.0, fallback: false, metric: None }
    }

    /// The tolerance: rows are alike where they differ by no more, in units of the column. Must be at least 0. Default:
    /// `0.0`.
    pub const fn within(mut self, tolerance: f64) -> Self {
        self.within = tolerance;
        self
    }

    /// How rows weigh by their difference. Default: `Weighting::Binary`.
    pub const fn weighting(mut self, weighting: Weighting) -> Self {
        self.weighting = weighting;
        self
    }

    /// The largest weight. Must be at least the smallest. Default: `1.0`.
    pub const fn max_weight(mut self, weight: f64) -> Self {
        self.max_weight = weight;
        self
    }

    /// The smallest weight. Must be at least 0. Default: `0.0`.
    pub const fn min_weight(mut self, weight: f64) -> Self {
        self.min_weight = weight;
        self
    }

    /// Draws rows that do not meet the condition where too few do.
    pub const fn allow_fallback(mut self) -> Self {
        self.fallback = true;
        self
    }

    /// How two numbers differ, in place of `a - b`; its absolute value decides both which rows are alike and how much
    /// they weigh. All rows that meet the other conditions are tried one by one: with a metric alone, drawing an epoch
    /// costs time in proportion to the square of the rows.
    ///
    /// A file holds no code: a saved experiment with a metric is loaded by the experiment that declares it, not by
    /// name.
    pub const fn metric(mut self, metric: fn(f64, f64) -> f64) -> Self {
        self.metric = Some(metric);
        self
    }

    /// The column.
    #[must_use]
    pub const fn column(&self) -> Name {
        self.column
    }

    /// Whether the values must be alike, not unlike.
    #[must_use]
    pub const fn is_alike(&self) -> bool {
        self.alike
    }

    /// The tolerance.
    #[must_use]
    pub const fn tolerance(&self) -> f64 {
        self.within
    }

    /// Whether rows that do not meet the condition may be drawn.
    #[must_use]
    pub const fn allows_fallback(&self) -> bool {
        self.fallback
    }

    /// How rows weigh by their difference.
    #[must_use]
    pub const fn weighs_by(&self) -> Weighting {
        self.weighting
    }

    /// The smallest and the largest weight.
    #[must_use]
    pub const fn weights(&self) -> (f64, f64) {
        (self.min_weight, self.max_weight)
    }

    /// Whether differences are measured by a metric of one's own.
    #[must_use]
    pub const fn has_metric(&self) -> bool {
        self.metric.is_some()
    }

    /// How much two numbers differ; NaN where one is missing.
    #[must_use]
    pub fn difference(&self, a: f64, b: f64) -> f64 {
        self.metric.map_or(a - b, |metric| metric(a, b)).abs()
    }

    /// Whether two values that differ so much meet the condition.
    #[must_use]
    pub fn matches(&self, difference: f64) -> bool {
        if self.alike { difference <= self.within } else { difference > self.within }
    }

    /// What a row weighs whose value differs so much from its anchor's.
    ///
    /// Without fallback 1 where it meets the condition and 0 where it does not. With it, for a tolerance t and a
    /// difference d, clipped to the smallest and largest weight:
    ///
    /// | weighting | alike | unlike |
    /// | --- | --- | --- |
    /// | `Binary` | the largest where it meets the condition, else the smallest | the same |
    /// | `Linear` | t / d | d / t |
    /// | `Exponential` | exp(1 - d / t) | exp(d / t - 1) |
    ///
    /// t and d in a denominator are at least 1e-9. Source: `SimilarityCondition.score` of the Python package modularml.
    #[must_use]
    pub fn score(&self, difference: f64) -> f64 {
        let matches = self.matches(difference);
        if !self.fallback {
            return f64::from(u8::from(matches));
        }
        let ratio = difference / self.within.max(SMALLEST);
        let score = match (self.weighting, self.alike) {
            (Weighting::Binary, _) if matches => self.max_weight,
            (Weighting::Binary, _) => self.min_weight,
            (Weighting::Linear, true) => self.within / difference.max(SMALLEST),
            (Weighting::Linear, false) => ratio,
            (Weighting::Exponential, true) => (1.0 - ratio).exp(),
            (Weighting::Exponential, false) => (ratio - 1.0).exp(),
        };
        // Not `clamp`, which panics where the smallest weight is above the largest.
        if score.is_nan() { self.min_weight } else { score.min(self.max_weight).max(self.min_weight) }
    }

    const fn out_of_range(&self, setting: &str, value: f64) -> Message {
        let message = Message::new().text(setting).number(value).text(") on ").name(self.column);
        message.text(" must be at least ")
    }

    /// Rule: tolerance and weights lie in their ranges.
    pub(crate) const fn check(&self) -> Verdict {
        if !(self.within >= 0.0 && self.within < f64::INFINITY) {
            return Err(self.out_of_range("within(", self.within).text("0 and finite"));
        }
        if !(self.min_weight >= 0.0 && self.min_weight < f64::INFINITY) {
            return Err(self.out_of_range("min_weight(", self.min_weight).text("0 and finite"));
        }
        if !(self.max_weight >= self.min_weight && self.max_weight < f64::INFINITY) {
            let message = self.out_of_range("max_weight(", self.max_weight).text("min_weight, ");
            return Err(message.number(self.min_weight).text(", and finite"));
        }
        Ok(())
    }
}

impl std::fmt::Display for Similar {
    /// As it is written: `Similar::to(temperature).within(5)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Similar::{}({})", if self.alike { "to" } else { "not_to" }, self.column)?;
        if self.within.abs() > 0.0 {
            write!(f, ".within({})", self.within)?;
        }
        f.write_str(if self.metric.is_some() { ".metric(..)" } else { "" })
    }
}

impl PartialEq for Similar {
    fn eq(&self, other: &Self) -> bool {
        let same_metric = match (self.metric, other.metric) {
            (Some(a), Some(b)) => std::ptr::fn_addr_eq(a, b),
            (a, b) => a.is_none() && b.is_none(),
        };
        let (a, b) = (self, other);
        same_metric
            && (a.column, a.alike, a.fallback, a.weighting) == (b.column, b.alike, b.fallback, b.weighting)
            && (a.within, a.max_weight, a.min_weight) == (b.within, b.max_weight, b.min_weight)
    }
}

/// How rows weigh by their difference from the anchor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weighting {
    /// The largest weight where the condition is met, else the smallest.
    Binary,
    /// By the ratio of tolerance and difference.
    Linear,
    /// By the exponential of that ratio.
    Exponential,
}

choices!(Weighting: Binary, Linear, Exponential);

/// The conditions on the rows of one role, all of which must be met; none by default, up to [`MAX_SIMILARITIES`].
#[derive(Clone, Copy, PartialEq)]
pub struct Similarities(Bounded<Similar, MAX_SIMILARITIES>);

impl std::fmt::Debug for Similarities {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.items()).finish()
    }
}

impl Serialize for Similarities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.items().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Similarities {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(&Vec::<Similar>::deserialize(deserializer)?))
    }
}

impl Similarities {
    pub(super) const BLANK: Similar = Similar::new("", true);

    /// No condition.
    pub const NONE: Self = Self(Bounded::new(Self::BLANK));

    /// Some conditions; where there are too many, the rule on settings refuses them.
    #[must_use]
    pub const fn new(conditions: &[Similar]) -> Self {
        Self(Bounded::of(Self::BLANK, conditions))
    }

    /// The conditions in order.
    pub const fn items(&self) -> &[Similar] {
        self.0.items()
    }

    pub(super) const fn list(&self) -> &Bounded<Similar, MAX_SIMILARITIES> {
        &self.0
    }

    pub(super) const fn from_list(list: Bounded<Similar, MAX_SIMILARITIES>) -> Self {
        Self(list)
    }

    /// Rule: each is in its ranges.
    pub(crate) const fn check(&self) -> Verdict {
        let mut i = 0;
        while i < self.items().len() {
            if let Err(message) = self.items()[i].check() {
                return Err(message);
            }
            i += 1;
        }
        Ok(())
    }
}
