//! Ridge regression.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::super::solve::Cholesky;
use super::centered::Centered;
use super::map::Map;
use crate::graph::kernel::{Matrix, MatrixMut, multiply};
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::onnx::{OnnxGraph, OnnxValue};
use crate::{Error, Result};

/// Linear regression with a penalty on the squared weights, fitted to all rows at once in a fit phase.
///
/// With the means taken off, W solves `(XᵀX + penalty I) Wᵀ = XᵀY`, and the intercept, which is not penalised, carries
/// the means: b = mean(Y) - W mean(X) (Hoerl and Kennard, 1970). It is solved in `f64` by Cholesky's decomposition. Several
/// inputs stand side by side. Rows that weigh more count as so many equal rows. No gradient passes.
///
/// ```
/// use modularml::graph::Ridge;
///
/// let soh = Ridge::penalty(1.0);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Numbers).weighing_rows()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct Ridge {
    /// The weight of the sum of squared weights against the sum of squared errors.
    #[setting(first, at_least = 0.0)]
    penalty: f64,
}

impl BuildLayer for Ridge {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(self.penalty, &self.spec(), build)
    }
}

struct Fitted(Map);

impl Model for Fitted {
    type Settings = f64;

    const NAME: &'static str = "Ridge";

    fn fit(penalty: &f64, rows: Rows) -> Result<Self> {
        let rows = Centered::of(Self::NAME, rows, true)?;
        let weight = solve(&rows, *penalty)?;
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

    fn load(_: &f64, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        Ok(Self(Map::load(sizes, saved)?))
    }
}

/// The weights `[outputs, inputs]` of the penalised least squares.
fn solve(rows: &Centered, penalty: f64) -> Result<Vec<f64>> {
    let (inputs, outputs, count) = (rows.inputs, rows.outputs, rows.x.len() / rows.inputs.max(1));
    let x = Matrix::new(&rows.x, count, inputs)?;
    let mut a = vec![0.0; inputs * inputs];
    multiply(MatrixMut::new(&mut a, inputs, inputs)?, false, x.t(), x)?;
    let mut weight = vec![0.0; outputs * inputs];
    multiply(MatrixMut::new(&mut weight, outputs, inputs)?, false, Matrix::new(&rows.y, count, outputs)?.t(), x)?;
    for i in 0..inputs {
        a[i * inputs + i] += penalty;
    }
    let Some(a) = Cholesky::of(&a, inputs)? else {
        return Err(Error::Component(
            "Ridge: the features depend linearly on each other, so that many fits are equally good; raise the penalty, or \
             use LinearRegression, which gives the one of the least weights"
                .to_owned(),
        ));
    };
    weight.chunks_exact_mut(inputs.max(1)).for_each(|weight| a.solve(weight));
    Ok(weight)
}
