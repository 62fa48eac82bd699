//! A train phase of which one step is tried.

use super::Training;
use crate::experiment::evaluate::Evaluation;
use crate::text::Name;

impl Training {
    /// The same phase with other evaluations, of fewer rows, and without the callbacks that do something outside of the run,
    /// whose names are told.
    pub(in crate::experiment) fn rehearsed(mut self, validations: Vec<Evaluation>) -> (Self, Vec<Name>) {
        self.validations = validations;
        let left_out = self.callbacks.without_outside();
        (self, left_out)
    }
}
