//! The built-in components by name: how a saved file finds the code of its layers, losses and the rest.

use crate::spec::Registry;

/// The registry of these components, each kind with the module in which they stand.
macro_rules! registry {
    ($($kind:ident in $($module:ident)::+ { $($component:ident),+ })+) => {{
        let registry = Registry::empty();
        $(let registry = {
            use $($module)::+::{$($component),+};
            registry$(.$kind(|settings| $component::from_settings(settings).spec()))+
        };)+
        registry
    }};
}

impl Registry {
    /// The built-in components.
    pub fn new() -> Self {
        let registry = registry! {
            layer in crate::graph::fitted {
                Conformal, DecisionTree, ElasticNet, ExtraTrees, GaussianMixture, GaussianProcess, GradientBoosting, Isotonic,
                IsolationForest, KMeans, Lasso, LinearRegression, LogisticRegression, NaiveBayes, NearestNeighbours, Pca, Platt,
                RandomForest, Ridge, SupportVectors
            }
            layer in crate::graph::layer {
                Mlp, Linear, Concat, ArgMax, Add, Mean, Multiply, Stack, AdaptiveAvgPool, AvgPool1d, AvgPool2d, AvgPool3d,
                Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, Upsample, GlobalAvgPool, GlobalMaxPool, MaxPool1d, MaxPool2d, MaxPool3d, BatchNorm, Bilinear, GroupNorm, LayerNorm,
                Dropout, Elu, Flatten, Gelu, GeluTanh, Hardswish, Hardtanh, Relu6, Hardsigmoid, PRelu, PositionwiseLinear, LeakyRelu, LogSoftmax, Mish, Relu, Reshape, Transpose,
                Selu, Sigmoid, Silu, Softmax, Softplus, Softsign, Tanh, Cnn1d, Residual, Sequential, Embedding, OneHot, ProportionalOdds, IsMissing, FillMissing, Gru,
                Lstm, Rnn, MeanOfSequence, MaxOfSequence, LastOfSequence, SumOfSequence, AttentionPool, MultiHeadAttention, TransformerEncoder,
                Hour, DayOfWeek, DayOfYear, Month, Elapsed, Days
            }
            optimizer in crate::graph {
                Sgd, Adam, AdamW, RmsProp, Adadelta, Adagrad, Adamax, Asgd, Lbfgs, Lion, NAdam, RAdam, Rprop
            }
            loss in crate::experiment::loss {
                Mse, L1, Huber, CrossEntropy, Nll, Bce, BceWithLogits, TripletMargin, L1Penalty, L2Penalty, SmoothL1,
                KlDiv, SoftCrossEntropy, InfoNce, NtXent, GaussianNll, PoissonNll, NegativeBinomialNll, HingeEmbedding, MarginRanking,
                SoftMargin, Contrastive, CosineEmbedding, MultiMargin, Quantiles
            }
            metric in crate::experiment::metric {
                Accuracy, BalancedAccuracy, HammingLoss, ClassDistance, CohenKappa, Mcc, AveragePrecision, LabelRankingAveragePrecision, RocAuc, CalibrationError,
                IntervalCoverage, IntervalWidth, Mape, Msle, Pinball, PoissonDeviance, GammaDeviance, TweedieDeviance, Rmse, MaxError, MedianAbsoluteError, F1, FBeta, Jaccard, Precision, Recall, Brier,
                LogLoss, TopKAccuracy, ExplainedVariance, R2, VarianceWeightedR2, Confusion, PerClass, Roc, PrecisionRecall,
                Calibration, RecallAt, MeanAveragePrecision, Neighbours, Silhouette
            }
            splitter in crate::process { Random, ByCondition, ByIds, ByValues, Ordered }
            fold in crate::process { KFold, LeaveOneGroupOut, PredefinedFolds, TimeFolds }
            scaler in crate::process::scaler {
                Standard, MinMax, MaxAbs, Robust, Quantile, Power, Normalizer, Absolute, Negate, PerSampleMinMax,
                PerSampleZeroStart, Segmented, Binarizer, KBins, OneHot, Ordinal, Imputer, Log1p, Winsorize
            }
            sampler in crate::process { Batches, Triplets, Pairs }
            augmenter in crate::process::augmenter { Noise, Scaling, Shift, Flip, Crop, ResizedCrop }
            callback in crate::experiment {
                Ema, EarlyStopping, ReduceOnPlateau, Snapshots, PredictionsEvery, GradientNorms, WeightStatistics,
                LearningRates, TimeLimit, StopFile
            }
            schedule in crate::experiment { Zip, Alternate }
            clip in crate::experiment { ByNorm, ByValue }
            mix in crate::experiment { Mixup }
            rate in crate::experiment {
                StepDecay, Milestones, Exponential, Cosine, CosineRestarts, OneCycle, Ramp, Hold, Polynomial, Triangle
            }
            search in crate::search { GridSearch, RandomSearch, SobolSearch, HalvingSearch }
        };
        #[cfg(feature = "onnx")]
        let registry = registry.layer(|settings| crate::graph::layer::Onnx::from_settings(settings).spec());
        registry
    }
}

impl Default for Registry {
    fn default() -> Self {
        Self::new()
    }
}
