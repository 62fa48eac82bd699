//! Values that are missing, which reach a graph as NaN.

use candle_core::{DType, Tensor};

use super::{BuildLayer, Layer, LayerBuild, Learns, Mode, OnPadding, ShapeRule, only, only_value};
use crate::Result;
use crate::onnx::{OnnxGraph, OnnxValue};

/// 1 where a value of a column is missing, 0 where it is there.
///
/// It reads a column that says `missing = allow`, and gives its shape. Scalers other than `Imputer` leave what is missing
/// as it is, so that the column is scaled, filled by [`FillMissing`] and told by `IsMissing` what was filled: as
/// scikit-learn's `SimpleImputer(add_indicator=True)` behind a `StandardScaler`.
///
/// ```
/// use modularml::graph::layer::IsMissing;
///
/// let layer = IsMissing::new();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Same { least_axes: 0 }, learns = Learns::Nothing, passes_gradient = false, padding = OnPadding::Keeps)]
pub struct IsMissing {}

/// What it reads, and a number in the place of each value that is missing.
///
/// Of a column that is scaled by `Standard` 0 is the mean. The output has the shape of the input.
///
/// ```
/// use modularml::graph::layer::FillMissing;
///
/// let layer = FillMissing::with(0.0);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Same { least_axes: 0 }, learns = Learns::Nothing, padding = OnPadding::Keeps)]
pub struct FillMissing {
    /// The number in the place of a missing value.
    #[setting(first)]
    with: f64,
}

/// Where numbers are NaN.
fn is_missing(x: &Tensor) -> Result<Tensor> {
    // NaN alone differs from itself.
    Ok(x.ne(x)?)
}

impl BuildLayer for IsMissing {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(Telling { dtype: build.computes_in() }))
    }
}

struct Telling {
    dtype: DType,
}

impl Layer for Telling {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        Ok(is_missing(only(inputs)?)?.to_dtype(self.dtype)?)
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let missing = graph.is_nan(only_value(inputs)?);
        Ok(graph.cast(&missing, graph.computes_in()))
    }
}

impl BuildLayer for FillMissing {
    fn build(&self, _: LayerBuild) -> Result<Box<dyn Layer>> {
        Ok(Box::new(Filling { with: self.with }))
    }
}

struct Filling {
    with: f64,
}

impl Layer for Filling {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        let filled = Tensor::full(self.with, x.dims(), x.device())?.to_dtype(x.dtype())?;
        Ok(is_missing(x)?.where_cond(&filled, x)?)
    }

    fn onnx(&self, graph: &mut OnnxGraph, inputs: &[OnnxValue]) -> Result<OnnxValue> {
        let x = only_value(inputs)?;
        let missing = graph.is_nan(x);
        let with = graph.constant(x.element(), &[self.with], &[]);
        Ok(graph.choose(&missing, &with, x))
    }
}
