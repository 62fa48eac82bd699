//! Clipping: gradients that are too large are made smaller before a step.

use candle_core::{DType, Tensor};

use crate::graph::kernel::device::on_cpu;
pub use crate::spec::ClipSpec;
use crate::spec::{FromSettings, Settings};
use crate::text::Name;
use crate::{Error, Result};

/// What clips, by its settings; the trait that `#[derive(Clip)]` asks for.
#[diagnostic::on_unimplemented(
    message = "`{Self}` clips nothing",
    label = "clips nothing",
    note = "write: impl Clip for {Self} {{ fn clip(&self, gradients: &mut [Tensor]) -> Result<()> }}"
)]
pub trait Clip: FromSettings {
    /// Changes the gradients of all parameters that learn in a step.
    ///
    /// # Errors
    /// When gradients cannot be clipped, for example because their norm is not finite.
    fn clip(&self, gradients: &mut [Tensor]) -> Result<()>;
}

/// What clips, made from its settings.
pub type BuiltClip = Box<dyn Fn(&mut [Tensor]) -> Result<()> + Send + Sync>;

/// The code of what clips: makes it from its settings.
pub type Build = fn(&Settings) -> BuiltClip;

impl ClipSpec {
    /// What clips, with its type erased.
    #[must_use]
    pub const fn of<C: Clip + Send + Sync + 'static>(name: Name, settings: Settings) -> Self {
        let code = code!(Build, |settings| {
            let clip = C::from_settings(settings);
            Box::new(move |gradients| clip.clip(gradients))
        });
        Self { name, settings, code }
    }

    /// Makes what clips, once for all steps.
    ///
    /// # Errors
    /// When its code is not that of what clips.
    pub fn build(&self) -> Result<BuiltClip> {
        Ok(self.code.function::<Build>(self.name)?(&self.settings))
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
/// ByNorm::of(1.0).clip(&mut gradients)?;
/// assert!((gradients[1].to_vec1::<f64>()?[0] - 0.8).abs() < 1e-6);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Clip, Clone, Copy, Debug, PartialEq)]
pub struct ByNorm {
    /// The largest norm that a step may have.
    #[setting(first = of, above = 0.0)]
    norm: f64,
    /// Measures by the largest absolute number in place of the Euclidean norm.
    #[setting(default = false)]
    largest: bool,
}

impl Clip for ByNorm {
    fn clip(&self, gradients: &mut [Tensor]) -> Result<()> {
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
}

impl ByNorm {
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

/// Moves every number of a gradient between -`value` and `value`, as `torch.nn.utils.clip_grad_value_`.
///
/// ```
/// use candle_core::{Device, Tensor};
/// use modularml::prelude::*;
///
/// let mut gradients = [Tensor::new(&[3f64, -0.2, -7.0], &Device::Cpu)?];
/// ByValue::of(0.5).clip(&mut gradients)?;
/// assert_eq!(gradients[0].to_vec1::<f64>()?, [0.5, -0.2, -0.5]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Clip, Clone, Copy, Debug, PartialEq)]
pub struct ByValue {
    /// The largest absolute number that stays.
    #[setting(first = of, above = 0.0)]
    value: f64,
}

impl Clip for ByValue {
    fn clip(&self, gradients: &mut [Tensor]) -> Result<()> {
        for gradient in gradients {
            *gradient = gradient.clamp(-self.value, self.value)?;
        }
        Ok(())
    }
}
