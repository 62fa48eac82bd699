//! CSV files: every value stays text, since the schema says later what it should be.

use std::io::{BufReader, Seek as _};
use std::path::Path;
use std::sync::Arc;

use arrow::csv::ReaderBuilder;
use arrow::csv::reader::Format;
use arrow::datatypes::{DataType, Field, Schema};
use arrow::error::ArrowError;

use super::{Opened, failed, guarded_batches, open as open_file, unreadable};
use crate::Result;

/// What some programs write at the beginning of a UTF-8 file.
const BYTE_ORDER_MARK: char = '\u{feff}';

pub(super) fn open(path: &Path) -> Result<Opened> {
    let fail = |error: ArrowError| unreadable(path, "CSV", explained(&error));
    let mut file = open_file(path)?;
    let format = Format::default().with_header(true);
    let (header, _) = format.infer_schema(BufReader::new(&mut file), Some(0)).map_err(fail)?;
    // Numbers are parsed later, where the schema says what they should be and an error can name the row.
    let name = |field: &Arc<Field>| field.name().trim_start_matches(BYTE_ORDER_MARK).trim().to_owned();
    let fields: Vec<Field> =
        header.fields().iter().map(|field| Field::new(name(field), DataType::Utf8, true)).collect();
    let schema = Arc::new(Schema::new(fields));
    file.rewind().map_err(|error| failed(path, error))?;
    let (path, columns) = (path.to_owned(), Arc::clone(&schema));
    let read = move |positions: &[usize], rows: usize| {
        let builder = ReaderBuilder::new(columns).with_format(format).with_batch_size(rows);
        let reader = builder.with_projection(positions.to_vec()).build(file);
        let reader = reader.map_err(|error| unreadable(&path, "CSV", explained(&error)))?;
        Ok(guarded_batches(&path, "CSV", reader.map(|batch| batch.map_err(|error| explained(&error)))))
    };
    Ok(Opened { schema, read: Box::new(read) })
}

/// Arrow's error with the row in our counting: it calls the header line 1, and counts records, not line breaks.
fn explained(error: &ArrowError) -> String {
    let text = error.to_string();
    let text = text.trim_start_matches("Csv error: ");
    let Some((before, after)) = text.split_once("for line ") else { return text.to_owned() };
    let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    let (line, rest) = after.split_at(digits);
    match line.parse::<usize>() {
        Ok(line) if line >= 2 => format!("{before}in row {} (line {line}){rest}", line - 2),
        _ => text.to_owned(),
    }
}
