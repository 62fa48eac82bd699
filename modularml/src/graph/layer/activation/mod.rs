//! The functions between and after layers.

pub(crate) mod functions;

mod nodes;
mod onnx;
use crate::Result;
use crate::error::At as _;
use crate::graph::kernel::affine::{Unchanged, affine};
use crate::graph::layer::OnPadding;
use crate::graph::pointwise;
use crate::graph::softmax::{log_softmax, softmax};
use crate::graph::window::{Direction, Runs, convolve};
pub use crate::spec::Activation;
use candle_core::Tensor;
pub use nodes::{
    Elu, Gelu, GeluTanh, Hardsigmoid, Hardswish, Hardtanh, LeakyRelu, LogSoftmax, Mish, Relu, Relu6, Selu, Sigmoid,
    Silu, Softmax, Softplus, Softsign, Tanh,
};
pub(super) use onnx::softplus as onnx_softplus;
use std::sync::Arc;

/// What an operation gives with an activation at its end; where that is told by its value it is part of the operation,
/// and else one behind it.
macro_rules! told_by_value {
    ($activation:expr, $function:ident => $operation:expr) => {
        told_by_value! {
            $activation, $function => $operation;
            Relu: functions::Relu,
            LeakyRelu: functions::LeakyRelu { slope: 0.01 },
            Elu: functions::Elu { alpha: 1.0 },
            Tanh: functions::Tanh,
            Sigmoid: functions::Sigmoid
        }
    };
    ($activation:expr, $function:ident => $operation:expr; $($told:ident: $as:expr),*) => {
        match $activation {
            $(Activation::$told => {
                let $function = $as;
                $operation
            })*
            other => {
                let $function = Unchanged;
                return other.apply(&$operation?);
            }
        }
    };
}

impl Activation {
    /// The function of every element; `Softmax` and `LogSoftmax` of every row along the last axis.
    ///
    /// # Errors
    /// When the tensor holds neither `f32` nor `f64`.
    pub fn apply(self, x: &Tensor) -> Result<Tensor> {
        match self {
            Self::Identity => Ok(x.clone()),
            Self::Relu => pointwise::apply(x, functions::Relu),
            Self::LeakyRelu => pointwise::apply(x, functions::LeakyRelu { slope: 0.01 }),
            Self::Elu => pointwise::apply(x, functions::Elu { alpha: 1.0 }),
            Self::Tanh => pointwise::apply(x, functions::Tanh),
            Self::Sigmoid => pointwise::apply(x, functions::Sigmoid),
            Self::Gelu => pointwise::apply(x, functions::Gelu),
            Self::Silu => pointwise::apply(x, functions::Silu),
            Self::Softmax => softmax(x),
            Self::LogSoftmax => log_softmax(x),
            Self::Selu => pointwise::apply(x, functions::Selu),
            Self::GeluTanh => pointwise::apply(x, functions::GeluTanh),
            Self::Mish => pointwise::apply(x, functions::Mish),
            Self::Hardtanh => pointwise::apply(x, functions::Hardtanh { low: -1.0, high: 1.0 }),
            Self::Softplus => pointwise::apply(x, functions::Softplus { beta: 1.0, threshold: 20.0 }),
            Self::Softsign => pointwise::apply(x, functions::Softsign),
            Self::Hardswish => pointwise::apply(x, functions::Hardswish),
            Self::Relu6 => pointwise::apply(x, functions::Relu6),
            Self::Hardsigmoid => pointwise::apply(x, functions::Hardsigmoid),
        }
        .at(|| self.name().to_owned())
    }

    /// The function of x Wᵀ + b, in the same operation where its slope is told by its value.
    pub(crate) fn of_map(self, x: &Tensor, weight: &Tensor, bias: Option<&Tensor>) -> Result<Tensor> {
        told_by_value!(self, function => affine(x, weight, bias, function)).at(|| "linear map".to_owned())
    }

    /// The function of a convolution, in the same operation where its slope is told by its value.
    pub(crate) fn of_convolution(
        self,
        x: &Tensor,
        weight: &Tensor,
        bias: Option<&Tensor>,
        over: (&Arc<Runs>, usize, Direction),
    ) -> Result<Tensor> {
        told_by_value!(self, function => convolve(x, weight, bias, over, function)).at(|| "convolution".to_owned())
    }

    /// What it makes of padding: `Softmax` and `LogSoftmax` look beside an element, the others do not.
    pub(super) const fn on_padding(self) -> OnPadding {
        if matches!(self, Self::Softmax | Self::LogSoftmax) { OnPadding::Masks } else { OnPadding::Keeps }
    }

    /// Makes the function at the end of an operation the one behind it, where that can be a part of it.
    pub(super) fn take_over(&mut self, behind: Self) -> bool {
        let is_told_by_value =
            matches!(behind, Self::Identity | Self::Relu | Self::LeakyRelu | Self::Elu | Self::Tanh | Self::Sigmoid);
        let takes = *self == Self::Identity && is_told_by_value;
        if takes {
            *self = behind;
        }
        takes
    }
}
