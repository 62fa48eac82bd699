//! What a scaler is: the trait that a component implements, what it becomes when it has learned, and its erased form.

use super::{FittedScaler, TrainingRows};

use crate::spec::{FromSettings, ScalerSpec, Settings};
use crate::text::{Name, Shape};
use crate::{Error, Result};

/// A scaler by its settings: it learns from rows, and is made again from what it has learned.
///
/// A scaler of one's own derives `Scaler` and implements this trait. One that learns nothing is its own fitted form:
///
/// ```
/// use modularml::data::Shape;
/// use modularml::prelude::*;
/// use modularml::process::{FittedScaler, TrainingRows};
///
/// /// The square root of an amount.
/// #[derive(Scaler, Clone, Copy, Debug)]
/// struct SquareRoot;
///
/// impl Scaler for SquareRoot {
///     type Fitted = Self;
///
///     fn fit(&self, _: &TrainingRows<'_>) -> Result<Self> {
///         Ok(*self)
///     }
///
///     fn restore(&self, _: &[Vec<f64>], _: Shape) -> Result<Self> {
///         Ok(*self)
///     }
/// }
///
/// impl FittedScaler for SquareRoot {
///     fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
///         values.iter_mut().for_each(|value| *value = value.sqrt());
///         Ok(())
///     }
///
///     fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
///         values.iter_mut().for_each(|value| *value *= *value);
///         Ok(())
///     }
/// }
///
/// let rows = TrainingRows::of(&[0.0, 1.0], Shape::SCALAR)?;
/// let fitted = SquareRoot.spec().fit(&rows)?;
/// let mut values = vec![9.0];
/// fitted.transform(&mut values)?;
/// assert_eq!(values, [3.0]);
/// # Ok::<(), modularml::Error>(())
/// ```
///
/// In `experiment!` it is written as the built-in ones are: `scale pulse.voltage = SquareRoot fitted on train;`.
pub trait Scaler: FromSettings {
    /// The scaler that has learned.
    type Fitted: FittedScaler + 'static;

    /// Learns from rows, of which there is at least one.
    ///
    /// # Errors
    /// When nothing can be learned from these values; the scaler's name and the column are added.
    fn fit(&self, rows: &TrainingRows<'_>) -> Result<Self::Fitted>;

    /// The fitted scaler again from its [state](FittedScaler::state), for rows of a shape.
    ///
    /// # Errors
    /// When the state, which may come from a damaged file, is not one of this scaler on rows of this shape.
    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<Self::Fitted>;
}

/// Learns from rows under the scaler's settings.
type Fit = fn(&Settings, rows: &TrainingRows<'_>) -> Result<Box<dyn FittedScaler>>;

/// Makes a fitted scaler again from what it has learned, for rows of a shape.
type Restore = fn(&Settings, state: &[Vec<f64>], shape: Shape) -> Result<Box<dyn FittedScaler>>;

impl ScalerSpec {
    /// A scaler of numbers that has an inverse and keeps the shape.
    #[must_use]
    pub const fn of<S: Scaler>(name: Name, settings: Settings) -> Self {
        let code = code!((Fit, Restore), (fit::<S>, restore::<S>));
        Self { name, settings, inverts: true, reshapes: false, encodes: false, of_sample: false, code }
    }

    /// Learns from rows.
    ///
    /// # Errors
    /// When a setting is out of its range or does not go with the shape of the rows, there is no row, or nothing can be
    /// learned from the values.
    pub fn fit(&self, rows: &TrainingRows<'_>) -> Result<Box<dyn FittedScaler>> {
        self.check(rows.shape())?;
        if rows.is_empty() {
            return Err(Error::Data(format!("{}: there is no row to learn from", self.name)));
        }
        let fitted = (self.functions()?.0)(&self.settings, rows).map_err(|error| self.wrong(&error))?;
        // What is encoded may be missing as well, and is learned as such.
        if self.encodes || fitted.state().iter().flatten().all(|number| number.is_finite()) {
            return Ok(fitted);
        }
        let problem =
            "what it learns from these values is too large to compute with; put MinMax.low(1.0).high(2.0) before it";
        Err(self.wrong(&Error::Data(problem.to_owned())))
    }

    /// The fitted scaler again from its [state](FittedScaler::state), for rows of a shape.
    ///
    /// # Errors
    /// When the state is not one of this scaler on rows of this shape.
    pub fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<Box<dyn FittedScaler>> {
        self.check(shape)?;
        (self.functions()?.1)(&self.settings, state, shape).map_err(|error| self.wrong(&error))
    }

    fn functions(&self) -> Result<(Fit, Restore)> {
        self.code.function(self.name)
    }

    fn check(&self, shape: Shape) -> Result<()> {
        let verdict = match self.settings.check_all(self.name) {
            Ok(()) => crate::rules::experiment::scaler_axes(self, &shape),
            wrong => wrong,
        };
        verdict.map_err(|message| Error::Refused(vec![message.to_string()]))
    }

    fn wrong(&self, error: &Error) -> Error {
        Error::Data(format!("{}: {error}", self.name))
    }
}

fn fit<S: Scaler>(settings: &Settings, rows: &TrainingRows<'_>) -> Result<Box<dyn FittedScaler>> {
    Ok(Box::new(S::from_settings(settings).fit(rows)?))
}

fn restore<S: Scaler>(settings: &Settings, state: &[Vec<f64>], shape: Shape) -> Result<Box<dyn FittedScaler>> {
    Ok(Box::new(S::from_settings(settings).restore(state, shape)?))
}
