//! Where quoted fields and records of CSV begin and end, as the decoder sees it.

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};

/// What a program may write at the beginning of a UTF-8 file.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads a CSV file, and fails at its end where a quoted field is not closed: the decoder takes all that follows the
/// quote for one field, and gives no error.
pub(super) struct ClosedQuotes {
    file: File,
    path: PathBuf,
    place: Place,
    read: u64,
    /// Where the last quoted field begins.
    opened: u64,
}

/// What the next byte of a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A new field.
    Start,
    Field,
    Quoted,
    /// A quote in a quoted field: the end of it, or the first of two that stand for one.
    Quote,
}

impl Place {
    const fn behind(self, byte: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::Quote,
            (Self::Quoted, _) | (Self::Start | Self::Quote, b'"') => Self::Quoted,
            (_, b',' | b'\n' | b'\r') => Self::Start,
            _ => Self::Field,
        }
    }
}

impl ClosedQuotes {
    pub(super) fn of(file: File, path: &Path) -> Self {
        Self { file, path: path.to_owned(), place: Place::Start, read: 0, opened: 0 }
    }

    fn see(&mut self, bytes: &[u8]) {
        let mark = if self.read == 0 && bytes.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
        let start = self.read + mark as u64;
        self.read += bytes.len() as u64;
        let Some(bytes) = bytes.get(mark..) else { return };
        // Most parts of most files have no quote, and then the last byte says all.
        if self.place != Place::Quoted && !bytes.contains(&b'"') {
            self.place = bytes.last().map_or(self.place, |&last| Place::Field.behind(last));
            return;
        }
        for (at, &byte) in (start..).zip(bytes) {
            let before = self.place;
            self.place = before.behind(byte);
            if (before, self.place) == (Place::Start, Place::Quoted) {
                self.opened = at;
            }
        }
    }
}

impl Read for ClosedQuotes {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        if count == 0 && !buffer.is_empty() && self.place == Place::Quoted {
            let opened = self.opened;
            let place = find(&self.path, |position| position.bytes == opened + 1)?;
            let shown = place.map_or_else(String::new, |place| format!(" in {place}"));
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!(
                    "a quoted field that begins{shown} is never closed; close it with a second \", or write \"\" for a quote"
                ),
            ));
        }
        self.see(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// A position in a CSV file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// How many bytes stand before it.
    bytes: u64,
    /// How many records have begun, the header among them; blank lines are none.
    pub(super) records: usize,
    /// How many lines have ended.
    lines: usize,
}

impl std::fmt::Display for Position {
    /// The row, counted from 0 behind the header, and the line, counted from 1.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.records.checked_sub(2) {
            Some(row) => write!(f, "row {row} (line {})", self.lines + 1),
            None => write!(f, "the header (line {})", self.lines + 1),
        }
    }
}

/// The first position in a file that is wanted.
pub(super) fn find(path: &Path, is_wanted: impl Fn(&Position) -> bool) -> io::Result<Option<Position>> {
    let (mut position, mut place, mut is_in_record) = (Position::default(), Place::Start, false);
    let mut file = BufReader::new(File::open(path)?);
    if file.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
        file.consume(BYTE_ORDER_MARK.len());
        position.bytes = BYTE_ORDER_MARK.len() as u64;
    }
    for byte in file.bytes() {
        let byte = byte?;
        let ends = byte == b'\n' || byte == b'\r';
        if !ends && !is_in_record {
            is_in_record = true;
            position.records += 1;
        }
        place = place.behind(byte);
        is_in_record &= !(ends && place == Place::Start);
        position.bytes += 1;
        if is_wanted(&position) {
            return Ok(Some(position));
        }
        position.lines += usize::from(byte == b'\n');
    }
    Ok(None)
}
