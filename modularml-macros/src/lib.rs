//! The macros of ModularML. Use them through the crate `modularml`, which exports them.

mod errors;
mod experiment;
mod model_graph;
mod notation;
mod settings;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Makes a struct the settings of a component: a constructor and one constant builder method a field.
///
/// ```ignore
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
///   Without such a field there are `new()` and `Default`.
/// - `default = ..`: the value of a setting that is not given.
/// - `at_least`, `above`, `at_most`, `below`: the range of a number, or of each of several sizes. A value outside is
///   kept, and refused by the rules when the component is used.
///
/// # Types
/// | field | method |
/// | --- | --- |
/// | `f64`, `i64`, `u64`, `usize` | takes the number |
/// | `bool` | takes nothing and turns the setting on |
/// | `Shape` | takes `[usize; N]` |
/// | `Shares` | takes `[(&'static str, f64); N]` |
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

/// Declares a model graph: nodes, what each reads, and which column it predicts.
///
/// ```ignore
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
///   `-> reconstructs input.feature` is for autoencoders.
/// - `#[frozen]` starts a node frozen; `#[output]` says that a node is read from outside the graph;
///   `#[optimizer(..)]` above the graph is for all nodes, above a node (with `override` where the graph has one) for it.
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
/// ```ignore
/// experiment! {
///     pub experiment SohStudy(net: SohNet) {
///         seed = 42;
///         split pulse = Random::ratios(train: 0.7, val: 0.15, test: 0.15).group_by(cell);
///         scale pulse.voltage = [Standard] fitted on train;
///
///         train regress {
///             feed pulse = Batches::of(32).shuffled()(train);
///             loss = Mse(soh, pulse.soh) + 0.01 * L2(thermal);
///             val = every 1 epoch: eval on val { loss = Mse(soh, pulse.soh); }
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
