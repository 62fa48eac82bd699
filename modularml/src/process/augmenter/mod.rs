//! Augmentation: how the values of rows are varied from step to step of training.

mod crop;
mod flip;
mod noise;
mod resized_crop;
mod scaling;
mod shift;
mod stretch;

pub use crop::Crop;
pub use flip::Flip;
pub use noise::Noise;
pub use resized_crop::ResizedCrop;
pub use scaling::Scaling;
pub use shift::Shift;

use crate::Result;
use crate::random::Rng;
pub use crate::spec::{AugmentSpec, AugmenterSpec};
use crate::spec::{FromSettings, Settings};
use crate::text::Name;

/// What varies the values of a row, by its settings; the trait that `#[derive(Augmenter)]` asks for.
///
/// ```
/// use modularml::prelude::*;
///
/// /// Adds one number to all values of a row, between minus and plus the setting.
/// #[derive(Augmenter, Clone, Copy)]
/// struct Offset {
///     /// The largest number.
///     #[setting(first = of, at_least = 0.0)]
///     most: f64,
/// }
///
/// impl Augmenter for Offset {
///     fn augment(&self, row: &mut [f64], _shape: &[usize], rng: &mut Rng) -> Result<()> {
///         let offset = self.most * (2.0 * rng.unit() - 1.0);
///         row.iter_mut().for_each(|value| *value += offset);
///         Ok(())
///     }
/// }
///
/// let mut row = [1.0, 2.0];
/// Offset::of(0.0).augment(&mut row, &[2], &mut Rng::new(1, modularml::random::Purpose::Augment, Default::default()))?;
/// assert_eq!(row, [1.0, 2.0]);
/// # Ok::<(), modularml::Error>(())
/// ```
///
/// In `experiment!` it is written as the built-in ones are: `augment pulse.voltage = Offset::of(0.1);`. One that moves numbers
/// along an axis says which: `#[spec(along = Some(0))]`, and along a second one `across = Some(1)`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` varies no rows",
    label = "varies no rows",
    note = "write: impl Augmenter for {Self} {{ fn augment(&self, row: &mut [f64], shape: &[usize], rng: &mut Rng) -> Result<()> }}"
)]
pub trait Augmenter: FromSettings {
    /// Changes the values of one row of a column, which has this shape without the batch; all randomness comes from `rng`. NaN is
    /// a value that is missing, and stays one.
    ///
    /// # Errors
    /// When the row cannot be varied.
    fn augment(&self, row: &mut [f64], shape: &[usize], rng: &mut Rng) -> Result<()>;
}

/// What varies rows, made from its settings.
pub type BuiltAugmenter = Box<dyn Fn(&mut [f64], &[usize], &mut Rng) -> Result<()> + Send + Sync>;

/// The code of what varies rows: makes it from its settings.
pub type Build = fn(&Settings) -> BuiltAugmenter;

impl AugmenterSpec {
    /// What varies rows and leaves each number in its place, with its type erased.
    #[must_use]
    pub const fn of<A: Augmenter + Send + Sync + 'static>(name: Name, settings: Settings) -> Self {
        let code = code!(Build, |settings| {
            let augmenter = A::from_settings(settings);
            Box::new(move |row, shape, rng| augmenter.augment(row, shape, rng))
        });
        Self { name, settings, along: None, across: None, takes: None, code }
    }

    /// Makes what varies rows, once for all steps.
    ///
    /// # Errors
    /// When its code is not that of what varies rows.
    pub fn build(&self) -> Result<BuiltAugmenter> {
        Ok(self.code.function::<Build>(self.name)?(&self.settings))
    }
}
