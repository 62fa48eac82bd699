//! The macros of ModularML. Use them through the crate `modularml`, which exports them.

mod errors;
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
