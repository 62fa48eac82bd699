//! Opening: from the bytes of a store to a table over them, without a pass over its numbers.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array as _, ArrayRef, AsArray as _, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field, Float64Type, Schema};
use serde_json::Value as Json;

use super::mapping::Mapping;
use super::{NOTE, VERSION};
use crate::data::buffer::{ColumnData, dtype, scale_of};
use crate::data::ids::{self, Ids};
use crate::data::table::{Table, TableColumn};
use crate::data::transformed::Transformed;
use crate::data::{ColumnSpec, Dtype, Representation, SchemaSpec, Twice, check, gather, ipc, names, sequence};
use crate::error::{FileFault, Problem};
use crate::text::{MAX_RANK, Message, Shape, intern, intern_all};
use crate::{Error, Result};

/// The table of a store under a schema, or under its own.
pub(super) fn table(path: &Path, declared: Option<SchemaSpec>) -> Result<Table> {
    let file = File::open(path)?;
    file.table(match declared {
        Some(schema) => schema,
        None => file.schema()?,
    })
}

/// The one record batch of a store; its columns share the buffer.
fn read(buffer: &Buffer) -> Result<RecordBatch, Problem> {
    let file = ipc::File::of(buffer.clone())?;
    check_note(&file.footer.schema)?;
    match file.footer.batches.as_slice() {
        [block] => file
            .batch(block, true)
            .map_err(|problem| format!("{problem}; convert it, or read it with from_arrow").into()),
        blocks => {
            let count = blocks.len();
            let problem = "record batches, a store has one; convert it, or read it with from_arrow";
            Err(format!("it has {count} {problem}").into())
        }
    }
}

/// Whether the file was written as a store, of types that a store has.
fn check_note(schema: &Schema) -> Result<(), Problem> {
    match schema.metadata().get(NOTE).map(String::as_str) {
        Some(VERSION) => {}
        Some(other) => {
            let text = format!("it is of version {other}, this library reads version {VERSION}; convert it again");
            let (found, read) = (other.parse().ok(), VERSION.parse().unwrap_or_default());
            return Err(Problem { fault: FileFault::Version { found, read }, text });
        }
        None => {
            return Err("nothing in it says that its values were checked; read it with FeatureSet::from_arrow, which \
                        checks them, or convert it"
                .into());
        }
    }
    match schema.fields().iter().find(|field| !is_known(field.data_type())) {
        Some(field) => {
            Err(format!("column `{}` is {}, which a store cannot hold", field.name(), field.data_type()).into())
        }
        None => Ok(()),
    }
}

/// Whether a store can hold values of a type.
fn is_known(kind: &DataType) -> bool {
    match kind {
        DataType::FixedSizeList(item, _) | DataType::List(item) => is_known(item.data_type()),
        DataType::FixedSizeBinary(_)
        | DataType::Utf8
        | DataType::Boolean
        | DataType::Timestamp(..)
        | DataType::Date32
        | DataType::Time64(_)
        | DataType::Duration(_)
        | DataType::Decimal64(..) => true,
        other => other.is_numeric(),
    }
}

/// An opened file.
pub(super) struct File {
    name: String,
    batch: RecordBatch,
    mapping: Arc<Mapping>,
}

impl File {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let (buffer, mapping) = Mapping::open(path)?;
        let batch = ipc::guarded_problem(|| read(&buffer));
        let batch = batch.map_err(|problem| problem.of("is not a store").in_file(path))?;
        let file = Self { name: path.display().to_string(), batch, mapping };
        check::row_count(&file.name, file.batch.num_rows())?;
        Ok(file)
    }

    /// The rows under a schema.
    pub(super) fn table(&self, schema: SchemaSpec) -> Result<Table> {
        let columns = schema.columns.iter().map(|spec| self.column(&schema, spec)).collect::<Result<_>>()?;
        Ok(Table::mapped(schema, columns, self.ids()?, &[Arc::clone(&self.mapping)]))
    }

    fn refuse(&self, column: &str, problem: String) -> Error {
        Error::Column { file: self.name.clone(), column: column.into(), row: None, problem }
    }

    fn ids(&self) -> Result<Ids> {
        let fail = || self.refuse(names::IDS, "is missing or has no 16 bytes a row; convert the data again".into());
        let array = self.batch.column_by_name(names::IDS).ok_or_else(fail)?;
        let data = array.to_data();
        let bytes = data.buffers().first().filter(|_| data.null_count() == 0).ok_or_else(fail)?;
        let length = array.len() * ids::BYTES;
        if array.data_type() != &DataType::FixedSizeBinary(16) || bytes.len() < length {
            return Err(fail());
        }
        Ok(Ids::of(&bytes.slice_with_length(0, length)))
    }

    /// The schema that stands in the file.
    pub(super) fn schema(&self) -> Result<SchemaSpec> {
        let schema = self.batch.schema_ref();
        let mut columns = Vec::new();
        for field in schema.fields() {
            if names::split_name(field.name()).is_some() {
                columns.push(self.spec(field)?);
            }
        }
        let name = schema.metadata().get(names::SCHEMA).map_or("Dynamic", String::as_str);
        Ok(SchemaSpec::at_run_time(name, columns))
    }

    /// What a field says about its column.
    fn spec(&self, field: &Field) -> Result<ColumnSpec> {
        let fail = |problem: &str| self.refuse(field.name(), format!("{problem}; convert the data again"));
        let (domain, key) = names::split_name(field.name()).ok_or_else(|| fail("has no domain"))?;
        let note = |name: &str| field.metadata().get(name).map(String::as_str);
        let mut element = field.data_type();
        while let DataType::FixedSizeList(item, _) | DataType::List(item) = element {
            element = item.data_type();
        }
        let mut dtype = dtype(element).ok_or_else(|| fail("is of a type that no column has"))?;
        let classes = note(names::CLASSES).map(serde_json::from_str::<Vec<String>>).transpose();
        let classes = classes.map_err(|_| fail("has classes that cannot be read"))?;
        if classes.is_some() {
            if dtype != Dtype::U32 {
                return Err(fail("has classes that are not indices"));
            }
            dtype = Dtype::Class;
        }
        let positions = note(names::POSITIONS).map(serde_json::from_str::<Vec<String>>).transpose();
        let positions = positions.map_err(|_| fail("has names of positions that cannot be read"))?;
        let sequence = note(names::SEQUENCE).map(|note| sequence::from_note(note).ok_or_else(|| fail("has no length")));
        let (shape, sequence) = match sequence.transpose()? {
            Some((shape, longer)) => (Some(shape), Some(longer)),
            None => (shape(field), None),
        };
        Ok(ColumnSpec {
            key: intern(key),
            stored_as: intern(note(names::STORED_AS).unwrap_or(key)),
            domain,
            dtype,
            scale: match element {
                DataType::Decimal64(_, scale) => scale_of(*scale).unwrap_or_default(),
                _ => 0,
            },
            shape: shape.ok_or_else(|| fail("has a shape that is not that of its lists"))?,
            classes: intern_all(&classes.unwrap_or_default()),
            positions: intern_all(&positions.unwrap_or_default()),
            allows_missing: note(names::MISSING).is_some(),
            groups: note(names::GROUPS).is_some(),
            sequence,
            format: "",
            zone: intern(note(names::ZONE).unwrap_or_default()),
            twice: Twice::Refuse,
        })
    }

    /// The data of a declared column in its forms.
    fn column(&self, schema: &SchemaSpec, spec: &ColumnSpec) -> Result<TableColumn> {
        let name = names::full_name(spec.domain, spec.key, Representation::Raw);
        let Some((position, field)) = self.batch.schema_ref().column_with_name(&name) else {
            return Err(self.absent(&name));
        };
        let found = self.spec(field)?;
        self.compare(schema, spec, &found)?;
        let raw = if spec.sequence.is_some() {
            self.sequences(spec, position)?
        } else {
            self.elements(position).and_then(|elements| ColumnData::from_arrow(&elements, spec.dtype))
        };
        let raw = raw.filter(|raw| self.is_whole(raw.elements(), spec.shape));
        let raw = raw.ok_or_else(|| self.refuse(&name, "has not one value a row; convert the data again".into()))?;
        Ok(TableColumn { raw: raw.into(), transformed: self.transformed(spec)? })
    }

    /// Sequences padded to the declared length, which are in memory: in the file they have their true lengths.
    fn sequences(&self, spec: &ColumnSpec, position: usize) -> Result<Option<ColumnData>> {
        let Some(lists) = self.batch.columns().get(position).and_then(|array| array.as_list_opt::<i32>()) else {
            return Ok(None);
        };
        let lengths: Vec<usize> = lists.offsets().lengths().collect();
        let mut values = Arc::clone(lists.values());
        while let Some(inner) = values.as_fixed_size_list_opt() {
            values = Arc::clone(inner.values());
        }
        let ragged = ColumnData::from_arrow(&values, spec.dtype);
        ragged.map(|ragged| sequence::padded(&self.name, spec, &ragged, &lengths)).transpose()
    }

    fn transformed(&self, spec: &ColumnSpec) -> Result<Option<Transformed>> {
        let name = names::full_name(spec.domain, spec.key, Representation::Transformed);
        let Some((position, field)) = self.batch.schema_ref().column_with_name(&name) else { return Ok(None) };
        let elements = self.elements(position);
        let values = elements.as_ref().and_then(|elements| elements.as_primitive_opt::<Float64Type>());
        let shape = shape(field);
        match (values, shape) {
            (Some(values), Some(shape)) if self.is_whole(values.len(), shape) => {
                Ok(Some(Transformed::computed(shape, values.values().clone())))
            }
            _ => Err(self.refuse(&name, "has not one value of f64 a row; convert the data again".into())),
        }
    }

    /// The elements of all rows.
    fn elements(&self, position: usize) -> Option<ArrayRef> {
        let array = self.batch.columns().get(position)?;
        match array.as_fixed_size_list_opt() {
            Some(lists) if lists.null_count() == 0 => Some(Arc::clone(lists.values())),
            Some(_) => None,
            None => Some(Arc::clone(array)),
        }
    }

    fn is_whole(&self, elements: usize, shape: Shape) -> bool {
        gather::width(shape).ok().and_then(|width| width.checked_mul(self.batch.num_rows())) == Some(elements)
    }

    fn absent(&self, name: &str) -> Error {
        let schema = self.batch.schema_ref();
        let there: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let message = Message::new().text("has no column ").name(name).did_you_mean(name, &there);
        let problem = format!("{message}; columns: {}", there.join(", "));
        Problem::from(problem).in_file(&self.name)
    }

    /// Refuses another type than is declared, and values that were not checked as is declared.
    fn compare(&self, schema: &SchemaSpec, spec: &ColumnSpec, found: &ColumnSpec) -> Result<()> {
        let describe = |spec: &ColumnSpec| match spec.classes {
            [] if spec.sequence.is_some() => format!("sequences of {} {}", spec.dtype.name(), spec.shape),
            [] if !spec.positions.is_empty() => {
                format!("{} {} ({})", spec.dtype.name(), spec.shape, spec.positions.join(", "))
            }
            [] if spec.dtype == Dtype::Decimal => format!("Decimal<{}>", spec.scale),
            [] => format!("{} {}", spec.dtype.name(), spec.shape),
            classes => format!("{} {} ({})", spec.dtype.name(), spec.shape, classes.join(", ")),
        };
        let fail = |problem: String| Err(self.refuse(spec.key, problem));
        let kind = |spec: &ColumnSpec| (spec.dtype, spec.scale, spec.shape, spec.classes, spec.sequence.is_some());
        if kind(spec) != kind(found) || !spec.has_positions_of(found) {
            let (found, declared, schema) = (describe(found), describe(spec), schema.name);
            return fail(format!(
                "the store has {found}, `{schema}` declares {declared}; change the schema, or convert the data again"
            ));
        }
        if found.allows_missing && !spec.allows_missing {
            let schema = schema.name;
            return fail(format!(
                "values may be missing in the store, and `{schema}` declares that none is; allow it in the schema, or \
                 convert the data again"
            ));
        }
        Ok(())
    }
}

/// The shape that a field's tensor note says, when its lists are as long.
fn shape(field: &Field) -> Option<Shape> {
    let DataType::FixedSizeList(_, width) = field.data_type() else { return Some(Shape::SCALAR) };
    let note: Json = serde_json::from_str(field.metadata().get(names::EXTENSION_METADATA)?).ok()?;
    let axes = note.get("shape")?.as_array()?.iter();
    let axes: Vec<usize> = axes.map(|axis| usize::try_from(axis.as_u64()?).ok()).collect::<Option<_>>()?;
    if axes.is_empty() || axes.len() > MAX_RANK || axes.contains(&0) {
        return None;
    }
    let shape = Shape::new(&axes);
    (shape.elements() == usize::try_from(*width).ok()).then_some(shape)
}
