//! One value of several studies over the same folds, side by side.

mod holm;
mod table;

use super::over::OverFolds;
use crate::error::At as _;
use crate::{Error, Result};

/// With which confidence intervals are told where nothing is said.
const CONFIDENCE: f64 = 0.95;

/// One value of several studies that were measured in the same folds, and how far each is from one of them, the baseline.
///
/// Differences are paired fold by fold, and their intervals and p values are those of [`OverFolds::interval`] and
/// [`OverFolds::p_value`], which say what folds that share rows allow to say. Neither is corrected for how many studies there
/// are: of twenty studies that do not differ, one is expected below 0.05. [`PairedDifference::holm`] is.
///
/// It is shown as a table, `{:.3}` with so many decimals, and written as [CSV](Self::write_csv), [Markdown](Self::to_markdown)
/// or a [page](Self::write_html).
///
/// ```
/// # use modularml::experiment::{Comparison, FoldsResult};
/// # fn told(mlp: &FoldsResult, ridge: &FoldsResult, trees: &FoldsResult) -> modularml::Result<()> {
/// let comparison = Comparison::of("mlp", &mlp.measured("unseen", "rmse")?)?
///     .with("ridge", &ridge.measured("unseen", "rmse")?)?
///     .with("trees", &trees.measured("unseen", "rmse")?)?
///     .against("ridge")?;
/// println!("{comparison}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    title: String,
    confidence: f64,
    baseline: usize,
    studies: Vec<ComparedStudy>,
}

/// A study in a comparison.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ComparedStudy {
    /// Its name.
    pub name: String,
    /// What it measured.
    pub value: OverFolds,
    /// How far it is from the baseline; none of the baseline itself.
    pub difference: Option<PairedDifference>,
}

/// How far a study is from the baseline.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PairedDifference {
    /// The mean over the folds of its number less that of the baseline.
    pub mean: f64,
    /// Within which the mean of other folds lies, with the confidence of the comparison.
    pub interval: (f64, f64),
    /// How probable a mean as far from 0 is by chance, as if this were the only comparison.
    pub p_value: f64,
    /// The p value corrected for the number of comparisons after Holm (A Simple Sequentially Rejective Multiple Test Procedure,
    /// Scandinavian Journal of Statistics 6, 1979): where those below 0.05 are taken for differences, the chance that one of them
    /// is none is at most 0.05, however the studies depend on each other.
    pub holm: f64,
}

impl Comparison {
    /// A comparison with the study that others are compared to.
    ///
    /// # Errors
    /// When all folds measure the same rows, or there is one fold alone: nothing tells then what is chance.
    pub fn of(name: impl Into<String>, value: &OverFolds) -> Result<Self> {
        let name = name.into();
        value.interval(CONFIDENCE).at(|| format!("study `{name}`"))?;
        let study = ComparedStudy { name, value: value.clone(), difference: None };
        Ok(Self { title: String::new(), confidence: CONFIDENCE, baseline: 0, studies: vec![study] })
    }

    /// The same with one more study.
    ///
    /// # Errors
    /// When a study has that name already, or was measured in other folds, in folds of other rows, or on the same rows in all.
    pub fn with(mut self, name: impl Into<String>, value: &OverFolds) -> Result<Self> {
        let name = name.into();
        if self.names().any(|known| known == name) {
            return Err(Error::Data(format!("there is a study `{name}` already; give each a name of its own")));
        }
        self.studies.push(ComparedStudy { name, value: value.clone(), difference: None });
        self.with_differences()
    }

    /// The same with differences to the study of a name, in place of the first.
    ///
    /// # Errors
    /// When there is no such study.
    pub fn against(mut self, name: &str) -> Result<Self> {
        let place = self.names().position(|known| known == name);
        self.baseline = place.ok_or_else(|| {
            let known: Vec<&str> = self.names().collect();
            let problem = format!("no study `{name}` is compared; there are {}", known.join(", "));
            Error::Unknown { what: "study", name: name.to_owned(), problem }
        })?;
        self.with_differences()
    }

    /// The same with intervals of another confidence than 0.95.
    ///
    /// # Errors
    /// When it is not between 0 and 1.
    pub fn confidence(mut self, confidence: f64) -> Result<Self> {
        for study in &self.studies {
            study.value.interval(confidence)?;
        }
        self.confidence = confidence;
        self.with_differences()
    }

    /// The same with what is compared in words, such as `RMSE of unseen rows`, which stands above the table.
    #[must_use]
    pub fn titled(mut self, title: impl Into<String>) -> Self {
        self.title = title.into();
        self
    }

    /// The studies, in the order in which they were given.
    #[must_use]
    pub fn studies(&self) -> &[ComparedStudy] {
        &self.studies
    }

    /// The study that others are compared to.
    #[must_use]
    pub fn baseline(&self) -> Option<&ComparedStudy> {
        self.studies.get(self.baseline)
    }

    /// What is compared, in words; nothing where nothing was said.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How sure intervals are, in percent as it is written: `95`.
    pub(crate) fn percent(&self) -> String {
        format!("{}", (self.confidence * 1e6).round() / 1e4)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.studies.iter().map(|study| study.name.as_str())
    }

    /// With differences to the baseline.
    fn with_differences(mut self) -> Result<Self> {
        let Some(baseline) = self.baseline().map(|study| study.value.clone()) else { return Ok(self) };
        let (confidence, at_baseline) = (self.confidence, self.baseline);
        for (place, study) in self.studies.iter_mut().enumerate() {
            study.difference = None;
            if place != at_baseline {
                let at = || format!("study `{}`", study.name);
                study.difference = Some(PairedDifference::of(&study.value, &baseline, confidence).at(at)?);
            }
        }
        let mut differences: Vec<&mut PairedDifference> =
            self.studies.iter_mut().filter_map(|study| study.difference.as_mut()).collect();
        let p_values: Vec<f64> = differences.iter().map(|difference| difference.p_value).collect();
        for (difference, holm) in differences.iter_mut().zip(holm::corrected(&p_values)) {
            difference.holm = holm;
        }
        Ok(self)
    }
}

impl PairedDifference {
    fn of(value: &OverFolds, baseline: &OverFolds, confidence: f64) -> Result<Self> {
        let paired = value.minus(baseline)?;
        let p_value = paired.p_value()?;
        Ok(Self { mean: paired.mean, interval: paired.interval(confidence)?, p_value, holm: p_value })
    }
}
