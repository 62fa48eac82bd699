//! Layer 3: layers, optimizers and the graph that joins them.

pub mod layer;
mod model;
pub mod optimizer;
mod spec;
mod typed;

pub use layer::{Activation, Arity, Layer, LayerSpec, Learns, ShapeRule};
pub use model::{ColumnSource, ModelGraph, Outputs};
pub use optimizer::{Optimizer, OptimizerSpec};
pub use spec::{GraphSpec, InputSpec, NodeOptimizer, NodeSpec, Source, TargetSpec};
pub use typed::{Graph, NodeHandle, NodeOutputs, build};
