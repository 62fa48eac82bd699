//! JSON lines: one object a line, nested lists for arrays.
//!
//! The types of the columns are those of the values, which a first pass over the file finds; it also finds the lines
//! that are no JSON.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead as _, BufReader, Lines, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::infer_json_schema_from_iterator;
use serde_json::Value as Json;

use super::{Opened, failed, guarded, open as open_file};
use crate::data::names;
use crate::error::Problem;
use crate::{Error, Result};

pub(super) fn open(path: &Path) -> Result<Opened> {
    let mut file = open_file(path)?;
    let schema = Arc::new(types(path, &mut file)?);
    file.rewind().map_err(|error| failed(path, error))?;
    let (path, columns) = (path.to_owned(), Arc::clone(&schema));
    let read = move |positions: &[usize], rows: usize| {
        let schema = columns.project(positions).map_err(|error| bad(&path, error.to_string()))?;
        let lines = Objects { lines: BufReader::new(file).lines(), number: 0, path };
        let mut batches = Decode { lines, schema: Arc::new(schema), rows };
        Ok(Box::new(std::iter::from_fn(move || batches.next_batch().transpose())) as super::Batches)
    };
    Ok(Opened { schema, read: Box::new(read) })
}

/// The type of each column, from all values.
fn types(path: &Path, file: &mut File) -> Result<arrow::datatypes::Schema> {
    let mut broken = None;
    let mut objects = Objects { lines: BufReader::new(file).lines(), number: 0, path: path.to_owned() };
    let mut whole: BTreeMap<String, Whole> = BTreeMap::new();
    let values = std::iter::from_fn(|| match objects.next_line() {
        Ok(line) => line.and_then(|(number, line)| match parse(path, number, &line) {
            Ok(value) => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    if let Some(seen) = whole.get_mut(name) {
                        seen.see(value);
                    } else {
                        whole.entry(name.clone()).or_default().see(value);
                    }
                }
                Some(Ok(value))
            }
            Err(error) => {
                broken = Some(error);
                None
            }
        }),
        Err(error) => {
            broken = Some(error);
            None
        }
    });
    let schema = infer_json_schema_from_iterator(values);
    if let Some(error) = broken {
        return Err(error);
    }
    let schema = schema.map_err(|error| bad(path, error.to_string()))?;
    let field = |field: &FieldRef| {
        let name = field.name().trim();
        let plain = Field::new(name, field.data_type().clone(), true);
        match whole.get(field.name()).filter(|seen| seen.is_above && !seen.has_floats) {
            Some(seen) if seen.is_below => {
                plain.with_metadata(HashMap::from([(names::ROUNDED.to_owned(), "true".to_owned())]))
            }
            Some(_) => plain.with_data_type(unsigned(field.data_type())),
            None => plain,
        }
    };
    let fields: Vec<Field> = schema.fields().iter().map(field).collect();
    Ok(arrow::datatypes::Schema::new(fields))
}

/// What the numbers of a column are: Arrow takes whole numbers beyond i64 for floats, which merge different ones.
#[derive(Default)]
struct Whole {
    has_floats: bool,
    is_below: bool,
    is_above: bool,
}

impl Whole {
    fn see(&mut self, value: &Json) {
        match value {
            Json::Array(values) => values.iter().for_each(|value| self.see(value)),
            Json::Number(number) => {
                self.has_floats |= number.is_f64();
                self.is_below |= number.as_i64().is_some_and(|number| number < 0);
                self.is_above |= number.as_i64().is_none() && number.is_u64();
            }
            _ => {}
        }
    }
}

/// The same type with u64 in place of its floats.
fn unsigned(kind: &DataType) -> DataType {
    match kind {
        DataType::List(item) => DataType::List(Arc::new(Field::clone(item).with_data_type(unsigned(item.data_type())))),
        DataType::Float64 => DataType::UInt64,
        other => other.clone(),
    }
}

fn parse(path: &Path, number: usize, line: &str) -> Result<Json> {
    let fail = |problem: String| Problem::from(problem).of(format_args!("line {number}")).in_file(path);
    let value: Json = serde_json::from_str(line).map_err(|error| {
        let text = error.to_string();
        let text = text.replace("at line 1 column", "at column");
        fail(format!("is no JSON: {text}; write one object a line"))
    })?;
    if !value.is_object() {
        return Err(fail("is no JSON object; write {\"column\": value, ..}".into()));
    }
    Ok(value)
}

fn bad(path: &Path, problem: impl Into<Problem>) -> Error {
    problem.into().of("is no JSON lines file").in_file(path)
}

/// The lines of a file that are not blank, counted from 1.
struct Objects<R> {
    lines: Lines<BufReader<R>>,
    number: usize,
    path: PathBuf,
}

impl<R: std::io::Read> Objects<R> {
    fn next_line(&mut self) -> Result<Option<(usize, String)>> {
        for line in self.lines.by_ref() {
            self.number += 1;
            let line = line
                .map_err(|error| Problem::from(error).of(format_args!("line {}", self.number)).in_file(&self.path))?;
            // Some programs write a byte order mark at the beginning of a UTF-8 file.
            let line = match line.strip_prefix('\u{feff}').filter(|_| self.number == 1) {
                Some(line) => line.to_owned(),
                None => line,
            };
            if !line.trim().is_empty() {
                return Ok(Some((self.number, line)));
            }
        }
        Ok(None)
    }
}

/// Lines as record batches.
struct Decode {
    lines: Objects<File>,
    schema: SchemaRef,
    rows: usize,
}

impl Decode {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let mut lines = Vec::new();
        while lines.len() < self.rows {
            match self.lines.next_line()? {
                Some(line) => lines.push(line),
                None => break,
            }
        }
        if lines.is_empty() {
            return Ok(None);
        }
        decode(&self.schema, &lines).map(Some).map_err(|problem| {
            // The decoder says what is wrong and not where: the first line that it refuses alone is the one.
            let path = &self.lines.path;
            let found = lines.iter().find_map(|line| {
                let problem = decode(&self.schema, std::slice::from_ref(line)).err()?;
                let problem = format!("line {}: {problem}; a column has values of one type", line.0);
                Some(Problem::from(problem).in_file(path))
            });
            found.unwrap_or_else(|| bad(path, problem))
        })
    }
}

fn decode(schema: &SchemaRef, lines: &[(usize, String)]) -> Result<RecordBatch, Problem> {
    guarded(|| {
        let builder = ReaderBuilder::new(Arc::clone(schema)).with_batch_size(lines.len());
        let mut decoder = builder.build_decoder()?;
        for (_, line) in lines {
            decoder.decode(line.as_bytes())?;
            decoder.decode(b"\n")?;
        }
        decoder.flush()?.ok_or_else(|| ArrowError::JsonError("has no rows".into()))
    })
    .map_err(|problem| problem.text.trim_start_matches("Json error: ").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_type_of_a_column_is_that_of_all_its_values() {
        let folder = std::env::temp_dir().join(format!("modularml-{}.jsonl", uuid::Uuid::new_v4()));
        std::fs::write(&folder, "{\"a\": 1, \"b\": [[1], [2]]}\n\n{\"a\": 2.5, \"b\": [[3], [4.5]], \"c\": \"x\"}\n")
            .unwrap();
        let opened = open(&folder).unwrap();
        std::fs::remove_file(&folder).unwrap();
        let kinds: Vec<_> = opened.schema.fields().iter().map(|field| field.data_type().to_string()).collect();
        assert_eq!(kinds.len(), 3);
        assert_eq!(opened.schema.field(0).data_type(), &arrow::datatypes::DataType::Float64);
    }
}
