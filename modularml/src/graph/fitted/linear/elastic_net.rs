//! Linear regression with both penalties.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::descent::Descent;
use super::map::Map;
use crate::Result;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::onnx::{OnnxGraph, OnnxValue};

/// Linear regression with a penalty on absolute and on squared weights: features that go together are used together or not
/// at all (Zou and Hastie, 2005), fitted to all rows at once in a fit phase.
///
/// Over n rows it minimises |y - X w - b|² / (2 n) + penalty (ratio |w|₁ + (1 - ratio) |w|² / 2), solved as
/// [`Lasso`](crate::layers::Lasso) is. As scikit-learn's `ElasticNet`, with the penalty that is `alpha` and the ratio that is
/// `l1_ratio` there.
///
/// ```
/// use modularml::layers::ElasticNet;
///
/// let soh = ElasticNet::penalty(0.1).ratio(0.8);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Numbers).weighing_rows()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct ElasticNet {
    /// The weight of both penalties against half the mean squared error; without one use `LinearRegression`.
    #[setting(first, above = 0.0)]
    penalty: f64,
    /// The share of the penalty that is on absolute weights; without any use `Ridge`, with all `Lasso`.
    #[setting(default = 0.5, above = 0.0, at_most = 1.0)]
    ratio: f64,
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

impl BuildLayer for ElasticNet {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(*self, &self.spec(), build)
    }
}

struct Fitted(Map);

impl Model for Fitted {
    type Settings = ElasticNet;

    const NAME: &'static str = "ElasticNet";

    const JOINT: bool = false;

    fn fit(settings: &ElasticNet, rows: Rows) -> Result<Self> {
        let descent = Descent {
            model: Self::NAME,
            penalty: settings.penalty,
            ratio: settings.ratio,
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

    fn load(_: &ElasticNet, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        Ok(Self(Map::load(sizes, saved)?))
    }
}
