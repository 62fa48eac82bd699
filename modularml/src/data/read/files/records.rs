//! Where quoted fields and records of CSV begin and end, as the decoder sees it.

use std::io::{self, BufRead as _, Read};
use std::path::PathBuf;

use encoding_rs::Encoding;

use super::text::{self, LONGEST, Text};
use crate::Result;
use crate::data::read::dialect::Marks;

/// A CSV file, and how it is written.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) path: PathBuf,
    pub(super) encoding: Option<&'static Encoding>,
    pub(super) marks: Marks,
}

/// Reads CSV, and fails at its end where a quoted field is not closed, and at a record that has no end: the decoder takes all
/// that follows a quote for one field, and keeps whole records in memory.
pub(super) struct Records {
    text: Text,
    origin: Origin,
    place: Place,
    read: u64,
    /// Where the last quoted field begins.
    opened: u64,
    /// Where the last record begins.
    record: u64,
}

/// What the next byte of a file belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// A new record, or a blank line or comment before it.
    Record,
    /// A new field behind the first.
    Start,
    Field,
    Quoted,
    /// A letter behind an escape.
    Escaped,
    /// A quote in a quoted field: the end of it, or the first of two that stand for one.
    Quote,
    Comment,
}

impl Place {
    fn behind(self, byte: u8, marks: &Marks) -> Self {
        match self {
            Self::Quoted if Some(byte) == marks.escape => Self::Escaped,
            Self::Quoted if Some(byte) == marks.quote => Self::Quote,
            Self::Quoted | Self::Escaped => Self::Quoted,
            Self::Comment if byte != b'\n' => Self::Comment,
            Self::Record if Some(byte) == marks.comment => Self::Comment,
            Self::Record | Self::Start | Self::Quote if Some(byte) == marks.quote => Self::Quoted,
            _ if is_line_end(byte) => Self::Record,
            _ if byte == marks.separator => Self::Start,
            _ => Self::Field,
        }
    }

    /// Whether all bytes that are neither quotes nor comments end in the same place from here on.
    const fn is_plain(self) -> bool {
        !matches!(self, Self::Quoted | Self::Escaped | Self::Comment)
    }

    const fn is_open(self) -> bool {
        matches!(self, Self::Quoted | Self::Escaped)
    }
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

impl Records {
    pub(super) fn of(origin: &Origin) -> Result<Self> {
        let text = origin.open()?;
        Ok(Self { text, origin: origin.clone(), place: Place::Record, read: 0, opened: 0, record: 0 })
    }

    /// The bytes that come next, none at the end.
    pub(super) fn next_bytes(&mut self) -> io::Result<&[u8]> {
        if self.place.is_open() && self.text.fill_buf()?.is_empty() {
            let quote = self.origin.marks.quote.map_or('"', char::from);
            let problem =
                format!("is never closed; close it with a second {quote}, or write {quote}{quote} for a quote");
            return Err(self.endless("a quoted field", self.opened, &problem));
        }
        self.text.fill_buf()
    }

    /// Goes on behind some of these bytes.
    pub(super) fn consume(&mut self, count: usize) -> io::Result<()> {
        // The buffer is filled, so that nothing is read here.
        let start = self.read;
        let bytes = self.text.fill_buf()?.get(..count).unwrap_or_default();
        self.read += bytes.len() as u64;
        let has = |mark: Option<u8>| mark.is_some_and(|mark| bytes.contains(&mark));
        // Most parts of most files have neither, and then the last bytes say all.
        if self.place.is_plain() && !has(self.origin.marks.quote) && !has(self.origin.marks.comment) {
            // From its end on a part is searched in vain more slowly than it is from its beginning.
            let has_end = bytes.contains(&b'\n') || bytes.contains(&b'\r');
            let end = if has_end { bytes.iter().rposition(|&byte| is_line_end(byte)) } else { None };
            self.record = end.map_or(self.record, |end| start + end as u64 + 1);
            self.place = bytes.last().map_or(self.place, |&last| Place::Field.behind(last, &self.origin.marks));
        } else {
            for (at, &byte) in (start..).zip(bytes) {
                let before = self.place;
                self.place = before.behind(byte, &self.origin.marks);
                if matches!(before, Place::Record | Place::Start) && self.place == Place::Quoted {
                    self.opened = at;
                }
                if self.place == Place::Record {
                    self.record = at + 1;
                }
            }
        }
        self.text.consume(count);
        if self.read - self.record > LONGEST as u64 {
            let problem = format!("is longer than {} MiB; end each row with a line end", LONGEST >> 20);
            return Err(self.endless("a row", self.record, &problem));
        }
        Ok(())
    }

    /// The error of what begins behind so many bytes.
    fn endless(&self, what: &str, start: u64, problem: &str) -> io::Error {
        let place = self.origin.find(|position| position.bytes > start);
        let shown = place.map_or_else(String::new, |place| format!(" in {place}"));
        io::Error::new(io::ErrorKind::InvalidData, format!("{what} that begins{shown} {problem}"))
    }

    /// Whether the bytes so far end with a record.
    pub(super) fn is_between(&self) -> bool {
        self.place == Place::Record
    }
}

/// What the header is read by.
impl Read for Records {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.next_bytes()?;
        let count = bytes.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(bytes) {
            *to = *from;
        }
        self.consume(count)?;
        Ok(count)
    }
}

/// A position in a CSV file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Position {
    /// How many bytes of text stand before it.
    bytes: u64,
    /// How many records have begun, the header among them; blank lines and comments are none.
    pub(super) records: usize,
    /// How many lines have ended.
    lines: usize,
    has_header: bool,
}

impl std::fmt::Display for Position {
    /// The row, counted from 0 behind the header, and the line, counted from 1.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.records.checked_sub(1 + usize::from(self.has_header)) {
            Some(row) => write!(f, "row {row} (line {})", self.lines + 1),
            None => write!(f, "the header (line {})", self.lines + 1),
        }
    }
}

impl Origin {
    fn open(&self) -> Result<Text> {
        let mut text = text::open(&self.path, self.encoding)?;
        text::skip(&mut text, self.marks.skipped).map_err(|error| text::broken("CSV", error).in_file(&self.path))?;
        Ok(text)
    }

    /// The first position in the file that is wanted.
    pub(super) fn find(&self, is_wanted: impl Fn(&Position) -> bool) -> Option<Position> {
        let Marks { has_header, skipped, .. } = self.marks;
        let mut position = Position { lines: skipped, has_header, ..Position::default() };
        let mut place = Place::Record;
        for byte in self.open().ok()?.bytes() {
            let byte = byte.ok()?;
            let before = place;
            place = before.behind(byte, &self.marks);
            let begins = before == Place::Record && !matches!(place, Place::Record | Place::Comment);
            position.records += usize::from(begins);
            position.bytes += 1;
            if is_wanted(&position) {
                return Some(position);
            }
            position.lines += usize::from(byte == b'\n');
        }
        None
    }
}

/// The first records of a text, each as its fields: for a guess, since the decoder asks for as many fields in each.
pub(super) fn split(text: &str, marks: &Marks, most: usize) -> Vec<Vec<String>> {
    let (mut records, mut fields, mut field) = (Vec::new(), Vec::new(), Vec::new());
    let mut place = Place::Record;
    // The end of the text ends its last line.
    for byte in text.bytes().chain([b'\n']) {
        let before = place;
        place = before.behind(byte, marks);
        match place {
            Place::Record if matches!(before, Place::Record | Place::Comment) => {}
            Place::Record | Place::Start => {
                fields.push(String::from_utf8_lossy(&std::mem::take(&mut field)).trim().to_owned());
                if place == Place::Record {
                    records.push(std::mem::take(&mut fields));
                }
            }
            Place::Field => field.push(byte),
            Place::Quoted if before.is_open() => field.push(byte),
            Place::Quoted | Place::Quote | Place::Escaped | Place::Comment => {}
        }
        if records.len() >= most {
            break;
        }
    }
    records
}
