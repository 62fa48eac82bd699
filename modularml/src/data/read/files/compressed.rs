//! Files that are compressed by gzip or Zstandard, known by the bytes with which they begin.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use super::failed;
use crate::Result;
use crate::error::Problem;

/// What a file holds, as it is read.
pub(super) type Text = Box<dyn BufRead>;

/// A program that compresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::data) enum Method {
    Gzip,
    Zstandard,
}

impl Method {
    const ALL: [Self; 2] = [Self::Gzip, Self::Zstandard];

    /// How files that it has compressed begin.
    fn of(start: &[u8]) -> Option<Self> {
        match start {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            // Zstandard, or what may stand between its frames.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Self::Zstandard),
            _ => None,
        }
    }

    /// The name and the ending of its files.
    pub(in crate::data) const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Gzip => ("gzip", "gz"),
            Self::Zstandard => ("Zstandard", "zst"),
        }
    }

    /// The method that the name of a file tells of.
    pub(in crate::data) fn of_name(path: &Path) -> Option<Self> {
        let ending = path.extension()?;
        Self::ALL.into_iter().find(|method| ending.eq_ignore_ascii_case(method.names().1))
    }
}

/// Whether a file is compressed.
pub(in crate::data) fn is_compressed(path: &Path) -> bool {
    let start = File::open(path).map(BufReader::new).and_then(|mut file| Ok(Method::of(file.fill_buf()?).is_some()));
    start.unwrap_or(false)
}

/// What a file holds.
pub(super) fn decompressed(mut file: BufReader<File>, path: &Path) -> Result<Text> {
    let start = file.fill_buf().map_err(|error| failed(path, error))?;
    match Method::of(start) {
        Some(method) => method.decompress(file, path),
        None => match Method::of_name(path) {
            Some(method) => {
                let (name, ending) = method.names();
                let problem = format!(
                    "ends in .{ending}, and is not compressed by {name}; give it another name if it is plain text, else get \
                     another copy"
                );
                Err(Problem::from(problem).in_file(path))
            }
            None => Ok(Box::new(file)),
        },
    }
}

#[cfg(not(feature = "compressed"))]
impl Method {
    #[allow(clippy::needless_pass_by_value, reason = "as with the feature")]
    fn decompress(self, _: BufReader<File>, path: &Path) -> Result<Text> {
        let (name, command) = match self {
            Self::Gzip => ("gzip", "gunzip"),
            Self::Zstandard => ("Zstandard", "unzstd"),
        };
        let problem = format!(
            "is compressed by {name}; compile with the feature `compressed` of modularml, or decompress it first ({command})"
        );
        Err(Problem::from(problem).in_file(path))
    }
}

#[cfg(feature = "compressed")]
impl Method {
    /// All members or frames one after the other. What is cut off or damaged is an error when it is read.
    fn decompress(self, file: BufReader<File>, path: &Path) -> Result<Text> {
        let reader: Box<dyn std::io::Read> = match self {
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(file)),
            Self::Zstandard => Box::new(zstd::Decoder::with_buffer(file).map_err(|error| failed(path, error))?),
        };
        Ok(Box::new(BufReader::with_capacity(1 << 16, Whole { method: self, reader })))
    }
}

/// A decompressor that says what is wrong.
#[cfg(feature = "compressed")]
struct Whole {
    method: Method,
    reader: Box<dyn std::io::Read>,
}

#[cfg(feature = "compressed")]
impl std::io::Read for Whole {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        use std::io::{Error, ErrorKind};

        self.reader.read(buffer).map_err(|error| {
            let (name, _) = self.method.names();
            let what = match error.kind() {
                ErrorKind::UnexpectedEof => "is cut off".to_owned(),
                ErrorKind::InvalidData | ErrorKind::InvalidInput | ErrorKind::Other => format!("is damaged ({error})"),
                _ => return error,
            };
            Error::new(ErrorKind::InvalidData, format!("what {name} has compressed {what}; get another copy"))
        })
    }
}
