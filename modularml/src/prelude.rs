//! Everything that declaring and running an experiment needs: `use modularml::prelude::*;`

pub use crate::data::{
    Class, Column, ColumnArray, Condition, Dynamic, FeatureSet, Longer, Predicate, Reader, Representation, View, column,
};
pub use crate::error::{Error, Result};
pub use crate::experiment::loss::{
    Bce, BceWithLogits, CrossEntropy, Formula, Huber, L1, L2, Mse, Nll, PerSample, TripletMargin,
};
pub use crate::experiment::metric::{Accuracy, Mae, R2, Rmse};
pub use crate::experiment::{Alternate, EarlyStopping, Progress, Zip};
pub use crate::graph::{Activation, Adam, AdamW, ArgMax, Concat, Linear, Mlp, Ridge, RmsProp, Sgd};
pub use crate::list::Name;
pub use crate::process::{
    Absolute, Assign, Batches, BinQuantile, BinWidth, Binarizer, ByCondition, Draw, FittedChain, Imputer, KBins, KFold,
    LeaveOneGroupOut, MaxAbs, MinMax, Negate, Norm, Normalizer, OneHot, Ordered, Ordinal, Pairs, PerSampleMinMax,
    PerSampleZeroStart, Power, Quantile, Random, Replacement, Robust, Segmented, Similar, SplitRecord, Standard,
    TimeFolds, Triplets, Unequal, Weighting,
};
pub use crate::random::Rng;
pub use crate::{Loss, SampleSchema, Sampler, Settings, Splitter, Tensor, experiment, model_graph};
