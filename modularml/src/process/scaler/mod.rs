//! Scalers and encoders: they learn from the rows of one split and transform a column, computing in f64.
//!
//! | scaler | in scikit-learn | undone |
//! | --- | --- | --- |
//! | [`Standard`] | `StandardScaler` | yes |
//! | [`MinMax`] | `MinMaxScaler` | yes |
//! | [`MaxAbs`] | `MaxAbsScaler` | yes |
//! | [`Robust`] | `RobustScaler` | yes |
//! | [`Quantile`] | `QuantileTransformer` | within the range that was seen |
//! | [`Power`] | `PowerTransformer` | yes |
//! | [`Winsorize`] | | within the quantiles |
//! | [`Log1p`] | `FunctionTransformer(np.log1p)` | yes |
//! | [`Normalizer`] | `Normalizer` | no |
//! | [`Absolute`], [`PerSampleMinMax`], [`PerSampleZeroStart`] | | for rows that are known |
//! | [`Negate`] | | yes |
//! | [`Segmented`] | | as the scaler in it |
//! | [`Binarizer`] | `Binarizer` | no |
//! | [`KBins`] | `KBinsDiscretizer` | to the middle of the bin |
//! | [`OneHot`] | `OneHotEncoder` | yes |
//! | [`Ordinal`] | `OrdinalEncoder` | yes |
//! | [`Imputer`] | `SimpleImputer` | no |
//!
//! Each position of a value has its own statistic unless `.over([..])` lists axes over which it is shared:
//! `Standard::new().over([1])` on `[channels, time]` learns one mean for each channel, `.over([0, 1])` one for all.

mod absolute;
mod affine;
mod binarizer;
mod categories;
mod chain;
mod fitted;
mod imputer;
mod k_bins;
mod k_means;
mod log1p;
mod max_abs;
mod min_max;
mod minimize;
mod negate;
mod normal;
mod normalizer;
mod one_hot;
mod ordinal;
mod per_sample_min_max;
mod per_sample_zero_start;
mod power;
mod quantile;
mod ranks;
mod robust;
mod rows;
mod segmented;
mod shared;
mod spec;
mod standard;
mod statistics;
mod step;
#[cfg(test)]
mod tests;
mod values;
mod winsorize;

pub use crate::spec::ScalerSpec;
pub use absolute::Absolute;
pub use binarizer::Binarizer;
pub use chain::FittedChain;
pub use fitted::FittedScaler;
pub use imputer::{Imputer, Replacement};
pub use k_bins::{BinQuantile, BinWidth, KBins};
pub use log1p::Log1p;
pub use max_abs::MaxAbs;
pub use min_max::MinMax;
pub use negate::Negate;
pub use normalizer::{Norm, Normalizer};
pub use one_hot::OneHot;
pub use ordinal::Ordinal;
pub use per_sample_min_max::PerSampleMinMax;
pub use per_sample_zero_start::PerSampleZeroStart;
pub use power::Power;
pub use quantile::Quantile;
pub use robust::Robust;
pub use rows::TrainingRows;
pub use segmented::Segmented;
pub use spec::Scaler;
pub use standard::Standard;
pub use winsorize::Winsorize;

use crate::Error;

/// What a scaler without an inverse says.
fn no_inverse() -> Error {
    Error::Data("it has no inverse".to_owned())
}
