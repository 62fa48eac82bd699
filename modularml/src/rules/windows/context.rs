//! What the rules over windows are asked about.

use crate::spec::WindowsSpec;

/// How samples come out of windows of rows.
pub type Context<'a> = &'a WindowsSpec;
