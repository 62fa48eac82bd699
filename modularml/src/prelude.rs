//! Everything that declaring and running an experiment needs: `use modularml::prelude::*;`

pub use crate::data::{Class, Column, Dynamic, FeatureSet, Reader, Representation, View};
pub use crate::error::{Error, Result};
pub use crate::experiment::loss::{
    Bce, BceWithLogits, CrossEntropy, Formula, Huber, L1, L2, Mse, Nll, PerSample, TripletMargin,
};
pub use crate::experiment::metric::{Accuracy, Mae, R2, Rmse};
pub use crate::experiment::{EarlyStopping, Progress};
pub use crate::graph::layer::{
    Activation, AdaptiveAvgPool, Add, ArgMax, AvgPool1d, AvgPool2d, BatchNorm, Concat, Conv1d, Conv2d, Dropout, Elu,
    Flatten, Gelu, GeluTanh, GlobalAvgPool, GlobalMaxPool, GroupNorm, Hardswish, Hardtanh, LayerNorm, LeakyRelu,
    Linear, LogSoftmax, MaxPool1d, MaxPool2d, Mean, Mish, Mlp, Multiply, Padding, Relu, Reshape, Ridge, Selu, Sigmoid,
    Silu, Softmax, Softplus, Softsign, Stack, Tanh,
};
pub use crate::graph::{Adam, AdamW, RmsProp, Sgd};
pub use crate::list::Name;
pub use crate::process::{Batches, Draw, MinMax, Pairs, Random, Standard, Triplets};
pub use crate::random::Rng;
pub use crate::{Loss, SampleSchema, Sampler, Settings, Tensor, experiment, model_graph};
