//! JSON: objects with nested lists for arrays.
//!
//! The types of the columns are those of the values, which a first pass over the file finds; it also finds what is no JSON.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::infer_json_schema_from_iterator;
use serde_json::Value as Json;

pub(super) use super::objects::Shape;
use super::objects::{Object, Objects};
use super::text::AT_ONCE;
use super::{Opened, guarded};
use crate::data::names;
use crate::data::read::layout::Layout;
use crate::error::Problem;
use crate::{Error, Result};

pub(super) fn open(path: &Path, layout: &Layout, shape: Shape) -> Result<Opened> {
    let encoding = layout.dialect.known_encoding().map_err(|problem| Problem::from(problem).in_file(path))?;
    let schema = Arc::new(types(path, Objects::open(path, encoding, shape)?)?);
    let (path, columns) = (path.to_owned(), Arc::clone(&schema));
    let read = move |positions: &[usize], rows: usize| {
        let schema = columns.project(positions).map_err(|error| bad(&path, error.to_string()))?;
        let objects = Objects::open(&path, encoding, shape)?;
        let mut batches = Decode { objects, schema: Arc::new(schema), rows };
        Ok(Box::new(std::iter::from_fn(move || batches.next_batch().transpose())) as super::Batches)
    };
    Ok(Opened::typed(schema, Box::new(read)))
}

/// The type of each column, from all values.
fn types(path: &Path, mut objects: Objects) -> Result<arrow::datatypes::Schema> {
    let mut broken = None;
    let mut whole: BTreeMap<String, Whole> = BTreeMap::new();
    let values = std::iter::from_fn(|| {
        let next = objects.next_object().and_then(|next| next.map(|object| parse(&objects, &object)).transpose());
        match next {
            Ok(value) => {
                for (name, value) in value.iter().filter_map(Json::as_object).flatten() {
                    see(&mut whole, name, value);
                }
                value.map(Ok)
            }
            Err(error) => {
                broken = Some(error);
                None
            }
        }
    });
    let schema = infer_json_schema_from_iterator(values);
    if let Some(error) = broken {
        return Err(error);
    }
    let schema = schema.map_err(|error| bad(path, error.to_string()))?;
    let fields: Vec<FieldRef> = schema.fields().iter().map(|field| typed(field, field.name(), &whole)).collect();
    Ok(arrow::datatypes::Schema::new(fields))
}

/// Takes in a value of a column, and those of its fields as columns of their own.
fn see(whole: &mut BTreeMap<String, Whole>, name: &str, value: &Json) {
    match value {
        Json::Object(fields) => fields.iter().for_each(|(field, value)| see(whole, &format!("{name}.{field}"), value)),
        value => match whole.get_mut(name) {
            Some(seen) => seen.see(value),
            None => whole.entry(name.to_owned()).or_default().see(value),
        },
    }
}

/// A field with the type that its numbers have.
fn typed(field: &FieldRef, name: &str, whole: &BTreeMap<String, Whole>) -> FieldRef {
    if let DataType::Struct(inner) = field.data_type() {
        let inner = inner.iter().map(|field| typed(field, &format!("{name}.{}", field.name()), whole)).collect();
        return Arc::new(Field::new(field.name(), DataType::Struct(inner), true));
    }
    let plain = Field::new(field.name().trim(), field.data_type().clone(), true);
    Arc::new(match whole.get(name).filter(|seen| seen.is_above && !seen.has_floats) {
        Some(seen) if seen.is_below => {
            plain.with_metadata(HashMap::from([(names::ROUNDED.to_owned(), "true".to_owned())]))
        }
        Some(_) => plain.with_data_type(unsigned(field.data_type())),
        None => plain,
    })
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

fn parse(objects: &Objects, object: &Object) -> Result<Json> {
    let value: Json = serde_json::from_str(&object.text).map_err(|error| {
        let text = error.to_string().replace("at line 1 column", "at column");
        let what = match objects.shape() {
            Shape::Lines => "; write one object a line",
            Shape::Array => " of the object",
        };
        objects.refuse(object.line, &format!("is no JSON: {text}{what}"))
    })?;
    if !value.is_object() {
        return Err(objects.refuse(object.line, "is no JSON object; write {\"column\": value, ..}"));
    }
    Ok(value)
}

fn bad(path: &Path, problem: impl Into<Problem>) -> Error {
    problem.into().of("is no file of JSON objects").in_file(path)
}

/// Objects as record batches.
struct Decode {
    objects: Objects,
    schema: SchemaRef,
    rows: usize,
}

impl Decode {
    fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        let (mut objects, mut length) = (Vec::new(), 0);
        while objects.len() < self.rows && length < AT_ONCE {
            let Some(object) = self.objects.next_object()? else { break };
            length += object.text.len();
            objects.push(object);
        }
        if objects.is_empty() {
            return Ok(None);
        }
        decode(&self.schema, &objects).map(Some).map_err(|problem| {
            // The decoder says what is wrong and not where: the first object that it refuses alone is the one.
            let found = objects.iter().find_map(|object| {
                let problem = decode(&self.schema, std::slice::from_ref(object)).err()?;
                Some(self.objects.refuse(object.line, &format!("{problem}; a column has values of one type")))
            });
            found.unwrap_or_else(|| bad(self.objects.path(), problem))
        })
    }
}

fn decode(schema: &SchemaRef, objects: &[Object]) -> Result<RecordBatch, Problem> {
    guarded(|| {
        let builder = ReaderBuilder::new(Arc::clone(schema)).with_batch_size(objects.len());
        let mut decoder = builder.build_decoder()?;
        for object in objects {
            decoder.decode(object.text.as_bytes())?;
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
        let opened = open(&folder, &Layout::default(), Shape::Lines).unwrap();
        std::fs::remove_file(&folder).unwrap();
        let kinds: Vec<_> = opened.schema.fields().iter().map(|field| field.data_type().to_string()).collect();
        assert_eq!(kinds.len(), 3);
        assert_eq!(opened.schema.field(0).data_type(), &arrow::datatypes::DataType::Float64);
    }
}
