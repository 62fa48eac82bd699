//! How unlike the others a row is.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::super::table::Table;
use super::averaged::numbers;
use super::growing::{self, Isolating, Isolation};
use crate::Result;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::text::Shape;

/// How unlike the others a row is, from 0 to 1: it is parted from them by few questions that are drawn (Liu, Ting and Zhou,
/// "Isolation Forest", 2008). It learns from what it reads alone, from all rows at once in a fit phase.
///
/// The score is 2^(-E / c), where E is the mean number of questions over the trees and c the usual one in a tree of as many
/// rows: around 0.5 of rows as others, towards 1 of rows that lie apart. It is `-score_samples` of scikit-learn's
/// `IsolationForest`. Rows of weight 0 are left out, and otherwise rows count alike. No gradient passes.
///
/// ```
/// use modularml::graph::IsolationForest;
///
/// let oddness = IsolationForest::trees(100);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(Some(Shape::SCALAR)), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Nothing).reading_missing()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct IsolationForest {
    /// How many trees there are.
    #[setting(first, at_least = 1, at_most = 1_000_000)]
    trees: usize,
    /// How many rows each tree sees at most, drawn without replacement.
    #[setting(default = 256, at_least = 2, at_most = 1_000_000)]
    rows: usize,
}

impl BuildLayer for IsolationForest {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Isolation>::boxed(Isolating { trees: self.trees, rows: self.rows }, &self.spec(), build)
    }
}

impl Model for Isolation {
    type Settings = Isolating;

    const NAME: &'static str = "IsolationForest";

    fn fit(settings: &Isolating, rows: Rows) -> Result<Self> {
        let Rows { table, mut rng, .. } = rows;
        settings.fit(&numbers(&table)?, &mut rng)
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

    fn load(_: &Isolating, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        Self::load(sizes.inputs, saved)
    }
}
