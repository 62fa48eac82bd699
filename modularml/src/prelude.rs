//! What every experiment needs: data, the macros, optimizers and rates, splitters, scalers and samplers.
//!
//! What graphs and phases are made of stands beside it: `use modularml::{layers::*, losses::*, metrics::*, prelude::*};`

pub use crate::data::{
    Class, Column, ColumnArray, Condition, Date, Decimal, Dialect, Domain, FeatureSet, Longer, Predicate, Reader,
    Representation, Resample, TimeDelta, TimeOfDay, Timestamp, Twice, View, Windows, column,
};
pub use crate::error::{Error, FileFault, Result};
pub use crate::experiment::{
    Alternate, ByNorm, ByValue, Clip, Cosine, CosineRestarts, EarlyStopping, Ema, Exponential, GradientNorms, Hold,
    Integers, LearningRates, LogUniform, Milestones, Mix, Mixup, OneCycle, Per, Polynomial, PredictionsEvery,
    Predictor, Progress, Ramp, Rate, ReduceOnPlateau, Schedule, Snapshots, StepDecay, StopFile, TimeLimit, Triangle,
    Uniform, WeightStatistics, Zip,
};
pub use crate::graph::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Asgd, BuildOptimizer, Lbfgs, Lion, NAdam, RAdam, RmsProp, Rprop, Sgd,
};
pub use crate::process::{
    Absolute, Assign, Augmenter, Batches, BinQuantile, BinWidth, Binarizer, ByCondition, ByIds, ByValues, Crop, Draw,
    Flip, Imputer, KBins, KFold, LeaveOneGroupOut, Log1p, MaxAbs, MinMax, Negate, Noise, Norm, Normalizer, Ordered,
    Ordinal, Pairs, PerSampleMinMax, PerSampleZeroStart, Power, PredefinedFolds, Quantile, Random, Replacement,
    ResizedCrop, Robust, Scaler, Scaling, Segmented, Shift, Similar, Standard, TimeFolds, Triplets, Unequal, Weighting,
    Winsorize,
};
pub use crate::random::Rng;
pub use crate::search::{GridSearch, HalvingSearch, RandomSearch, SobolSearch};
pub use crate::text::Name;
pub use crate::{
    DType, Layer, Loss, NamedArray, SampleSchema, Sampler, Settings, Splitter, Tensor, experiment, model_graph,
};
pub use modularml_macros::{Augmenter, Callback, Clip, Metric, Mix, Optimizer, Rate, Scaler, Schedule};
