//! Components by name: how a saved file finds the code of its layers, losses and the rest.

use std::collections::BTreeMap;

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
use crate::spec::{LayerSpec, LossSpec, MetricSpec, OptimizerSpec, SamplerSpec, ScalerSpec, Settings, SplitterSpec};
use crate::text::Name;

/// How a component is made again from its saved settings: `|settings| SoftTriplet::from_settings(settings).spec()`.
pub type Restore<T> = fn(&Settings) -> T;

/// The components that a saved experiment may name: all built-in ones, and your own once they are registered.
///
/// A file holds names and settings, never code; a name that is not registered is an error.
///
/// ```
/// use modularml::Registry;
/// use modularml::prelude::*;
///
/// /// The fourth power of the error.
/// #[derive(Loss, Clone, Copy)]
/// #[inputs(prediction: Output, target: Numbers)]
/// #[shape(prediction == target)]
/// struct Quartic;
///
/// impl Formula for Quartic {
///     fn forward(&self, inputs: QuarticInputs<'_>) -> Result<PerSample> {
///         let error = (inputs.prediction - inputs.target)?;
///         Ok(PerSample(error.powf(4.0)?.flatten_from(1)?.mean(1)?))
///     }
/// }
///
/// let registry = Registry::new().loss(|settings| Quartic::from_settings(settings).spec());
/// // let study = Session::load("study.mml", &registry)?;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Registry {
    pub(crate) layers: BTreeMap<Name, Restore<LayerSpec>>,
    pub(crate) optimizers: BTreeMap<Name, Restore<OptimizerSpec>>,
    pub(crate) losses: BTreeMap<Name, Restore<LossSpec>>,
    pub(crate) metrics: BTreeMap<Name, Restore<MetricSpec>>,
    pub(crate) splitters: BTreeMap<Name, Restore<SplitterSpec>>,
    pub(crate) scalers: BTreeMap<Name, Restore<ScalerSpec>>,
    pub(crate) samplers: BTreeMap<Name, Restore<SamplerSpec>>,
}

/// Writes the method that registers one kind of component, under the name that the component gives itself.
macro_rules! register {
    ($method:ident, $map:ident, $spec:ty, $what:literal) => {
        #[doc = concat!("Registers a ", $what, "; one of the same name is replaced.")]
        pub fn $method(mut self, restore: Restore<$spec>) -> Self {
            self.$map.insert(restore(&Settings::NONE).name, restore);
            self
        }

        #[doc = concat!("The names that stand for a ", $what, ", sorted.")]
        pub fn $map(&self) -> impl Iterator<Item = Name> {
            self.$map.keys().copied()
        }
    };
}

impl Registry {
    /// The built-in components.
    #[allow(clippy::too_many_lines, reason = "one line a component")]
    pub fn new() -> Self {
        let none = Self {
            layers: BTreeMap::new(),
            optimizers: BTreeMap::new(),
            losses: BTreeMap::new(),
            metrics: BTreeMap::new(),
            splitters: BTreeMap::new(),
            scalers: BTreeMap::new(),
            samplers: BTreeMap::new(),
        };
        none.layer(|settings| Mlp::from_settings(settings).spec())
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
    }

    register!(layer, layers, LayerSpec, "layer");
    register!(optimizer, optimizers, OptimizerSpec, "optimizer");
    register!(loss, losses, LossSpec, "loss");
    register!(metric, metrics, MetricSpec, "metric");
    register!(splitter, splitters, SplitterSpec, "splitter");
    register!(scaler, scalers, ScalerSpec, "scaler");
    register!(sampler, samplers, SamplerSpec, "sampler");
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}
