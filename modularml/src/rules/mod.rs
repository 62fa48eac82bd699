//! The rules: each is one `const fn` over a description, and stands at a place in a table. The macros ask the places in
//! constant items, and every `build()` asks them at run time, so that the same words refuse the same mistake at both
//! times.

mod asked;
pub mod condition;
pub mod experiment;
pub mod graph;
mod overlap;
mod part;
mod places;
mod recordings;
pub mod resampled;
pub mod schema;
mod values;
pub mod windows;

pub(crate) use asked::parted;
pub use part::Part;
pub use places::{Finding, Place, Rule};
