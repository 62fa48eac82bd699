//! What a component stands as: the notation asks for it by name, so that one of another kind is refused in words. The traits
//! are written out, because rustc would show all of a macro beside each refusal.

use super::{
    AugmenterSpec, CallbackSpec, ClipSpec, FoldsSpec, LayerSpec, LossSpec, MetricSpec, MixSpec, OptimizerSpec,
    RateSpec, SamplerSpec, ScalerSpec, ScheduleSpec, SearchSpec, SplitterSpec,
};

/// What is of another kind has these methods too, and may call none.
#[allow(missing_docs, clippy::wrong_self_convention, reason = "each is refused, and components are small values")]
pub trait Standing: Sized {
    fn as_layer(self) -> LayerSpec
    where
        Self: AsLayer,
    {
        self.erased()
    }

    fn as_optimizer(self) -> OptimizerSpec
    where
        Self: AsOptimizer,
    {
        self.erased()
    }

    fn as_splitter(self) -> SplitterSpec
    where
        Self: AsSplitter,
    {
        self.erased()
    }

    fn as_folds(self) -> FoldsSpec
    where
        Self: AsFolds,
    {
        self.erased()
    }

    fn as_sampler(self) -> SamplerSpec
    where
        Self: AsSampler,
    {
        self.erased()
    }

    fn as_scaler(self) -> ScalerSpec
    where
        Self: AsScaler,
    {
        self.erased()
    }

    fn as_loss(self) -> LossSpec
    where
        Self: AsLoss,
    {
        self.erased()
    }

    fn as_metric(self) -> MetricSpec
    where
        Self: AsMetric,
    {
        self.erased()
    }

    fn as_schedule(self) -> ScheduleSpec
    where
        Self: AsSchedule,
    {
        self.erased()
    }

    fn as_clip(self) -> ClipSpec
    where
        Self: AsClip,
    {
        self.erased()
    }

    fn as_mix(self) -> MixSpec
    where
        Self: AsMix,
    {
        self.erased()
    }

    fn as_rate(self) -> RateSpec
    where
        Self: AsRate,
    {
        self.erased()
    }

    fn as_callback(self) -> CallbackSpec
    where
        Self: AsCallback,
    {
        self.erased()
    }

    fn as_augmenter(self) -> AugmenterSpec
    where
        Self: AsAugmenter,
    {
        self.erased()
    }

    fn as_search(self) -> SearchSpec
    where
        Self: AsSearch,
    {
        self.erased()
    }
}

impl<T> Standing for T {}

/// A layer.
#[diagnostic::on_unimplemented(
    message = "expected a layer, found `{Self}`",
    label = "expected a layer",
    note = "a node is a layer and what it reads: encoder = Mlp::hidden([64]).output([16])(pulse.voltage);"
)]
pub trait AsLayer: Sized {
    /// The component as such.
    fn erased(self) -> LayerSpec;
}

/// An optimizer.
#[diagnostic::on_unimplemented(
    message = "expected an optimizer, found `{Self}`",
    label = "expected an optimizer",
    note = "optimizers are in `modularml::graph`: #[optimizer(Adam::lr(1e-3))]"
)]
pub trait AsOptimizer: Sized {
    /// The component as such.
    fn erased(self) -> OptimizerSpec;
}

/// A splitter.
#[diagnostic::on_unimplemented(
    message = "expected a splitter, found `{Self}`",
    label = "expected a splitter",
    note = "splitters are Random, Ordered and ByCondition; folds have a statement: folds pulse = KFold::of(5) into train, val;"
)]
pub trait AsSplitter: Sized {
    /// The component as such.
    fn erased(self) -> SplitterSpec;
}

/// A way to make folds.
#[diagnostic::on_unimplemented(
    message = "expected a way to make folds, found `{Self}`",
    label = "expected a way to make folds",
    note = "folds are made by KFold, LeaveOneGroupOut, TimeFolds and PredefinedFolds: folds pulse = KFold::of(5) into train, val;"
)]
pub trait AsFolds: Sized {
    /// The component as such.
    fn erased(self) -> FoldsSpec;
}

/// A sampler.
#[diagnostic::on_unimplemented(
    message = "expected a sampler, found `{Self}`",
    label = "expected a sampler",
    note = "samplers are Batches, Pairs and Triplets: feed pulse = Batches::of(32).shuffled()(train);"
)]
pub trait AsSampler: Sized {
    /// The component as such.
    fn erased(self) -> SamplerSpec;
}

/// A scaler.
#[diagnostic::on_unimplemented(
    message = "expected a scaler, found `{Self}`",
    label = "expected a scaler",
    note = "scalers are Standard, MinMax, Robust and others in `modularml::process`; OneHot and other layers are nodes of the graph"
)]
pub trait AsScaler: Sized {
    /// The component as such.
    fn erased(self) -> ScalerSpec;
}

/// A loss.
#[diagnostic::on_unimplemented(
    message = "expected a loss, found `{Self}`",
    label = "expected a loss",
    note = "losses are in `modularml::losses`; a metric has a name and stands in `eval` or `validate`: rmse = Rmse(soh, pulse.soh);"
)]
pub trait AsLoss: Sized {
    /// The component as such.
    fn erased(self) -> LossSpec;
}

/// A metric or a loss.
#[diagnostic::on_unimplemented(
    message = "expected a metric or a loss, found `{Self}`",
    label = "expected a metric or a loss",
    note = "metrics are in `modularml::metrics`, losses in `modularml::losses`"
)]
pub trait AsMetric: Sized {
    /// The component as such.
    fn erased(self) -> MetricSpec;
}

/// A schedule.
#[diagnostic::on_unimplemented(
    message = "expected a schedule, found `{Self}`",
    label = "expected a schedule",
    note = "schedules are Zip and Alternate; how a learning rate changes is a rate: rate = Cosine::over(20) per epoch;"
)]
pub trait AsSchedule: Sized {
    /// The component as such.
    fn erased(self) -> ScheduleSpec;
}

/// What clips gradients.
#[diagnostic::on_unimplemented(
    message = "expected what clips gradients, found `{Self}`",
    label = "expected what clips gradients",
    note = "gradients are clipped by ByNorm and ByValue: clip = ByNorm::of(1.0);"
)]
pub trait AsClip: Sized {
    /// The component as such.
    fn erased(self) -> ClipSpec;
}

/// What mixes rows.
#[diagnostic::on_unimplemented(
    message = "expected what mixes rows, found `{Self}`",
    label = "expected what mixes rows",
    note = "the rows of a batch are mixed by Mixup: mix = Mixup::alpha(0.2);"
)]
pub trait AsMix: Sized {
    /// The component as such.
    fn erased(self) -> MixSpec;
}

/// A rate.
#[diagnostic::on_unimplemented(
    message = "expected a rate, found `{Self}`",
    label = "expected a rate",
    note = "rates are Cosine, Ramp, StepDecay and others: rate = Cosine::over(20) per epoch;"
)]
pub trait AsRate: Sized {
    /// The component as such.
    fn erased(self) -> RateSpec;
}

/// A callback.
#[diagnostic::on_unimplemented(
    message = "expected a callback, found `{Self}`",
    label = "expected a callback",
    note = "callbacks are EarlyStopping, ReduceOnPlateau, Ema, and types that derive Callback"
)]
pub trait AsCallback: Sized {
    /// The component as such.
    fn erased(self) -> CallbackSpec;
}

/// What varies rows.
#[diagnostic::on_unimplemented(
    message = "expected what varies rows, found `{Self}`",
    label = "expected what varies rows",
    note = "rows are varied by Noise, Scaling, Shift, Crop and Flip: augment pulse.voltage = Noise::deviation(0.01);"
)]
pub trait AsAugmenter: Sized {
    /// The component as such.
    fn erased(self) -> AugmenterSpec;
}

/// A search.
#[diagnostic::on_unimplemented(
    message = "expected a search, found `{Self}`",
    label = "expected a search",
    note = "searches are GridSearch, RandomSearch, SobolSearch and HalvingSearch: choose RandomSearch::trials(40) by \
            regress.val.loss;"
)]
pub trait AsSearch: Sized {
    /// The component as such.
    fn erased(self) -> SearchSpec;
}

/// Gives each kind of component the method by which it stands as what it is.
macro_rules! stands {
    ($($spec:ident as $trait:ident by $method:ident;)*) => {$(
        impl $spec {
            #[doc(hidden)]
            #[must_use]
            pub const fn $method(self) -> Self {
                self
            }
        }

        #[diagnostic::do_not_recommend]
        impl $trait for $spec {
            fn erased(self) -> Self {
                self
            }
        }
    )*};
}

stands! {
    LayerSpec as AsLayer by as_layer;
    OptimizerSpec as AsOptimizer by as_optimizer;
    SplitterSpec as AsSplitter by as_splitter;
    FoldsSpec as AsFolds by as_folds;
    SamplerSpec as AsSampler by as_sampler;
    ScalerSpec as AsScaler by as_scaler;
    LossSpec as AsLoss by as_loss;
    MetricSpec as AsMetric by as_metric;
    ScheduleSpec as AsSchedule by as_schedule;
    ClipSpec as AsClip by as_clip;
    MixSpec as AsMix by as_mix;
    RateSpec as AsRate by as_rate;
    CallbackSpec as AsCallback by as_callback;
    SearchSpec as AsSearch by as_search;
    AugmenterSpec as AsAugmenter by as_augmenter;
}
