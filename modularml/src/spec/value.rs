//! The values of settings as what they hold.

use super::lists::Lists;
use super::settings::{LayerSpec, ScalerSpec, Value};
use super::shares::{Conditions, Shares, Texts};
use super::similarity::Similarities;
use crate::text::{Shape, Sizes};

/// Writes the methods that give what a value of one kind holds, and nothing for the others.
macro_rules! held {
    ($($(#[$documentation:meta])* $method:ident: $kind:ident($held:ty);)*) => {$(
        $(#[$documentation])*
        #[must_use]
        pub const fn $method(self) -> Option<$held> {
            if let Self::$kind(held) = self { Some(held) } else { None }
        }
    )*};
}

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

    /// The sizes as a shape; none when they are more than a shape has axes.
    #[must_use]
    pub const fn as_shape(self) -> Option<Shape> {
        match self {
            Self::Sizes(sizes) if Shape::fits(sizes.len()) => Some(Shape::new(sizes.as_slice())),
            _ => None,
        }
    }

    held! {
        /// The whole number.
        as_int: Int(i64);
        /// Yes or no.
        as_bool: Bool(bool);
        /// The name of the choice.
        as_choice: Choice(&'static str);
        /// The sizes.
        as_sizes: Sizes(Sizes);
        /// The key of the column.
        as_column: Column(&'static str);
        /// The scaler.
        as_scaler: Scaler(&'static ScalerSpec);
        /// The conditions.
        as_similarities: Similarities(Similarities);
        /// The layers.
        as_layers: Layers(&'static [LayerSpec]);
        /// The shares.
        as_shares: Shares(Shares);
        /// The conditions.
        as_conditions: Conditions(Conditions);
        /// The texts.
        as_texts: Texts(Texts);
        /// The lists.
        as_lists: Lists(Lists);
    }
}
