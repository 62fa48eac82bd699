//! The same numbers under another shape.

use candle_core::Tensor;

use super::affine::unflat;
use super::{Build, Layer, LayerBuild, LayerSpec, Mode, ShapeRule, only};
use crate::spec::Settings;
use crate::text::Shape;
use crate::{Error, Result};

/// All numbers of a row as one vector, the last axis running fastest.
///
/// Linear layers flatten their input themselves; this is for merges and for reading a vector from outside.
///
/// ```
/// use modularml::graph::layer::Flatten;
///
/// let vector = Flatten;
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Flatten;

impl Flatten {
    /// The layer with its type erased.
    #[must_use]
    pub const fn spec(self) -> LayerSpec {
        LayerSpec::parameterless("Flatten", self.settings(), ShapeRule::Flat, code!(Build, build))
    }
}

impl From<Flatten> for LayerSpec {
    fn from(flatten: Flatten) -> Self {
        flatten.spec()
    }
}

/// The same numbers in the same order under the stated shape, which must hold as many.
///
/// ```
/// use modularml::graph::layer::Reshape;
///
/// let one_channel = Reshape::to([1, 101]);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Reshape {
    /// The shape of the output.
    #[setting(first = to, at_least = 1)]
    shape: Shape,
}

impl Reshape {
    /// The layer with its type erased.
    #[must_use]
    pub const fn spec(self) -> LayerSpec {
        LayerSpec::parameterless("Reshape", self.settings(), ShapeRule::Reshaped(self.shape), code!(Build, build))
    }
}

impl From<Reshape> for LayerSpec {
    fn from(reshape: Reshape) -> Self {
        reshape.spec()
    }
}

#[allow(clippy::needless_pass_by_value, reason = "every layer is built so")]
fn build(_: &Settings, build: LayerBuild) -> Result<Box<dyn Layer>> {
    if build.input_width()? != build.output_width()? {
        let (found, output) = (build.input_width()?, build.output);
        return Err(Error::Component(format!("{found} numbers a row do not fill the shape {output}")));
    }
    Ok(Box::new(Running { output: build.output }))
}

struct Running {
    output: Shape,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], _: &mut Mode) -> Result<Tensor> {
        Ok(unflat(only(inputs)?, &self.output)?)
    }
}
