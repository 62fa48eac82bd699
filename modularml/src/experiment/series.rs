//! Values by named axes, to be selected and reduced.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::results::{EvalResult, PhaseResult, ValidationResult};
use super::unknown::missing;
use crate::spec::term::name_of;
use crate::text::{Name, intern};
use crate::{Error, Result};

/// Values by named axes, for example by phase, name and epoch, in the order in which they were put in.
///
/// ```
/// use modularml::experiment::{Reduce, Series};
///
/// let mut losses = Series::new(["fold", "epoch"])?;
/// for (fold, loss) in [[0.9, 0.5], [0.7, 0.3]].into_iter().enumerate() {
///     for (epoch, loss) in loss.into_iter().enumerate() {
///         losses.push([fold, epoch], loss)?;
///     }
/// }
/// assert_eq!(losses.at([("epoch", 1), ("fold", 0)])?, &0.5);
/// let means = losses.collapse("fold", Reduce::Mean)?;
/// assert_eq!(means.values().copied().collect::<Vec<_>>(), [0.8, 0.4]);
/// assert_eq!(losses.select("fold", 1)?.squeeze().axes(), ["epoch"]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Series<V = f64> {
    axes: Vec<Name>,
    entries: Vec<(Vec<Key>, V)>,
    /// The position of the entry at each place.
    places: BTreeMap<Vec<Key>, usize>,
}

/// Where a value stands on an axis.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Nowhere: the axis does not concern it, as an eval phase has no epoch.
    None,
    /// A position, counted from 0.
    Number(usize),
    /// A name.
    Text(String),
}

/// How many keys of an axis a message lists.
const LISTED: usize = 16;

/// How the values along an axis become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduce {
    /// The one that was put in first.
    First,
    /// The one that was put in last.
    Last,
    /// Their mean.
    Mean,
    /// Their sum.
    Sum,
    /// The smallest; NaN where one is NaN.
    Min,
    /// The largest; NaN where one is NaN.
    Max,
}

impl From<usize> for Key {
    fn from(number: usize) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl Series {
    /// The numbers among results by `phase`, `name` and `epoch`: the loss of each epoch as `loss`, the terms of it as
    /// `terms.LABEL`, what `validate` measured as `val.NAME`, or behind the name of another evaluation, and what eval phases measured, which have no epoch.
    ///
    /// # Errors
    /// When two phases have one name.
    pub fn of(results: &[PhaseResult]) -> Result<Self> {
        let mut series = Self::new(["phase", "name", "epoch"])?;
        for result in results {
            match result {
                PhaseResult::Train(train) => {
                    for (epoch, loss) in train.loss.iter().enumerate() {
                        series.push([train.name.into(), "loss".into(), Key::from(epoch)], *loss)?;
                    }
                    for term in &train.terms {
                        for (epoch, value) in term.values.iter().enumerate() {
                            series.push([train.name.into(), name_of(term.label).into(), Key::from(epoch)], *value)?;
                        }
                    }
                    for ValidationResult { epoch, measured } in &train.validations {
                        let prefix = format!("{}.", measured.name);
                        series.measured(train.name, &prefix, &Key::from(*epoch), measured)?;
                    }
                }
                PhaseResult::Eval(eval) => series.measured(eval.name, "", &Key::None, eval)?,
                PhaseResult::Fit(_) => {}
            }
        }
        Ok(series)
    }

    /// The losses of steps by `phase` and `step`, counted over all epochs, of the phases that declare `step_loss;`.
    ///
    /// # Errors
    /// When two phases have one name.
    pub fn of_steps(results: &[PhaseResult]) -> Result<Self> {
        let mut series = Self::new(["phase", "step"])?;
        for result in results {
            let PhaseResult::Train(train) = result else { continue };
            for (step, loss) in train.step_loss.iter().enumerate() {
                series.push([train.name.into(), Key::from(step)], *loss)?;
            }
        }
        Ok(series)
    }

    fn measured(&mut self, phase: &str, prefix: &str, epoch: &Key, measured: &EvalResult) -> Result<()> {
        for (name, value) in measured.numbers() {
            self.push([Key::from(phase), Key::Text(format!("{prefix}{name}")), epoch.clone()], value)?;
        }
        Ok(())
    }

    /// Reduces the values along an axis, which is gone then.
    ///
    /// # Errors
    /// When there is no such axis, or no value.
    pub fn collapse(&self, axis: &str, reduce: Reduce) -> Result<Self> {
        self.collapse_with(axis, |values| reduce.of(values))
    }
}

impl<V> Series<V> {
    /// No values by these axes.
    ///
    /// # Errors
    /// When an axis is named twice.
    pub fn new<'a>(axes: impl IntoIterator<Item = &'a str>) -> Result<Self> {
        let axes: Vec<Name> = axes.into_iter().map(intern).collect();
        match axes.iter().enumerate().find(|(at, name)| axes.iter().take(*at).any(|earlier| earlier == *name)) {
            Some((_, twice)) => Err(Error::Data(format!("axis `{twice}` of a series is named twice; rename one"))),
            None => Ok(Self::from_entries(axes, Vec::new())),
        }
    }

    /// Entries at places that all differ.
    fn from_entries(axes: Vec<Name>, entries: Vec<(Vec<Key>, V)>) -> Self {
        let places = entries.iter().enumerate().map(|(at, (keys, _))| (keys.clone(), at)).collect();
        Self { axes, entries, places }
    }

    /// Several series of the same axes as one, with a new axis in front: those of the folds of a cross-validation.
    ///
    /// # Errors
    /// When they have other axes than the first, one of that name, or two stand at one place.
    pub fn stack<K: Into<Key>>(axis: &str, series: impl IntoIterator<Item = (K, Self)>) -> Result<Self> {
        let mut all: Option<Self> = None;
        for (key, series) in series {
            let (key, names) = (key.into(), std::iter::once(axis).chain(series.axes.iter().copied()));
            let all = match &mut all {
                Some(all) => all,
                none => none.insert(Self::new(names.clone())?),
            };
            if !all.axes.iter().copied().eq(names) {
                let (first, found) = (all.axes.get(1..).unwrap_or_default().join(", "), series.axes.join(", "));
                return Err(Error::Data(format!("series are stacked along {first}; {key} has {found}")));
            }
            for (keys, value) in series.entries {
                all.push(std::iter::once(key.clone()).chain(keys), value)?;
            }
        }
        all.ok_or_else(|| Error::Data("no series is given to be stacked".to_owned()))
    }

    /// Puts a value at a place, one key an axis.
    ///
    /// # Errors
    /// When there are fewer or more keys than axes, or a value is there.
    pub fn push<K: Into<Key>>(&mut self, keys: impl IntoIterator<Item = K>, value: V) -> Result<()> {
        let keys: Vec<Key> = keys.into_iter().map(Into::into).collect();
        if keys.len() != self.axes.len() {
            let (axes, found) = (self.axes.join(", "), keys.len());
            return Err(Error::Data(format!("a value of a series by {axes} has a key for each; found {found} keys")));
        }
        if self.places.contains_key(&keys) {
            return Err(Error::Data(format!("a series has a value at {} already", self.place(&keys))));
        }
        self.places.insert(keys.clone(), self.entries.len());
        self.entries.push((keys, value));
        Ok(())
    }

    /// The axes.
    #[must_use]
    pub fn axes(&self) -> &[Name] {
        &self.axes
    }

    /// How many values there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no value.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The places and values, in the order in which they were put in.
    pub fn iter(&self) -> impl Iterator<Item = (&[Key], &V)> {
        self.entries.iter().map(|(keys, value)| (keys.as_slice(), value))
    }

    /// The values, in the same order.
    pub fn values(&self) -> impl Iterator<Item = &V> {
        self.entries.iter().map(|(_, value)| value)
    }

    /// The keys on an axis, each once, in the order in which they came.
    ///
    /// # Errors
    /// When there is no such axis.
    pub fn axis_values(&self, axis: &str) -> Result<Vec<Key>> {
        let axis = self.axis(axis)?;
        let mut seen = BTreeSet::new();
        let keys = self.entries.iter().filter_map(|(keys, _)| keys.get(axis));
        Ok(keys.filter(|key| seen.insert(*key)).cloned().collect())
    }

    /// The value at a place, which names all axes.
    ///
    /// # Errors
    /// When an axis is not named or not there, or there is no such value; the message lists what there is.
    pub fn at<'a, K: Into<Key>>(&self, place: impl IntoIterator<Item = (&'a str, K)>) -> Result<&V> {
        let mut keys: Vec<Option<Key>> = vec![None; self.axes.len()];
        for (axis, key) in place {
            let at = self.axis(axis)?;
            if let Some(place) = keys.get_mut(at) {
                *place = Some(key.into());
            }
        }
        if let Some((axis, _)) = self.axes.iter().zip(&keys).find(|(_, key)| key.is_none()) {
            return Err(Error::Data(format!("a place in a series names all axes, and this one does not say `{axis}`")));
        }
        let keys: Vec<Key> = keys.into_iter().flatten().collect();
        if let Some((_, value)) = self.places.get(&keys).and_then(|at| self.entries.get(*at)) {
            return Ok(value);
        }
        for (axis, key) in self.axes.iter().zip(&keys) {
            self.known(axis, key)?;
        }
        Err(Error::Data(format!("a series has no value at {}", self.place(&keys))))
    }

    /// The only value.
    ///
    /// # Errors
    /// When there are none or several.
    pub fn one(&self) -> Result<&V> {
        match self.entries.as_slice() {
            [(_, value)] => Ok(value),
            several => {
                Err(Error::Data(format!("a series has {} values where one is wanted; select one", several.len())))
            }
        }
    }

    /// The value whose key on an axis is smallest, numbers before names; the first of several.
    ///
    /// # Errors
    /// When there is no such axis, or no value.
    pub fn first(&self, axis: &str) -> Result<&V> {
        let at = self.axis(axis)?;
        let first = self.entries.iter().min_by(|a, b| a.0.get(at).cmp(&b.0.get(at)));
        first.map(|(_, value)| value).ok_or_else(|| self.empty())
    }

    /// The value whose key on an axis is largest, numbers before names; the last of several.
    ///
    /// # Errors
    /// When there is no such axis, or no value.
    pub fn last(&self, axis: &str) -> Result<&V> {
        let at = self.axis(axis)?;
        let last = self.entries.iter().max_by(|a, b| a.0.get(at).cmp(&b.0.get(at)));
        last.map(|(_, value)| value).ok_or_else(|| self.empty())
    }

    /// Groups the values that differ along an axis alone, in their order, and makes one value of each group; the axis is
    /// gone then.
    ///
    /// # Errors
    /// When there is no such axis, or no value.
    pub fn collapse_with<W>(&self, axis: &str, mut reduce: impl FnMut(&[&V]) -> W) -> Result<Series<W>> {
        let at = self.axis(axis)?;
        if self.entries.is_empty() {
            return Err(self.empty());
        }
        let mut groups: Vec<(Vec<Key>, Vec<&V>)> = Vec::new();
        let mut places: BTreeMap<Vec<Key>, usize> = BTreeMap::new();
        for (keys, value) in &self.entries {
            let rest = without(keys, at);
            let group = *places.entry(rest.clone()).or_insert(groups.len());
            match groups.get_mut(group) {
                Some((_, values)) => values.push(value),
                None => groups.push((rest, vec![value])),
            }
        }
        let entries = groups.into_iter().map(|(keys, values)| (keys, reduce(&values))).collect();
        Ok(Series::from_entries(without(&self.axes, at), entries))
    }

    fn axis(&self, axis: &str) -> Result<usize> {
        let at = self.axes.iter().position(|known| *known == axis);
        at.ok_or_else(|| missing("axis", axis, &self.axes, "the series"))
    }

    /// Refuses a key that no value has on an axis.
    fn known(&self, axis: &str, key: &Key) -> Result<()> {
        let known = self.axis_values(axis)?;
        if known.contains(key) {
            return Ok(());
        }
        let shown: Vec<String> = known.iter().take(LISTED).map(Key::to_string).collect();
        let more = if known.len() > LISTED { format!(" and {} more", known.len() - LISTED) } else { String::new() };
        let problem = format!("no value `{key}` on axis `{axis}`; there are {}{more}", shown.join(", "));
        Err(Error::Unknown { what: "value", name: key.to_string(), problem })
    }

    /// A place in words: `phase test, epoch 3`.
    fn place(&self, keys: &[Key]) -> String {
        self.axes.iter().zip(keys).map(|(axis, key)| format!("{axis} {key}")).collect::<Vec<_>>().join(", ")
    }

    fn empty(&self) -> Error {
        Error::Data(format!("a series by {} has no value", self.axes.join(", ")))
    }
}

impl<V: Clone> Series<V> {
    /// The values at one key of an axis; the axis stays.
    ///
    /// # Errors
    /// When there is no such axis, or no value at the key; the message lists what there is.
    pub fn select(&self, axis: &str, key: impl Into<Key>) -> Result<Self> {
        let key = key.into();
        self.known(axis, &key)?;
        self.filter(axis, |known| *known == key)
    }

    /// The values at the keys of an axis that are chosen, which may be none.
    ///
    /// # Errors
    /// When there is no such axis.
    pub fn filter(&self, axis: &str, chosen: impl Fn(&Key) -> bool) -> Result<Self> {
        let at = self.axis(axis)?;
        let entries = self.entries.iter().filter(|(keys, _)| keys.get(at).is_some_and(&chosen));
        Ok(Self::from_entries(self.axes.clone(), entries.cloned().collect()))
    }

    /// The same without the axes on which all values have the same key.
    #[must_use]
    pub fn squeeze(&self) -> Self {
        let differs = |at: usize| {
            let mut keys = self.entries.iter().map(|(keys, _)| keys.get(at));
            let first = keys.next();
            keys.any(|key| Some(key) != first)
        };
        let kept: Vec<usize> = (0..self.axes.len()).filter(|at| differs(*at)).collect();
        let keys = |keys: &[Key]| kept.iter().filter_map(|at| keys.get(*at).cloned()).collect();
        let entries = self.entries.iter().map(|(place, value)| (keys(place), value.clone())).collect();
        Self::from_entries(kept.iter().filter_map(|at| self.axes.get(*at).copied()).collect(), entries)
    }
}

impl Reduce {
    #[allow(clippy::cast_precision_loss, reason = "counts of values are exact in f64")]
    fn of(self, values: &[&f64]) -> f64 {
        let mut numbers = values.iter().map(|value| **value);
        let extreme = |better: fn(f64, f64) -> f64| {
            let all = values.iter().map(|value| **value);
            all.reduce(|a, b| if a.is_nan() || b.is_nan() { f64::NAN } else { better(a, b) }).unwrap_or(f64::NAN)
        };
        match self {
            Self::First => numbers.next().unwrap_or(f64::NAN),
            Self::Last => numbers.next_back().unwrap_or(f64::NAN),
            Self::Mean => numbers.sum::<f64>() / values.len() as f64,
            Self::Sum => numbers.sum(),
            Self::Min => extreme(f64::min),
            Self::Max => extreme(f64::max),
        }
    }
}

/// The items but that at a position.
fn without<T: Clone>(items: &[T], at: usize) -> Vec<T> {
    items.iter().enumerate().filter(|(place, _)| *place != at).map(|(_, item)| item.clone()).collect()
}
