//! Layer 2: splitters, scalers and samplers, which turn a FeatureSet into batches of rows.

pub mod augmenter;
pub mod fold;
mod members;
mod order;
pub mod sampler;
pub mod scaler;
pub mod splitter;
mod windows;

pub use augmenter::{AugmentSpec, Augmenter, AugmenterSpec, Crop, Flip, Noise, ResizedCrop, Scaling, Shift};
pub use fold::{Fold, FoldPositions, FoldsSpec, KFold, LeaveOneGroupOut, PredefinedFolds, TimeFolds};
pub use sampler::{
    Batches, Comparison, Condition, Demands, Draw, DrawnBatch, Draws, Loader, MAX_SIMILARITIES, Matches, Pairs,
    Position, Roles, Sampler, SamplerSpec, Similar, Similarities, Tiers, Triplets, Unequal, Weighting,
};
pub use scaler::{
    Absolute, BinQuantile, BinWidth, Binarizer, FittedChain, FittedScaler, Imputer, KBins, Log1p, MaxAbs, MinMax,
    Negate, Norm, Normalizer, OneHot, Ordinal, PerSampleMinMax, PerSampleZeroStart, Power, Quantile, Replacement,
    Robust, Scaler, ScalerSpec, Segmented, Standard, TrainingRows, Winsorize,
};
pub use splitter::{
    Assign, ByCondition, ByIds, ByValues, Ordered, Random, SplitNames, SplitRecord, SplitStep, Splitter, SplitterSpec,
};
