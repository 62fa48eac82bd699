//! Components by name.

use std::collections::BTreeMap;

use super::settings::{LayerSpec, ScalerSpec, Settings};
use super::{
    AugmenterSpec, CallbackSpec, ClipSpec, FoldsSpec, LossSpec, MetricSpec, MixSpec, OptimizerSpec, RateSpec,
    SamplerSpec, ScheduleSpec, SearchSpec, SplitterSpec,
};
use crate::text::Name;

/// How a component is made again from its saved settings: `|settings| SoftTriplet::from_settings(settings).spec()`.
pub type Restore<T> = fn(&Settings) -> T;

/// The components that a saved experiment may name: all built-in ones, and your own once they are registered.
///
/// A file holds names and settings, never code; a name that is not registered is an error.
///
/// ```
/// use modularml::Registry;
/// use modularml::{losses::*, prelude::*};
///
/// /// The fourth power of the error.
/// #[derive(Loss, Clone, Copy)]
/// #[inputs(prediction: Output, target: Numbers)]
/// #[shape(prediction == target)]
/// struct Quartic;
///
/// impl Formula for Quartic {
///     fn forward(&self, inputs: QuarticInputs<'_>) -> Result<PerSample> {
///         let error = (inputs.prediction - inputs.target)?;
///         Ok(PerSample(error.powf(4.0)?.flatten_from(1)?.mean(1)?))
///     }
/// }
///
/// let registry = Registry::new().loss(|settings| Quartic::from_settings(settings).spec());
/// // let study = Session::load("study.mml", &registry)?;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Registry {
    pub(crate) layers: BTreeMap<Name, Restore<LayerSpec>>,
    pub(crate) optimizers: BTreeMap<Name, Restore<OptimizerSpec>>,
    pub(crate) losses: BTreeMap<Name, Restore<LossSpec>>,
    pub(crate) metrics: BTreeMap<Name, Restore<MetricSpec>>,
    pub(crate) splitters: BTreeMap<Name, Restore<SplitterSpec>>,
    pub(crate) folds: BTreeMap<Name, Restore<FoldsSpec>>,
    pub(crate) scalers: BTreeMap<Name, Restore<ScalerSpec>>,
    pub(crate) samplers: BTreeMap<Name, Restore<SamplerSpec>>,
    pub(crate) augmenters: BTreeMap<Name, Restore<AugmenterSpec>>,
    pub(crate) schedules: BTreeMap<Name, Restore<ScheduleSpec>>,
    pub(crate) clips: BTreeMap<Name, Restore<ClipSpec>>,
    pub(crate) mixes: BTreeMap<Name, Restore<MixSpec>>,
    pub(crate) rates: BTreeMap<Name, Restore<RateSpec>>,
    pub(crate) callbacks: BTreeMap<Name, Restore<CallbackSpec>>,
    pub(crate) searches: BTreeMap<Name, Restore<SearchSpec>>,
    /// How many times its size a file may ask for in memory.
    pub(crate) memory_factor: usize,
}

/// Writes the method that registers one kind of component, under the name that the component gives itself.
macro_rules! register {
    ($method:ident, $map:ident, $spec:ty, $what:literal) => {
        #[doc = concat!("Registers a ", $what, "; one of the same name is replaced.")]
        pub fn $method(mut self, restore: Restore<$spec>) -> Self {
            self.$map.insert(restore(&Settings::NONE).name, restore);
            self
        }

        #[doc = concat!("The names that stand for a ", $what, ", sorted.")]
        pub fn $map(&self) -> impl Iterator<Item = Name> {
            self.$map.keys().copied()
        }
    };
}

impl Registry {
    /// No components at all.
    pub(crate) const fn empty() -> Self {
        Self {
            layers: BTreeMap::new(),
            optimizers: BTreeMap::new(),
            losses: BTreeMap::new(),
            metrics: BTreeMap::new(),
            splitters: BTreeMap::new(),
            folds: BTreeMap::new(),
            scalers: BTreeMap::new(),
            samplers: BTreeMap::new(),
            augmenters: BTreeMap::new(),
            schedules: BTreeMap::new(),
            clips: BTreeMap::new(),
            mixes: BTreeMap::new(),
            rates: BTreeMap::new(),
            callbacks: BTreeMap::new(),
            searches: BTreeMap::new(),
            memory_factor: 64,
        }
    }

    /// How many times its size a file may ask for in memory beyond the 1 MiB that every file may, 64 unless said otherwise:
    /// for weights that it does not hold, windows, and the padding of sequences. A file that asks for more is refused
    /// before the memory is.
    pub const fn memory_factor(mut self, factor: usize) -> Self {
        self.memory_factor = factor;
        self
    }

    register!(layer, layers, LayerSpec, "layer");
    register!(optimizer, optimizers, OptimizerSpec, "optimizer");
    register!(loss, losses, LossSpec, "loss");
    register!(metric, metrics, MetricSpec, "metric");
    register!(splitter, splitters, SplitterSpec, "splitter");
    register!(fold, folds, FoldsSpec, "way to make folds");
    register!(scaler, scalers, ScalerSpec, "scaler");
    register!(sampler, samplers, SamplerSpec, "sampler");
    register!(augmenter, augmenters, AugmenterSpec, "way to vary rows");
    register!(schedule, schedules, ScheduleSpec, "schedule");
    register!(clip, clips, ClipSpec, "way to clip gradients");
    register!(mix, mixes, MixSpec, "way to mix rows");
    register!(rate, rates, RateSpec, "course of the learning rate");
    register!(callback, callbacks, CallbackSpec, "callback");
    register!(search, searches, SearchSpec, "search");
}
