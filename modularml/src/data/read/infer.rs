//! A schema out of the rows themselves, for a dynamic FeatureSet.

use std::collections::{BTreeSet, HashSet};

use arrow::array::{Array as _, ArrayRef, AsArray as _, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};

use super::find::Located;
use super::options::{ClassNames, Options, Said};
use super::sniff::{Texts, Times, wider};
use super::source::Source;
use super::{convert, find, flatten, locate};
use crate::data::buffer::scale_of;
use crate::data::select::matches;
use crate::data::{ColumnSpec, Domain, Dtype, SchemaSpec, names, sequence};
use crate::spec::time;
use crate::text::{Message, Shape, intern, intern_all};
use crate::{Error, Result};

/// What the rows seen so far say about the columns.
#[derive(Debug)]
pub(super) struct Inference<'a> {
    domains: &'a [(String, Domain)],
    options: &'a Options,
    name: String,
    columns: Vec<Inferred>,
}

/// A column, whose element type is not known while no value was seen.
#[derive(Debug)]
struct Inferred {
    spec: ColumnSpec,
    dtype: Option<Dtype>,
    /// The type that was told, by classes in the file or by the reader's options.
    told: Option<Dtype>,
    /// What its texts say, in a file of text.
    texts: Texts,
    /// Whether its texts are times.
    times: Times,
    /// The different values of a column whose classes are learned.
    learned: Option<BTreeSet<ClassName>>,
}

/// The name of a class, as it stands in the file: whole numbers are ordered by value, before texts.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ClassName {
    Number(i128, String),
    Text(String),
}

impl<'a> Inference<'a> {
    pub(super) fn new(domains: &'a [(String, Domain)], options: &'a Options) -> Self {
        Self { domains, options, name: String::new(), columns: Vec::new() }
    }

    /// Learns from some rows.
    pub(super) fn see(&mut self, source: &Source) -> Result<()> {
        if self.columns.is_empty() {
            self.start(source)?;
        }
        for column in &mut self.columns {
            column.see(source, self.options)?;
        }
        Ok(())
    }

    /// The schema of all rows that were seen.
    pub(super) fn finish(self) -> Result<SchemaSpec> {
        let columns = self.columns.into_iter().map(Inferred::finish).collect::<Result<_>>()?;
        Ok(SchemaSpec::at_run_time(&self.name, columns))
    }

    /// The named columns, or those with full names when none is named.
    fn start(&mut self, source: &Source) -> Result<()> {
        let file = &source.file;
        let found: Vec<&str> = source.names.iter().map(String::as_str).collect();
        let mut wanted: Vec<(&str, Domain)> =
            self.domains.iter().map(|(key, domain)| (key.as_str(), *domain)).collect();
        if wanted.is_empty() {
            if let Some(name) = found.iter().find(|name| names::is_misnamed(name)) {
                return Err(Error::Data(format!(
                    "{file}: column `{name}` has the beginning of a full name and not its end, .raw; rename it, or name all \
                     columns that are wanted with Reader::features, targets and tags"
                )));
            }
            wanted = found.iter().copied().filter_map(names::split_name).map(|(domain, key)| (key, domain)).collect();
        }
        if wanted.is_empty() {
            return Err(Error::Data(format!(
                "{file}: nothing says what its columns are for; name them with Reader::features, targets and tags; \
                 the file has: {}",
                locate::listed(&found)
            )));
        }
        let keys: Vec<&str> = wanted.iter().map(|(key, _)| *key).collect();
        for (option, name) in self.options.named_columns() {
            if !keys.contains(&name) {
                let message = Message::new().text(option).text(" names a column ").name(name);
                let message = message.text(" that is no feature, target or tag");
                return Err(Error::Data(format!("{file}: {}", message.did_you_mean(name, &keys))));
            }
        }
        let metadata = source.batch.schema_ref().metadata();
        metadata.get(names::SCHEMA).map_or("Dynamic", String::as_str).clone_into(&mut self.name);
        for (key, domain) in wanted {
            if self.columns.iter().any(|column| column.spec.key == key) {
                return Err(source.refuse(key, "is named twice; a column has one domain".into()));
            }
            let column = Inferred::of(source, key, domain, &keys, self.options)?;
            if let Some(problem) = crate::rules::schema::refused_name(&column.spec) {
                return Err(source.refuse(key, problem));
            }
            self.columns.push(column);
        }
        Ok(())
    }
}

impl Inferred {
    /// What the columns of the file say, before its values.
    fn of(source: &Source, key: &str, domain: Domain, others: &[&str], options: &Options) -> Result<Self> {
        let mut spec = ColumnSpec::new(intern(key), domain, Dtype::F64, Shape::SCALAR);
        if let Some((_, patterns)) = options.arrays.iter().find(|(array, _)| array == key) {
            let is_other = |name: &str| others.iter().any(|other| *other == name && *other != key);
            spec.positions = intern_all(&positions(source, key, patterns, is_other)?);
        }
        match find::find(source, &spec) {
            Some(Located::Whole(position)) => {
                let field = source.batch.schema_ref().field(position);
                let note = |name: &str| field.metadata().get(name);
                // As this crate writes them.
                if let DataType::Decimal64(_, scale) = field.data_type()
                    && let Some(scale) = scale_of(*scale)
                {
                    (spec.dtype, spec.scale) = (Dtype::Decimal, scale);
                }
                spec.shape = shape(field, source.batch.column(position));
                if let Some((shape, longer)) = note(names::SEQUENCE).and_then(|note| sequence::from_note(note)) {
                    spec.shape = shape;
                    spec.sequence = Some(longer);
                }
                // What is measured may be rounded; what tells rows apart may not.
                if domain == Domain::Tag && note(names::ROUNDED).is_some() {
                    let problem = format!(
                        "has whole numbers below 0 and above {}, which no type holds together; write them as text",
                        i64::MAX
                    );
                    return Err(source.refuse(key, problem));
                }
                spec.allows_missing = note(names::MISSING).is_some();
                spec.groups = note(names::GROUPS).is_some();
                if let Some(zone) = note(names::ZONE) {
                    spec.zone = intern(zone);
                }
                if let Some(positions) = note(names::POSITIONS) {
                    spec.positions = intern_all(&serde_json::from_str::<Vec<String>>(positions).unwrap_or_default());
                }
                if let Some(stored_as) = note(names::STORED_AS) {
                    spec.stored_as = intern(stored_as);
                }
                let classes = note(names::CLASSES).and_then(|text| serde_json::from_str::<Vec<String>>(text).ok());
                if let Some(classes) = classes {
                    spec.dtype = Dtype::Class;
                    spec.classes = intern_all(&classes);
                }
            }
            Some(Located::Spread(positions)) => spec.shape = Shape::new(&[positions.len()]),
            None => return Err(find::absent(source, &SchemaSpec { name: "the reader", columns: &[] }, &spec)),
        }
        if let Some((_, scale)) = options.decimals.iter().find(|(column, _)| column == key) {
            (spec.dtype, spec.scale) = (Dtype::Decimal, *scale);
            crate::rules::schema::digits(&spec).map_err(|refused| source.refuse(key, refused.to_string()))?;
        }
        let sequence = options.sequences.iter().find(|(column, ..)| column == key);
        // The rows of a group become its sequence, and hold one value each.
        if let Some((_, length, longer)) = sequence.filter(|_| !options.grouping.is_wanted()) {
            if spec.shape.rank() == 0 {
                return Err(source.refuse(key, "holds single values; a sequence is a list in each row".into()));
            }
            spec.shape = spec.shape.with_axis(0, *length);
            spec.sequence = Some(*longer);
        }
        let mut learned = None;
        match options.classes.iter().find(|(column, _)| column == key) {
            Some((_, ClassNames::Given(classes))) => {
                spec.dtype = Dtype::Class;
                spec.classes = intern_all(classes);
            }
            Some((_, ClassNames::Learned)) => learned = Some(BTreeSet::new()),
            None => {}
        }
        let Said { format, zone, twice } = options.time_of(&spec);
        if !format.is_empty() {
            let read = time::Format::of(format).map_err(|refused| source.refuse(key, refused.to_string()))?;
            spec.dtype = if zone.is_empty() { read.dtype() } else { Dtype::Timestamp };
        } else if !zone.is_empty() {
            spec.dtype = Dtype::Timestamp;
        }
        (spec.format, spec.zone, spec.twice) = (intern(format), intern(zone), twice);
        let told = (spec.dtype != Dtype::F64).then_some(spec.dtype);
        let texts = Texts::new(domain == Domain::Tag);
        Ok(Self { spec, told, dtype: None, texts, times: Times::default(), learned })
    }

    fn see(&mut self, source: &Source, options: &Options) -> Result<()> {
        if self.told.is_some() {
            return Ok(());
        }
        let key = self.spec.key;
        let positions = match find::find(source, &self.spec) {
            Some(Located::Whole(position)) => vec![position],
            Some(Located::Spread(positions)) => positions,
            None => return Ok(()),
        };
        for position in positions {
            let array = source.batch.column(position);
            if let Some(learned) = &mut self.learned {
                learn(learned, source, key, array, options)?;
                continue;
            }
            let texts = convert::text(array, options);
            let texts = || texts.iter().flat_map(StringArray::iter).flatten();
            texts().for_each(|text| self.times.see(text));
            if let Some(numerals) = source.numerals {
                texts().for_each(|text| self.texts.see(text, numerals));
            } else if let Some(mut dtype) = dtype(source, key, array)? {
                // What is measured may be rounded; what tells rows apart may not.
                let is_long =
                    matches!(array.data_type(), DataType::Decimal128(16.., _) | DataType::Decimal256(16.., _));
                if is_long && self.spec.domain == Domain::Tag {
                    dtype = Dtype::Text;
                }
                self.dtype = Some(self.dtype.map_or(dtype, |before| wider(before, dtype)));
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<ColumnSpec> {
        if let Some(learned) = self.learned {
            let names: Vec<String> = learned
                .into_iter()
                .map(|name| match name {
                    ClassName::Number(_, text) | ClassName::Text(text) => text,
                })
                .collect();
            if let [] | [_] = names.as_slice() {
                let (key, found) = (self.spec.key, names.len());
                return Err(Error::Data(format!(
                    "column `{key}` has {found} different values; classes need two or more"
                )));
            }
            self.spec.dtype = Dtype::Class;
            self.spec.classes = intern_all(&names);
            return Ok(self.spec);
        }
        let found = self.dtype.or_else(|| self.texts.dtype()).unwrap_or(Dtype::Text);
        let found = if found == Dtype::Text { self.times.dtype().unwrap_or(found) } else { found };
        self.spec.dtype = self.told.unwrap_or(found);
        if (self.spec.dtype == Dtype::Text || self.spec.dtype.is_time()) && self.spec.shape.rank() > 0 {
            let (key, what) = (self.spec.key, if self.spec.dtype == Dtype::Text { "text" } else { "times" });
            return Err(Error::Data(format!(
                "column `{key}` is an array of {what}; arrays hold numbers, write one {} a row",
                what.trim_end_matches('s')
            )));
        }
        Ok(self.spec)
    }
}

/// The columns of a file that patterns stand for, each once.
fn positions(source: &Source, key: &str, patterns: &[String], is_other: impl Fn(&str) -> bool) -> Result<Vec<String>> {
    let mut positions: Vec<String> = Vec::new();
    for pattern in patterns {
        let before = positions.len();
        for name in source.names.iter().filter(|name| matches(pattern, name)) {
            if *name == *pattern && is_other(name) {
                let problem =
                    format!("`{name}` is a column of its own; leave it out of Reader::array, or of the columns");
                return Err(source.refuse(key, problem));
            }
            if !positions.contains(name) && !is_other(name) {
                positions.push(name.clone());
            }
        }
        if positions.len() == before && !source.names.iter().any(|name| matches(pattern, name)) {
            let names: Vec<&str> = source.names.iter().map(String::as_str).collect();
            let message = Message::new().text("no column of the file is called ").name(pattern);
            let message = message.did_you_mean(pattern, &names);
            return Err(source.refuse(key, format!("{message}; the file has: {}", locate::listed(&names))));
        }
    }
    Ok(positions)
}

fn learn(
    learned: &mut BTreeSet<ClassName>,
    source: &Source,
    key: &str,
    array: &ArrayRef,
    options: &Options,
) -> Result<()> {
    let name = |text: &str| match text.parse() {
        Ok(number) => ClassName::Number(number, text.to_owned()),
        Err(_) => ClassName::Text(text.to_owned()),
    };
    let text = match convert::text(array, options) {
        Some(text) => text,
        None if array.data_type().is_integer() => {
            let text = cast(array, &DataType::Utf8).ok();
            text.and_then(|text| text.as_string_opt::<i32>().cloned()).unwrap_or_else(|| StringArray::new_null(0))
        }
        None => {
            let problem = format!("is {}; classes are learned from text and whole numbers", array.data_type());
            return Err(source.refuse(key, problem));
        }
    };
    // Values repeat: each is looked at once.
    let different: HashSet<&str> = text.iter().flatten().map(str::trim).filter(|text| !text.is_empty()).collect();
    learned.extend(different.into_iter().map(name));
    Ok(())
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

/// The element type of an array; none while all its values are missing.
fn dtype(source: &Source, name: &str, array: &ArrayRef) -> Result<Option<Dtype>> {
    let mut kind = array.data_type();
    while let DataType::FixedSizeList(inner, _) | DataType::List(inner) | DataType::LargeList(inner) = kind {
        kind = inner.data_type();
    }
    if kind == &DataType::Null {
        return Ok(None);
    }
    let dtype = convert::dtype(kind).ok_or_else(|| {
        let problem = format!("is {kind}, which no column can hold; write numbers, text or arrays of numbers");
        source.refuse(name, problem)
    })?;
    Ok(Some(dtype))
}
