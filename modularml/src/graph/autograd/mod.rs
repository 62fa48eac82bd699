//! Gradients beside candle's: all that operations and phases need to know of them.
//!
//! An operation implements [`Operation`] and is applied by [`apply`]; a phase gathers gradients in [`Gradients`]. How
//! they get there, why, and how it is turned off stands in `docs/autograd.md`.

mod allocator;
mod gradients;
mod operation;
mod signal;
mod spares;
mod switch;
#[cfg(test)]
mod tests;

pub use allocator::keep_freed_memory;
pub(crate) use gradients::{Gradients, gradient_of};
pub(crate) use operation::{Given, Operation, To, apply, first, pair, weighted};
pub(crate) use signal::reshape;
pub(crate) use spares::{Spares, recycle, spare};
pub use switch::with_candle_autograd;
