//! Where a statement stands in the source.

use std::fmt;
use std::panic::Location;

/// The line of a statement, or of the call of a builder, as errors at run time name it: ` (src/main.rs:17)`. What was read
/// from a file stands nowhere, and is written as nothing.
///
/// It is no part of a description: it is not saved, and two descriptions that differ in it alone are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SourceLine {
    file: &'static str,
    line: u32,
}

impl SourceLine {
    /// A line of a file, both counted as rustc does.
    #[must_use]
    pub const fn new(file: &'static str, line: u32) -> Self {
        Self { file, line }
    }

    /// The line from which this function is called.
    #[track_caller]
    #[must_use]
    pub(crate) fn of_caller() -> Self {
        let caller = Location::caller();
        Self::new(caller.file(), caller.line())
    }

    /// The file, as it was named to rustc; none for what was read from a file.
    #[must_use]
    pub fn file(&self) -> Option<&'static str> {
        (!self.file.is_empty()).then_some(self.file)
    }

    /// The line, counted from 1; 0 for what was read from a file.
    #[must_use]
    pub fn line(&self) -> u32 {
        self.line
    }
}

impl fmt::Display for SourceLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.file() {
            Some(file) => write!(f, " ({file}:{})", self.line),
            None => Ok(()),
        }
    }
}
