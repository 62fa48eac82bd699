//! Descriptions: plain data that a macro writes into a constant, a builder fills at run time, and a file holds.

#[macro_use]
mod code;

pub(crate) mod callback;
mod check;
mod choice;
mod clip;
mod component;
mod condition;
mod experiment;
mod folds;
mod graph;
mod layer;
mod loss;
mod metric;
mod operand;
mod optimizer;
pub(crate) mod parameter;
mod precision;
mod predicate;
mod range;
mod rate;
mod real;
mod registry;
mod resampled;
mod sampler;
mod saved;
mod schedule;
mod schema;
mod search;
mod settings;
mod shape_rule;
mod shares;
mod similarity;
mod splitter;
pub(crate) mod standing;
pub(crate) mod term;
pub(crate) mod time;
mod time_step;
mod value;
mod window;
mod windows;

pub use crate::text::{MAX_SIZES, Sizes};
pub use callback::{CallbackSpec, WatchSpec};
pub use choice::{Between, ChoiceSpec, ChosenFrom, Integers, LogUniform, Spread, Uniform, Whole};
pub use clip::ClipSpec;
pub use code::Code;
pub(crate) use component::{from_json, read, read_as};
pub use condition::{Comparison, Condition, Literal, Literals, Test};
pub(crate) use experiment::parameters_in;
pub use experiment::{
    ChooseSpec, Describe, EvalSpec, ExperimentSpec, FeedSpec, FitSpec, MeasureSpec, PhaseKind, PhaseSpec, ScaleSpec,
    SplitSpec, TrainSpec, Units, ValidationSpec, WeightSpec, WithinFold,
};
pub use folds::FoldsSpec;
pub use graph::{AlignSpec, GraphSpec, InputSpec, NodeOptimizer, NodeSpec, Source, TargetSpec};
pub use layer::{Activation, Arity, Learns, OnPadding};
pub use loss::{Agreement, LossSpec, Slot, Takes};
pub use metric::{Gives, Memory, MetricSpec};
pub use operand::Operand;
pub use optimizer::OptimizerSpec;
pub use parameter::{NoParameters, ParameterSpec, ParameterValue, Parameters};
pub use precision::Precision;
pub use predicate::Predicate;
pub(crate) use predicate::{Expression, Owned};
pub use range::Range;
pub use rate::{CourseSpec, Per, RateSpec};
pub use registry::{Registry, Restore};
pub use resampled::{Fill, Origin, ResampledColumn, ResampledSpec};
pub use sampler::{Comparison as RowComparison, Condition as RowCondition, Demands, SamplerSpec};
pub(crate) use saved::keep_layers;
pub use schedule::ScheduleSpec;
pub use schema::{Column, ColumnSpec, Domain, Dtype, Longer, SchemaSpec};
pub use search::SearchSpec;
pub use settings::{FromSettings, InferShape, LayerSpec, MAX_SETTINGS, ScalerSpec, Setting, Settings, Value, shape};
pub use shape_rule::{ShapeRule, SlidingWindow, Times};
pub use shares::{Conditions, Label, MAX_SHARES, Shares};
pub use similarity::{MAX_SIMILARITIES, Similar, Similarities, Weighting};
pub use splitter::{MAX_SPLITS, SplitNames, SplitterSpec};
pub use term::TermSpec;
pub use time::{Date, TimeDelta, TimeOfDay, Timestamp};
pub(crate) use time_step::Ticks;
pub use time_step::TimeStep;
pub use window::Padding;
pub(crate) use window::Slide;
pub use windows::{Take, WindowColumn, WindowsSpec};
