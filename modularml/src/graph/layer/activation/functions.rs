//! What activations do to one number, with their derivatives.

use crate::graph::pointwise::Function;
use crate::graph::real::Real;

#[derive(Clone, Copy)]
pub(super) struct Relu;

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
pub(super) struct LeakyRelu {
    /// The slope below 0.
    pub slope: f64,
}

impl Function for LeakyRelu {
    const NAME: &'static str = "leaky relu";

    fn value<T: Real>(self, x: T) -> T {
        x * self.slope(x, x)
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        if x > T::zero() { T::one() } else { T::from_f64(self.slope) }
    }
}

/// x, cut to 0 below and 6 above.
#[derive(Clone, Copy)]
pub(super) struct Relu6;

impl Function for Relu6 {
    const NAME: &'static str = "relu6";

    fn value<T: Real>(self, x: T) -> T {
        let six = T::from_f64(6.0);
        if x < T::zero() {
            T::zero()
        } else if x > six {
            six
        } else {
            x
        }
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        if x > T::zero() && x < T::from_f64(6.0) { T::one() } else { T::zero() }
    }
}

/// 0 up to -3, 1 from 3 on, (x + 3) / 6 between.
#[derive(Clone, Copy)]
pub(super) struct Hardsigmoid;

impl Function for Hardsigmoid {
    const NAME: &'static str = "hardsigmoid";

    fn value<T: Real>(self, x: T) -> T {
        let three = T::from_f64(3.0);
        if x < T::zero() - three {
            T::zero()
        } else if x > three {
            T::one()
        } else {
            (x + three) / T::from_f64(6.0)
        }
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        let three = T::from_f64(3.0);
        if x > T::zero() - three && x < three { T::one() / T::from_f64(6.0) } else { T::zero() }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Elu {
    /// The negated limit far below 0.
    pub alpha: f64,
}

impl Function for Elu {
    const NAME: &'static str = "elu";

    fn value<T: Real>(self, x: T) -> T {
        if x > T::zero() { x } else { T::from_f64(self.alpha) * x.exp_m1() }
    }

    fn slope<T: Real>(self, x: T, value: T) -> T {
        if x > T::zero() { T::one() } else { value + T::from_f64(self.alpha) }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Tanh;

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
pub(super) struct Gelu;

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
pub(super) struct Silu;

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

#[derive(Clone, Copy)]
pub(super) struct Selu;

impl Selu {
    pub const ALPHA: f64 = 1.673_263_242_354_377_2;
    pub const SCALE: f64 = 1.050_700_987_355_480_5;
}

impl Function for Selu {
    const NAME: &'static str = "selu";

    fn value<T: Real>(self, x: T) -> T {
        if x > T::zero() { T::from_f64(Self::SCALE) * x } else { T::from_f64(Self::SCALE * Self::ALPHA) * x.exp_m1() }
    }

    fn slope<T: Real>(self, x: T, value: T) -> T {
        let scale = T::from_f64(Self::SCALE);
        if x > T::zero() { scale } else { value + T::from_f64(Self::SCALE * Self::ALPHA) }
    }
}

#[derive(Clone, Copy)]
pub(super) struct GeluTanh;

impl GeluTanh {
    /// sqrt(2 / pi).
    const FACTOR: f64 = std::f64::consts::FRAC_2_SQRT_PI * std::f64::consts::FRAC_1_SQRT_2;
    pub const CUBIC: f64 = 0.044_715;

    fn tanh<T: Real>(x: T) -> T {
        (T::from_f64(Self::FACTOR) * (x + T::from_f64(Self::CUBIC) * x * x * x)).tanh()
    }
}

impl Function for GeluTanh {
    const NAME: &'static str = "gelu by tanh";

    fn value<T: Real>(self, x: T) -> T {
        T::from_f64(0.5) * x * (T::one() + Self::tanh(x))
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        let (half, tanh) = (T::from_f64(0.5), Self::tanh(x));
        let inner = T::from_f64(Self::FACTOR) * (T::one() + T::from_f64(3.0 * Self::CUBIC) * x * x);
        half * (T::one() + tanh) + half * x * (T::one() - tanh * tanh) * inner
    }
}

#[derive(Clone, Copy)]
pub(super) struct Softplus {
    pub beta: f64,
    /// Above this value of beta * x the function is x.
    pub threshold: f64,
}

impl Function for Softplus {
    const NAME: &'static str = "softplus";

    fn value<T: Real>(self, x: T) -> T {
        let beta = T::from_f64(self.beta);
        let z = beta * x;
        if z > T::from_f64(self.threshold) {
            return x;
        }
        // The exponential of a negative number only: it cannot overflow.
        let above = if z > T::zero() { z } else { T::zero() };
        (above + (T::zero() - z.abs()).exp().ln_1p()) / beta
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        let z = T::from_f64(self.beta) * x;
        if z > T::from_f64(self.threshold) { T::one() } else { Sigmoid.value(z) }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Mish;

impl Mish {
    fn tanh<T: Real>(x: T) -> T {
        Softplus { beta: 1.0, threshold: f64::INFINITY }.value(x).tanh()
    }
}

impl Function for Mish {
    const NAME: &'static str = "mish";

    fn value<T: Real>(self, x: T) -> T {
        x * Self::tanh(x)
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        let tanh = Self::tanh(x);
        tanh + x * (T::one() - tanh * tanh) * Sigmoid.value(x)
    }
}

#[derive(Clone, Copy)]
pub(super) struct Hardtanh {
    pub low: f64,
    pub high: f64,
}

impl Function for Hardtanh {
    const NAME: &'static str = "hardtanh";

    fn value<T: Real>(self, x: T) -> T {
        let (low, high) = (T::from_f64(self.low), T::from_f64(self.high));
        if x > high {
            high
        } else if x < low {
            low
        } else {
            x
        }
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        if x > T::from_f64(self.low) && x < T::from_f64(self.high) { T::one() } else { T::zero() }
    }
}

#[derive(Clone, Copy)]
pub(super) struct Softsign;

impl Function for Softsign {
    const NAME: &'static str = "softsign";

    fn value<T: Real>(self, x: T) -> T {
        x / (T::one() + x.abs())
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        let root = T::one() / (T::one() + x.abs());
        root * root
    }
}

#[derive(Clone, Copy)]
pub(super) struct Hardswish;

impl Function for Hardswish {
    const NAME: &'static str = "hardswish";

    fn value<T: Real>(self, x: T) -> T {
        let three = T::from_f64(3.0);
        if x >= three {
            x
        } else if x <= T::zero() - three {
            T::zero()
        } else {
            x * (x + three) / T::from_f64(6.0)
        }
    }

    fn slope<T: Real>(self, x: T, _: T) -> T {
        let three = T::from_f64(3.0);
        if x >= three {
            T::one()
        } else if x <= T::zero() - three {
            T::zero()
        } else {
            x / three + T::from_f64(0.5)
        }
    }
}
