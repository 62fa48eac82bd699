//! Searches: which values of what may be chosen are tried, and for how long.

mod draw;
mod grid;
mod halving;
mod random;
mod sobol;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use grid::GridSearch;
pub use halving::HalvingSearch;
pub use random::RandomSearch;
pub use sobol::SobolSearch;

use crate::random::Rng;
pub use crate::spec::SearchSpec;
use crate::spec::{ChoiceSpec, FromSettings, ParameterSpec, ParameterValue, Settings};
use crate::text::Name;
use crate::{Error, Result};

/// The most trials of one search.
const MOST: usize = 100_000;

/// A search by its settings: what stands behind `choose`.
///
/// ```
/// use modularml::experiment::{ChoiceSpec, ChosenFrom, ParameterValue};
/// use modularml::prelude::*;
/// use modularml::search::{Search, SearchSpec};
///
/// /// The first value of each list, and the last.
/// #[derive(Settings, Clone, Copy)]
/// struct Ends;
///
/// impl Ends {
///     const fn spec(self) -> SearchSpec {
///         SearchSpec { lists_only: true, ..SearchSpec::of::<Self>("Ends", self.settings()) }
///     }
/// }
///
/// impl Search for Ends {
///     fn points(&self, choices: &[ChoiceSpec], _rng: &mut Rng) -> Result<Vec<Vec<ParameterValue>>> {
///         let listed = |choice: &ChoiceSpec| match &choice.from {
///             ChosenFrom::Listed(values) => values.items().to_vec(),
///             ChosenFrom::Range { .. } => Vec::new(),
///         };
///         let lists: Vec<_> = choices.iter().map(listed).collect();
///         let first = lists.iter().filter_map(|list| list.first().copied()).collect();
///         let last = lists.iter().filter_map(|list| list.last().copied()).collect();
///         Ok(vec![first, last])
///     }
/// }
///
/// let width = ChoiceSpec {
///     name: "width",
///     from: ChosenFrom::Listed([32, 64, 128].map(ParameterValue::size).to_vec().into()),
/// };
/// let tried = Ends.spec().trials(&[width], 42)?;
/// assert_eq!(tried.len(), 2);
/// assert_eq!(tried[1][0].to_string(), "width=128");
/// # Ok::<(), modularml::Error>(())
/// ```
pub trait Search: FromSettings {
    /// The values that are tried together, each a value for every choice in order, and none twice.
    ///
    /// # Errors
    /// When there are not as many as it should try.
    fn points(&self, choices: &[ChoiceSpec], rng: &mut Rng) -> Result<Vec<Vec<ParameterValue>>>;

    /// After how many epochs the trials are compared, and how many of them go on, where not all of them train to the end; the
    /// epochs grow, and stay below those of the phase.
    fn rungs(&self, trials: usize, epochs: usize) -> Vec<Rung> {
        let _ = (trials, epochs);
        Vec::new()
    }
}

/// A search of somebody else's, which is asked for one trial after the other and told what each came to.
///
/// ```
/// use modularml::experiment::{ChoiceSpec, ParameterSpec, ParameterValue};
/// use modularml::prelude::*;
/// use modularml::search::AskTell;
///
/// /// Doubles `width` as long as that lowers what decides.
/// struct Doubling {
///     width: usize,
///     best: f64,
///     goes_on: bool,
/// }
///
/// impl AskTell for Doubling {
///     fn ask(&mut self, _choices: &[ChoiceSpec]) -> Result<Option<Vec<ParameterSpec>>> {
///         let value = ParameterValue::size(self.width);
///         Ok(self.goes_on.then(|| vec![ParameterSpec { name: "width", value }]))
///     }
///
///     fn tell(&mut self, _values: &[ParameterSpec], value: f64, _higher_is_better: bool) -> Result<()> {
///         self.goes_on = value < self.best;
///         self.best = self.best.min(value);
///         self.width *= 2;
///         Ok(())
///     }
/// }
/// // study.session().ask_in(&mut Doubling { width: 8, best: f64::INFINITY, goes_on: true }, None, "runs")?;
/// ```
pub trait AskTell {
    /// The values of the next trial; none to end.
    ///
    /// # Errors
    /// When it cannot say.
    fn ask(&mut self, choices: &[ChoiceSpec]) -> Result<Option<Vec<ParameterSpec>>>;

    /// What a trial came to: what decides, NaN of one that has failed or that a rule refuses.
    ///
    /// # Errors
    /// When it cannot take that.
    fn tell(&mut self, values: &[ParameterSpec], value: f64, higher_is_better: bool) -> Result<()>;
}

/// Where a search compares its trials before they have trained to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// How many epochs each trial has trained then.
    pub epochs: usize,
    /// How many of the best go on.
    pub keep: usize,
}

/// A search whose type only itself knows.
trait Running {
    fn points(&self, choices: &[ChoiceSpec], rng: &mut Rng) -> Result<Vec<Vec<ParameterValue>>>;

    fn rungs(&self, trials: usize, epochs: usize) -> Vec<Rung>;
}

impl<S: Search> Running for S {
    fn points(&self, choices: &[ChoiceSpec], rng: &mut Rng) -> Result<Vec<Vec<ParameterValue>>> {
        Search::points(self, choices, rng)
    }

    fn rungs(&self, trials: usize, epochs: usize) -> Vec<Rung> {
        Search::rungs(self, trials, epochs)
    }
}

/// A search made from its settings.
#[derive(Clone)]
pub struct BuiltSearch(Arc<dyn Running>);

/// The code of a search: makes it from its settings.
pub type Build = fn(&Settings) -> BuiltSearch;

impl SearchSpec {
    /// A search that tries lists and ranges, each trial to its end.
    #[must_use]
    pub const fn of<S: Search + 'static>(name: Name, settings: Settings) -> Self {
        let code = code!(Build, |settings| BuiltSearch(Arc::new(S::from_settings(settings))));
        Self { name, settings, lists_only: false, halves: false, code }
    }

    /// What is tried, in order: in each trial a value for every choice. The same seed gives the same trials.
    ///
    /// # Errors
    /// When a setting is out of its range, nothing may be chosen, there are fewer different trials than the search should
    /// make, or one has a value too many or too few.
    pub fn trials(&self, choices: &[ChoiceSpec], seed: u64) -> Result<Vec<Vec<ParameterSpec>>> {
        self.settings.check_all(self.name).map_err(|message| Error::Refused(vec![message.to_string()]))?;
        let points = self.built()?.0.points(choices, &mut draw::rng(seed))?;
        let name = self.name;
        if points.is_empty() || choices.is_empty() {
            return Err(Error::Component(format!("search `{name}` tries nothing of {} choices", choices.len())));
        }
        if let Some(point) = points.iter().find(|point| point.len() != choices.len()) {
            let (found, wanted) = (point.len(), choices.len());
            return Err(Error::Component(format!("search `{name}` tries {found} values of {wanted} choices")));
        }
        let mut before = BTreeSet::new();
        let mut written = points.iter().map(|point| point.iter().map(ToString::to_string).collect::<Vec<_>>());
        if let Some(twice) = written.find(|point| !before.insert(point.clone())) {
            return Err(Error::Component(format!("search `{name}` tries {} twice", twice.join(", "))));
        }
        let named = |point: Vec<ParameterValue>| -> Vec<ParameterSpec> {
            choices.iter().zip(point).map(|(choice, value)| ParameterSpec { name: choice.name, value }).collect()
        };
        Ok(points.into_iter().map(named).collect())
    }

    /// Where so many trials of so many epochs are compared before their end, and how many go on; none where all train to the
    /// end.
    ///
    /// # Errors
    /// When the code of the search is of another kind, or its rungs do not grow, or keep more than there are.
    pub fn rungs(&self, trials: usize, epochs: usize) -> Result<Vec<Rung>> {
        let rungs = self.built()?.0.rungs(trials, epochs);
        let (mut before, mut left) = (0, trials);
        for rung in &rungs {
            if rung.epochs <= before || rung.epochs >= epochs || rung.keep == 0 || rung.keep > left {
                let name = self.name;
                return Err(Error::Component(format!(
                    "search `{name}` compares {left} trials after {} of {epochs} epochs and keeps {}; the epochs must \
                     grow and stay below all, and some are kept",
                    rung.epochs, rung.keep
                )));
            }
            (before, left) = (rung.epochs, rung.keep);
        }
        Ok(rungs)
    }

    fn built(&self) -> Result<BuiltSearch> {
        Ok(self.code.function::<Build>(self.name)?(&self.settings))
    }
}
