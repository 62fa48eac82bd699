//! The macros of `ModularML`. Use them through the crate `modularml`, which exports them.

mod component;
mod errors;
mod experiment;
mod layer;
mod loss;
mod model_graph;
mod names;
mod notation;
mod sample_schema;
mod sampler;
mod settings;
mod splitter;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct the settings of a component: a constructor and one constant builder method a field.
///
/// ```text
/// /// Adam, an optimizer.
/// #[derive(Settings, Clone, Copy, Debug, PartialEq)]
/// pub struct Adam {
///     /// Learning rate.
///     #[setting(first, above = 0.0)]
///     lr: f64,
///     /// Decay of the first moment.
///     #[setting(default = 0.9, at_least = 0.0, below = 1.0)]
///     beta1: f64,
///     /// Uses the largest second moment so far.
///     #[setting(default = false)]
///     amsgrad: bool,
/// }
///
/// const ADAM: Adam = Adam::lr(1e-3).beta1(0.95).amsgrad();
/// ```
///
/// # Attribute
/// Every field has documentation, which becomes that of its method, and `#[setting(..)]` with
/// - `first`: the setting is required and names the constructor; `first = of` calls the constructor `of`.
///   Without such a field, or when it has a default too, there are `new()` and `Default`.
/// - `default = ..`: the value of a setting that is not given.
/// - `at_least`, `above`, `at_most`, `below`: the range of a number, or of each of several sizes. A value outside is
///   kept, and refused by the rules when the component is used.
///
/// # Types
/// | field | method |
/// | --- | --- |
/// | `f64`, `i64`, `u64`, `usize` | takes the number |
/// | `bool` | takes nothing and turns the setting on |
/// | `Sizes` | takes `[usize; N]`, up to 64 sizes |
/// | `Shape` | takes `[usize; N]`, the axes of one value |
/// | `Shares` | takes `[(&'static str, f64); N]` |
/// | `&'static [LayerSpec]` | takes such a list, which is one of components in `model_graph!` |
/// | `Name` | takes a typed column, for example `Pulse::COLUMNS.cell` |
/// | an enum with `const fn name(self) -> Name` and `fn from_name(&str) -> Option<Self>` | takes the choice |
///
/// `Option` of these (`bool` and `Shares` excepted) is a setting that may stay unset.
///
/// # Generated
/// Beside the methods `settings(&self) -> Settings`, which lists values and ranges, and
/// `from_settings(&Settings) -> Self`, which reads them back.
#[proc_macro_derive(Settings, attributes(setting))]
pub fn derive_settings(input: TokenStream) -> TokenStream {
    settings::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct a loss: its author writes the formula and nothing else.
///
/// ```text
/// /// A triplet loss without a kink.
/// #[derive(Loss, Clone, Copy)]
/// #[inputs(anchor: Output, positive: Output, negative: Output)]
/// #[shape(anchor == positive == negative)]
/// pub struct SoftTriplet {
///     /// The distance to keep between positives and negatives.
///     #[setting(first, above = 0.0)]
///     margin: f64,
/// }
///
/// impl Formula for SoftTriplet {
///     fn forward(&self, inputs: SoftTripletInputs<'_>) -> Result<PerSample> {
///         // one value a row, computed from inputs.anchor, inputs.positive and inputs.negative
///     }
/// }
/// ```
///
/// # Attributes
/// - `#[inputs(name: Takes, ..)]`: the inputs in order, each with the name of what it takes (a variant of
///   `experiment::loss::Takes`), which is `Anything` where nothing is said.
/// - `#[shape(a == b == c)]`: these inputs have equal shapes. Several such rules are separated by commas.
/// - `#[shape(one_per_class)]`: the first input has one value a class of the second.
/// - `#[setting(..)]` on the fields, as for [`macro@Settings`], which is included.
///
/// # Generated
/// `SoftTripletInputs` with one `&Tensor` an input, the trait `Loss`, `const fn spec(self) -> LossSpec`, and
/// `From<SoftTriplet>` for `LossSpec` and `MetricSpec`.
#[proc_macro_derive(Loss, attributes(setting, inputs, shape))]
pub fn derive_loss(input: TokenStream) -> TokenStream {
    loss::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct a layer: its author makes a candle module, and may write how its output shape follows.
///
/// ```text
/// /// Numbers that pass through a narrow vector.
/// #[derive(Layer, Clone, Copy)]
/// #[layer(shape = same)]
/// struct Bottleneck {
///     /// How narrow.
///     #[setting(first, at_least = 1)]
///     width: usize,
/// }
///
/// impl BuildModule for Bottleneck {
///     type Module = candle_nn::Sequential;
///
///     fn build(&self, input: &Shape, output: &Shape, vars: VarBuilder<'_>) -> Result<Self::Module> {
///         // a module whose parameters come from `vars`
///     }
/// }
/// ```
///
/// # Attributes
/// - `#[layer(shape = ..)]`: the output shape, which rules must know before anything runs: `same` as each input; the
///   name of a setting that holds it: a `Shape`, an `Option<Shape>` (unset: that of the target), or a `usize`, the
///   width of the last axis; or `own`: what the struct's `const fn infer(&self, inputs: &[Shape]) -> Result<Shape,
///   Message>` says.
/// - `#[layer(.., inputs = 2)]`, or `2..` or `2..=4`: how many inputs it takes, at most 64; one where nothing is said. The
///   trait to implement is `BuildMerge` then, in place of `BuildModule`. A setting `allow_repeat: bool` lets one input
///   stand twice.
/// - `#[layer(.., learns = nothing)]`: the module has no parameters.
/// - `#[layer(.., builds = layer)]`: the trait to implement is `graph::BuildLayer`, which makes a running `graph::Layer`.
/// - `#[setting(..)]` on the fields, as for [`macro@Settings`], which is included.
///
/// # Generated
/// `const fn spec(self) -> LayerSpec`, and `From<Bottleneck> for LayerSpec`.
#[proc_macro_derive(Layer, attributes(setting, layer))]
pub fn derive_layer(input: TokenStream) -> TokenStream {
    layer::derive(&parse_macro_input!(input as DeriveInput)).into()
}

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
///
/// `#[spec(FIELD = VALUE, ..)]` says what else is to be known of it before it runs: fields of `MetricSpec`, whose values may
/// read `self`.
///
/// # Generated
/// What `#[derive(Settings)]` generates, `const fn spec(self) -> MetricSpec`, and `From<Self> for MetricSpec`.
#[proc_macro_derive(Metric, attributes(setting, spec))]
pub fn derive_metric(input: TokenStream) -> TokenStream {
    component::derive(&parse_macro_input!(input as DeriveInput), component::Kind::Metric).into()
}

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
///
/// `#[spec(FIELD = VALUE, ..)]` says what else is to be known of it before it runs: fields of `OptimizerSpec`, whose values may
/// read `self`.
///
/// # Generated
/// What `#[derive(Settings)]` generates, `const fn spec(self) -> OptimizerSpec`, and `From<Self> for OptimizerSpec`.
#[proc_macro_derive(Optimizer, attributes(setting, spec))]
pub fn derive_optimizer(input: TokenStream) -> TokenStream {
    component::derive(&parse_macro_input!(input as DeriveInput), component::Kind::Optimizer).into()
}

/// Makes a struct a scaler: settings, and the trait `Scaler`, which its author implements.
///
/// ```text
/// /// The logarithm of one more than the value.
/// #[derive(Scaler, Clone, Copy)]
/// struct Log1p;
///
/// impl Scaler for Log1p { .. }
/// ```
///
/// `#[spec(FIELD = VALUE, ..)]` says what else is to be known of it before it runs: fields of `ScalerSpec`, whose values may
/// read `self`.
///
/// # Generated
/// What `#[derive(Settings)]` generates, `const fn spec(self) -> ScalerSpec`, and `From<Self> for ScalerSpec`.
#[proc_macro_derive(Scaler, attributes(setting, spec))]
pub fn derive_scaler(input: TokenStream) -> TokenStream {
    component::derive(&parse_macro_input!(input as DeriveInput), component::Kind::Scaler).into()
}

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
///
/// `#[spec(FIELD = VALUE, ..)]` says what else is to be known of it before it runs: fields of `RateSpec`, whose values may
/// read `self`.
///
/// # Generated
/// What `#[derive(Settings)]` generates, `const fn spec(self) -> RateSpec`, and `From<Self> for RateSpec`.
#[proc_macro_derive(Rate, attributes(setting, spec))]
pub fn derive_rate(input: TokenStream) -> TokenStream {
    component::derive(&parse_macro_input!(input as DeriveInput), component::Kind::Rate).into()
}

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
///
/// `#[spec(FIELD = VALUE, ..)]` says what else is to be known of it before it runs: fields of `ClipSpec`, whose values may
/// read `self`.
///
/// # Generated
/// What `#[derive(Settings)]` generates, `const fn spec(self) -> ClipSpec`, and `From<Self> for ClipSpec`.
#[proc_macro_derive(Clip, attributes(setting, spec))]
pub fn derive_clip(input: TokenStream) -> TokenStream {
    component::derive(&parse_macro_input!(input as DeriveInput), component::Kind::Clip).into()
}

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
///
/// `#[spec(FIELD = VALUE, ..)]` says what else is to be known of it before it runs: fields of `ScheduleSpec`, whose values
/// may read `self`.
///
/// # Generated
/// What `#[derive(Settings)]` generates, `const fn spec(self) -> ScheduleSpec`, and `From<Self> for ScheduleSpec`.
#[proc_macro_derive(Schedule, attributes(setting, spec))]
pub fn derive_schedule(input: TokenStream) -> TokenStream {
    component::derive(&parse_macro_input!(input as DeriveInput), component::Kind::Schedule).into()
}

/// Makes a struct a callback: settings, and the trait `BuildCallback`, which its author implements.
///
/// ```text
/// /// Keeps the weights of every so many evaluations.
/// #[derive(Callback, Clone, Copy)]
/// #[spec(watches = 1)]
/// struct Snapshots {
///     /// One evaluation of so many.
///     #[setting(first, at_least = 1)]
///     every: usize,
/// }
///
/// impl BuildCallback for Snapshots {
///     fn build(&self, watched: &[Watched]) -> Box<dyn Callback> { .. }
/// }
/// ```
///
/// `#[spec(FIELD = VALUE, ..)]` says what else is to be known of it before it runs: fields of `CallbackSpec`, whose values may
/// read `self`.
///
/// # Generated
/// What `#[derive(Settings)]` generates, `const fn spec(self) -> CallbackSpec`, and `From<Self> for CallbackSpec`.
#[proc_macro_derive(Callback, attributes(setting, spec))]
pub fn derive_callback(input: TokenStream) -> TokenStream {
    component::derive(&parse_macro_input!(input as DeriveInput), component::Kind::Callback).into()
}

/// Makes a struct a sampler: its author writes how rows are chosen and nothing else.
///
/// ```text
/// /// Anchors with the hardest negatives.
/// #[derive(Sampler, Clone, Copy)]
/// #[roles(anchor, positive, negative)]
/// pub struct Mined {
///     /// Triplets a batch.
///     #[setting(first)]
///     batch: usize,
///     /// The column in which anchor and positive are equal.
///     #[setting(default = None, condition = same)]
///     same: Option<Name>,
/// }
///
/// impl Draw for Mined {
///     fn draw(&self, rows: &View, rng: &mut Rng) -> Result<Vec<MinedDraw>> {
///         // one MinedDraw { anchor, positive, negative } a triplet, each a position in `rows`
///     }
/// }
/// ```
///
/// # Attributes
/// - `#[roles(..)]`: the roles of the rows that are drawn together; `#[roles(default)]` for plain batches.
/// - `#[streams(..)]`: the streams, where there are several; then `draw` returns `MinedStreams` with one list a stream.
/// - `#[setting(..)]` on the fields, as for [`macro@Settings`], which is included. A field that names a column has
///   `condition = same` or `condition = different` where the sampler compares the rows' values in it; there are at
///   most four.
///
/// The field `batch: usize` is required, and at least 1; the field `drop_last: bool` is understood.
///
/// # Generated
/// `MinedDraw` with one `usize` a role (and `MinedStreams`), the trait `Sampler`,
/// `const fn spec(self) -> SamplerSpec`, and `From<Mined> for SamplerSpec`.
#[proc_macro_derive(Sampler, attributes(setting, roles, streams, draws))]
pub fn derive_sampler(input: TokenStream) -> TokenStream {
    sampler::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a struct a splitter: its author writes which rows go into which split and nothing else.
///
/// ```text
/// /// Tests one row of so many.
/// #[derive(Splitter, Clone, Copy)]
/// #[splits(train, test)]
/// struct EveryNth {
///     /// One row of so many is tested.
///     #[setting(first, at_least = 2)]
///     n: usize,
/// }
///
/// impl Assign for EveryNth {
///     fn assign(&self, rows: &View, rng: &mut Rng) -> Result<EveryNthSplits> {
///         // EveryNthSplits { train, test }, each a list of positions in `rows`
///     }
/// }
/// ```
///
/// # Attributes
/// - `#[splits(..)]`: the splits that it makes.
/// - `#[setting(..)]` on the fields, as for [`macro@Settings`], which is included. A field `group_by: Option<Name>`
///   tells the rules which rows it keeps together, a field `stratify_by: Option<Name>` which values it spreads evenly.
///
/// # Generated
/// `EveryNthSplits` with one `Vec<u32>` a split, the trait `Splitter`, `const fn spec(self) -> SplitterSpec`, and
/// `From<EveryNth> for SplitterSpec`.
#[proc_macro_derive(Splitter, attributes(setting, splits))]
pub fn derive_splitter(input: TokenStream) -> TokenStream {
    splitter::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Makes a row struct the schema of a sample: each field is a column.
///
/// ```text
/// /// One voltage pulse of one cell.
/// #[derive(SampleSchema)]
/// struct Pulse {
///     /// Voltage over the pulse, in volts.
///     #[feat]
///     voltage: [f32; 101],
///     /// Temperature at its start, in degrees Celsius.
///     #[feat(rename = "Temp", missing = allow)]
///     temperature: f32,
///     /// How worn the cell is.
///     #[target]
///     #[classes("fresh", "worn", "dead")]
///     state: Class,
///     /// Number of the cell.
///     #[tag(group)]
///     cell: i64,
/// }
/// ```
///
/// # Attributes
/// Every field has one domain: `#[feat]` (a feature: models read it), `#[target]` (models predict it) or `#[tag]` (it describes
/// the sample). In brackets it takes
/// - `rename = ".."`: the name under which files hold the column, where that is not the field's.
/// - `missing = allow`: NaN and null are accepted. A field of type `Option` accepts them without it.
/// - `group` (tags only): rows with equal values belong together, so that a random split keeps them whole.
///
/// A field of type `Class` has `#[classes("fresh", "worn")]`, the names by index, or `#[classes(10)]` for classes
/// called `0` to `9`.
///
/// # Types
/// `bool`, `i8` to `i64`, `u8` to `u64`, `f32`, `f64`, `String`, `Class`, `Option` of these, and arrays of numbers of up
/// to eight axes. Type aliases and constants as lengths can be used.
///
/// # Generated
/// `PulseColumns` with one `Column<T>` a field, and the trait `SampleSchema`, whose `COLUMNS` holds them:
/// `Pulse::COLUMNS.voltage`.
#[proc_macro_derive(SampleSchema, attributes(feat, target, tag, classes))]
pub fn derive_sample_schema(input: TokenStream) -> TokenStream {
    sample_schema::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Declares a model graph: nodes, what each reads, and which column it predicts.
///
/// ```text
/// model_graph! {
///     /// State of health from one pulse.
///     #[optimizer(Adam::lr(1e-3))]
///     pub graph SohNet(pulse: Pulse) {
///         encoder = Mlp::hidden([64, 32]).output([16])(pulse.voltage);
///         thermal = Mlp::hidden([8]).output([4])(pulse.temperature);
///         fused   = Concat::axis(-1)(encoder, thermal);
///         soh     = Mlp::hidden([32])(fused) -> pulse.soh;
///     }
/// }
/// ```
///
/// # Notation
/// - `name = Component::setting(..).setting(..)(inputs);` is a node. An input is a node or a column `input.column`; an
///   integer that is an amount and not a code is written `input.column.as_number()`.
/// - `-> input.target` behind a node names the column that it predicts and gives it the output shape;
///   under `#[allow(reconstruct)]` it is a feature, for autoencoders.
/// - `#[frozen]` starts a node frozen; `#[output]` says that a node is read from outside the graph;
///   `#[optimizer(..)]` above the graph is for all nodes, above a node (with `#[allow(own_optimizer)]` where the
///   graph has one) for it.
///
/// # Generated
/// `SohNet` with `new(seed)` and `forward(data)`; `SohNetData`, the FeatureSets by input; `SohNetOutputs`, a tensor a
/// node; `SohNet::NAMES`, inputs and nodes by name. The documentation of `SohNet` shows the graph as a picture.
///
/// # Errors
/// What the names, shapes, domains and backends make impossible is refused at the token that is wrong.
#[proc_macro]
pub fn model_graph(input: TokenStream) -> TokenStream {
    model_graph::model_graph(input.into()).into()
}

/// Declares an experiment on a graph: splits, scaling, and the phases that train and measure.
///
/// ```text
/// experiment! {
///     pub experiment SohStudy for SohNet {
///         seed = 42;
///         split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15).group_by(pulse.cell);
///         scale pulse.voltage = [Standard] fitted on train;
///
///         train regress {
///             feed pulse = Batches::of(32).shuffled()(train);
///             loss = Mse(soh, pulse.soh) + 0.01 * L2Penalty(thermal);
///             validate on val every 1 epoch { loss = Mse(soh, pulse.soh); }
///             stop = EarlyStopping::patience(10).restore_best()(val.loss);
///             epochs = 200;
///         }
///         eval test { feed pulse = test; rmse = Rmse(soh, pulse.soh); }
///     }
/// }
/// ```
///
/// # Generated
/// `SohStudy` with `new(data)`, `run()`, `predict(rows)`, `save(path)` and `load(path)`; `SohStudyResults` with a field
/// a phase and in it a field a metric: `results.test.rmse`.
///
/// # Errors
/// What is known of names, roles, shapes, units, leakage and gradient paths is refused at the token that is wrong.
#[proc_macro]
pub fn experiment(input: TokenStream) -> TokenStream {
    experiment::experiment(input.into()).into()
}
