//! Mixing: rows of a batch become rows between them.

use crate::random::Rng;
pub use crate::spec::MixSpec;
use crate::spec::{FromSettings, Settings};
use crate::text::Name;
use crate::{Error, Result};

/// What mixes the rows of a batch, by its settings; the trait that `#[derive(Mix)]` asks for.
///
/// Each step of a phase with `mix = ..;` draws a share s and an order of the rows of its batch. What nodes read of row i is
/// `s x_i + (1 - s) x_j`, j being the row that stands in its place in that order; each loss is `s l_i + (1 - s) l_j`, where
/// `l_i` compares the output with the columns of row i, and `l_j` with those of row j.
///
/// ```
/// use modularml::prelude::*;
///
/// /// Always takes as much of both rows.
/// #[derive(Mix, Clone, Copy)]
/// struct Halves;
///
/// impl Mix for Halves {
///     fn share(&self, _: &mut Rng) -> Result<f64> {
///         Ok(0.5)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` mixes no rows",
    label = "mixes no rows",
    note = "write: impl Mix for {Self} {{ fn share(&self, rng: &mut Rng) -> Result<f64> }}"
)]
pub trait Mix: FromSettings {
    /// How much of each row stays in a step, from 0 to 1; the rest is taken of another row. All randomness comes from `rng`.
    ///
    /// # Errors
    /// When no share can be drawn.
    fn share(&self, rng: &mut Rng) -> Result<f64>;
}

/// What mixes rows, made from its settings.
pub type BuiltMix = Box<dyn Fn(&mut Rng) -> Result<f64> + Send + Sync>;

/// The code of what mixes rows: makes it from its settings.
pub type Build = fn(&Settings) -> BuiltMix;

impl MixSpec {
    /// What mixes rows, with its type erased.
    #[must_use]
    pub const fn of<M: Mix + Send + Sync + 'static>(name: Name, settings: Settings) -> Self {
        let code = code!(Build, |settings| {
            let mix = M::from_settings(settings);
            Box::new(move |rng| {
                let share = mix.share(rng)?;
                if (0.0..=1.0).contains(&share) {
                    return Ok(share);
                }
                Err(Error::Component(format!("a share is {share}; how much of a row stays is a number from 0 to 1")))
            })
        });
        Self { name, settings, code }
    }

    /// Makes what mixes rows, once for all steps.
    ///
    /// # Errors
    /// When its code is not that of what mixes rows.
    pub fn build(&self) -> Result<BuiltMix> {
        Ok(self.code.function::<Build>(self.name)?(&self.settings))
    }
}

/// Mixes each row of a batch with another one (Zhang et al., 2018): the share that stays is drawn anew for each step, of the
/// beta distribution with both parameters `alpha`, and the other row by a random order of the batch.
///
/// With 1 every share is equally likely; with 0.2, as for pictures, most rows stay nearly what they are.
///
/// ```
/// use modularml::prelude::*;
///
/// let mix = Mixup::alpha(0.2);
/// ```
#[derive(crate::Mix, Clone, Copy, Debug, PartialEq)]
pub struct Mixup {
    /// Both parameters of the beta distribution.
    #[setting(first, above = 0.0)]
    alpha: f64,
}

impl Mix for Mixup {
    fn share(&self, rng: &mut Rng) -> Result<f64> {
        let (own, other) = (log_gamma(self.alpha, rng), log_gamma(self.alpha, rng));
        Ok(1.0 / (1.0 + (other - own).exp()))
    }
}

/// The logarithm of a number of the gamma distribution with this shape and scale 1 (Marsaglia and Tsang, 2000), which for a small
/// shape may itself be too small for a float.
fn log_gamma(shape: f64, rng: &mut Rng) -> f64 {
    // 1 - u lies in (0, 1], so that its logarithm is finite.
    let mut log_unit = || (1.0 - rng.unit()).ln();
    if shape < 1.0 {
        let smaller = log_unit() / shape;
        return smaller + log_gamma(shape + 1.0, rng);
    }
    let size = shape - 1.0 / 3.0;
    let width = 1.0 / (9.0 * size).sqrt();
    loop {
        let normal = (-2.0 * (1.0 - rng.unit()).ln()).sqrt() * (std::f64::consts::TAU * rng.unit()).cos();
        let cube = (1.0 + width * normal).powi(3);
        if cube > 0.0 && (1.0 - rng.unit()).ln() < normal * normal / 2.0 + size * (1.0 - cube + cube.ln()) {
            return (size * cube).ln();
        }
    }
}
