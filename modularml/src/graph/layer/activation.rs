//! The functions between and after layers.

use candle_core::Tensor;

use crate::Result;
use crate::error::At as _;
use crate::graph::pointwise::{self, Function};
use crate::graph::real::Real;
use crate::graph::softmax::{log_softmax, softmax};
use crate::list::Name;

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
}

impl Activation {
    /// Every activation.
    pub const ALL: [Self; 10] = [
        Self::Identity,
        Self::Relu,
        Self::LeakyRelu,
        Self::Elu,
        Self::Tanh,
        Self::Sigmoid,
        Self::Gelu,
        Self::Silu,
        Self::Softmax,
        Self::LogSoftmax,
    ];

    /// The name as it is written, for example `Relu`.
    #[must_use]
    pub const fn name(self) -> Name {
        match self {
            Self::Identity => "Identity",
            Self::Relu => "Relu",
            Self::LeakyRelu => "LeakyRelu",
            Self::Elu => "Elu",
            Self::Tanh => "Tanh",
            Self::Sigmoid => "Sigmoid",
            Self::Gelu => "Gelu",
            Self::Silu => "Silu",
            Self::Softmax => "Softmax",
            Self::LogSoftmax => "LogSoftmax",
        }
    }

    /// The activation of that name.
    #[must_use]
    pub const fn from_name(name: &str) -> Option<Self> {
        let mut i = 0;
        while i < Self::ALL.len() {
            if crate::check::same(Self::ALL[i].name(), name) {
                return Some(Self::ALL[i]);
            }
            i += 1;
        }
        None
    }

    /// The function of every element; `Softmax` and `LogSoftmax` of every row along the last axis.
    ///
    /// # Errors
    /// When the tensor holds neither `f32` nor `f64`.
    pub fn apply(self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Identity => Ok(x.clone()),
            Self::Relu => pointwise::apply(x, Relu),
            Self::LeakyRelu => pointwise::apply(x, LeakyRelu),
            Self::Elu => pointwise::apply(x, Elu),
            Self::Tanh => pointwise::apply(x, Tanh),
            Self::Sigmoid => pointwise::apply(x, Sigmoid),
            Self::Gelu => pointwise::apply(x, Gelu),
            Self::Silu => pointwise::apply(x, Silu),
            Self::Softmax => softmax(x),
            Self::LogSoftmax => log_softmax(x),
        }
        .at(|| self.name().to_owned())
    }
}

#[derive(Clone, Copy)]
struct Relu;

impl Function for Relu {
    const NAME: &'static str = "relu";

    fn value<T: Real>(self, x: T) -> T {
        // Not `max`: NaN must stay NaN.
        if x < T::zero() { T::zero() } else { x }
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        if x > T::zero() { T::one() } else { T::zero() }
    }
}

#[derive(Clone, Copy)]
struct LeakyRelu;

impl LeakyRelu {
    const SLOPE: f64 = 0.01;
}

impl Function for LeakyRelu {
    const NAME: &'static str = "leaky relu";

    fn value<T: Real>(self, x: T) -> T {
        x * self.slope(x, x)
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        if x > T::zero() { T::one() } else { T::from_f64(Self::SLOPE) }
    }
}

#[derive(Clone, Copy)]
struct Elu;

impl Function for Elu {
    const NAME: &'static str = "elu";

    fn value<T: Real>(self, x: T) -> T {
        if x > T::zero() { x } else { x.exp_m1() }
    }

    fn slope<T: Real>(self, x: T, value: T) -> T {
        if x > T::zero() { T::one() } else { value + T::one() }
    }
}

#[derive(Clone, Copy)]
struct Tanh;

impl Function for Tanh {
    const NAME: &'static str = "tanh";

    fn value<T: Real>(self, x: T) -> T {
        x.tanh()
    }

    fn slope<T: Real>(self, _: T, value: T) -> T {
        T::one() - value * value
    }
}

/// 1 / (1 + exp(-x)).
#[derive(Clone, Copy)]
pub(crate) struct Sigmoid;

impl Function for Sigmoid {
    const NAME: &'static str = "sigmoid";

    fn value<T: Real>(self, x: T) -> T {
        T::one() / (T::one() + (T::zero() - x).exp())
    }

    fn slope<T: Real>(self, _: T, value: T) -> T {
        value * (T::one() - value)
    }
}

#[derive(Clone, Copy)]
struct Gelu;

impl Gelu {
    /// The normal distribution function, (1 + erf(x / sqrt(2))) / 2.
    fn phi<T: Real>(x: T) -> T {
        T::from_f64(0.5) * (T::one() + (x * T::from_f64(std::f64::consts::FRAC_1_SQRT_2)).erf())
    }
}

impl Function for Gelu {
    const NAME: &'static str = "gelu";

    fn value<T: Real>(self, x: T) -> T {
        x * Self::phi(x)
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        // 1 / sqrt(2 pi), of the normal density.
        const FACTOR: f64 = 0.5 * std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
        Self::phi(x) + x * T::from_f64(FACTOR) * (T::from_f64(-0.5) * x * x).exp()
    }
}

#[derive(Clone, Copy)]
struct Silu;

impl Function for Silu {
    const NAME: &'static str = "silu";

    fn value<T: Real>(self, x: T) -> T {
        x * Sigmoid.value(x)
    }

    fn slope<T: Real>(self, x: T, value: T) -> T {
        let sigmoid = Sigmoid.value(x);
        sigmoid + value * (T::one() - sigmoid)
    }
}
