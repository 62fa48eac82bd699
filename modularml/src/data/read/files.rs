//! The file formats: a file is opened for its columns, and its rows come when they are asked for.

mod csv;
mod ipc;
#[cfg(feature = "json")]
mod json_lines;
#[cfg(feature = "parquet")]
mod parquet;
mod quotes;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::data::beside::open_regular;
use crate::data::ipc::guarded;
use crate::error::Problem;
use crate::{Error, Result};

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) enum Format {
    /// Text with a header line.
    Csv,
    /// One JSON object a line.
    JsonLines,
    /// Apache Parquet.
    Parquet,
    /// Apache Arrow's IPC file.
    Arrow,
}

/// Rows of a file, in order.
pub(super) type Batches = Box<dyn Iterator<Item = Result<RecordBatch>>>;

/// Reads the columns at some positions, at most so many rows at a time.
type Read = Box<dyn FnOnce(&[usize], usize) -> Result<Batches>>;

/// A file whose columns are known.
pub(super) struct Opened {
    /// All columns.
    pub(super) schema: SchemaRef,
    pub(super) read: Read,
}

impl Format {
    pub(super) fn open(self, path: &Path) -> Result<Opened> {
        if matches!(self, Self::Csv | Self::JsonLines) {
            refuse_binary(path)?;
        }
        match self {
            Self::Csv => csv::open(path),
            #[cfg(feature = "json")]
            Self::JsonLines => json_lines::open(path),
            #[cfg(feature = "parquet")]
            Self::Parquet => parquet::open(path),
            Self::Arrow => ipc::open(path),
            // No reader of it can be called.
            #[cfg(not(all(feature = "json", feature = "parquet")))]
            _ => Err(Problem::from("is of a format that is read where a feature of modularml is on").in_file(path)),
        }
    }

    /// Whether every value is text that stands for something else.
    pub(super) fn is_text(self) -> bool {
        self == Self::Csv
    }

    /// Whether the file itself says which types its columns have.
    pub(super) fn has_types(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }
}

/// The batches of a reader that may panic; after an error there are no more.
fn guarded_batches<E: std::fmt::Display + 'static>(
    path: &Path,
    kind: &'static str,
    mut batches: impl Iterator<Item = Result<RecordBatch, E>> + 'static,
) -> Batches {
    let path = path.to_owned();
    let mut is_over = false;
    Box::new(std::iter::from_fn(move || {
        if is_over {
            return None;
        }
        let next = guarded(|| batches.next().transpose()).map_err(|problem| unreadable(&path, kind, problem));
        is_over = next.is_err();
        next.transpose()
    }))
}

fn failed(path: &Path, error: std::io::Error) -> Error {
    Problem::from(error).in_file(path)
}

fn open(path: &Path) -> Result<File> {
    open_regular(path).map_err(|problem| problem.in_file(path))
}

const BZIP2: &[u8] = b"BZh";

/// What stands behind the level of compression, in digits of pi.
const BZIP2_BLOCK: &[u8] = b"1AY&";

/// Refuses files that are not text, by the bytes with which their formats begin.
fn refuse_binary(path: &Path) -> Result<()> {
    const FORMATS: [(&[u8], &str); 9] = [
        (&[0x1f, 0x8b], "is compressed by gzip; decompress it first (gunzip)"),
        (&[0x28, 0xb5, 0x2f, 0xfd], "is compressed by Zstandard; decompress it first (unzstd)"),
        (BZIP2, "is compressed by bzip2; decompress it first (bunzip2)"),
        (&[0xfd, b'7', b'z', b'X', b'Z'], "is compressed by xz; decompress it first (unxz)"),
        (b"PK\x03\x04", "is a ZIP archive, as spreadsheets are; write its rows as CSV"),
        (&[0xff, 0xfe], "is text in UTF-16; write it in UTF-8"),
        (&[0xfe, 0xff], "is text in UTF-16; write it in UTF-8"),
        (b"PAR1", "is a Parquet file; read it by `parquet`"),
        (b"ARROW1", "is an Arrow file; read it by `arrow`"),
    ];
    let mut start = [0; 8];
    let mut file = open(path)?;
    let mut read = 0;
    while let Some(rest) = start.get_mut(read..).filter(|rest| !rest.is_empty()) {
        match file.read(rest).map_err(|error| failed(path, error))? {
            0 => break,
            count => read += count,
        }
    }
    let start = start.get(..read).unwrap_or_default();
    // A column may be called PAR1 as well: text has no control characters behind its name.
    let is_binary = start.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    let is_told = |magic: &[u8]| {
        start.starts_with(magic) && (is_binary || !magic.is_ascii() || (magic == BZIP2 && start.ends_with(BZIP2_BLOCK)))
    };
    match FORMATS.iter().find(|(magic, _)| is_told(magic)) {
        Some((_, what)) => Err(Problem::from(*what).in_file(path)),
        None => Ok(()),
    }
}

fn unreadable(path: &Path, kind: &str, problem: impl Into<Problem>) -> Error {
    problem.into().of(format_args!("is not a whole {kind} file")).in_file(path)
}
