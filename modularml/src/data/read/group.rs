//! Groups of rows as samples: the values of a group become a vector.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, UInt64Array};
use arrow::compute::{rank, take};
use arrow::util::display::array_value_to_string;

use super::options::{Grouping, Options};
use super::source::Source;
use crate::data::buffer::ColumnData;
use crate::data::ids::Ids;
use crate::data::table::{Table, TableColumn};
use crate::data::{ColumnSpec, Domain, Dtype, Longer, SchemaSpec, View, check, gather, sequence};
use crate::{Error, Result};

/// What becomes of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Becomes {
    /// The values of a group, one after the other.
    Vector,
    /// The one value that all rows of a group have.
    One,
    /// The value of a group's first row.
    First,
}

/// How rows become samples.
pub(super) struct Plan<'a> {
    grouping: &'a Grouping,
    options: &'a Options,
    file: Arc<str>,
    /// The schema of the rows, which may end with columns for grouping alone.
    pub(super) rows: SchemaSpec,
    /// The schema of the samples, where it is declared.
    declared: Option<SchemaSpec>,
    becomes: Vec<Becomes>,
}

impl<'a> Plan<'a> {
    /// A plan for samples of a declared schema, or for all columns of the rows; `others` are for grouping alone.
    pub(super) fn new(
        schema: SchemaSpec,
        is_declared: bool,
        others: &[ColumnSpec],
        options: &'a Options,
        source: &Source,
    ) -> Self {
        let grouping = &options.grouping;
        let becomes = |spec: &ColumnSpec| {
            let is_in = |keys: &[String]| keys.iter().any(|key| key == spec.key);
            if is_in(&grouping.first) {
                Becomes::First
            } else if spec.domain == Domain::Tag || is_in(&grouping.one) || (is_declared && spec.shape.rank() == 0) {
                Becomes::One
            } else {
                Becomes::Vector
            }
        };
        let becomes: Vec<Becomes> = schema.columns.iter().map(becomes).collect();
        let row = |(spec, becomes): (&ColumnSpec, &Becomes)| match becomes {
            Becomes::Vector if is_declared => ColumnSpec { shape: spec.shape.without_first(), sequence: None, ..*spec },
            _ => *spec,
        };
        let columns = schema.columns.iter().zip(&becomes).map(row).chain(others.iter().copied()).collect();
        let rows = SchemaSpec::at_run_time(schema.name, columns);
        let file = Arc::clone(&source.file);
        Self { grouping, options, file, rows, declared: is_declared.then_some(schema), becomes }
    }

    /// The samples of rows.
    pub(super) fn apply(&self, rows: Table) -> Result<Table> {
        let view = View::of(Arc::new(rows));
        let groups = self.groups(&view)?;
        let order = self.order(&view, &groups)?;
        let mut lengths = Vec::new();
        for &group in &groups {
            let group = group as usize;
            if group == lengths.len() {
                lengths.push(0);
            }
            if let Some(length) = lengths.get_mut(group) {
                *length += 1;
            }
        }
        let firsts: Vec<u32> = lengths
            .iter()
            .scan(0usize, |start, length| {
                let first = order.get(*start).copied();
                *start += length;
                first
            })
            .collect();
        let groups = Groups { of_rows: &groups, order: &order, lengths: &lengths, firsts: &firsts };
        let mut specs = Vec::new();
        let mut columns = Vec::new();
        for (position, becomes) in self.becomes.iter().enumerate() {
            let (Some(spec), Some(column)) = (self.rows.columns.get(position), view.table().columns.get(position))
            else {
                continue;
            };
            let declared = self.declared.and_then(|schema| schema.columns.get(position));
            // What was read just now is whole.
            let data = column.parts(spec)?.first();
            let (spec, raw) = match becomes {
                Becomes::Vector => self.vector(spec, declared, data, &groups, &view)?,
                Becomes::One => {
                    self.refuse_several(spec, &groups, &view)?;
                    (*spec, taken(spec, data, groups.firsts)?)
                }
                Becomes::First => (*spec, taken(spec, data, groups.firsts)?),
            };
            specs.push(spec);
            columns.push(TableColumn { raw: raw.into(), transformed: None });
        }
        check::row_count(&self.file, lengths.len())?;
        let schema = self.declared.unwrap_or_else(|| SchemaSpec::at_run_time(self.rows.name, specs));
        Ok(Table::new(schema, columns, Ids::random(lengths.len())))
    }

    /// For each row the number of its group, by first appearance.
    fn groups(&self, view: &View) -> Result<Vec<u32>> {
        let mut groups: Option<Vec<u32>> = None;
        for key in &self.grouping.by {
            let codes = view.groups(key)?;
            groups = Some(match groups {
                None => codes,
                Some(before) => {
                    let mut numbers = HashMap::new();
                    let mut number = |pair: (u32, u32)| {
                        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                        *numbers.entry(pair).or_insert(next)
                    };
                    before.into_iter().zip(codes).map(&mut number).collect()
                }
            });
        }
        Ok(groups.unwrap_or_default())
    }

    /// The rows group by group, in each as they are sorted; rows that compare equal stay in the file's order.
    fn order(&self, view: &View, groups: &[u32]) -> Result<Vec<u32>> {
        let mut keys = vec![groups.to_vec()];
        for key in &self.grouping.sort_by {
            let (spec, column) = view.table().column(key)?;
            let ranks =
                rank(&column.parts(spec)?.first().to_arrow(), None).ok().filter(|ranks| ranks.len() == groups.len());
            let ranks = ranks.ok_or_else(|| self.refuse(spec, "holds arrays, which have no order".into()))?;
            keys.push(ranks);
        }
        let mut order: Vec<u32> = (0u32..).take(groups.len()).collect();
        let compare = |&a: &u32, &b: &u32| {
            let of = |key: &Vec<u32>, row: u32| key.get(row as usize).copied();
            let differ = keys.iter().map(|key| of(key, a).cmp(&of(key, b))).find(|order| order.is_ne());
            differ.unwrap_or_else(|| a.cmp(&b))
        };
        if !order.is_sorted_by(|a, b| compare(a, b).is_le()) {
            order.sort_unstable_by(compare);
        }
        Ok(order)
    }

    /// The values of each group as one sample.
    fn vector(
        &self,
        spec: &ColumnSpec,
        declared: Option<&ColumnSpec>,
        data: &ColumnData,
        groups: &Groups<'_>,
        view: &View,
    ) -> Result<(ColumnSpec, ColumnData)> {
        // What is declared is an array of numbers by its type.
        if declared.is_none() && !(spec.dtype.is_integer() || spec.dtype.is_float() || spec.dtype == Dtype::Bool) {
            return Err(self.refuse(
                spec,
                format!(
                    "is {}, and the values of a group become an array, which holds numbers; keep one value, by \
                     Reader::first_of_group or one_per_group",
                    spec.dtype.name()
                ),
            ));
        }
        let longest = groups.lengths.iter().copied().max().unwrap_or(0);
        let wanted = self.options.sequences.iter().find(|(key, ..)| key == spec.key);
        let sample = match (declared, wanted) {
            (Some(declared), _) => *declared,
            (None, Some((_, length, longer))) => {
                let shape = spec.shape.inside(*length).ok_or_else(|| self.refuse(spec, TOO_DEEP.into()))?;
                ColumnSpec { shape, sequence: Some(*longer), ..*spec }
            }
            (None, None) => {
                let length = groups.lengths.first().copied().unwrap_or(longest);
                let shape = spec.shape.inside(length).ok_or_else(|| self.refuse(spec, TOO_DEEP.into()))?;
                ColumnSpec { shape, ..*spec }
            }
        };
        let most = sample.shape.axis(0);
        let is_wrong = |length: usize| match sample.sequence {
            None => length != most,
            Some(Longer::Refuse) => length > most,
            Some(Longer::Truncate) => false,
        };
        if let Some(group) = groups.lengths.iter().position(|&length| is_wrong(length)) {
            let length = groups.lengths.get(group).copied().unwrap_or(0);
            let name = self.name(group, groups, view);
            let than = match (sample.sequence, declared) {
                (Some(_), _) => format!("and its length is at most {most}; raise it, or have longer ones cut"),
                (None, Some(_)) => format!(
                    "`{}` declares {}; leave the group out, resample it, or declare a Vec with a length",
                    self.rows.name, sample.shape
                ),
                (None, None) => format!(
                    "group {} has {most}; resample so that all have as many, or say Reader::sequence(\"{}\", {longest}, \
                     ..)",
                    self.name(0, groups, view),
                    spec.key
                ),
            };
            return Err(self.refuse(spec, format!("group {name} has {length} rows, {than}")));
        }
        let rows = taken(spec, data, groups.order)?;
        if sample.sequence.is_some() {
            return Ok((sample, sequence::padded(&self.file, &sample, &rows, groups.lengths)?));
        }
        Ok((sample, rows))
    }

    /// Rule: a column that becomes one value has one in each group.
    fn refuse_several(&self, spec: &ColumnSpec, groups: &Groups<'_>, view: &View) -> Result<()> {
        let codes = view.groups(spec.key)?;
        let code = |row: u32| codes.get(row as usize);
        let first = |row: usize| groups.of_rows.get(row).and_then(|&group| groups.firsts.get(group as usize));
        let differs = |row: &usize| first(*row).is_some_and(|&first| code(first) != codes.get(*row));
        let Some(row) = (0..codes.len()).find(differs) else { return Ok(()) };
        let group = groups.of_rows.get(row).copied().unwrap_or(0) as usize;
        let name = self.name(group, groups, view);
        let first = first(row).copied().unwrap_or(0);
        let (a, b) = (shown(spec, view, first), shown(spec, view, u32::try_from(row).unwrap_or(u32::MAX)));
        let key = spec.key;
        Err(self.refuse(
            spec,
            format!(
                "group {name} has several values, `{a}` and `{b}`, and a sample has one; correct them, or take the \
                 first: Reader::first_of_group([\"{key}\"])"
            ),
        ))
    }

    /// "`cell` = 7".
    fn name(&self, group: usize, groups: &Groups<'_>, view: &View) -> String {
        let row = groups.firsts.get(group).copied().unwrap_or(0);
        let part = |key: &String| {
            let value = self.rows.columns.iter().find(|spec| spec.key == key).map(|spec| shown(spec, view, row));
            format!("`{key}` = {}", value.unwrap_or_default())
        };
        self.grouping.by.iter().map(part).collect::<Vec<_>>().join(", ")
    }

    fn refuse(&self, spec: &ColumnSpec, problem: String) -> Error {
        Error::Column { file: self.file.to_string(), column: spec.stored_as.into(), row: None, problem }
    }
}

const TOO_DEEP: &str = "has eight axes already, the most that a column can have";

/// Rows in groups.
struct Groups<'a> {
    /// The group of each row.
    of_rows: &'a [u32],
    /// The rows, group by group.
    order: &'a [u32],
    /// How many rows each group has.
    lengths: &'a [usize],
    /// The first row of each group in that order.
    firsts: &'a [u32],
}

/// Some rows of a column, in an order.
fn taken(spec: &ColumnSpec, data: &ColumnData, rows: &[u32]) -> Result<ColumnData> {
    let elements: ArrayRef = data.to_arrow();
    let width = gather::width(spec.shape)? as u64;
    if rows.len() as u64 * width == elements.len() as u64 && rows.is_sorted_by(|a, b| a < b) {
        return Ok(data.clone());
    }
    let of_row = |&row: &u32| u64::from(row) * width..(u64::from(row) + 1) * width;
    let indices = UInt64Array::from_iter_values(rows.iter().flat_map(of_row));
    let fail = |problem: String| Error::Data(format!("column `{}`: {problem}", spec.stored_as));
    let taken = take(&elements, &indices, None).map_err(|error| fail(error.to_string()))?;
    ColumnData::from_arrow(&taken, spec.dtype).ok_or_else(|| fail("is of an unexpected type".into()))
}

/// A value as a person writes it.
fn shown(spec: &ColumnSpec, view: &View, row: u32) -> String {
    let Ok((_, column)) = view.table().column(spec.key) else { return String::new() };
    let Some(parts) = column.raw.stored() else { return String::new() };
    let text = array_value_to_string(&parts.first().to_arrow(), row as usize).unwrap_or_default();
    let class = text.parse::<usize>().ok().and_then(|index| spec.classes.get(index));
    class.map_or(text, |class| (*class).to_owned())
}
