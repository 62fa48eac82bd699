//! Shape rules of layers' own in constants: `model_graph!` asks a layer by name, since a constant cannot call by pointer.
//!
//! So every layer that can stand in `model_graph!` has a method `own_shape`, which `#[derive(Layer)]` writes. It is asked
//! where the layer's [`ShapeRule`](super::ShapeRule) is `Own`, and so never of a built-in layer.

use super::{
    AdaptiveAvgPool, Add, ArgMax, AttentionPool, AvgPool1d, AvgPool2d, BatchNorm, Cnn1d, Concat, Conv1d, Conv2d,
    Dropout, Elu, Embedding, Flatten, Gelu, GeluTanh, GlobalAvgPool, GlobalMaxPool, GroupNorm, Gru, Hardswish,
    Hardtanh, LayerNorm, LeakyRelu, Linear, LogSoftmax, Lstm, MaxPool1d, MaxPool2d, Mean, Mish, Mlp,
    MultiHeadAttention, Multiply, Relu, Reshape, Residual, Ridge, Rnn, Selu, Sequential, Sigmoid, Silu, Softmax,
    Softplus, Softsign, Stack, Tanh, TransformerEncoder,
};
use crate::text::{Message, Shape};

/// Writes `own_shape` for layers whose description says their shape.
macro_rules! described {
    ($($layer:ident),*) => {
        $(impl $layer {
            #[doc(hidden)]
            pub const fn own_shape(&self, _: &[Shape]) -> Result<Shape, Message> {
                Err(Message::new().text("has no shape rule of its own"))
            }
        })*
    };
}

described!(
    AdaptiveAvgPool,
    Add,
    ArgMax,
    AttentionPool,
    AvgPool1d,
    AvgPool2d,
    BatchNorm,
    Cnn1d,
    Concat,
    Conv1d,
    Conv2d,
    Dropout,
    Elu,
    Embedding,
    Flatten,
    Gelu,
    GeluTanh,
    GlobalAvgPool,
    GlobalMaxPool,
    GroupNorm,
    Gru,
    Hardswish,
    Hardtanh,
    LayerNorm,
    LeakyRelu,
    Linear,
    LogSoftmax,
    Lstm,
    MaxPool1d,
    MaxPool2d,
    Mean,
    Mish,
    Mlp,
    MultiHeadAttention,
    Multiply,
    Relu,
    Reshape,
    Residual,
    Ridge,
    Rnn,
    Selu,
    Sequential,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Softsign,
    Stack,
    Tanh,
    TransformerEncoder
);
