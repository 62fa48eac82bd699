//! CSV files: every value stays text, since the schema says later what it should be.

use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::csv::ReaderBuilder;
use arrow::csv::reader::{Decoder, Format};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

use super::guess;
use super::records::{Origin, Records};
use super::text::{self, AT_ONCE};
use super::{Opened, not_whole, until_error};
use crate::Result;
use crate::data::ipc::guarded_problem;
use crate::data::read::dialect::{Dialect, Marks};
use crate::data::read::layout::Layout;
use crate::error::Problem;

/// What a file should be.
const KIND: &str = "CSV";
/// How many fields are decoded at once, for which Arrow sets memory aside before it sees them.
const FIELDS_AT_ONCE: usize = 1 << 22;

pub(super) fn open(path: &Path, layout: &Layout) -> Result<Opened> {
    let fail = |problem: String| Problem::from(problem).in_file(path);
    let dialect = if layout.dialect.is_guessed { guess::dialect(path, layout.dialect)? } else { layout.dialect };
    let (marks, encoding) = (dialect.marks().map_err(fail)?, dialect.known_encoding().map_err(fail)?);
    let origin = Origin { path: path.to_owned(), encoding, marks };
    let format = format(&marks);
    let found = format.infer_schema(Records::of(&origin)?, Some(0));
    let found = found.map_err(|error| explained(&origin, error).in_file(path))?.0;
    let mut names: Vec<String> = found.fields().iter().map(|field| field.name().trim().to_owned()).collect();
    if let Some(method) = names.first().and_then(|first| as_json(first)) {
        return Err(fail(format!("holds JSON; read it by `{method}`")));
    }
    let only = Some(&names).filter(|names| names.len() == 1 && marks.has_header).and_then(|names| names.first());
    if let Some(separator) = only.and_then(|only| only.chars().find(|c| matches!(c, ',' | ';' | '\t' | '|'))) {
        return Err(fail(other_separator(path, layout, separator)));
    }
    if !marks.has_header {
        names = layout.names_of(names.len()).map_err(fail)?;
    } else if layout.names.is_some() {
        return Err(fail(
            "begins with names of its columns, as the dialect has it; leave Reader::names out, or say \
             Dialect::without_header"
                .into(),
        ));
    }
    // Numbers are parsed later, where the schema says what they should be and an error can name the row.
    let fields: Vec<Field> = names.into_iter().map(|name| Field::new(name, DataType::Utf8, true)).collect();
    let schema = Arc::new(Schema::new(fields));
    let (path, columns) = (path.to_owned(), Arc::clone(&schema));
    let read = move |positions: &[usize], rows: usize| {
        let rows = rows.min(FIELDS_AT_ONCE / columns.fields().len().max(1)).max(1);
        let builder = ReaderBuilder::new(columns).with_format(format).with_batch_size(rows);
        let decoder = builder.with_projection(positions.to_vec()).build_decoder();
        let mut rows = Rows { records: Records::of(&origin)?, decoder, origin };
        Ok(until_error(&path, move || guarded_problem(|| rows.next_batch())))
    };
    Ok(Opened { schema, numerals: Some(marks.numerals), dialect: Some(dialect.told()), read: Box::new(read) })
}

/// A byte that no text in UTF-8 has.
const NEVER: u8 = 0xff;

fn format(marks: &Marks) -> Format {
    // Arrow cannot be told that there are no quotes.
    let quote = marks.quote.unwrap_or(NEVER);
    let mut format = Format::default().with_header(marks.has_header).with_delimiter(marks.separator).with_quote(quote);
    if let Some(escape) = marks.escape {
        format = format.with_escape(escape);
    }
    if let Some(comment) = marks.comment {
        format = format.with_comment(comment);
    }
    format
}

/// The method that reads a file of JSON, which begins so.
fn as_json(first: &str) -> Option<&'static str> {
    match first {
        "{" | "[" => Some("json"),
        _ if first.starts_with("[{") => Some("json"),
        _ if first.starts_with("{\"") => Some("json_lines"),
        _ => None,
    }
}

/// What to say of a file with one column, whose name holds what separates the columns of others.
fn other_separator(path: &Path, layout: &Layout, separator: char) -> String {
    let told = Dialect { decimal: None, thousands: None, ..layout.dialect.separator(separator) };
    let dialect = guess::dialect(path, told.guessing()).unwrap_or(told).told();
    let shown = separator.escape_default();
    let advice = if dialect == Dialect::new() {
        "leave Reader::dialect out".to_owned()
    } else {
        format!("read it by Reader::dialect({dialect})")
    };
    format!("separates its columns by `{shown}`; {advice}")
}

/// The rows of a file, part by part.
struct Rows {
    records: Records,
    decoder: Decoder,
    origin: Origin,
}

impl Rows {
    /// As many rows as were asked for, or as much text as may be in memory.
    fn next_batch(&mut self) -> Result<Option<RecordBatch>, Problem> {
        let broken = |error| text::broken(KIND, error);
        let (mut taken, mut is_over) = (0, false);
        while !is_over {
            let bytes = self.records.next_bytes().map_err(broken)?;
            // Behind that much, a part ends with the next line that ends a row.
            let line_end = |bytes: &[u8]| bytes.iter().position(|&byte| byte == b'\n' || byte == b'\r');
            let end = if taken < AT_ONCE { None } else { line_end(bytes).map(|end| end + 1) };
            let bytes = end.and_then(|end| bytes.get(..end)).unwrap_or(bytes);
            is_over = bytes.is_empty();
            let count = self.decoder.decode(bytes).map_err(|error| explained(&self.origin, error))?;
            self.records.consume(count).map_err(broken)?;
            taken += count;
            let is_enough = taken >= AT_ONCE && self.records.is_between();
            if is_over || is_enough || self.decoder.capacity() == 0 {
                let batch = self.decoder.flush().map_err(|error| explained(&self.origin, error))?;
                if batch.is_some() {
                    return Ok(batch);
                }
                taken = 0;
            }
        }
        Ok(None)
    }
}

/// Arrow's error with the row in our counting, and its line: Arrow counts records, of which the header is the first, and
/// calls them lines.
fn explained(origin: &Origin, error: ArrowError) -> Problem {
    let error = match error {
        ArrowError::IoError(_, error) => return text::broken(KIND, error),
        other => other.to_string(),
    };
    let text = error.trim_start_matches("Csv error: ");
    let hint = if text.starts_with("Encountered") { text::NOT_UTF_8 } else { "" };
    let Some((before, after)) = text.split_once("for line ") else {
        return not_whole(KIND, format!("{text}{hint}"));
    };
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    let (record, rest) = after.split_at(digits);
    let first = 1 + usize::from(origin.marks.has_header);
    let record = record.parse::<usize>().ok().filter(|record| *record >= first);
    let position = record.and_then(|record| origin.find(|position| position.records == record));
    let text = position.map_or_else(|| text.to_owned(), |position| format!("{before}in {position}{rest}"));
    not_whole(KIND, format!("{text}{hint}"))
}
