//! The built-in components by name: how a saved file finds the code of its layers, losses and the rest.

use crate::experiment::loss::{
    Bce, BceWithLogits, Contrastive, CosineEmbedding, CrossEntropy, GaussianNll, HingeEmbedding, Huber, InfoNce, KlDiv,
    L1, L1Penalty, L2Penalty, MarginRanking, Mse, MultiMargin, Nll, NtXent, PoissonNll, SmoothL1, SoftCrossEntropy,
    SoftMargin, TripletMargin,
};
use crate::experiment::metric::{
    Accuracy, AveragePrecision, BalancedAccuracy, Brier, CalibrationError, CohenKappa, ExplainedVariance, F1, FBeta,
    HammingLoss, Jaccard, LogLoss, Mape, MaxError, Mcc, MedianAbsoluteError, Msle, Pinball, Precision, R2, Recall,
    Rmse, RocAuc, TopKAccuracy, VarianceWeightedR2,
};
use crate::experiment::{
    Alternate, ByNorm, ByValue, Cosine, CosineRestarts, EarlyStopping, Ema, Exponential, Hold, Milestones, OneCycle,
    Polynomial, Ramp, ReduceOnPlateau, StepDecay, Triangle, Zip,
};
use crate::graph::layer::{
    AdaptiveAvgPool, Add, ArgMax, AttentionPool, AvgPool1d, AvgPool2d, BatchNorm, Cnn1d, Concat, Conv1d, Conv2d,
    Dropout, Elu, Embedding, Flatten, Gelu, GeluTanh, GlobalAvgPool, GlobalMaxPool, GroupNorm, Gru, Hardswish,
    Hardtanh, LayerNorm, LeakyRelu, Linear, LogSoftmax, Lstm, MaxPool1d, MaxPool2d, Mean, Mish, Mlp,
    MultiHeadAttention, Multiply, Relu, Reshape, Residual, Ridge, Rnn, Selu, Sequential, Sigmoid, Silu, Softmax,
    Softplus, Softsign, Stack, Tanh, TransformerEncoder,
};
use crate::graph::{Adadelta, Adagrad, Adam, AdamW, Adamax, Asgd, Lbfgs, Lion, NAdam, RAdam, RmsProp, Rprop, Sgd};
use crate::process::scaler::{
    Absolute, Binarizer, Imputer, KBins, MaxAbs, MinMax, Negate, Normalizer, OneHot, Ordinal, PerSampleMinMax,
    PerSampleZeroStart, Power, Quantile, Robust, Segmented, Standard,
};
use crate::process::{Batches, ByCondition, Ordered, Pairs, Random, Triplets};
use crate::spec::Registry;

impl Registry {
    /// The built-in components.
    #[allow(clippy::too_many_lines, reason = "one line a component")]
    pub fn new() -> Self {
        Self::empty()
            .layer(|settings| Mlp::from_settings(settings).spec())
            .layer(|settings| Linear::from_settings(settings).spec())
            .layer(|settings| Concat::from_settings(settings).spec())
            .layer(|settings| ArgMax::from_settings(settings).spec())
            .layer(|settings| Ridge::from_settings(settings).spec())
            .layer(|settings| Add::from_settings(settings).spec())
            .layer(|settings| Mean::from_settings(settings).spec())
            .layer(|settings| Multiply::from_settings(settings).spec())
            .layer(|settings| Stack::from_settings(settings).spec())
            .layer(|settings| AdaptiveAvgPool::from_settings(settings).spec())
            .layer(|settings| AvgPool1d::from_settings(settings).spec())
            .layer(|settings| AvgPool2d::from_settings(settings).spec())
            .layer(|settings| Conv1d::from_settings(settings).spec())
            .layer(|settings| Conv2d::from_settings(settings).spec())
            .layer(|settings| GlobalAvgPool::from_settings(settings).spec())
            .layer(|settings| GlobalMaxPool::from_settings(settings).spec())
            .layer(|settings| MaxPool1d::from_settings(settings).spec())
            .layer(|settings| MaxPool2d::from_settings(settings).spec())
            .layer(|settings| BatchNorm::from_settings(settings).spec())
            .layer(|settings| GroupNorm::from_settings(settings).spec())
            .layer(|settings| LayerNorm::from_settings(settings).spec())
            .layer(|settings| Dropout::from_settings(settings).spec())
            .layer(|settings| Elu::from_settings(settings).spec())
            .layer(|settings| Flatten::from_settings(settings).spec())
            .layer(|settings| Gelu::from_settings(settings).spec())
            .layer(|settings| GeluTanh::from_settings(settings).spec())
            .layer(|settings| Hardswish::from_settings(settings).spec())
            .layer(|settings| Hardtanh::from_settings(settings).spec())
            .layer(|settings| LeakyRelu::from_settings(settings).spec())
            .layer(|settings| LogSoftmax::from_settings(settings).spec())
            .layer(|settings| Mish::from_settings(settings).spec())
            .layer(|settings| Relu::from_settings(settings).spec())
            .layer(|settings| Reshape::from_settings(settings).spec())
            .layer(|settings| Selu::from_settings(settings).spec())
            .layer(|settings| Sigmoid::from_settings(settings).spec())
            .layer(|settings| Silu::from_settings(settings).spec())
            .layer(|settings| Softmax::from_settings(settings).spec())
            .layer(|settings| Softplus::from_settings(settings).spec())
            .layer(|settings| Softsign::from_settings(settings).spec())
            .layer(|settings| Tanh::from_settings(settings).spec())
            .layer(|settings| Cnn1d::from_settings(settings).spec())
            .layer(|settings| Residual::from_settings(settings).spec())
            .layer(|settings| Sequential::from_settings(settings).spec())
            .layer(|settings| Embedding::from_settings(settings).spec())
            .layer(|settings| Gru::from_settings(settings).spec())
            .layer(|settings| Lstm::from_settings(settings).spec())
            .layer(|settings| Rnn::from_settings(settings).spec())
            .layer(|settings| AttentionPool::from_settings(settings).spec())
            .layer(|settings| MultiHeadAttention::from_settings(settings).spec())
            .layer(|settings| TransformerEncoder::from_settings(settings).spec())
            .optimizer(|settings| Sgd::from_settings(settings).spec())
            .optimizer(|settings| Adam::from_settings(settings).spec())
            .optimizer(|settings| AdamW::from_settings(settings).spec())
            .optimizer(|settings| RmsProp::from_settings(settings).spec())
            .optimizer(|settings| Adadelta::from_settings(settings).spec())
            .optimizer(|settings| Adagrad::from_settings(settings).spec())
            .optimizer(|settings| Adamax::from_settings(settings).spec())
            .optimizer(|settings| Asgd::from_settings(settings).spec())
            .optimizer(|settings| Lbfgs::from_settings(settings).spec())
            .optimizer(|settings| Lion::from_settings(settings).spec())
            .optimizer(|settings| NAdam::from_settings(settings).spec())
            .optimizer(|settings| RAdam::from_settings(settings).spec())
            .optimizer(|settings| Rprop::from_settings(settings).spec())
            .loss(|settings| Mse::from_settings(settings).spec())
            .loss(|settings| L1::from_settings(settings).spec())
            .loss(|settings| Huber::from_settings(settings).spec())
            .loss(|settings| CrossEntropy::from_settings(settings).spec())
            .loss(|settings| Nll::from_settings(settings).spec())
            .loss(|settings| Bce::from_settings(settings).spec())
            .loss(|settings| BceWithLogits::from_settings(settings).spec())
            .loss(|settings| TripletMargin::from_settings(settings).spec())
            .loss(|settings| L1Penalty::from_settings(settings).spec())
            .loss(|settings| L2Penalty::from_settings(settings).spec())
            .loss(|settings| SmoothL1::from_settings(settings).spec())
            .loss(|settings| KlDiv::from_settings(settings).spec())
            .loss(|settings| SoftCrossEntropy::from_settings(settings).spec())
            .loss(|settings| InfoNce::from_settings(settings).spec())
            .loss(|settings| NtXent::from_settings(settings).spec())
            .loss(|settings| GaussianNll::from_settings(settings).spec())
            .loss(|settings| PoissonNll::from_settings(settings).spec())
            .loss(|settings| HingeEmbedding::from_settings(settings).spec())
            .loss(|settings| MarginRanking::from_settings(settings).spec())
            .loss(|settings| SoftMargin::from_settings(settings).spec())
            .loss(|settings| Contrastive::from_settings(settings).spec())
            .loss(|settings| CosineEmbedding::from_settings(settings).spec())
            .loss(|settings| MultiMargin::from_settings(settings).spec())
            .metric(|settings| Accuracy::from_settings(settings).spec())
            .metric(|settings| BalancedAccuracy::from_settings(settings).spec())
            .metric(|settings| HammingLoss::from_settings(settings).spec())
            .metric(|settings| CohenKappa::from_settings(settings).spec())
            .metric(|settings| Mcc::from_settings(settings).spec())
            .metric(|settings| AveragePrecision::from_settings(settings).spec())
            .metric(|settings| RocAuc::from_settings(settings).spec())
            .metric(|settings| CalibrationError::from_settings(settings).spec())
            .metric(|settings| Mape::from_settings(settings).spec())
            .metric(|settings| Msle::from_settings(settings).spec())
            .metric(|settings| Pinball::from_settings(settings).spec())
            .metric(|settings| Rmse::from_settings(settings).spec())
            .metric(|settings| MaxError::from_settings(settings).spec())
            .metric(|settings| MedianAbsoluteError::from_settings(settings).spec())
            .metric(|settings| F1::from_settings(settings).spec())
            .metric(|settings| FBeta::from_settings(settings).spec())
            .metric(|settings| Jaccard::from_settings(settings).spec())
            .metric(|settings| Precision::from_settings(settings).spec())
            .metric(|settings| Recall::from_settings(settings).spec())
            .metric(|settings| Brier::from_settings(settings).spec())
            .metric(|settings| LogLoss::from_settings(settings).spec())
            .metric(|settings| TopKAccuracy::from_settings(settings).spec())
            .metric(|settings| ExplainedVariance::from_settings(settings).spec())
            .metric(|settings| R2::from_settings(settings).spec())
            .metric(|settings| VarianceWeightedR2::from_settings(settings).spec())
            .splitter(|settings| Random::from_settings(settings).spec())
            .splitter(|settings| ByCondition::from_settings(settings).spec())
            .splitter(|settings| Ordered::from_settings(settings).spec())
            .scaler(|settings| Standard::from_settings(settings).spec())
            .scaler(|settings| MinMax::from_settings(settings).spec())
            .scaler(|settings| MaxAbs::from_settings(settings).spec())
            .scaler(|settings| Robust::from_settings(settings).spec())
            .scaler(|settings| Quantile::from_settings(settings).spec())
            .scaler(|settings| Power::from_settings(settings).spec())
            .scaler(|settings| Normalizer::from_settings(settings).spec())
            .scaler(|settings| Absolute::from_settings(settings).spec())
            .scaler(|settings| Negate::from_settings(settings).spec())
            .scaler(|settings| PerSampleMinMax::from_settings(settings).spec())
            .scaler(|settings| PerSampleZeroStart::from_settings(settings).spec())
            .scaler(|settings| Segmented::from_settings(settings).spec())
            .scaler(|settings| Binarizer::from_settings(settings).spec())
            .scaler(|settings| KBins::from_settings(settings).spec())
            .scaler(|settings| OneHot::from_settings(settings).spec())
            .scaler(|settings| Ordinal::from_settings(settings).spec())
            .scaler(|settings| Imputer::from_settings(settings).spec())
            .sampler(|settings| Batches::from_settings(settings).spec())
            .sampler(|settings| Triplets::from_settings(settings).spec())
            .sampler(|settings| Pairs::from_settings(settings).spec())
            .callback(|settings| Ema::from_settings(settings).spec())
            .callback(|settings| EarlyStopping::from_settings(settings).spec())
            .callback(|settings| ReduceOnPlateau::from_settings(settings).spec())
            .schedule(|settings| Zip::from_settings(settings).spec())
            .schedule(|settings| Alternate::from_settings(settings).spec())
            .clip(|settings| ByNorm::from_settings(settings).spec())
            .clip(|settings| ByValue::from_settings(settings).spec())
            .rate(|settings| StepDecay::from_settings(settings).spec())
            .rate(|settings| Milestones::from_settings(settings).spec())
            .rate(|settings| Exponential::from_settings(settings).spec())
            .rate(|settings| Cosine::from_settings(settings).spec())
            .rate(|settings| CosineRestarts::from_settings(settings).spec())
            .rate(|settings| OneCycle::from_settings(settings).spec())
            .rate(|settings| Ramp::from_settings(settings).spec())
            .rate(|settings| Hold::from_settings(settings).spec())
            .rate(|settings| Polynomial::from_settings(settings).spec())
            .rate(|settings| Triangle::from_settings(settings).spec())
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}
