//! The phases of an experiment that is written by hand.

use super::clip::ClipSpec;
use super::loss::LossSpec;
use super::metric::MetricSpec;
use super::mix::MixSpec;
use super::rate::{CourseSpec, Per, RateSpec};
use super::schedule::ScheduleSpec;
use crate::process::SamplerSpec;
use crate::source_line::SourceLine;
use crate::spec::callback::VAL;
use crate::spec::{
    CallbackSpec, EvalSpec, FeedSpec, FitSpec, MeasureSpec, Operand, TermSpec, TrainSpec, Units, ValidationSpec,
    WatchSpec,
};
use crate::text::{List, Name, Said, intern};

/// A train phase being written. It learns for 1 epoch unless said otherwise.
#[derive(Clone, Debug)]
#[must_use]
pub struct TrainBuilder {
    pub(super) feeds: Vec<FeedSpec>,
    pub(super) train: TrainSpec,
    pub(super) said: Said,
}

impl TrainBuilder {
    pub(super) fn new() -> Self {
        let train = TrainSpec {
            nodes: None,
            freeze: List::EMPTY,
            frozen_as_initialised: false,
            loss: List::EMPTY,
            schedule: None,
            accumulate: 1,
            mix: None,
            clip: None,
            rate: None,
            epochs: 1,
            skips_non_finite: false,
            step_loss: false,
            validations: List::EMPTY,
            callbacks: List::EMPTY,
        };
        Self { feeds: Vec::new(), train, said: Said::default() }
    }

    /// Feeds an input with the rows of a split, chosen by a sampler.
    pub fn feed(mut self, input: &str, sampler: impl Into<SamplerSpec>, split: &str) -> Self {
        self.feeds.push(FeedSpec { sampler: Some(sampler.into()), ..feed(input, split) });
        self
    }

    /// Feeds an input with one stream of a sampler.
    pub fn feed_stream(mut self, input: &str, sampler: impl Into<SamplerSpec>, stream: &str, split: &str) -> Self {
        let (sampler, stream) = (Some(sampler.into()), Some(intern(stream)));
        self.feeds.push(FeedSpec { sampler, stream, ..feed(input, split) });
        self
    }

    /// Only these nodes learn, and they run even where the loss does not need them.
    pub fn nodes<'a>(mut self, nodes: impl IntoIterator<Item = &'a str>) -> Self {
        self.said.say("nodes");
        self.train.nodes = Some(names(nodes));
        self
    }

    /// These nodes run and do not learn.
    pub fn freeze<'a>(mut self, nodes: impl IntoIterator<Item = &'a str>) -> Self {
        self.said.say("freeze");
        self.train.freeze = names(nodes);
        self
    }

    /// Frozen nodes may be ones that no earlier phase trains; refused where all are trained.
    pub const fn as_initialised(mut self) -> Self {
        self.train.frozen_as_initialised = true;
        self
    }

    /// Adds a loss over inputs written as paths: `soh`, `encoder.anchor`, `pulse.soh`.
    pub fn loss<'a>(self, loss: impl Into<LossSpec>, inputs: impl IntoIterator<Item = &'a str>) -> Self {
        self.add_loss(1.0, loss, inputs)
    }

    /// Adds a weighted loss.
    pub fn add_loss<'a>(
        mut self,
        weight: f64,
        loss: impl Into<LossSpec>,
        inputs: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        push(&mut self.train.loss, term(weight, loss, inputs));
        self
    }

    /// Adds a weighted loss whose value is told under a label; without one it has that of its loss where there are several.
    pub fn labelled_loss<'a>(
        mut self,
        label: &str,
        weight: f64,
        loss: impl Into<LossSpec>,
        inputs: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        push(&mut self.train.loss, TermSpec { label: Some(intern(label)), ..term(weight, loss, inputs) });
        self
    }

    /// The order in which the batches of several feeds are taken: [`Zip`](super::Zip) or
    /// [`Alternate`](super::Alternate).
    pub fn schedule(mut self, schedule: impl Into<ScheduleSpec>) -> Self {
        self.said.say("schedule");
        self.train.schedule = Some(schedule.into());
        self
    }

    /// Changes parameters once for so many batches, by the gradient that one batch of all their rows would have.
    pub fn accumulate(mut self, batches: usize) -> Self {
        self.said.say("accumulate");
        self.train.accumulate = batches;
        self
    }

    /// Mixes the rows of each batch, and with them what losses compare: [`Mixup`](super::Mixup).
    pub fn mix(mut self, mix: impl Into<MixSpec>) -> Self {
        self.said.say("mix");
        self.train.mix = Some(mix.into());
        self
    }

    /// Makes gradients smaller before a change: [`ByNorm`](super::ByNorm) or [`ByValue`](super::ByValue).
    pub fn clip(mut self, clip: impl Into<ClipSpec>) -> Self {
        self.said.say("clip");
        self.train.clip = Some(clip.into());
        self
    }

    /// Multiplies learning rates by these rates, one after the other.
    pub fn rate<T: Into<RateSpec>>(mut self, rates: impl IntoIterator<Item = T>, per: Per) -> Self {
        let rates = rates.into_iter().map(Into::into).collect::<Vec<_>>().into();
        self.said.say("rate");
        self.train.rate = Some(CourseSpec { rates, per, unfinished: false });
        self
    }

    /// The phase may end before the last of its [rates](Self::rate), which are said before; refused where it does not.
    pub const fn unfinished(mut self) -> Self {
        if let Some(course) = &mut self.train.rate {
            course.unfinished = true;
        }
        self
    }

    /// How many times the sampler draws.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.said.say("epochs");
        self.train.epochs = epochs;
        self
    }

    /// Leaves out steps whose loss is NaN or infinite, and their rows out of the loss of the epoch; without it such a
    /// step ends the run with an error that names the node, loss or column where it began, and the rows.
    pub const fn skip_non_finite(mut self) -> Self {
        self.train.skips_non_finite = true;
        self
    }

    /// The loss of each step is among the results, which grow with the steps then.
    pub const fn step_loss(mut self) -> Self {
        self.train.step_loss = true;
        self
    }

    /// Adds the evaluation that is called `val`, as [`validate`](Self::validate) does.
    pub fn val(self, every: usize, split: &str, eval: impl FnOnce(EvalBuilder) -> EvalBuilder) -> Self {
        self.validate(VAL, every, split, eval)
    }

    /// Adds an evaluation of a name of its own: it measures on a split of every fed input after every so many epochs. What an
    /// input is fed with in `eval` takes the place of all rows of that split: what a sampler draws, or another split.
    pub fn validate(
        mut self,
        name: &str,
        every: usize,
        split: &str,
        eval: impl FnOnce(EvalBuilder) -> EvalBuilder,
    ) -> Self {
        let EvalBuilder { feeds, eval } = eval(EvalBuilder::new());
        let (name, split) = (intern(name), intern(split));
        push(&mut self.train.validations, ValidationSpec { name, every, split, feeds: feeds.into(), eval });
        self
    }

    /// Adds a callback that follows the phase, and watches values of its evaluations: `val.loss`, `far.rmse`.
    pub fn callback<'a>(
        mut self,
        callback: impl Into<CallbackSpec>,
        watches: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut callbacks = self.train.callbacks.items().to_vec();
        callbacks.push(WatchSpec { callback: callback.into(), watches: names(watches) });
        self.train.callbacks = callbacks.into();
        self
    }
}

/// A fit phase being written.
#[derive(Clone, Debug)]
#[must_use]
pub struct FitBuilder {
    pub(super) feeds: Vec<FeedSpec>,
    pub(super) fit: FitSpec,
    pub(super) said: Said,
}

impl FitBuilder {
    pub(super) fn new() -> Self {
        Self { feeds: Vec::new(), fit: FitSpec { nodes: List::EMPTY }, said: Said::default() }
    }

    /// Feeds an input with all rows of a split.
    pub fn feed(mut self, input: &str, split: &str) -> Self {
        self.feeds.push(feed(input, split));
        self
    }

    /// The nodes that are fitted, each to the target that it predicts.
    pub fn nodes<'a>(mut self, nodes: impl IntoIterator<Item = &'a str>) -> Self {
        self.said.say("nodes");
        self.fit.nodes = names(nodes);
        self
    }
}

/// An eval phase, or an evaluation of a train phase, being written.
#[derive(Clone, Debug)]
#[must_use]
pub struct EvalBuilder {
    pub(super) feeds: Vec<FeedSpec>,
    pub(super) eval: EvalSpec,
}

impl EvalBuilder {
    pub(super) const fn new() -> Self {
        let eval = EvalSpec { loss: List::EMPTY, metrics: List::EMPTY, predictions: false, on_training_rows: false };
        Self { feeds: Vec::new(), eval }
    }

    /// Feeds an input with all rows of a split; an evaluation of a train phase takes the inputs that its phase feeds.
    pub fn feed(mut self, input: &str, split: &str) -> Self {
        self.feeds.push(feed(input, split));
        self
    }

    /// Feeds an input with rows of a split that a sampler draws, the same at every evaluation.
    pub fn feed_by(mut self, input: &str, sampler: impl Into<SamplerSpec>, split: &str) -> Self {
        self.feeds.push(FeedSpec { sampler: Some(sampler.into()), ..feed(input, split) });
        self
    }

    /// Feeds an input with one stream of a sampler, the same rows at every evaluation.
    pub fn feed_stream(mut self, input: &str, sampler: impl Into<SamplerSpec>, stream: &str, split: &str) -> Self {
        let (sampler, stream) = (Some(sampler.into()), Some(intern(stream)));
        self.feeds.push(FeedSpec { sampler, stream, ..feed(input, split) });
        self
    }

    /// Adds a loss.
    pub fn loss<'a>(self, loss: impl Into<LossSpec>, inputs: impl IntoIterator<Item = &'a str>) -> Self {
        self.add_loss(1.0, loss, inputs)
    }

    /// Adds a weighted loss.
    pub fn add_loss<'a>(
        mut self,
        weight: f64,
        loss: impl Into<LossSpec>,
        inputs: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        push(&mut self.eval.loss, term(weight, loss, inputs));
        self
    }

    /// Adds a weighted loss whose value is told under a label.
    pub fn labelled_loss<'a>(
        mut self,
        label: &str,
        weight: f64,
        loss: impl Into<LossSpec>,
        inputs: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        push(&mut self.eval.loss, TermSpec { label: Some(intern(label)), ..term(weight, loss, inputs) });
        self
    }

    /// Adds a metric under a name.
    #[track_caller]
    pub fn metric<'a>(
        mut self,
        name: &str,
        metric: impl Into<MetricSpec>,
        inputs: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        push(&mut self.eval.metrics, measure(name, metric, inputs, None));
        self
    }

    /// Adds a metric under a name, in raw or scaled units; to be said where the target is scaled.
    #[track_caller]
    pub fn metric_in<'a>(
        mut self,
        units: Units,
        name: &str,
        metric: impl Into<MetricSpec>,
        inputs: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        push(&mut self.eval.metrics, measure(name, metric, inputs, Some(units)));
        self
    }

    /// Chooses the threshold at which a metric is best on the rows of a split, and reports it under a name: a probability, as
    /// `.threshold(..)` of a metric takes it. All metrics of the same score in this phase that say no threshold of their own
    /// decide by it, and so do [`predictions`](Self::predictions).
    ///
    /// ```
    /// # use modularml::experiment::ExperimentBuilder;
    /// # use modularml::graph::{GraphBuilder, Reads};
    /// # use modularml::{layers::*, losses::*, metrics::*, prelude::*};
    /// # #[derive(SampleSchema)]
    /// # struct Clip {
    /// #     #[feat]
    /// #     level: f32,
    /// #     #[target]
    /// #     loud: bool,
    /// # }
    /// # let clips = (0..60u8).map(|row| Clip { level: f32::from(row % 10), loud: row % 10 > 6 });
    /// # let clips = FeatureSet::from_rows(clips)?;
    /// # let graph = GraphBuilder::new("Loudness")
    /// #     .input("clip", Clip::SCHEMA)
    /// #     .optimizer(Adam::lr(1e-2))
    /// #     .node("loud", Linear::new(), Reads::of(["clip.level"]).predicts("clip.loud"))
    /// #     .spec();
    /// # let study = ExperimentBuilder::new("LoudnessStudy", graph)
    /// #     .split("clip", Random::ratios([("train", 0.6), ("val", 0.2), ("test", 0.2)]))
    /// #     .train("learn", |phase| {
    /// #         let phase = phase.feed("clip", Batches::of(8).shuffled(), "train");
    /// #         phase.loss(BceWithLogits::new(), ["loud", "clip.loud"]).epochs(2)
    /// #     });
    /// let study = study.eval("test", |phase| {
    ///     let phase = phase.feed("clip", "test").threshold("cut", F1::new(), ["loud", "clip.loud"], "val");
    ///     phase.metric("f1", F1::new(), ["loud", "clip.loud"])
    /// });
    /// let mut session = study.build(vec![clips.view()])?;
    /// # session.progress(Progress::Silent);
    /// let results = session.run()?;
    /// let cut = results[1].measured("cut")?;
    /// assert!((0.0..=1.0).contains(&cut));
    /// # Ok::<(), modularml::Error>(())
    /// ```
    #[track_caller]
    pub fn threshold<'a>(
        mut self,
        name: &str,
        metric: impl Into<MetricSpec>,
        inputs: impl IntoIterator<Item = &'a str>,
        split: &str,
    ) -> Self {
        let chosen_on = Some(intern(split));
        push(&mut self.eval.metrics, MeasureSpec { chosen_on, ..measure(name, metric, inputs, None) });
        self
    }

    /// Keeps what the graph gives for the rows as a table, among the results; refused in an evaluation of a train phase.
    pub const fn predictions(mut self) -> Self {
        self.eval.predictions = true;
        self
    }

    /// Allows rows to be measured that a train phase learns from; refused where there are none.
    pub const fn on_training_rows(mut self) -> Self {
        self.eval.on_training_rows = true;
        self
    }
}

fn feed(input: &str, split: &str) -> FeedSpec {
    FeedSpec { input: intern(input), sampler: None, split: intern(split), stream: None }
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> List<Name> {
    names.into_iter().map(intern).collect::<Vec<_>>().into()
}

/// One weighted loss over inputs written as paths.
pub(super) fn term<'a>(weight: f64, loss: impl Into<LossSpec>, inputs: impl IntoIterator<Item = &'a str>) -> TermSpec {
    TermSpec { label: None, weight, loss: loss.into(), inputs: operands(inputs) }
}

/// Inputs as they are written: `soh`, `encoder.anchor`, `pulse.soh`, `encoder.negative as positive`.
pub(super) fn operands<'a>(paths: impl IntoIterator<Item = &'a str>) -> List<Operand> {
    paths.into_iter().map(Operand::from).collect::<Vec<_>>().into()
}

/// A list with one more item.
pub(super) fn push<T: Clone>(list: &mut List<T>, item: T) {
    let mut items = list.items().to_vec();
    items.push(item);
    *list = items.into();
}

/// A measured metric over inputs written as paths.
#[track_caller]
pub(super) fn measure<'a>(
    name: &str,
    metric: impl Into<MetricSpec>,
    inputs: impl IntoIterator<Item = &'a str>,
    units: Option<Units>,
) -> MeasureSpec {
    let line = SourceLine::of_caller();
    MeasureSpec { name: intern(name), metric: metric.into(), inputs: operands(inputs), units, chosen_on: None, line }
}
