//! A schema out of a file, for a dynamic FeatureSet.

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::datatypes::{DataType, Field};

use super::locate::{self, Located};
use super::{Options, Source, convert, flatten, refuse};
use crate::data::{ColumnSpec, Domain, Dtype, SchemaSpec, Shape, names};
use crate::list::{intern, intern_all};
use crate::{Error, Result};

/// The schema of the named columns, or of the columns with full names when none is named.
pub(super) fn schema(source: &Source, domains: &[(String, Domain)], options: &Options) -> Result<SchemaSpec> {
    let mut wanted: Vec<(&str, Domain)> = domains.iter().map(|(key, domain)| (key.as_str(), *domain)).collect();
    if wanted.is_empty() {
        wanted = source.names().into_iter().filter_map(names::split_name).map(|(domain, key)| (key, domain)).collect();
    }
    if wanted.is_empty() {
        let (file, found) = (&source.file, source.names().join(", "));
        return Err(Error::Data(format!(
            "{file}: nothing says what its columns are for; name them with Reader::features, targets and tags; the \
             file has: {found}"
        )));
    }
    let name = source.batch.schema_ref().metadata().get(names::SCHEMA).map_or("Dynamic", String::as_str);
    let mut columns: Vec<ColumnSpec> = Vec::with_capacity(wanted.len());
    for (key, domain) in wanted {
        if columns.iter().any(|column| column.key == key) {
            return Err(refuse(source, key, "is named twice; a column has one domain".into()));
        }
        columns.push(column(source, key, domain, options)?);
    }
    Ok(SchemaSpec::at_run_time(name, columns))
}

fn column(source: &Source, key: &str, domain: Domain, options: &Options) -> Result<ColumnSpec> {
    let mut spec = ColumnSpec {
        key: intern(key),
        stored_as: intern(key),
        domain,
        dtype: Dtype::F64,
        shape: Shape::SCALAR,
        classes: &[],
        allows_missing: false,
        groups: false,
    };
    let position = match locate::find(source, domain, key, key) {
        Some(Located::Whole(position)) => position,
        Some(Located::Spread(positions)) => {
            spec.shape = Shape::new(&[positions.len()]);
            let field = |position: usize| source.batch.schema_ref().field(position);
            let kind =
                |&position: &usize| dtype(source, field(position).name(), source.batch.column(position), options);
            let kinds = positions.iter().map(kind).collect::<Result<Vec<_>>>()?;
            // Elements of two types are read as f64, which refuses those that are no numbers.
            spec.dtype = kinds.iter().copied().reduce(|a, b| if a == b { a } else { Dtype::F64 }).unwrap_or(Dtype::F64);
            refuse_text_array(source, &spec)?;
            return Ok(spec);
        }
        None => return Err(locate::absent(source, &SchemaSpec { name: "the reader", columns: &[] }, &spec)),
    };
    let field = source.batch.schema_ref().field(position);
    let array = source.batch.column(position);
    let note = |name: &str| field.metadata().get(name);
    spec.shape = shape(field, array);
    spec.allows_missing = note(names::MISSING).is_some();
    spec.groups = note(names::GROUPS).is_some();
    if let Some(stored_as) = note(names::STORED_AS) {
        spec.stored_as = intern(stored_as);
    }
    match note(names::CLASSES).and_then(|classes| serde_json::from_str::<Vec<String>>(classes).ok()) {
        Some(classes) => {
            spec.dtype = Dtype::Class;
            spec.classes = intern_all(&classes);
        }
        None => spec.dtype = dtype(source, key, array, options)?,
    }
    refuse_text_array(source, &spec)?;
    Ok(spec)
}

/// The shape of the first row that is there.
fn shape(field: &Field, array: &ArrayRef) -> Shape {
    if let Some(axes) = flatten::tensor_metadata(field).and_then(flatten::tensor_shape) {
        return Shape::new(&axes);
    }
    let mut axes = Vec::new();
    let mut values = array.clone();
    while flatten::depth(values.data_type()) > 0 {
        let first = values.as_fixed_size_list_opt().map(|lists| lists.values().slice(0, size(lists.value_length())));
        let first = first.or_else(|| values.as_list_opt::<i32>().and_then(|lists| lists.iter().flatten().next()));
        let first = first.or_else(|| values.as_list_opt::<i64>().and_then(|lists| lists.iter().flatten().next()));
        let Some(first) = first else { break };
        axes.push(first.len());
        values = first;
    }
    Shape::new(&axes)
}

fn size(length: i32) -> usize {
    usize::try_from(length).unwrap_or(0)
}

fn dtype(source: &Source, name: &str, array: &ArrayRef, options: &Options) -> Result<Dtype> {
    if source.is_csv {
        return Ok(convert::text(array, options).map_or(Dtype::Text, |text| sniff(text.iter().flatten())));
    }
    let mut kind = array.data_type();
    while let DataType::FixedSizeList(inner, _) | DataType::List(inner) | DataType::LargeList(inner) = kind {
        kind = inner.data_type();
    }
    convert::dtype(kind).ok_or_else(|| {
        refuse(source, name, format!("is {kind}, which no column can hold; write numbers, text or arrays of numbers"))
    })
}

/// The narrowest of i64, f64, bool and text that holds all texts.
fn sniff<'a>(texts: impl Iterator<Item = &'a str>) -> Dtype {
    let texts: Vec<&str> = texts.map(str::trim).filter(|text| !text.is_empty()).collect();
    let all = |holds: fn(&str) -> bool| texts.iter().all(|text| holds(text));
    if texts.is_empty() {
        Dtype::Text
    } else if all(|text| text.parse::<i64>().is_ok()) {
        Dtype::I64
    } else if all(|text| text.parse::<f64>().is_ok()) {
        Dtype::F64
    } else if all(|text| matches!(text, "true" | "false" | "True" | "False" | "TRUE" | "FALSE")) {
        Dtype::Bool
    } else {
        Dtype::Text
    }
}

fn refuse_text_array(source: &Source, spec: &ColumnSpec) -> Result<()> {
    if spec.dtype != Dtype::Text || spec.shape.rank() == 0 {
        return Ok(());
    }
    Err(refuse(source, spec.key, "is an array of text; arrays hold numbers, write one text a row".into()))
}
