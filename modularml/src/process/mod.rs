//! Layer 2: splitters, scalers and samplers, which turn a FeatureSet into batches of rows.

pub mod sampler;
pub mod scaler;
pub mod splitter;

pub use sampler::{
    Batches, Comparison, Condition, Conditions, Demands, Draw, DrawnBatch, Draws, Loader, MAX_CONDITIONS, Matches,
    Pairs, Position, Roles, Sampler, SamplerSpec, Similar, Tiers, Triplets, Unequal, Weighting,
};
pub use scaler::{FittedChain, FittedScaler, MinMax, ScalerSpec, Standard};
pub use splitter::{Random, SplitterSpec};
