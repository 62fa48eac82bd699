//! Errors as values: what was found, what was expected, where, and what to do.

use std::path::PathBuf;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything that can go wrong at run time.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Rules refused a description; one line a mistake, in the words that the macros use.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),

    /// A column of bound data is not what the schema declares.
    #[error("{file}: column `{column}`{}: {problem}", row.map(|row| format!(", row {row}")).unwrap_or_default())]
    Column {
        /// The file, or "rows" for rows in memory.
        file: String,
        /// The column.
        column: String,
        /// The first wrong row, where known.
        row: Option<usize>,
        /// What was found, what was expected, and what to do.
        problem: String,
    },

    /// Data cannot be used as asked, for reasons that concern no single column.
    #[error("{0}")]
    Data(String),

    /// A file cannot be read or written.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        problem: String,
    },

    /// A computation on tensors failed.
    #[error("{at}: {source}")]
    Tensor {
        /// The node, loss or step.
        at: String,
        /// candle's own error.
        source: candle_core::Error,
    },

    /// A computation on tensors failed in a formula; who called it adds the place.
    #[error(transparent)]
    Formula(#[from] candle_core::Error),

    /// Something failed at a place in the user's terms, for example in a node.
    #[error("{place}: {source}")]
    Within {
        /// The place.
        place: String,
        /// What failed there.
        source: Box<Self>,
    },

    /// A layer, loss or metric cannot work on what it was given, or has not been fitted.
    #[error("{0}")]
    Component(String),

    /// A saved state does not fit what it is loaded into.
    #[error("{0}")]
    State(String),

    /// Training cannot go on, for example because the loss is not finite.
    #[error("{0}")]
    Training(String),
}

/// Says where in the user's terms something failed.
pub(crate) trait At<T> {
    /// Names the place; it is computed only for an error.
    fn at(self, place: impl FnOnce() -> String) -> Result<T>;
}

impl<T> At<T> for candle_core::Result<T> {
    fn at(self, place: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Tensor { at: place(), source })
    }
}

impl<T> At<T> for Result<T> {
    fn at(self, place: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| Error::Within { place: place(), source: Box::new(source) })
    }
}
