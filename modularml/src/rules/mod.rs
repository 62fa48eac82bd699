//! The rules: each is one `const fn` over a description, called by the macros in constant items and by every `build()`
//! at run time, so that the same words refuse the same mistake at both times.

pub mod align;
pub mod condition;
mod embedding;
pub mod experiment;
pub mod graph;
pub mod schema;
