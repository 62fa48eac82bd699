//! CSV files: every value stays text, since the schema says later what it should be.

use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use arrow::csv::ReaderBuilder;
use arrow::csv::reader::Format;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

use super::quotes::{self, ClosedQuotes};
use super::{Opened, guarded_batches, open as open_file, unreadable};
use crate::Result;
use crate::error::Problem;

/// What some programs write at the beginning of a UTF-8 file.
const BYTE_ORDER_MARK: char = '\u{feff}';

pub(super) fn open(path: &Path) -> Result<Opened> {
    let fail = |error: ArrowError| unreadable(path, "CSV", explained(path, &error));
    let file = ClosedQuotes::of(open_file(path)?, path);
    let format = Format::default().with_header(true);
    let (header, _) = format.infer_schema(BufReader::new(file), Some(0)).map_err(fail)?;
    // Numbers are parsed later, where the schema says what they should be and an error can name the row.
    let name = |field: &Arc<Field>| field.name().trim_start_matches(BYTE_ORDER_MARK).trim().to_owned();
    let fields: Vec<Field> =
        header.fields().iter().map(|field| Field::new(name(field), DataType::Utf8, true)).collect();
    if let [only] = fields.as_slice()
        && let Some(separator) = [';', '\t', '|'].into_iter().find(|separator| only.name().contains(*separator))
    {
        let shown = separator.escape_default();
        let problem =
            format!("separates its columns by `{shown}`; write it with commas, and numbers with a decimal point");
        return Err(Problem::from(problem.as_str()).in_file(path));
    }
    let schema = Arc::new(Schema::new(fields));
    let file = ClosedQuotes::of(open_file(path)?, path);
    let (path, columns) = (path.to_owned(), Arc::clone(&schema));
    let read = move |positions: &[usize], rows: usize| {
        let builder = ReaderBuilder::new(columns).with_format(format).with_batch_size(rows);
        let reader = builder.with_projection(positions.to_vec()).build(file);
        let reader = reader.map_err(|error| unreadable(&path, "CSV", explained(&path, &error)))?;
        let at = path.clone();
        Ok(guarded_batches(&path, "CSV", reader.map(move |batch| batch.map_err(|error| explained(&at, &error)))))
    };
    Ok(Opened { schema, read: Box::new(read) })
}

/// Arrow's error with the row in our counting, and its line: Arrow counts records, of which the header is the first, and
/// calls them lines.
fn explained(path: &Path, error: &ArrowError) -> String {
    let text = error.to_string();
    let text = text.trim_start_matches("Csv error: ").trim_start_matches("Io error: ");
    let Some((before, after)) = text.split_once("for line ") else { return text.to_owned() };
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    let (record, rest) = after.split_at(digits);
    let record = record.parse::<usize>().ok().filter(|record| *record >= 2);
    let position = record.and_then(|record| quotes::find(path, |position| position.records == record).ok().flatten());
    position.map_or_else(|| text.to_owned(), |position| format!("{before}in {position}{rest}"))
}
