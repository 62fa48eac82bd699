//! A layer with its type erased.

use crate::text::choices;

/// How many inputs a layer takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arity {
    /// So many at least.
    pub least: usize,
    /// So many at most.
    pub most: usize,
}

impl Arity {
    /// Exactly one.
    pub const ONE: Self = Self { least: 1, most: 1 };
    /// One, or several side by side.
    pub const ANY: Self = Self { least: 1, most: usize::MAX };
    /// Two or more: a merge.
    pub const SEVERAL: Self = Self { least: 2, most: usize::MAX };
    /// The most inputs that a layer with a shape rule of its own can be declared to take.
    pub const MOST_OF_OWN: usize = 64;

    /// Whether so many inputs are taken.
    #[must_use]
    pub const fn takes(self, inputs: usize) -> bool {
        self.least <= inputs && inputs <= self.most
    }
}

/// How a layer comes by its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Learns {
    /// It has none.
    Nothing,
    /// By steps along a gradient, in train phases.
    BySteps,
    /// From all rows at once, in fit phases.
    ByFit(Fitting),
}

impl Learns {
    /// What it is fitted to, where it learns by fit.
    #[must_use]
    pub const fn fitting(self) -> Option<Fitting> {
        if let Self::ByFit(fitting) = self { Some(fitting) } else { None }
    }
}

/// What a layer that learns by fit learns from, beside numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each says something of its own")]
pub struct Fitting {
    /// What it predicts.
    pub predicts: Predicts,
    /// Whether rows may weigh more or less than others.
    pub weighs_rows: bool,
    /// Whether it reads classes, as categories without an order.
    pub reads_classes: bool,
    /// Whether it reads numbers of which some are missing.
    pub reads_missing: bool,
    /// Whether it is fitted to other rows than what it reads has learned from, as what calibrates probabilities.
    pub apart: bool,
}

/// What a layer that learns by fit predicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predicts {
    /// Nothing: it learns from its inputs alone.
    Nothing,
    /// Numbers.
    Numbers,
    /// The probability of each class, or of each bool.
    Classes,
    /// Either, as the column is.
    NumbersOrClasses,
}

impl Fitting {
    /// Fitted to rows that count alike, of numbers that are all there.
    #[must_use]
    pub const fn to(predicts: Predicts) -> Self {
        Self { predicts, weighs_rows: false, reads_classes: false, reads_missing: false, apart: false }
    }

    /// Rows may weigh more or less than others.
    #[must_use]
    pub const fn weighing_rows(self) -> Self {
        Self { weighs_rows: true, ..self }
    }

    /// It reads classes, too.
    #[must_use]
    pub const fn reading_classes(self) -> Self {
        Self { reads_classes: true, ..self }
    }

    /// It reads missing numbers, too.
    #[must_use]
    pub const fn reading_missing(self) -> Self {
        Self { reads_missing: true, ..self }
    }

    /// Its rows are others than those that what it reads has learned from.
    #[must_use]
    pub const fn on_rows_apart(self) -> Self {
        Self { apart: true, ..self }
    }
}

/// What a layer makes of padding, which stands behind the values of rows that are shorter than others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnPadding {
    /// Each position is computed from those at the same place alone, so padding stays padding.
    Keeps,
    /// It reads zeros for padding, and its output has none.
    Zeros,
    /// It is told where values are, and tells it of its output.
    Masks,
    /// It is told where values are, and its output has no padding.
    Reduces,
    /// It cannot tell values from padding, so nothing padded may reach it.
    Refuses,
}

impl OnPadding {
    /// Whether an output has padding where an input has.
    pub(crate) const fn stays(self) -> bool {
        matches!(self, Self::Keeps | Self::Masks)
    }
}

/// The function at the end of a layer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Activation {
    /// No function.
    #[default]
    Identity,
    /// max(x, 0), with gradient 0 at 0.
    Relu,
    /// x above 0, else x / 100.
    LeakyRelu,
    /// x above 0, else exp(x) - 1.
    Elu,
    /// Hyperbolic tangent.
    Tanh,
    /// 1 / (1 + exp(-x)).
    Sigmoid,
    /// x * Phi(x) with the exact normal distribution function.
    Gelu,
    /// x * sigmoid(x).
    Silu,
    /// Shares that sum to 1 over the last axis.
    Softmax,
    /// The logarithm of `Softmax`.
    LogSoftmax,
    /// 1.0507 times `Elu` with alpha 1.6733, after which values keep mean 0 and variance 1 (Klambauer et al., 2017).
    Selu,
    /// `Gelu` with its distribution function approximated by a hyperbolic tangent (Hendrycks and Gimpel, 2016).
    GeluTanh,
    /// x * tanh(softplus(x)) (Misra, 2019).
    Mish,
    /// x, cut to -1 below and 1 above.
    Hardtanh,
    /// log(1 + exp(x)), and x itself above 20.
    Softplus,
    /// x / (1 + |x|).
    Softsign,
    /// 0 up to -3, x from 3 on, x (x + 3) / 6 between (Howard et al., 2019).
    Hardswish,
    /// x, cut to 0 below and 6 above.
    Relu6,
    /// 0 up to -3, 1 from 3 on, (x + 3) / 6 between (Courbariaux et al., 2015).
    Hardsigmoid,
}

choices!(
    Activation:
    Identity, Relu, LeakyRelu, Elu, Tanh, Sigmoid, Gelu, Silu, Softmax, LogSoftmax, Selu, GeluTanh, Mish, Hardtanh,
    Softplus, Softsign, Hardswish, Relu6, Hardsigmoid
);
