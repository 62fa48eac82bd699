//! Negated values.

use super::{FittedScaler, Scaler, ScalerSpec, TrainingRows};
use crate::Result;
use crate::text::{Name, Shape};

/// Changes the sign of each value. NaN stays NaN.
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Negate;

impl Negate {
    /// The scaler with its type erased.
    #[must_use]
    pub const fn spec(self) -> ScalerSpec {
        ScalerSpec::of::<Self>(self.settings())
    }
}

impl Scaler for Negate {
    const NAME: Name = "Negate";
    type Fitted = Self;

    fn fit(&self, _: &TrainingRows<'_>) -> Result<Self> {
        Ok(*self)
    }

    fn restore(&self, _: &[Vec<f64>], _: Shape) -> Result<Self> {
        Ok(*self)
    }
}

impl FittedScaler for Negate {
    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        for value in values.iter_mut() {
            *value = -*value;
        }
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        self.transform(values)
    }
}
