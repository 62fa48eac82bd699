//! Clipping: gradients that are too large are made smaller before a step.

use candle_core::{DType, Tensor};

use crate::graph::kernel::device::on_cpu;
pub use crate::spec::ClipSpec;
use crate::spec::Settings;
use crate::{Error, Result};

/// The code of what clips: changes the gradients of all parameters that learn in a step.
pub type Clip = fn(&Settings, &mut [Tensor]) -> Result<()>;

impl ClipSpec {
    /// Changes the gradients of all parameters that learn in a step.
    ///
    /// # Errors
    /// When gradients cannot be clipped, for example because their norm is not finite.
    pub fn clip(&self, gradients: &mut [Tensor]) -> Result<()> {
        self.code.function::<Clip>(self.name)?(&self.settings, gradients)
    }
}

/// Makes all gradients smaller by one factor where they are too large together, as `torch.nn.utils.clip_grad_norm_`.
///
/// With n the norm of the gradients of all parameters that learn in the phase, taken as one vector: each is multiplied
/// by min(1, `norm` / (n + 1e-6)). The norm is the Euclidean one, or with `largest` the largest absolute number.
///
/// ```
/// use candle_core::{Device, Tensor};
/// use modularml::prelude::*;
///
/// let mut gradients = [Tensor::new(&[3f64, 0.0], &Device::Cpu)?, Tensor::new(&[4f64], &Device::Cpu)?];
/// let clip = ByNorm::of(1.0).spec();
/// clip.clip(&mut gradients)?;
/// assert!((gradients[1].to_vec1::<f64>()?[0] - 0.8).abs() < 1e-6);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct ByNorm {
    /// The largest norm that a step may have.
    #[setting(first = of, above = 0.0)]
    norm: f64,
    /// Measures by the largest absolute number in place of the Euclidean norm.
    #[setting(default = false)]
    largest: bool,
}

impl ByNorm {
    /// What clips, with its type erased.
    #[must_use]
    pub const fn spec(self) -> ClipSpec {
        let code = code!(Clip, |settings, gradients| Self::from_settings(settings).clip(gradients));
        ClipSpec { name: "ByNorm", settings: self.settings(), code }
    }

    fn clip(self, gradients: &mut [Tensor]) -> Result<()> {
        let norm = self.of_all(gradients)?;
        if !norm.is_finite() {
            let message =
                format!("the norm of the gradients is {norm}, which cannot be clipped; lower the learning rate");
            return Err(Error::Training(message));
        }
        let factor = self.norm / (norm + 1e-6);
        if factor < 1.0 {
            for gradient in gradients {
                *gradient = gradient.affine(factor, 0.0)?;
            }
        }
        Ok(())
    }

    /// The norm of all gradients as one vector.
    fn of_all(self, gradients: &[Tensor]) -> Result<f64> {
        let mut total = 0.0f64;
        for gradient in gradients {
            let values = on_cpu(gradient)?.to_dtype(DType::F64)?.flatten_all()?;
            let number = if self.largest { values.abs()?.max(0)? } else { values.sqr()?.sum_all()? };
            let number = number.to_scalar::<f64>()?;
            // A comparison would lose what is not a number.
            total = match (self.largest, number.is_nan()) {
                (false, _) | (true, true) => total + number,
                (true, false) if total.is_nan() => total,
                (true, false) => total.max(number),
            };
        }
        Ok(if self.largest { total } else { total.sqrt() })
    }
}

impl From<ByNorm> for ClipSpec {
    fn from(clip: ByNorm) -> Self {
        clip.spec()
    }
}

/// Moves every number of a gradient between -`value` and `value`, as `torch.nn.utils.clip_grad_value_`.
///
/// ```
/// use candle_core::{Device, Tensor};
/// use modularml::prelude::*;
///
/// let mut gradients = [Tensor::new(&[3f64, -0.2, -7.0], &Device::Cpu)?];
/// let clip = ByValue::of(0.5).spec();
/// clip.clip(&mut gradients)?;
/// assert_eq!(gradients[0].to_vec1::<f64>()?, [0.5, -0.2, -0.5]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct ByValue {
    /// The largest absolute number that stays.
    #[setting(first = of, above = 0.0)]
    value: f64,
}

impl ByValue {
    /// What clips, with its type erased.
    #[must_use]
    pub const fn spec(self) -> ClipSpec {
        let code = code!(Clip, |settings, gradients| {
            let Self { value } = Self::from_settings(settings);
            for gradient in gradients {
                *gradient = gradient.clamp(-value, value)?;
            }
            Ok(())
        });
        ClipSpec { name: "ByValue", settings: self.settings(), code }
    }
}

impl From<ByValue> for ClipSpec {
    fn from(clip: ByValue) -> Self {
        clip.spec()
    }
}
