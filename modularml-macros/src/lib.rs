//! The macros of `ModularML`. Use them through the crate `modularml`, which exports them.

mod component;
mod declaration;
mod errors;
mod expand;
mod experiment;
mod layer;
mod limits;
mod loss;
mod model_graph;
mod named_array;
mod names;
mod notation;
mod sample_schema;
mod sampler;
mod settings;
mod splitter;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/settings.md")]
#[proc_macro_derive(Settings, attributes(setting))]
pub fn derive_settings(input: TokenStream) -> TokenStream {
    expand::expand("Settings", input.into()).into()
}

#[doc = include_str!("../docs/loss.md")]
#[proc_macro_derive(Loss, attributes(setting, inputs, shape))]
pub fn derive_loss(input: TokenStream) -> TokenStream {
    expand::expand("Loss", input.into()).into()
}

#[doc = include_str!("../docs/layer.md")]
#[proc_macro_derive(Layer, attributes(setting, layer, spec))]
pub fn derive_layer(input: TokenStream) -> TokenStream {
    expand::expand("Layer", input.into()).into()
}

#[doc = include_str!("../docs/sampler.md")]
#[proc_macro_derive(Sampler, attributes(setting, roles, streams, draws))]
pub fn derive_sampler(input: TokenStream) -> TokenStream {
    expand::expand("Sampler", input.into()).into()
}

#[doc = include_str!("../docs/splitter.md")]
#[proc_macro_derive(Splitter, attributes(setting, splits))]
pub fn derive_splitter(input: TokenStream) -> TokenStream {
    expand::expand("Splitter", input.into()).into()
}

#[doc = include_str!("../docs/named_array.md")]
#[proc_macro_derive(NamedArray, attributes(column))]
pub fn derive_named_array(input: TokenStream) -> TokenStream {
    expand::expand("NamedArray", input.into()).into()
}

#[doc = include_str!("../docs/sample_schema.md")]
#[proc_macro_derive(SampleSchema, attributes(feat, target, tag, classes, windows, resampled))]
pub fn derive_sample_schema(input: TokenStream) -> TokenStream {
    expand::expand("SampleSchema", input.into()).into()
}

/// Derives of components that are settings and one trait, each with what it is when its type is erased.
macro_rules! components {
    ($($(#[$docs:meta])* $name:ident as $function:ident => $spec:ident;)*) => {$(
        $(#[$docs])*
        ///
        /// `#[spec(FIELD = VALUE, ..)]` says what else is to be known of it before it runs: fields of
        #[doc = concat!("`", stringify!($spec), "`, whose values may read `self`.")]
        ///
        /// # Generated
        /// What `#[derive(Settings)]` generates, and
        #[doc = concat!("`const fn spec(self) -> ", stringify!($spec), "`, `From<Self> for ", stringify!($spec), "`.")]
        #[proc_macro_derive($name, attributes(setting, spec))]
        pub fn $function(input: TokenStream) -> TokenStream {
            expand::expand(stringify!($name), input.into()).into()
        }
    )*};
}

components! {
    /// Makes a struct a metric: settings, and the trait `Measure`, which its author implements.
    ///
    /// ```text
    /// /// The share of numbers that are predicted to within a tolerance.
    /// #[derive(Metric, Clone, Copy)]
    /// #[spec(higher_is_better = true, has_unit = true)]
    /// struct Within {
    ///     /// The largest difference that counts as right.
    ///     #[setting(first, above = 0.0)]
    ///     tolerance: f64,
    /// }
    ///
    /// impl Measure for Within {
    ///     fn start(&self) -> Box<dyn Measurement> { .. }
    /// }
    /// ```
    Metric as derive_metric => MetricSpec;

    /// Makes a struct an optimizer: settings, and the trait `BuildOptimizer`, which its author implements.
    ///
    /// ```text
    /// /// Steps along the sign of the gradient.
    /// #[derive(Optimizer, Clone, Copy)]
    /// struct SignSgd {
    ///     /// The learning rate.
    ///     #[setting(first, above = 0.0)]
    ///     lr: f64,
    /// }
    ///
    /// impl BuildOptimizer for SignSgd {
    ///     fn build(&self) -> Box<dyn Optimizer> { .. }
    /// }
    /// ```
    Optimizer as derive_optimizer => OptimizerSpec;

    /// Makes a struct a scaler: settings, and the trait `Scaler`, which its author implements.
    ///
    /// ```text
    /// /// The logarithm of one more than the value.
    /// #[derive(Scaler, Clone, Copy)]
    /// struct Log1p;
    ///
    /// impl Scaler for Log1p { .. }
    /// ```
    Scaler as derive_scaler => ScalerSpec;

    /// Makes a struct what varies rows in training: settings, and the trait `Augmenter`, which its author implements.
    ///
    /// ```text
    /// /// Adds one number to all values of a row.
    /// #[derive(Augmenter, Clone, Copy)]
    /// struct Offset {
    ///     /// The largest number.
    ///     #[setting(first = of)]
    ///     most: f64,
    /// }
    ///
    /// impl Augmenter for Offset {
    ///     fn augment(&self, row: &mut [f64], shape: &[usize], rng: &mut Rng) -> Result<()> { .. }
    /// }
    /// ```
    Augmenter as derive_augmenter => AugmenterSpec;

    /// Makes a struct a rate: settings, and the trait `Rate`, which its author implements.
    ///
    /// ```text
    /// /// Falls as one over the time.
    /// #[derive(Rate, Clone, Copy)]
    /// struct Harmonic;
    ///
    /// impl Rate for Harmonic {
    ///     fn factor(&self, time: usize) -> f64 { 1.0 / (1 + time) as f64 }
    /// }
    /// ```
    Rate as derive_rate => RateSpec;

    /// Makes a struct what clips gradients: settings, and the trait `Clip`, which its author implements.
    ///
    /// ```text
    /// /// Makes gradients shorter by a factor.
    /// #[derive(Clip, Clone, Copy)]
    /// struct Halve;
    ///
    /// impl Clip for Halve {
    ///     fn clip(&self, gradients: &mut [Tensor]) -> Result<()> { .. }
    /// }
    /// ```
    Clip as derive_clip => ClipSpec;

    /// Makes a struct what mixes rows: settings, and the trait `Mix`, which its author implements.
    ///
    /// ```text
    /// /// Always takes as much of both rows.
    /// #[derive(Mix, Clone, Copy)]
    /// struct Halves;
    ///
    /// impl Mix for Halves {
    ///     fn share(&self, rng: &mut Rng) -> Result<f64> { Ok(0.5) }
    /// }
    /// ```
    Mix as derive_mix => MixSpec;

    /// Makes a struct a schedule: settings, and the trait `Schedule`, which its author implements.
    ///
    /// ```text
    /// /// Each step takes a batch of the feed that has most of them left.
    /// #[derive(Schedule, Clone, Copy)]
    /// #[spec(alternates = true)]
    /// struct Fair;
    ///
    /// impl Schedule for Fair {
    ///     fn steps(&self, feeds: &[(&str, usize)]) -> Result<usize> { .. }
    ///
    ///     fn batch(&self, feed: usize, step: usize, counts: &[usize]) -> Option<usize> { .. }
    /// }
    /// ```
    Schedule as derive_schedule => ScheduleSpec;

    /// Makes a struct a callback: settings, and the trait `BuildCallback`, which its author implements.
    ///
    /// ```text
    /// /// Ends a phase when a value is good enough.
    /// #[derive(Callback, Clone, Copy)]
    /// #[spec(watches = 1)]
    /// struct Enough {
    ///     /// The value at which the phase ends.
    ///     #[setting(first)]
    ///     at: f64,
    /// }
    ///
    /// impl BuildCallback for Enough {
    ///     fn build(&self, watched: &[Watched]) -> Box<dyn Callback> { .. }
    /// }
    /// ```
    Callback as derive_callback => CallbackSpec;
}

#[doc = include_str!("../docs/model_graph.md")]
#[proc_macro]
pub fn model_graph(input: TokenStream) -> TokenStream {
    expand::expand("model_graph", input.into()).into()
}

#[doc = include_str!("../docs/experiment.md")]
#[proc_macro]
pub fn experiment(input: TokenStream) -> TokenStream {
    expand::expand("experiment", input.into()).into()
}
