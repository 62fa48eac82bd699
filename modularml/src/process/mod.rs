//! Layer 2: splitters, scalers and samplers, which turn a FeatureSet into batches of rows.

pub mod sampler;
pub mod scaler;
pub mod splitter;

pub use sampler::{
    Batches, Comparison, Condition, Demands, Draw, DrawnBatch, Draws, Loader, MAX_SIMILARITIES, Matches, Pairs,
    Position, Roles, Sampler, SamplerSpec, Similar, Similarities, Tiers, Triplets, Unequal, Weighting,
};
pub use scaler::{FittedChain, FittedScaler, MinMax, ScalerSpec, Standard};
pub use splitter::{Random, SplitterSpec};
