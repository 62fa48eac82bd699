//! The objects of a JSON file: one a line, or those of an array.

use std::io::{self, BufRead as _};
use std::path::{Path, PathBuf};

use encoding_rs::Encoding;

use super::text::{self, LONGEST, NOT_UTF_8, Text};
use crate::error::Problem;
use crate::{Error, Result};

/// How objects follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// In an array.
    Array,
    /// One a line.
    Lines,
}

/// The texts of the objects of a file, one after the other.
pub(super) struct Objects {
    text: Text,
    shape: Shape,
    path: PathBuf,
    /// How many lines have begun.
    line: usize,
    has_begun: bool,
    is_over: bool,
}

/// An object, and the line in which it begins, counted from 1.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) line: usize,
    pub(super) text: String,
}

impl Objects {
    pub(super) fn open(path: &Path, encoding: Option<&'static Encoding>, shape: Shape) -> Result<Self> {
        let text = text::open(path, encoding)?;
        Ok(Self { text, shape, path: path.to_owned(), line: 1, has_begun: false, is_over: false })
    }

    pub(super) fn next_object(&mut self) -> Result<Option<Object>> {
        let next = match self.shape {
            _ if self.is_over => Ok(None),
            Shape::Lines => self.next_line(),
            Shape::Array => self.next_element(),
        };
        next.map_err(|problem| problem.in_file(&self.path))
    }

    pub(super) fn shape(&self) -> Shape {
        self.shape
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The error of an object.
    pub(super) fn refuse(&self, line: usize, problem: &str) -> Error {
        Problem::from(problem).of(format_args!("line {line}")).in_file(&self.path)
    }

    /// The next line that is not blank.
    fn next_line(&mut self) -> Result<Option<Object>, Problem> {
        loop {
            let (line, mut bytes) = (self.line, Vec::new());
            let limit = LONGEST as u64 + 1;
            let read = io::Read::take(&mut self.text, limit).read_until(b'\n', &mut bytes);
            read.map_err(|error| broken(line, error))?;
            if bytes.is_empty() {
                self.is_over = true;
                return Ok(None);
            }
            if bytes.len() > LONGEST {
                return Err(too_long(line));
            }
            self.line += 1;
            let text = text_of(bytes, line)?;
            let text = text.trim();
            if !self.has_begun && text.starts_with('[') {
                return Err("holds an array of objects, and not one object a line; read it by `json`".into());
            }
            if !text.is_empty() {
                self.has_begun = true;
                return Ok(Some(Object { line, text: text.to_owned() }));
            }
        }
    }

    /// The next element of the array.
    fn next_element(&mut self) -> Result<Option<Object>, Problem> {
        let mut byte = self.after_blanks()?;
        if self.has_begun {
            match byte {
                Some(b',') => {
                    self.consume();
                    byte = self.after_blanks()?;
                    if byte == Some(b']') {
                        return Err(self.unexpected(byte, "an object behind the comma"));
                    }
                }
                Some(b']') => {}
                other => return Err(self.unexpected(other, "`,` or `]` behind an object")),
            }
        } else {
            match byte {
                None => {
                    self.is_over = true;
                    return Ok(None);
                }
                Some(b'[') => self.consume(),
                Some(b'{') => return Err(one_object_or_lines(&mut self.text)),
                other => return Err(self.unexpected(other, "an array of objects, [{\"column\": value, ..}, ..]")),
            }
            self.has_begun = true;
            byte = self.after_blanks()?;
        }
        if byte == Some(b']') {
            self.consume();
            self.is_over = true;
            return match self.after_blanks()? {
                None => Ok(None),
                other => Err(self.unexpected(other, "nothing behind the array")),
            };
        }
        if byte != Some(b'{') {
            return Err(self.unexpected(byte, "an object, {\"column\": value, ..}"));
        }
        self.object().map(Some)
    }

    /// The object that begins here, up to the bracket that closes it.
    fn object(&mut self) -> Result<Object, Problem> {
        let (line, mut object) = (self.line, Vec::new());
        let (mut depth, mut is_in_text, mut is_escaped) = (0usize, false, false);
        loop {
            let bytes = self.text.fill_buf().map_err(|error| broken(line, error))?;
            if bytes.is_empty() {
                return Err(format!(
                    "line {line}: is no JSON: the object that begins here has no end; the file may be cut off"
                )
                .into());
            }
            let mut end = None;
            for (at, &byte) in bytes.iter().enumerate() {
                self.line += usize::from(byte == b'\n');
                if is_in_text && matches!(byte, b'\n' | b'\r') {
                    return Err(
                        format!("line {line}: is no JSON: a text in the object holds a line end; write \\n").into()
                    );
                }
                match byte {
                    _ if is_escaped => is_escaped = false,
                    b'\\' if is_in_text => is_escaped = true,
                    b'"' => is_in_text = !is_in_text,
                    b'{' | b'[' if !is_in_text => depth += 1,
                    b'}' | b']' if !is_in_text => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if depth == 0 {
                    end = Some(at + 1);
                    break;
                }
            }
            let count = end.unwrap_or(bytes.len());
            object.extend(bytes.iter().take(count));
            self.text.consume(count);
            if object.len() > LONGEST {
                return Err(too_long(line));
            }
            if end.is_some() {
                // The decoder takes a line end for that of the object.
                let text = text_of(object, line)?.replace(['\n', '\r'], " ");
                return Ok(Object { line, text });
            }
        }
    }

    /// The next byte that is no blank; it stays where it is.
    fn after_blanks(&mut self) -> Result<Option<u8>, Problem> {
        loop {
            let line = self.line;
            let bytes = self.text.fill_buf().map_err(|error| broken(line, error))?;
            let Some(&byte) = bytes.first() else { return Ok(None) };
            if !byte.is_ascii_whitespace() {
                return Ok(Some(byte));
            }
            self.line += usize::from(byte == b'\n');
            self.text.consume(1);
        }
    }

    fn consume(&mut self) {
        self.text.consume(1);
    }

    fn unexpected(&self, found: Option<u8>, expected: &str) -> Problem {
        let found = match found {
            Some(byte) => format!("`{}`", char::from(byte).escape_default()),
            None => "the end of the file".to_owned(),
        };
        format!("line {}: is no JSON: found {found}, expected {expected}", self.line).into()
    }
}

fn broken(line: usize, error: io::Error) -> Problem {
    text::broken("JSON", error).of(format_args!("line {line}"))
}

fn too_long(line: usize) -> Problem {
    format!("line {line}: an object is longer than {} MiB; write one for each row", LONGEST >> 20).into()
}

fn text_of(bytes: Vec<u8>, line: usize) -> Result<String, Problem> {
    String::from_utf8(bytes).map_err(|_| format!("line {line}: is not UTF-8{NOT_UTF_8}").into())
}

/// What a file is that begins with an object where an array should.
fn one_object_or_lines(text: &mut Text) -> Problem {
    let mut first = Vec::new();
    // What cannot be read is no line either.
    let read = io::Read::take(&mut *text, LONGEST as u64).read_until(b'\n', &mut first);
    let is_line = read.is_ok() && serde_json::from_slice::<serde::de::IgnoredAny>(&first).is_ok();
    let has_more = text.fill_buf().is_ok_and(|bytes| !bytes.is_empty());
    if is_line && has_more {
        return "holds one object a line, and no array of them; read it by `json_lines`".into();
    }
    "holds one object, and no array of them; write [{\"column\": value, ..}, ..], with pandas by \
     to_json(orient=\"records\"), or if it is a row, read it by `json_lines`"
        .into()
}
