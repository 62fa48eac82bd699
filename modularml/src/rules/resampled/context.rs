//! What the rules over rows at a fixed step are asked about.

use crate::spec::ResampledSpec;

/// How rows at a fixed step come out of rows at any times.
pub type Context<'a> = &'a ResampledSpec;
