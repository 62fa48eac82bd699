//! The layers, which are the nodes of graphs, and what makes one's own.

pub use crate::graph::fitted::{
    Conformal, Covariance, DecisionTree, ElasticNet, ExtraTrees, GaussianMixture, GaussianProcess, GradientBoosting,
    IsolationForest, Isotonic, KMeans, Kernel, Lasso, LinearRegression, LogisticRegression, NaiveBayes,
    NearestNeighbours, NeighbourWeights, Pca, Platt, RandomForest, Ridge, SupportVectors,
};
#[cfg(feature = "onnx")]
pub use crate::graph::layer::Onnx;
pub use crate::graph::layer::{
    Activation, AdaptiveAvgPool, Add, ArgMax, AttentionPool, AvgPool1d, AvgPool2d, AvgPool3d, BatchNorm, Bilinear,
    BuildLayer, BuildMerge, BuildModule, Cnn1d, Concat, Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d,
    ConvTranspose3d, DayOfWeek, DayOfYear, Days, Dropout, Elapsed, Elu, Embedding, FillMissing, Flatten, Gelu,
    GeluTanh, GlobalAvgPool, GlobalMaxPool, GroupNorm, Gru, Hardsigmoid, Hardswish, Hardtanh, Hour, Init,
    Interpolation, IsMissing, LastOfSequence, LayerNorm, LeakyRelu, Linear, LogSoftmax, Lstm, MaxOfSequence, MaxPool1d,
    MaxPool2d, MaxPool3d, Mean, MeanOfSequence, MergeModule, Mish, Mlp, Month, MultiHeadAttention, Multiply, OneHot,
    PRelu, Padding, PositionwiseLinear, ProportionalOdds, Relu, Relu6, Reshape, Residual, Rnn, Selu, Sequential,
    Sigmoid, Silu, Softmax, Softplus, Softsign, Stack, SumOfSequence, Tanh, TransformerEncoder, Transpose, Upsample,
};
