//! Layer 3: layers, optimizers and the graph that joins them.

mod builder;
pub mod layer;
mod model;
pub mod optimizer;
pub(crate) mod pointwise;
pub(crate) mod real;
pub(crate) mod softmax;
mod spec;
mod typed;

pub use builder::{GraphBuilder, Reads};
pub use layer::{
    Activation, ArgMax, Arity, Concat, Layer, LayerBuild, LayerSpec, Learns, Linear, Mlp, Mode, Ridge, ShapeRule,
};
pub use model::{ColumnSource, ModelGraph, Outputs};
pub use optimizer::{
    Adadelta, Adagrad, Adam, AdamW, Adamax, Lion, NAdam, Optimizer, OptimizerSpec, RAdam, RmsProp, Rprop, Sgd,
};
pub use spec::{GraphSpec, InputSpec, NodeOptimizer, NodeSpec, Source, TargetSpec};
pub use typed::{Graph, NodeHandle, NodeOutputs, build, forward};
