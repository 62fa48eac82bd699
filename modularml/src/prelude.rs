//! Everything that declaring and running an experiment needs: `use modularml::prelude::*;`

pub use crate::data::{
    Class, Column, ColumnArray, Condition, Dynamic, FeatureSet, Longer, Predicate, Reader, Representation, View, column,
};
pub use crate::error::{Error, FileFault, Result};
pub use crate::experiment::loss::{
    Bce, BceWithLogits, Contrastive, CosineEmbedding, CrossEntropy, Formula, GaussianNll, HingeEmbedding, Huber,
    InfoNce, KlDiv, L1, L1Penalty, L2Penalty, MarginRanking, Mse, MultiMargin, Nll, NtXent, PerSample, PoissonNll,
    SmoothL1, SoftCrossEntropy, SoftMargin, TripletMargin,
};
pub use crate::experiment::metric::{
    Accuracy, Average, AveragePrecision, BalancedAccuracy, Brier, CalibrationError, CohenKappa, Comparison,
    ExplainedVariance, F1, FBeta, HammingLoss, Jaccard, LogLoss, Mape, MaxError, Mcc, MedianAbsoluteError, Msle,
    Pinball, Precision, R2, Recall, Rmse, RocAuc, TopKAccuracy, VarianceWeightedR2,
};
pub use crate::experiment::{
    Alternate, ByNorm, ByValue, Clip, Cosine, CosineRestarts, EarlyStopping, Ema, Exponential, Hold, Measure,
    Milestones, OneCycle, Per, Polynomial, Progress, Ramp, Rate, ReduceOnPlateau, Schedule, StepDecay, Triangle, Zip,
};
pub use crate::graph::layer::{
    Activation, AdaptiveAvgPool, Add, ArgMax, AttentionPool, AvgPool1d, AvgPool2d, BatchNorm, BuildMerge, BuildModule,
    Cnn1d, Concat, Conv1d, Conv2d, Dropout, Elu, Embedding, Flatten, Gelu, GeluTanh, GlobalAvgPool, GlobalMaxPool,
    GroupNorm, Gru, Hardswish, Hardtanh, Init, LayerNorm, LeakyRelu, Linear, LogSoftmax, Lstm, MaxPool1d, MaxPool2d,
    Mean, MergeModule, Mish, Mlp, MultiHeadAttention, Multiply, Padding, Relu, Reshape, Residual, Ridge, Rnn, Selu,
    Sequential, Sigmoid, Silu, Softmax, Softplus, Softsign, Stack, Tanh, TransformerEncoder,
};
pub use crate::graph::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Asgd, BuildOptimizer, Lbfgs, Lion, NAdam, RAdam, RmsProp, Rprop, Sgd,
};
pub use crate::process::{
    Absolute, Assign, Batches, BinQuantile, BinWidth, Binarizer, ByCondition, Draw, FittedChain, Imputer, KBins, KFold,
    LeaveOneGroupOut, MaxAbs, MinMax, Negate, Norm, Normalizer, OneHot, Ordered, Ordinal, Pairs, PerSampleMinMax,
    PerSampleZeroStart, Power, Quantile, Random, Replacement, Robust, Scaler, Segmented, Similar, SplitRecord,
    Standard, TimeFolds, Triplets, Unequal, Weighting,
};
pub use crate::random::Rng;
pub use crate::text::Name;
pub use crate::{Layer, Loss, SampleSchema, Sampler, Settings, Splitter, Tensor, experiment, model_graph};
pub use modularml_macros::{Callback, Clip, Metric, Optimizer, Rate, Scaler, Schedule};
