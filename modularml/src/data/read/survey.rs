//! Going through files once for what their columns hold.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use arrow::array::{Array as _, ArrayRef, AsArray as _};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type, Int64Type};

use super::bind::Binder;
use super::chunks::Chunks;
use super::dialect::Dialect;
use super::files::Format;
use super::layout::Layout;
use super::locate::{Wanted, without_number};
use super::options::{Options, Said};
use super::paths::Paths;
use super::reader::{Declared, Reader};
use super::sniff::{self, Texts, Times, wider};
use super::source::Source;
use super::summary::{FileColumn, FileSummary, MOST_DIFFERENT};
use super::times::Written;
use super::{convert, find, flatten, numerals};
use crate::data::{ColumnSpec, Domain, Dtype, SchemaSpec, Shape};
use crate::spec::time;
use crate::text::intern;
use crate::{Error, Result};

/// How many rows are looked at together.
const ROWS: usize = 1 << 13;

pub(super) fn files<S>(reader: &Reader<S>, paths: &Paths, format: Format) -> Result<FileSummary> {
    let layout = Layout { may_be_nameless: true, ..reader.layout(format)? };
    let chunks = |wanted| Chunks::new(paths.0.clone(), format, ROWS, wanted, layout.clone());
    let wanted = reader.wanted();
    let mut problems = Vec::new();
    let schema = match (&reader.declared, reader.options.grouping.is_wanted()) {
        (Declared::Schema(schema), _) => Some(*schema),
        (Declared::Domains(domains), _) if domains.is_empty() => reader.schema(chunks(wanted.clone())).ok(),
        // The shape of a column that is grouped is known when all is read.
        (Declared::Domains(_), true) => None,
        (Declared::Domains(_), false) => match reader.schema(chunks(wanted.clone())) {
            Ok(schema) => Some(schema),
            Err(error) => {
                problems.push(error);
                None
            }
        },
    };
    let mut all = chunks(Wanted { has_all: true, ..wanted.clone() });
    let (options, tags, told) = (&reader.options, tags(reader), told(reader));
    let mut survey = Survey { options, wanted, tags, told, columns: Vec::new(), rows: 0 };
    let mut check = schema.map(|schema| Check::of(schema, &reader.options));
    for source in all.by_ref() {
        match source {
            Ok(source) => {
                survey.see(&source);
                if let Some(check) = &mut check {
                    check.see(&source);
                }
            }
            Err(error) if survey.rows == 0 => return Err(error),
            Err(error) => problems.push(error),
        }
    }
    problems.extend(check.map(|check| check.found).unwrap_or_default().into_iter().flatten());
    // What was found by the names of columns already is told once.
    let mut told = HashSet::new();
    problems.retain(|problem| told.insert(problem.to_string()));
    let files = match paths.0.as_slice() {
        [only] => only.display().to_string(),
        files => format!("{} files", files.len()),
    };
    Ok(FileSummary {
        files,
        rows: survey.rows,
        dialect: all.dialect().map(Dialect::told),
        columns: survey.columns.into_iter().map(Seen::finish).collect(),
        problems,
    })
}

/// The names of the columns that are tags.
fn tags<S>(reader: &Reader<S>) -> HashSet<&str> {
    match &reader.declared {
        Declared::Schema(schema) => {
            let tags = schema.columns.iter().filter(|spec| spec.domain == Domain::Tag);
            tags.map(|spec| spec.stored_as).collect()
        }
        Declared::Domains(domains) => {
            let tags = domains.iter().filter(|(_, domain)| *domain == Domain::Tag);
            tags.map(|(key, _)| key.as_str()).collect()
        }
    }
}

/// The columns of times that are told of, by their names in the file.
fn told<S>(reader: &Reader<S>) -> HashMap<String, ColumnSpec> {
    let mut told = HashMap::new();
    if let Declared::Schema(schema) = &reader.declared {
        let times = schema.columns.iter().filter(|spec| spec.dtype.is_time());
        told.extend(times.map(|spec| (spec.stored_as.to_owned(), *spec)));
        return told;
    }
    let Options { formats, zones, .. } = &reader.options;
    for (key, _) in formats.iter().chain(zones) {
        let named = ColumnSpec::new(intern(key), Domain::Tag, Dtype::Timestamp, Shape::SCALAR);
        let Said { format, zone, .. } = reader.options.time_of(&named);
        let dtype = time::Format::of(format).map_or(Dtype::Timestamp, time::Format::dtype);
        let dtype = if format.is_empty() || !zone.is_empty() { Dtype::Timestamp } else { dtype };
        told.insert(key.clone(), ColumnSpec { dtype, ..named });
    }
    told
}

/// What a reader would refuse.
struct Check {
    binder: Binder,
    schema: SchemaSpec,
    is_grouped: bool,
    /// The first error of each column.
    found: Vec<Option<Error>>,
}

impl Check {
    fn of(schema: SchemaSpec, options: &Options) -> Self {
        let is_grouped = options.grouping.is_wanted();
        let found = schema.columns.iter().map(|_| None).collect();
        Self { binder: Binder::new(schema, options.clone()), schema, is_grouped, found }
    }

    fn see(&mut self, source: &Source) {
        for (spec, found) in self.schema.columns.iter().zip(&mut self.found) {
            if found.is_some() {
                continue;
            }
            *found = match find::find(source, spec) {
                None => Some(find::absent(source, &self.schema, spec)),
                Some(_) if self.is_grouped => None,
                Some(_) => self.binder.check(spec, source).err(),
            };
        }
    }
}

/// What the rows seen so far hold.
struct Survey<'a> {
    options: &'a Options,
    wanted: Wanted,
    /// The names of tags, whose texts tell rows apart.
    tags: HashSet<&'a str>,
    /// Columns of times that are told of.
    told: HashMap<String, ColumnSpec>,
    columns: Vec<Seen>,
    rows: usize,
}

/// A column, and what it holds so far.
struct Seen {
    name: String,
    /// Its columns in the file.
    members: Vec<String>,
    is_read: bool,
    values: Values,
}

/// What some values are.
struct Values {
    texts: Texts,
    times: Times,
    dtype: Option<Dtype>,
    missing: usize,
    range: Option<(f64, f64)>,
    /// What is told of times, as long as all of them are so.
    told: Option<ColumnSpec>,
    /// The type of the times that stand as times in the file or are told of, and the earliest and the latest one.
    span: Option<(Dtype, Option<(i64, i64)>)>,
    /// Digests of the different ones; none where they are too many.
    different: Option<HashSet<u64>>,
}

impl Survey<'_> {
    fn see(&mut self, source: &Source) {
        if self.columns.is_empty() {
            self.columns = self.start(source);
        }
        self.rows += source.batch.num_rows();
        for column in &mut self.columns {
            for position in column.members.iter().filter_map(|member| source.position(member)) {
                column.values.see(source, source.batch.column(position), self.options);
            }
        }
    }

    /// The columns of a file; those that are numbered from 0 as one.
    fn start(&self, source: &Source) -> Vec<Seen> {
        let read: HashSet<usize> = self.wanted.found(&source.names).into_iter().collect();
        let mut columns: Vec<Seen> = Vec::new();
        for (position, name) in source.names.iter().enumerate() {
            let plain = without_number(name);
            if let (Some(plain), Some(last)) = (plain, columns.last_mut())
                && last.name == plain
                && name.get(plain.len() + 1..) == Some(last.members.len().to_string().as_str())
            {
                last.members.push(name.clone());
                continue;
            }
            let is_first = plain.is_some_and(|plain| name.get(plain.len() + 1..) == Some("0"));
            let name_of_all = plain.filter(|_| is_first).unwrap_or(name);
            let is_tag = self.tags.contains(name_of_all);
            columns.push(Seen {
                name: name_of_all.to_owned(),
                members: vec![name.clone()],
                is_read: read.contains(&position),
                values: Values::new(is_tag, self.told.get(name_of_all).copied()),
            });
        }
        columns
    }
}

impl Values {
    fn new(are_tags: bool, told: Option<ColumnSpec>) -> Self {
        Self {
            texts: Texts::new(are_tags),
            times: Times::default(),
            dtype: None,
            missing: 0,
            range: None,
            told,
            span: None,
            different: Some(HashSet::new()),
        }
    }

    /// Takes in values that are times, or are told to be.
    fn see_times(&mut self, source: &Source, values: &ArrayRef, options: &Options) {
        let text = convert::text(values, options);
        let stored = convert::dtype(values.data_type()).filter(|dtype| dtype.is_time());
        let plain = stored.map(|dtype| ColumnSpec::new("times", Domain::Tag, dtype, Shape::SCALAR));
        let Some(spec) = self.told.or(plain) else { return };
        let said = if self.told.is_some() { options.time_of(&spec) } else { Said::default() };
        let written = Written::of(&spec, said, source.numerals.unwrap_or_default());
        let read = written.and_then(|written| written.read(values, text.as_ref()));
        let numbers = read.ok().flatten().and_then(|times| {
            let of_days = (spec.dtype == Dtype::Date).then(|| cast(&times, &DataType::Int32)).transpose().ok()?;
            cast(of_days.as_ref().unwrap_or(&times), &DataType::Int64).ok()
        });
        let Some(numbers) = numbers else {
            self.told = None;
            return;
        };
        let (dtype, range) = self.span.get_or_insert((spec.dtype, None));
        if *dtype == spec.dtype {
            numbers.as_primitive::<Int64Type>().iter().flatten().for_each(|number| sniff::extend(range, number));
        }
    }

    fn see(&mut self, source: &Source, array: &ArrayRef, options: &Options) {
        let values = elements(array);
        if flatten::depth(array.data_type()) > 0 {
            self.missing += array.null_count();
        }
        self.see_times(source, &values, options);
        if let Some(text) = convert::text(&values, options) {
            let written = source.numerals.unwrap_or_default();
            for value in &text {
                match value.map(str::trim).filter(|value| !value.is_empty()) {
                    Some(value) => {
                        self.differ(value);
                        self.texts.see(value, written);
                        self.times.see(value);
                        self.extend(numerals::number(written, value));
                    }
                    None => self.missing += 1,
                }
            }
            if source.numerals.is_none() && text.null_count() < text.len() {
                self.dtype = Some(Dtype::Text);
            }
            return;
        }
        self.missing += values.null_count();
        let Some(dtype) = convert::dtype(values.data_type()) else { return };
        self.dtype = Some(self.dtype.map_or(dtype, |before| wider(before, dtype)));
        if dtype.is_number() {
            let numbers = cast(&values, &DataType::Float64).ok();
            for number in
                numbers.iter().filter_map(|numbers| numbers.as_primitive_opt::<Float64Type>()).flatten().flatten()
            {
                if number.is_nan() {
                    self.missing += 1;
                }
                self.extend(Some(number));
            }
        }
        // No number is another one as text.
        let texts = self.different.as_ref().and_then(|_| cast(&values, &DataType::Utf8).ok());
        for text in texts.iter().filter_map(|texts| texts.as_string_opt::<i32>()).flatten().flatten() {
            if text != "NaN" || !dtype.is_float() {
                self.differ(text);
            }
        }
    }

    fn differ(&mut self, value: &str) {
        let Some(different) = &mut self.different else { return };
        let mut hasher = DefaultHasher::new();
        value.hash(&mut hasher);
        different.insert(hasher.finish());
        if different.len() > MOST_DIFFERENT {
            self.different = None;
        }
    }

    fn extend(&mut self, number: Option<f64>) {
        if let Some(number) = number.filter(|number| !number.is_nan()) {
            let (low, high) = self.range.unwrap_or((number, number));
            self.range = Some((low.min(number), high.max(number)));
        }
    }
}

impl Seen {
    fn finish(self) -> FileColumn {
        let Values { texts, times, dtype, missing, range, told, span, different } = self.values;
        let dtype = dtype.or_else(|| texts.dtype());
        let dtype = if dtype == Some(Dtype::Text) { times.dtype().or(dtype) } else { dtype };
        // Where there is no value, nothing is of a type.
        let dtype = dtype.map(|dtype| told.map_or(dtype, |spec| spec.dtype));
        let stored = span.filter(|(stored, _)| Some(*stored) == dtype).and_then(|(_, range)| range);
        let span = stored.or_else(|| times.range().filter(|_| dtype == times.dtype()));
        let shown = |number| time::text(dtype?, number);
        let are_numbers = dtype.is_some_and(Dtype::is_number);
        FileColumn {
            name: self.name,
            columns: self.members.len(),
            is_read: self.is_read,
            dtype,
            missing,
            range: range.filter(|_| are_numbers),
            time_range: span.and_then(|(low, high)| Some((shown(low)?, shown(high)?))),
            different: different.map(|different| different.len()),
        }
    }
}

/// The elements of lists, and other values as they are.
fn elements(array: &ArrayRef) -> ArrayRef {
    let mut values = array.clone();
    while flatten::depth(values.data_type()) > 0 {
        let (inner, spans) = flatten::spans(&values);
        let start = spans.first().map_or(0, |span| span.start);
        let end = spans.last().map_or(start, |span| span.end);
        values = inner.slice(start, end.saturating_sub(start));
    }
    values
}
