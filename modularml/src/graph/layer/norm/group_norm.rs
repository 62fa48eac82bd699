//! Group normalization.

use crate::graph::layer::Build;
use candle_core::{Tensor, Var};

use super::{ScaleShift, channels, per_channel};
use crate::graph::layer::{Layer, LayerBuild, LayerSpec, Learns, Mode, ShapeRule, only};
use crate::graph::normalize::normalize;
use crate::spec::Settings;
use crate::{Error, Result};

/// (x - mean) / sqrt(variance + epsilon) * weight + bias, mean and variance taken over a group of channels of each row
/// by itself; weight and bias belong to channels (Wu and He, 2018).
///
/// The input is `[channels, ..]`, its channels a multiple of the groups; the output has the same shape.
///
/// ```
/// use modularml::graph::layer::GroupNorm;
///
/// let norm = GroupNorm::groups(4);
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct GroupNorm {
    /// How many groups the channels fall into.
    #[setting(first, at_least = 1)]
    groups: usize,
    /// What is added to the variance.
    #[setting(default = 1e-5, above = 0.0, below = 1e9)]
    epsilon: f64,
    /// Neither weight nor bias follow.
    #[setting(default = false)]
    no_affine: bool,
}

impl GroupNorm {
    /// The layer with its type erased.
    #[must_use]
    pub const fn spec(self) -> LayerSpec {
        let shape = ShapeRule::Grouped { groups: self.groups };
        LayerSpec {
            learns: if self.no_affine { Learns::Nothing } else { Learns::BySteps },
            ..LayerSpec::parameterless("GroupNorm", self.settings(), shape, code!(Build, build))
        }
    }
}

impl From<GroupNorm> for LayerSpec {
    fn from(norm: GroupNorm) -> Self {
        norm.spec()
    }
}

#[allow(clippy::needless_pass_by_value, reason = "every layer is built so")]
fn build(settings: &Settings, build: LayerBuild) -> Result<Box<dyn Layer>> {
    let norm = GroupNorm::from_settings(settings);
    let channels = channels(build.inputs.first())?;
    if norm.groups == 0 || !channels.is_multiple_of(norm.groups) {
        return Err(Error::Component(format!("{channels} channels do not fall into {} equal groups", norm.groups)));
    }
    let after = ScaleShift::new(&[channels], !norm.no_affine, !norm.no_affine, &build)?;
    Ok(Box::new(Running { after, channels, width: build.input_width()? / norm.groups, epsilon: norm.epsilon }))
}

struct Running {
    after: ScaleShift,
    channels: usize,
    /// How many numbers share a mean.
    width: usize,
    epsilon: f64,
}

impl Layer for Running {
    fn forward(&self, inputs: &[Tensor], mode: &mut Mode) -> Result<Tensor> {
        let x = only(inputs)?;
        let y = normalize(x, self.width, self.epsilon)?;
        Ok(self.after.apply(y, &per_channel(self.channels, x.rank()), mode)?)
    }

    fn parameters(&self) -> Vec<(String, Var)> {
        self.after.parameters()
    }
}
