//! Layer 4: losses, metrics, phases and the experiment that runs them.

mod ahead;
mod builder;
mod callback;
mod clip;
mod drawn;
mod engine;
mod evaluate;
mod feeds;
mod guard;
mod learning;
pub mod loss;
mod masters;
pub mod metric;
mod operand;
mod optimizers;
mod phase;
mod plateau;
mod predict;
mod progress;
mod rate;
mod results;
mod run;
mod schedule;
mod stopping;
mod terms;
#[cfg(test)]
mod tests;
mod train;
mod unknown;
mod update;

pub use crate::spec::{
    EvalSpec, ExperimentSpec, FeedSpec, FitSpec, MeasureSpec, Operand, PhaseKind, PhaseSpec, ReduceSpec, ScaleSpec,
    SplitSpec, StopSpec, TermSpec, TrainSpec, Units, ValSpec,
};
pub use builder::ExperimentBuilder;
pub use callback::{Callback, EpochInfo, StepInfo};
pub use clip::{ByNorm, ByValue, ClipSpec};
pub use engine::Experiment;
pub(crate) use engine::{Scale, Split, check_data, refuse};
pub use loss::{Agreement, Formula, Loss, LossSpec, PerSample, Slot, Takes};
pub use metric::{Measurement, Memory, MetricSpec};
pub(crate) use optimizers::OptimizerStates;
pub use phase::{EvalBuilder, FitBuilder, TrainBuilder};
pub use plateau::{Plateau, ReduceOnPlateau};
pub use predict::Predictions;
pub use progress::{Progress, log_line};
pub use rate::{
    Cosine, CosineRestarts, CourseSpec, Exponential, Hold, Milestones, OneCycle, Per, Polynomial, Ramp, RateSpec,
    StepDecay, Triangle,
};
pub use results::{EvalResult, FitResult, PhaseResult, TrainResult, ValResult, result_of};
pub use schedule::{Alternate, Lengths, Schedule, ScheduleSpec, Zip};
pub use stopping::EarlyStopping;
