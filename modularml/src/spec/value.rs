//! The values of settings as what they hold.

use super::settings::{LayerSpec, ScalerSpec, Value};
use super::shares::{Conditions, Shares};
use super::similarity::Similarities;
use crate::text::{Shape, Sizes};

impl Value {
    /// A size as a value; one above `i64::MAX` becomes `i64::MAX`.
    #[must_use]
    #[allow(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "the bound is tested before")]
    pub const fn size(size: usize) -> Self {
        Self::Int(if size > i64::MAX as usize { i64::MAX } else { size as i64 })
    }

    /// A shape as a value.
    #[must_use]
    pub const fn shape(shape: Shape) -> Self {
        Self::Sizes(Sizes::new(shape.axes()))
    }

    /// A seed as a value, bit for bit: one above `i64::MAX` is kept as a negative number.
    #[must_use]
    pub const fn seed(seed: u64) -> Self {
        Self::Int(seed.cast_signed())
    }

    /// The number, whole or not.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "a float that was written without decimals")]
    pub const fn as_float(self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(value),
            Self::Int(value) => Some(value as f64),
            _ => None,
        }
    }

    /// The whole number.
    #[must_use]
    pub const fn as_int(self) -> Option<i64> {
        if let Self::Int(value) = self { Some(value) } else { None }
    }

    /// The whole number as a size; none when it is negative.
    #[must_use]
    pub fn as_size(self) -> Option<usize> {
        self.as_int().and_then(|value| usize::try_from(value).ok())
    }

    /// The seed that [`Value::seed`] was made of.
    #[must_use]
    pub const fn as_seed(self) -> Option<u64> {
        if let Self::Int(value) = self { Some(value.cast_unsigned()) } else { None }
    }

    /// Yes or no.
    #[must_use]
    pub const fn as_bool(self) -> Option<bool> {
        if let Self::Bool(value) = self { Some(value) } else { None }
    }

    /// The name of the choice.
    #[must_use]
    pub const fn as_choice(self) -> Option<&'static str> {
        if let Self::Choice(name) = self { Some(name) } else { None }
    }

    /// The sizes.
    #[must_use]
    pub const fn as_sizes(self) -> Option<Sizes> {
        if let Self::Sizes(sizes) = self { Some(sizes) } else { None }
    }

    /// The sizes as a shape; none when they are more than a shape has axes.
    #[must_use]
    pub const fn as_shape(self) -> Option<Shape> {
        match self {
            Self::Sizes(sizes) if Shape::fits(sizes.len()) => Some(Shape::new(sizes.as_slice())),
            _ => None,
        }
    }

    /// The key of the column.
    #[must_use]
    pub const fn as_column(self) -> Option<&'static str> {
        if let Self::Column(key) = self { Some(key) } else { None }
    }

    /// The scaler.
    #[must_use]
    pub const fn as_scaler(self) -> Option<&'static ScalerSpec> {
        if let Self::Scaler(scaler) = self { Some(scaler) } else { None }
    }

    /// The conditions.
    #[must_use]
    pub const fn as_similarities(self) -> Option<Similarities> {
        if let Self::Similarities(conditions) = self { Some(conditions) } else { None }
    }

    /// The layers.
    #[must_use]
    pub const fn as_layers(self) -> Option<&'static [LayerSpec]> {
        if let Self::Layers(layers) = self { Some(layers) } else { None }
    }

    /// The shares.
    #[must_use]
    pub const fn as_shares(self) -> Option<Shares> {
        if let Self::Shares(shares) = self { Some(shares) } else { None }
    }

    /// The conditions.
    #[must_use]
    pub const fn as_conditions(self) -> Option<Conditions> {
        if let Self::Conditions(conditions) = self { Some(conditions) } else { None }
    }
}
