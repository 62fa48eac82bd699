//! Layer 2: splitters, scalers and samplers, which turn a FeatureSet into batches of rows.

pub mod sampler;
pub mod scaler;
pub mod splitter;

pub use sampler::{Comparison, Condition, Draw, Draws, Sampler, SamplerSpec};
pub use scaler::{FittedChain, FittedScaler, MinMax, ScalerSpec, Standard};
pub use splitter::{Random, SplitterSpec};
