//! Linear regression that uses few features.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::descent::Descent;
use super::map::Map;
use crate::Result;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::onnx::{OnnxGraph, OnnxValue};

/// Linear regression with a penalty on absolute weights, which makes many of them 0 (Tibshirani, 1996), fitted to all rows
/// at once in a fit phase.
///
/// Over n rows it minimises |y - X w - b|² / (2 n) + penalty |w|₁, in `f64`, by coordinate descent (Friedman et al., 2010),
/// until the duality gap is below `tolerance` |y - mean(y)|². When the rounds do not suffice, the phase ends with an error.
/// The weights are those of features as they are, so scale these first. Several inputs stand side by side; several outputs
/// have a fit each. Weights of rows count relative to their mean. No gradient passes. As scikit-learn's `Lasso`, with the
/// penalty that is `alpha` there.
///
/// ```
/// use modularml::layers::Lasso;
///
/// let soh = Lasso::penalty(0.1);
/// let grows_with_all = Lasso::penalty(0.1).positive();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Numbers).weighing_rows()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct Lasso {
    /// The weight of the sum of absolute weights against half the mean squared error; without one use `LinearRegression`.
    #[setting(first, above = 0.0)]
    penalty: f64,
    /// Whether no weight may be below 0.
    #[setting(default = false)]
    positive: bool,
    /// The most rounds over all features.
    #[setting(default = 1000, at_least = 1)]
    rounds: usize,
    /// How large the duality gap may be, as a share of |y - mean(y)|².
    #[setting(default = 1e-4, above = 0.0)]
    tolerance: f64,
    /// Whether the map goes through 0: w x instead of w x + b.
    #[setting(default = false)]
    no_bias: bool,
}

impl BuildLayer for Lasso {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(*self, &self.spec(), build)
    }
}

struct Fitted(Map);

impl Model for Fitted {
    type Settings = Lasso;

    const NAME: &'static str = "Lasso";

    const JOINT: bool = false;

    fn fit(settings: &Lasso, rows: Rows) -> Result<Self> {
        let descent = Descent {
            model: Self::NAME,
            penalty: settings.penalty,
            ratio: 1.0,
            rounds: settings.rounds,
            tolerance: settings.tolerance,
            is_positive: settings.positive,
            has_bias: !settings.no_bias,
        };
        Ok(Self(descent.fit(rows)?))
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        self.0.apply(row, outputs);
    }

    fn onnx(&self, graph: &mut OnnxGraph, rows: &OnnxValue, _: usize) -> Result<OnnxValue> {
        Ok(self.0.onnx(graph, rows))
    }

    fn save(&self) -> Entries {
        self.0.save()
    }

    fn load(_: &Lasso, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        Ok(Self(Map::load(sizes, saved)?))
    }
}
