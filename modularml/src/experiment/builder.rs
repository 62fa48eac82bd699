//! Experiments written by hand: the same description that the macro makes, statement by statement.

use super::session::Session;

use super::phase::{EvalBuilder, FitBuilder, TrainBuilder};
use super::progress::log_line;
use crate::data::View;
use crate::graph::GraphSpec;
use crate::process::{FoldsSpec, ScalerSpec, SplitterSpec};
use crate::source_line::SourceLine;
use crate::spec::term::with_labels;
use crate::spec::{
    AugmentSpec, AugmenterSpec, CallbackSpec, ExperimentSpec, FeedSpec, PhaseKind, PhaseSpec, ScaleSpec, SplitSpec,
    TermSpec, WatchSpec, WeightSpec,
};
use crate::text::{List, Name, Said, intern};
use crate::{Error, Result};

/// Builds the description of an experiment. Names are checked when it is [built](ExperimentBuilder::build), by the same
/// rules and in the same words as in the macro.
///
/// ```
/// use modularml::experiment::{ExperimentBuilder, Units};
/// use modularml::graph::{GraphBuilder, Reads};
/// use modularml::{layers::*, losses::*, metrics::*, prelude::*};
///
/// #[derive(SampleSchema)]
/// struct Point {
///     #[feat]
///     x: [f32; 2],
///     #[target]
///     y: f32,
/// }
///
/// let rows = (0..60u8).map(|row| f32::from(row) / 60.0);
/// let points = FeatureSet::from_rows(rows.map(|x| Point { x: [x, 1.0 - x], y: 3.0 * x - 1.0 }))?;
/// let graph = GraphBuilder::new("Line")
///     .input("point", Point::SCHEMA)
///     .optimizer(Adam::lr(1e-2))
///     .node("hidden", Mlp::hidden([8]).output([4]), ["point.x"])
///     .node("y", Linear::new(), Reads::of(["hidden"]).predicts("point.y"))
///     .spec();
///
/// let mut study = ExperimentBuilder::new("LineStudy", graph)
///     .seed(42)
///     .split("point", Random::ratios([("train", 0.7), ("val", 0.15), ("test", 0.15)]))
///     .scale("point.y", [Standard::new()], "train")
///     .train("regress", |phase| {
///         phase
///             .feed("point", Batches::of(8).shuffled(), "train")
///             .loss(Mse, ["y", "point.y"])
///             .add_loss(1e-4, L2Penalty, ["hidden"])
///             .epochs(60)
///             .val(1, "val", |eval| eval.loss(Mse, ["y", "point.y"]))
///             .callback(EarlyStopping::patience(10).restore_best(), ["val.loss"])
///     })
///     .eval("test", |phase| {
///         phase.feed("point", "test").metric_in(Units::Raw, "rmse", Rmse, ["y", "point.y"])
///     })
///     .build(vec![points.view()])?;
///
/// let results = study.progress(Progress::Silent).run()?;
/// assert!(results[1].measured("rmse")? < 0.3);
/// # Ok::<(), modularml::Error>(())
/// ```
///
/// A graph of the macros serves as well, so that only what is known at run time is written so:
///
/// ```
/// use modularml::experiment::{ExperimentBuilder, Session};
/// use modularml::graph::{Graph, GraphSpec};
/// use modularml::{layers::*, losses::*, metrics::*, prelude::*};
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     voltage: [f32; 8],
///     #[target]
///     soh: f32,
/// }
///
/// model_graph! {
///     #[optimizer(Adam::lr(1e-3))]
///     graph SohNet(pulse: Pulse) {
///         soh = Mlp::hidden([32])(pulse.voltage) -> pulse.soh;
///     }
/// }
///
/// fn study(rate: f64, epochs: usize, pulses: &FeatureSet<Pulse>) -> Result<Session> {
///     let graph = GraphSpec { optimizer: Some(Adam::lr(rate).spec()), ..SohNet::SPEC };
///     ExperimentBuilder::new("SohStudy", graph)
///         .seed(42)
///         .split("pulse", Random::ratios([("train", 0.8), ("test", 0.2)]))
///         .train("regress", |train| {
///             let train = train.feed("pulse", Batches::of(32).shuffled(), "train");
///             train.loss(Mse, ["soh", "pulse.soh"]).epochs(epochs)
///         })
///         .eval("test", |eval| eval.feed("pulse", "test").metric("rmse", Rmse, ["soh", "pulse.soh"]))
///         .build(vec![pulses.view()])
/// }
///
/// let pulses = FeatureSet::from_rows((0..20u8).map(|row| Pulse { voltage: [f32::from(row); 8], soh: 0.5 }))?;
/// let results = study(0.01, 3, &pulses)?.progress(Progress::Silent).run()?;
/// assert_eq!(results[0].trained()?.epochs, 3);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct ExperimentBuilder {
    name: Name,
    graph: GraphSpec,
    seed: Option<u64>,
    splits: Vec<SplitSpec>,
    scales: Vec<ScaleSpec>,
    augments: Vec<AugmentSpec>,
    weights: Vec<WeightSpec>,
    phases: Vec<PhaseSpec>,
    callbacks: Vec<WatchSpec>,
    said: Said,
    /// What phases say twice.
    mistakes: Vec<String>,
}

impl ExperimentBuilder {
    /// An experiment on a graph, with nothing else yet.
    pub fn new(name: &str, graph: GraphSpec) -> Self {
        let (splits, scales, augments, phases) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (weights, callbacks, said, mistakes) = (Vec::new(), Vec::new(), Said::default(), Vec::new());
        Self {
            name: intern(name),
            graph,
            seed: None,
            splits,
            scales,
            augments,
            weights,
            phases,
            callbacks,
            said,
            mistakes,
        }
    }

    /// The seed of everything random; without one it is 0, and [`build`](Self::build) says so.
    pub fn seed(mut self, seed: u64) -> Self {
        self.said.say("seed");
        self.seed = Some(seed);
        self
    }

    /// Splits the rows of an input, `pulse`, or those of an earlier split of it, `pulse.train`.
    pub fn split(self, rows: &str, splitter: impl Into<SplitterSpec>) -> Self {
        self.add_split(rows, splitter, false)
    }

    /// As [`split`](Self::split), for single rows although a tag of the input groups them; refused where none does.
    pub fn split_independent_rows(self, rows: &str, splitter: impl Into<SplitterSpec>) -> Self {
        self.add_split(rows, splitter, true)
    }

    /// Nothing in the experiment needs to use the splits of the last [`split`](Self::split): a person reads them by
    /// [`Session::split`]; refused where one is used.
    pub fn unused(mut self) -> Self {
        if let Some(split) = self.splits.last_mut() {
            split.unused = true;
        }
        self
    }

    /// Divides the rows of an input, `pulse`, or of an earlier split, `pulse.pool`, several times into rows to train on and
    /// rows to test on, the splits of these names: a session has those of one fold ([`Session::again`]).
    pub fn folds(self, rows: &str, folds: impl Into<FoldsSpec>, [train, test]: [&str; 2]) -> Self {
        self.add_split(rows, folds.into().into_splits(intern(train), intern(test)), false)
    }

    /// As [`folds`](Self::folds), for single rows although a tag of the input groups them; refused where none does.
    pub fn folds_of_independent_rows(self, rows: &str, folds: impl Into<FoldsSpec>, [train, test]: [&str; 2]) -> Self {
        self.add_split(rows, folds.into().into_splits(intern(train), intern(test)), true)
    }

    fn add_split(mut self, rows: &str, splitter: impl Into<SplitterSpec>, rows_are_independent: bool) -> Self {
        let splitter = splitter.into();
        let (input, of) = match rows.split_once('.') {
            Some((input, split)) => (input, Some(intern(split))),
            None => (rows, None),
        };
        self.splits.push(SplitSpec {
            input: intern(input),
            of,
            splitter,
            rows_are_independent,
            unused: false,
            within: None,
        });
        self
    }

    /// Scales a column, written `input.column`, by scalers one after the other, fitted to the rows of one split.
    pub fn scale<T: Into<ScalerSpec>>(
        mut self,
        column: &str,
        scalers: impl IntoIterator<Item = T>,
        fitted_on: &str,
    ) -> Self {
        let (input, column) = column.split_once('.').unwrap_or((column, ""));
        let scalers: Vec<ScalerSpec> = scalers.into_iter().map(Into::into).collect();
        self.scales.push(ScaleSpec {
            input: intern(input),
            column: intern(column),
            scalers: scalers.into(),
            fitted_on: intern(fitted_on),
        });
        self
    }

    /// Varies a feature, written `input.column`, in the steps of train phases, behind its scalers: by these one after the other.
    pub fn augment<T: Into<AugmenterSpec>>(mut self, column: &str, augmenters: impl IntoIterator<Item = T>) -> Self {
        let (input, column) = column.split_once('.').unwrap_or((column, ""));
        let augmenters: Vec<AugmenterSpec> = augmenters.into_iter().map(Into::into).collect();
        self.augments.push(AugmentSpec { input: intern(input), column: intern(column), augmenters: augmenters.into() });
        self
    }

    /// Weighs the rows of an input by a column of it, written `input.column`: losses and metrics are means by these weights.
    pub fn weigh(mut self, column: &str) -> Self {
        let (input, column) = column.split_once('.').unwrap_or((column, ""));
        self.weights.push(WeightSpec { input: intern(input), column: intern(column) });
        self
    }

    /// Adds a train phase.
    #[track_caller]
    pub fn train(mut self, name: &str, phase: impl FnOnce(TrainBuilder) -> TrainBuilder) -> Self {
        let phase = phase(TrainBuilder::new());
        self.mistakes.extend(phase.said.mistakes(&format!("train `{name}`")));
        self.phase(name, phase.feeds, PhaseKind::Train(phase.train))
    }

    /// Adds a fit phase.
    #[track_caller]
    pub fn fit(mut self, name: &str, phase: impl FnOnce(FitBuilder) -> FitBuilder) -> Self {
        let phase = phase(FitBuilder::new());
        self.mistakes.extend(phase.said.mistakes(&format!("fit `{name}`")));
        self.phase(name, phase.feeds, PhaseKind::Fit(phase.fit))
    }

    /// Adds an eval phase.
    #[track_caller]
    pub fn eval(self, name: &str, phase: impl FnOnce(EvalBuilder) -> EvalBuilder) -> Self {
        let phase = phase(EvalBuilder::new());
        self.phase(name, phase.feeds, PhaseKind::Eval(phase.eval))
    }

    /// Adds a callback that follows the whole run.
    pub fn callback(mut self, callback: impl Into<CallbackSpec>) -> Self {
        self.callbacks.push(WatchSpec { callback: callback.into(), watches: List::EMPTY });
        self
    }

    #[track_caller]
    fn phase(mut self, name: &str, feeds: Vec<FeedSpec>, mut kind: PhaseKind) -> Self {
        match &mut kind {
            PhaseKind::Train(train) => {
                label(&mut train.loss);
                let mut validations = train.validations.items().to_vec();
                for validation in &mut validations {
                    label(&mut validation.eval.loss);
                }
                train.validations = validations.into();
            }
            PhaseKind::Eval(eval) => label(&mut eval.loss),
            PhaseKind::Fit(_) => {}
        }
        let line = SourceLine::of_caller();
        self.phases.push(PhaseSpec { name: intern(name), feeds: feeds.into(), kind, line });
        self
    }

    /// The description.
    #[must_use]
    pub fn spec(self) -> ExperimentSpec {
        ExperimentSpec {
            name: self.name,
            graph: self.graph,
            seed: self.seed.unwrap_or_default(),
            splits: self.splits.into(),
            scales: self.scales.into(),
            augments: self.augments.into(),
            weights: self.weights.into(),
            phases: self.phases.into(),
            callbacks: self.callbacks.into(),
            parameters: List::EMPTY,
            choices: List::EMPTY,
            choose: None,
            rows_seed: None,
        }
    }

    /// Checks the description and binds it to data, one view for each input of the graph in order.
    ///
    /// # Errors
    /// [`Error::Refused`] where a statement stands twice, and as [`Session::new`].
    pub fn build(self, data: Vec<View>) -> Result<Session> {
        let mut mistakes = self.said.mistakes(&format!("`{}`", self.name));
        mistakes.extend_from_slice(&self.mistakes);
        if !mistakes.is_empty() {
            return Err(Error::Refused(mistakes));
        }
        if self.seed.is_none() {
            log_line(&format!("{}: seed 0; choose one by .seed(..)", self.name));
        }
        Session::new(self.spec(), data)
    }
}

/// Labels the terms of a loss, as the macro does.
fn label(loss: &mut List<TermSpec>) {
    *loss = with_labels(loss.items().to_vec()).into();
}
