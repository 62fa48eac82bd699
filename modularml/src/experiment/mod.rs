//! Layer 4: losses, metrics, phases and the experiment that runs them.

mod ahead;
mod asked;
mod augmented;
mod average;
mod balance;
mod batch_rows;
mod binding;
mod builder;
mod callback;
mod callbacks;
mod clip;
mod deciding;
mod drawn;
mod evaluate;
mod exact;
mod feeds;
mod folds;
mod gathered;
mod gradients;
mod guard;
mod handle;
mod kept;
pub mod loss;
mod masters;
mod measure;
pub mod metric;
mod mix;
mod mixed;
mod model;
mod moment;
#[cfg(feature = "ndarray")]
mod ndarrays;
mod node_value;
mod one_row;
mod operand;
mod optimizers;
mod phase;
mod plateau;
mod predict;
mod predictions;
mod predictor;
mod progress;
mod ranks;
mod rate;
mod raw_units;
mod recorded;
mod rehearsal;
mod reporter;
mod results;
mod run;
mod schedule;
mod series;
mod session;
mod spans;
mod state;
mod stopping;
mod suspect;
mod table;
mod terms;
#[cfg(test)]
mod tests;
mod threshold;
mod train;
mod trial;
mod unknown;
mod update;
mod waiting;
mod weights;

pub use crate::plan::watched::Watched;
pub use crate::spec::{
    AugmentSpec, Between, ChoiceSpec, ChooseSpec, ChosenFrom, EvalSpec, ExperimentSpec, FeedSpec, FitSpec, Integers,
    LogUniform, MeasureSpec, NoParameters, Operand, ParameterSpec, ParameterValue, Parameters, PhaseKind, PhaseSpec,
    ScaleSpec, SplitSpec, Spread, TermSpec, TrainSpec, Uniform, Units, ValidationSpec, WatchSpec, WeightSpec,
    WithinFold,
};
pub use average::Ema;
pub(crate) use binding::{Scale, Split, bound};
pub use builder::ExperimentBuilder;
pub(crate) use callback::ENDS_PHASE;
pub use callback::{
    BuildCallback, Callback, CallbackSpec, EpochInfo, GradientNorms, LearningRates, LossInfo, Moment, Next,
    PredictionsEvery, Snapshots, StepInfo, StopFile, TimeLimit, WeightStatistics,
};
pub use clip::{BuiltClip, ByNorm, ByValue, Clip, ClipSpec};
pub use folds::{ByFold, ComparedStudy, Comparison, FoldsResult, OverFolds, PairedDifference};
pub use gradients::{Gradient, GradientInfo};
pub use handle::{PhaseHandle, SplitHandle};
pub use loss::{Agreement, Formula, Loss, LossSpec, PerSample, Slot, Takes};
pub use metric::{Gives, Measure, Measurement, Memory, MetricSpec, MetricValue};
pub use mix::{BuiltMix, Mix, MixSpec, Mixup};
pub use node_value::NodeValue;
pub(crate) use optimizers::OptimizerStates;
pub use phase::{EvalBuilder, FitBuilder, TrainBuilder};
pub use plateau::{Plateau, ReduceOnPlateau};
pub use predict::Predictions;
pub use predictor::Predictor;
pub use progress::{LogWriter, Progress, log_line};
#[cfg(feature = "mpi")]
pub use ranks::Mpi;
pub(crate) use ranks::Sharing;
pub use ranks::{Collective, Numbers, Ranks, ThreadRank, Threads};
pub use rate::{
    BuiltRate, Cosine, CosineRestarts, Course, CourseSpec, Exponential, Hold, Milestones, OneCycle, Per, Polynomial,
    Ramp, Rate, RateSpec, StepDecay, Triangle,
};
pub(crate) use recorded::Recorded;
pub use rehearsal::{Rehearsal, Rehearsed};
pub use results::{
    EvalResult, FitResult, NamedValue, PhaseResult, TermResult, TrainResult, ValidationResult, result_of,
};
pub use run::Run;
pub(crate) use run::{RunPlace, weights_of};
pub use schedule::{Alternate, BuiltSchedule, Lengths, Order, Schedule, ScheduleSpec, Zip};
pub use series::{Key, Reduce, Series};
pub use session::Session;
pub(crate) use session::checked;
pub use state::State;
pub(crate) use state::Tree;
pub use stopping::EarlyStopping;
pub use table::PredictionTable;
pub(crate) use trial::words;
pub(crate) use unknown::missing;
pub use weights::Weights;
