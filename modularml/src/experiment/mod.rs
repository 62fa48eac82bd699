//! Layer 4: losses, metrics, phases and the experiment that runs them.

pub mod loss;
pub mod metric;
mod spec;
mod stopping;

pub use loss::{Agreement, Formula, Loss, LossSpec, PerSample, Slot, Takes};
pub use metric::{Measurement, MetricSpec};
pub use spec::{
    EvalSpec, ExperimentSpec, FeedSpec, FitSpec, MeasureSpec, Operand, PhaseKind, PhaseSpec, ScaleSpec, SplitSpec,
    StopSpec, TermSpec, TrainSpec, Units, ValSpec,
};
pub use stopping::EarlyStopping;
