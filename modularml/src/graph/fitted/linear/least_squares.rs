//! Linear regression by least squares.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::super::solve::least_norm;
use super::centered::Centered;
use super::map::Map;
use crate::Result;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::onnx::{OnnxGraph, OnnxValue};

/// Linear regression: the weights and biases of the least squared error, fitted to all rows at once in a fit phase.
///
/// Where features depend linearly on each other, or there are fewer rows than features, of the fits that are equally good
/// it is that of the least sum of squared weights. It is found in `f64` by QR decompositions with the means taken off, so
/// that features of very different sizes lose nothing. Several inputs stand side by side; several outputs have a fit each.
/// Rows that weigh more count as so many equal rows. No gradient passes. As scikit-learn's `LinearRegression`.
///
/// ```
/// use modularml::layers::LinearRegression;
///
/// let soh = LinearRegression::new();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Numbers).weighing_rows()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct LinearRegression {
    /// Whether the map goes through 0: W x instead of W x + b.
    #[setting(default = false)]
    no_bias: bool,
}

impl BuildLayer for LinearRegression {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(*self, &self.spec(), build)
    }
}

struct Fitted(Map);

impl Model for Fitted {
    type Settings = LinearRegression;

    const NAME: &'static str = "LinearRegression";

    fn fit(settings: &LinearRegression, rows: Rows) -> Result<Self> {
        let rows = Centered::of(Self::NAME, rows, !settings.no_bias)?;
        let weight = least_norm(&rows.x, &rows.y, rows.inputs, rows.outputs);
        Ok(Self(Map { bias: rows.bias(&weight), weight }))
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

    fn load(_: &LinearRegression, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        Ok(Self(Map::load(sizes, saved)?))
    }
}
