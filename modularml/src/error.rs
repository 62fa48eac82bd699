//! Errors as values: what was found, what was expected, where, and what to do.

use std::io;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::source_line::SourceLine;

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An error of any type, as [`Error::Own`] holds it.
type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Everything that can go wrong at run time. The text of each is for people, the fields are for programs.
///
/// ```
/// use modularml::experiment::Session;
/// use modularml::{Error, FileFault, Registry};
///
/// match Session::load("gone.mml", &Registry::new()) {
///     Err(Error::File { path, fault: FileFault::System(kind), .. }) => println!("{}: {kind}", path.display()),
///     Err(Error::File { fault: FileFault::Version { found: Some(version), .. }, .. }) => println!("version {version}"),
///     Err(error) => println!("{error}"),
///     Ok(_) => println!("goes on"),
/// }
/// ```
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Rules refused a description that was made at run time; one line a mistake, in the words that the macros use.
    /// Change the description.
    #[error("{}", .0.join("\n"))]
    Refused(Vec<String>),

    /// Something is asked for by a name that nothing has, for example a column, a split or a phase. Use a name that the
    /// text lists.
    #[error("{problem}")]
    Unknown {
        /// What it would be: "column", "split", "layer".
        what: &'static str,
        /// The name.
        name: String,
        /// What there is instead.
        problem: String,
    },

    /// A column of data is not what the schema declares. Change the data or the schema, or read with the option that the
    /// text names.
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

    /// Some rows cannot be used as asked: they are not there, or in two splits, or have no partner. Leave them out by
    /// their ids, or mend them.
    #[error("{problem}")]
    Rows {
        /// The ids of the rows.
        ids: Vec<Uuid>,
        /// What was found, what was expected, and what to do.
        problem: String,
    },

    /// A split would come out empty. Make fewer splits, or add data.
    #[error("{problem}")]
    EmptySplit {
        /// The split.
        split: String,
        /// How many rows there were for which splits.
        problem: String,
    },

    /// Data cannot be used as asked, for reasons that concern no single column, row or split.
    #[error("{0}")]
    Data(String),

    /// A file cannot be read or written.
    #[error("{}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The kind of problem.
        fault: FileFault,
        /// What went wrong, and what to do.
        problem: String,
    },

    /// A server, such as one of MLflow, cannot be reached or refuses a request. What it took before stays there; send again
    /// what is left, where the text says that it may help.
    #[error("{url}: {problem}")]
    Server {
        /// The address.
        url: String,
        /// The status of its answer in HTTP; none where no answer came.
        status: Option<u16>,
        /// What went wrong, in the words of the server where it has any, and what to do.
        problem: String,
    },

    /// A device is not there, or cannot do what the graph needs; nothing was moved to it. Go on where the graph is, or
    /// name another.
    #[error("{problem}")]
    Device {
        /// The name that was given.
        device: String,
        /// What there is, and what to do.
        problem: String,
    },

    /// A computation on tensors failed, most often for their shapes; who called it adds the place. `?` makes it of
    /// candle's own errors, in layers, losses and metrics of one's own.
    #[error(transparent)]
    Tensor(TensorError),

    /// A node failed, when it was built, run, fitted, saved or loaded.
    #[error("node `{node}`{line}: {source}")]
    Node {
        /// The node.
        node: String,
        /// Where it is declared.
        line: SourceLine,
        /// What failed in it.
        source: Box<Self>,
    },

    /// Something failed at a place in the user's terms, for example in a metric.
    #[error("{place}: {source}")]
    Within {
        /// The place.
        place: String,
        /// What failed there.
        source: Box<Self>,
    },

    /// A component cannot work on what it was given, or has not been fitted.
    #[error("{0}")]
    Component(String),

    /// A component of one's own failed with an error of its own; made by [`Error::own`].
    #[error(transparent)]
    Own(AnyError),

    /// A saved state does not fit what it is loaded into: another graph, optimizer or experiment. Load it into what it
    /// was saved from.
    #[error("{0}")]
    State(String),

    /// The loss of a step is NaN or infinite. The weights are those before the step: they may be saved, or trained on
    /// with a lower rate.
    #[error("{}", .0.problem)]
    NotFinite(Box<NotFinite>),

    /// A recorded run was asked to stop, by SIGINT or SIGTERM, and has written a checkpoint. Go on with
    /// [`Session::resume_in`](crate::experiment::Session::resume_in).
    #[error("{}: stopped; go on with resume_in of this folder", folder.display())]
    Interrupted {
        /// The folder of the run.
        folder: PathBuf,
    },

    /// Another rank has failed, or has ended while this one goes on; what it says is why. Mend what failed there, and resume
    /// with any number of ranks.
    #[error("rank {rank}: {problem}")]
    Rank {
        /// The rank, counted from 0.
        rank: usize,
        /// What it failed with.
        problem: String,
    },

    /// Training cannot go on, for example because a parameter has no gradient.
    #[error("{0}")]
    Training(String),
}

impl Error {
    /// What a component of one's own fails with: an error of any type, or a text.
    ///
    /// ```
    /// use modularml::Error;
    ///
    /// let parsed: Result<f64, Error> = "0,5".parse::<f64>().map_err(Error::own);
    /// let Err(Error::Own(error)) = parsed else { unreachable!() };
    /// assert!(error.is::<std::num::ParseFloatError>());
    /// ```
    pub fn own(error: impl Into<AnyError>) -> Self {
        Self::Own(error.into())
    }
}

/// Where a loss is NaN or infinite; held by [`Error::NotFinite`] in a box, because every result is as large as the
/// largest error.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotFinite {
    /// The train phase.
    pub phase: String,
    /// The epoch, counted from 0.
    pub epoch: usize,
    /// The step in the epoch, counted from 0.
    pub step: usize,
    /// The first node, in the order of computation, whose output is not finite.
    pub node: Option<String>,
    /// The column that is not finite before any node is.
    pub column: Option<String>,
    /// The rows of the batch in which it is not.
    pub rows: Vec<Uuid>,
    /// The loss, and what to do.
    pub problem: String,
}

/// What kind of problem a file has.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FileFault {
    /// The system refuses to open, read or write it: it is not there, there is no right or no space. Trying again may
    /// help.
    System(io::ErrorKind),
    /// It is damaged, cut off, of another kind, or holds what it must not. Get another copy, or write it anew.
    Content,
    /// It is of a version of the format that is not read here; see the text for which program reads it.
    Version {
        /// The version in the file; none where it says none.
        found: Option<u64>,
        /// The version that is read.
        read: u64,
    },
    /// It holds another experiment than the declared one. Change the declaration, or load the file by itself.
    OtherExperiment {
        /// The first differences, a text each.
        differences: Vec<String>,
    },
    /// It holds a model alone, without the data and optimizers that an experiment goes on with. Load it as a
    /// [`Predictor`](crate::experiment::Predictor).
    ModelAlone,
    /// It names a component that is not registered. Register it.
    UnknownComponent {
        /// What the component is: "layer", "loss".
        kind: &'static str,
        /// Its name.
        name: String,
    },
}

/// Why a computation on tensors failed; the error of the tensor library is its source.
#[derive(Debug)]
pub struct TensorError(AnyError);

impl std::fmt::Display for TensorError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for TensorError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.0.as_ref())
    }
}

impl From<candle_core::Error> for Error {
    fn from(error: candle_core::Error) -> Self {
        Self::Tensor(TensorError(Box::new(error)))
    }
}

/// The text: it is what a `main` that returns the error prints.
impl std::fmt::Debug for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// What is wrong with a file, before it is said with which.
#[derive(Debug)]
pub(crate) struct Problem {
    pub(crate) fault: FileFault,
    pub(crate) text: String,
}

impl Problem {
    pub(crate) fn in_file(self, path: impl AsRef<Path>) -> Error {
        Error::File { path: path.as_ref().to_owned(), fault: self.fault, problem: self.text }
    }

    /// The same problem with a text before it, separated by a colon.
    pub(crate) fn of(mut self, place: impl std::fmt::Display) -> Self {
        self.text = format!("{place}: {}", self.text);
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<String> for Problem {
    fn from(text: String) -> Self {
        Self { fault: FileFault::Content, text }
    }
}

impl From<&str> for Problem {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self { fault: FileFault::System(error.kind()), text: error.to_string() }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        error.to_string().into()
    }
}

/// Says where in the user's terms something failed.
pub(crate) trait At<T>: Sized {
    /// Names the place; it is computed only for an error.
    fn at(self, place: impl FnOnce() -> String) -> Result<T>;

    /// Names the node, and where it is declared.
    fn in_node(self, node: (&'static str, SourceLine)) -> Result<T>;
}

impl<T, E: Into<Error>> At<T> for Result<T, E> {
    fn at(self, place: impl FnOnce() -> String) -> Result<T> {
        self.map_err(|source| match source.into() {
            // A run that was stopped has no mistake, wherever it was.
            stopped @ Error::Interrupted { .. } => stopped,
            source => Error::Within { place: place(), source: Box::new(source) },
        })
    }

    fn in_node(self, (node, line): (&'static str, SourceLine)) -> Result<T> {
        self.map_err(|source| Error::Node { node: node.to_owned(), line, source: Box::new(source.into()) })
    }
}
