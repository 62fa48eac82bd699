//! What is wrong with a column, before it is said of which file.

use crate::Error;

/// What is wrong with one element of a column.
#[derive(Debug)]
pub(super) struct Wrong {
    pub(super) element: Option<usize>,
    pub(super) problem: String,
}

impl Wrong {
    pub(super) fn all(problem: String) -> Self {
        Self { element: None, problem }
    }

    pub(super) fn at(element: usize, problem: String) -> Self {
        Self { element: Some(element), problem }
    }

    /// The error in a column with so many elements a row.
    pub(super) fn of(self, file: &str, column: &str, width: usize) -> Error {
        Error::Column {
            file: file.into(),
            column: column.into(),
            row: self.element.map(|element| element / width.max(1)),
            problem: self.problem,
        }
    }
}
