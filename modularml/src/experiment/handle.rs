//! Names of an experiment as typed values: `experiment!` generates one for each split and phase that is written in it.

use std::fmt;
use std::marker::PhantomData;

use super::results::{FitResult, PhaseResult};
use super::session::Session;
use crate::text::Name;
use crate::{Error, Result};

/// A split of an input, by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SplitHandle {
    input: Name,
    name: Name,
}

impl SplitHandle {
    /// The handle of a split; for the macro.
    #[must_use]
    pub const fn new(input: Name, name: Name) -> Self {
        Self { input, name }
    }

    /// The name of the input.
    #[must_use]
    pub const fn input(self) -> Name {
        self.input
    }

    /// The name of the split.
    #[must_use]
    pub const fn name(self) -> Name {
        self.name
    }
}

/// A phase, by name, and the type of what it reports.
pub struct PhaseHandle<R> {
    name: Name,
    reports: PhantomData<fn() -> R>,
}

impl<R> PhaseHandle<R> {
    /// The handle of a phase; for the macro.
    #[must_use]
    pub const fn new(name: Name) -> Self {
        Self { name, reports: PhantomData }
    }

    /// The name of the phase.
    #[must_use]
    pub const fn name(self) -> Name {
        self.name
    }
}

impl<R> PhaseHandle<R>
where
    R: for<'a> TryFrom<&'a PhaseResult, Error = Error>,
{
    /// Runs the phase alone; for the macro.
    ///
    /// # Errors
    /// When the session has no such phase, or it fails.
    #[doc(hidden)]
    pub fn run(self, session: &mut Session) -> Result<R> {
        R::try_from(&session.run_phase(self.name)?)
    }
}

// Written out, for a derive would ask the same of what the phase reports.
impl<R> Clone for PhaseHandle<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for PhaseHandle<R> {}

impl<R> fmt::Debug for PhaseHandle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PhaseHandle").field(&self.name).finish()
    }
}

impl TryFrom<&PhaseResult> for FitResult {
    type Error = Error;

    fn try_from(result: &PhaseResult) -> Result<Self> {
        match result {
            PhaseResult::Fit(result) => Ok(result.clone()),
            _ => Err(Error::Data(format!("`{}` is not a fit phase", result.name()))),
        }
    }
}
