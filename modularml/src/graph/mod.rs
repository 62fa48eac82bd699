//! Layer 3: layers, optimizers and the graph that joins them.

mod align;
pub(crate) mod autograd;
mod builder;
mod depth;
pub(crate) mod device;
mod edit;
pub(crate) mod files;
pub mod fitted;
pub(crate) mod kernel;
pub mod layer;
mod mask;
mod model;
mod named;
#[cfg(feature = "ndarray")]
mod ndarrays;
pub(crate) mod normalize;
mod onnx;
pub mod optimizer;
pub(crate) mod pointwise;
mod precision;
pub(crate) mod real;
pub(crate) mod resize;
pub(crate) mod softmax;
mod summary;
pub(crate) mod tensors;
mod typed;
pub(crate) mod window;

pub use crate::spec::{AlignSpec, GraphSpec, InputSpec, NodeOptimizer, NodeSpec, Source, TargetSpec};
pub(crate) use align::{Alignment, side_by_side};
pub use autograd::{keep_freed_memory, with_candle_autograd};
pub use builder::{GraphBuilder, Reads};
pub(crate) use depth::Depths;
pub use edit::Edited;
pub use fitted::{DecisionTree, ExtraTrees, GradientBoosting, IsolationForest, RandomForest, Ridge};
#[cfg(feature = "onnx")]
pub use layer::Onnx;
pub use layer::{
    Activation, AdaptiveAvgPool, Add, ArgMax, Arity, AttentionPool, AvgPool1d, AvgPool2d, AvgPool3d, BatchNorm,
    Bilinear, BuildLayer, Cnn1d, Concat, Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d,
    DayOfWeek, DayOfYear, Days, Dropout, Elapsed, Elu, Embedding, FillMissing, FitRows, Fitting, Flatten, Gelu,
    GeluTanh, GlobalAvgPool, GlobalMaxPool, GroupNorm, Gru, Hardsigmoid, Hardswish, Hardtanh, Hour, Init,
    Interpolation, IsMissing, LastOfSequence, Layer, LayerBuild, LayerNorm, LayerSpec, LeakyRelu, Learns, Linear,
    LogSoftmax, Lstm, MaxOfSequence, MaxPool1d, MaxPool2d, MaxPool3d, Mean, MeanOfSequence, Mish, Mlp, Mode, Month,
    MultiHeadAttention, Multiply, OneHot, PRelu, Padding, PositionwiseLinear, Predicts, ProportionalOdds, Recurrence,
    Relu, Relu6, Reshape, Residual, Rnn, Selu, Sequential, ShapeRule, Sigmoid, Silu, SlidingWindow, Softmax, Softplus,
    Softsign, Stack, SumOfSequence, Tanh, Times, TransformerEncoder, Transpose, Upsample,
};
pub use mask::{Mask, Masked};
pub(crate) use model::Draws;
pub use model::{ColumnSource, ModelGraph, Outputs};
#[cfg(feature = "ndarray")]
pub use ndarrays::to_ndarray;
pub use optimizer::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Asgd, BuildOptimizer, Change, Lbfgs, Lion, NAdam, Optimizer, OptimizerSpec,
    RAdam, RmsProp, Rprop, Sgd,
};
pub use precision::Precision;
pub use summary::{Summary, SummaryRow};
#[doc(hidden)]
pub use typed::{AsDeclared, Described, Point};
pub use typed::{Graph, NodeHandle, NodeOutputs, build, forward};
