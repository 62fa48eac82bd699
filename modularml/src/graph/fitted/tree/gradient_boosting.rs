//! Trees that correct each other.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::super::table::Table;
use super::averaged::{numbers, told};
use super::class_weights::ClassWeights;
use super::growing::{self, Boosted, Boosting, HeldOut};
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::random::Rng;
use crate::spec::Shares;
use crate::{Error, Result};

/// Trees of which each is grown to what the sum of those before it leaves over (Friedman, "Greedy function approximation: a
/// gradient boosting machine", 2001), by first and second derivatives of the loss and over histograms of the columns (Ke et
/// al., "`LightGBM`", 2017), fitted to all rows at once in a fit phase.
///
/// Numbers are fitted by squared error, and classes by log loss, of which it predicts probabilities. The settings mean what
/// those of scikit-learn's `HistGradientBoostingRegressor` and `HistGradientBoostingClassifier` mean, and their defaults are
/// the same, but nothing is held out unless `held_out` says so. Columns of classes are categories, of which any set may go to
/// one side; rows in which a value is missing go to the better side. No gradient passes.
///
/// ```
/// use modularml::graph::GradientBoosting;
///
/// let soh = GradientBoosting::rounds(200).rate(0.05).leaves(15);
/// let soh_until_it_is_no_better = GradientBoosting::rounds(1000).held_out(0.1).patience(20);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::NumbersOrClasses).weighing_rows().reading_missing().reading_classes()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct GradientBoosting {
    /// How often a tree is added for each output, at most.
    #[setting(first, at_least = 1, at_most = 1_000_000)]
    rounds: usize,
    /// What each tree is multiplied by.
    #[setting(default = 0.1, above = 0.0)]
    rate: f64,
    /// How many leaves a tree has at most.
    #[setting(default = 31, at_least = 2, at_most = 1_000_000)]
    leaves: usize,
    /// How many questions lead to a leaf at most; without it as many as it takes.
    #[setting(default = None, at_least = 1)]
    depth: Option<usize>,
    /// How many rows a leaf has at least.
    #[setting(default = 20, at_least = 1)]
    at_least: usize,
    /// The weight of the squared value of a leaf against the loss of its rows.
    #[setting(default = 0.0, at_least = 0.0)]
    l2: f64,
    /// Into how many bins the values of a column are sorted at most, beside one for missing values.
    #[setting(default = 255, at_least = 2, at_most = 255)]
    bins: usize,
    /// Which share of the rows is not learned from, drawn by the seed: their loss ends the rounds, and the trees are kept up to
    /// the round at which it was least. Rows of one group are not kept together.
    #[setting(default = 0.0, at_least = 0.0, at_most = 0.9)]
    held_out: f64,
    /// How many rounds in a row may leave that loss no better.
    #[setting(default = 10, at_least = 1)]
    patience: usize,
    /// How much each class counts, by name in the order of the column's classes; without it all alike.
    #[setting(default = Shares::new(&[]))]
    class_weights: Shares,
    /// Each class counts n / (k rows of the class) of n rows and k classes, as scikit-learn's `class_weight="balanced"`.
    #[setting(default = false)]
    balanced: bool,
}

impl GradientBoosting {
    fn weighs(&self) -> ClassWeights {
        ClassWeights { balanced: self.balanced, shares: self.class_weights }
    }
}

impl BuildLayer for GradientBoosting {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        self.weighs().check(Boosted::NAME, &build)?;
        Running::<Boosted>::boxed(*self, &self.spec(), build)
    }
}

impl Model for Boosted {
    type Settings = GradientBoosting;

    const NAME: &'static str = "GradientBoosting";

    fn fit(settings: &GradientBoosting, rows: Rows) -> Result<Self> {
        let weights = settings.weighs().of(Self::NAME, &rows)?;
        let Rows { table, target, mut rng, .. } = rows;
        let categories = table.categories().iter().enumerate().filter(|(_, is_category)| **is_category);
        let boosting = Boosting {
            rounds: settings.rounds,
            rate: settings.rate,
            leaves: settings.leaves,
            depth: settings.depth,
            at_least: settings.at_least,
            l2: settings.l2,
            bins: settings.bins,
            patience: settings.patience,
            categories: categories.map(|(column, _)| column).collect(),
        };
        if settings.held_out == 0.0 {
            return boosting.fit(&numbers(&table)?, told(Self::NAME, &target)?, &weights, None);
        }
        let held = drawn(settings.held_out, table.len(), &mut rng)?;
        let kept: Vec<bool> = held.iter().map(|held| !held).collect();
        let of = |keep: &[bool]| {
            let weights = weights.iter().zip(keep).filter(|(_, keep)| **keep).map(|(weight, _)| *weight);
            (table.filtered(keep), target.clone().filtered(keep), weights.collect::<Vec<f64>>())
        };
        let ((table, target, weights), held) = (of(&kept), of(&held));
        let held = HeldOut { rows: numbers(&held.0)?, target: told(Self::NAME, &held.1)?, weights: &held.2 };
        boosting.fit(&numbers(&table)?, told(Self::NAME, &target)?, &weights, Some(held))
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        if let Ok(rows) = growing::Rows::new(row, row.len()) {
            outputs.copy_from_slice(&self.predict(&rows));
        }
    }

    fn predict_all(&self, table: &Table, _: usize) -> Result<Vec<f64>> {
        Ok(self.predict(&numbers(table)?))
    }

    fn save(&self) -> Entries {
        self.save()
    }

    fn load(_: &GradientBoosting, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        Self::load(sizes.inputs, sizes.outputs, saved)
    }
}

/// Which of so many rows are held out: at least one, and not all.
#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "a share of a count of rows"
)]
fn drawn(share: f64, rows: usize, rng: &mut Rng) -> Result<Vec<bool>> {
    if rows < 2 {
        return Err(Error::Component(format!(
            "GradientBoosting holds a share of the rows out, found {rows} row; add rows or remove held_out"
        )));
    }
    let count = ((rows as f64 * share).round() as usize).clamp(1, rows - 1);
    let mut held = vec![false; rows];
    held[..count].fill(true);
    rng.shuffle(&mut held);
    Ok(held)
}
