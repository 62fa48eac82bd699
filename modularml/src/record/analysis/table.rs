//! The columns of a table of predictions that an analysis reads.

use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use arrow::util::display::array_value_to_string;

use super::of_arrow;
use crate::Result;
use crate::data::Domain;
use crate::spec::{GraphSpec, NodeSpec};

/// Longer texts of labels are cut off, so that one row cannot fill a report.
const LONGEST: usize = 200;
/// As many columns tell which row it is.
const MOST_LABELS: usize = 12;

/// A table of predictions of a graph.
pub(super) struct Table<'a> {
    batch: &'a RecordBatch,
    graph: &'a GraphSpec,
}

impl<'a> Table<'a> {
    pub(super) const fn new(batch: &'a RecordBatch, graph: &'a GraphSpec) -> Self {
        Self { batch, graph }
    }

    pub(super) fn rows(&self) -> usize {
        self.batch.num_rows()
    }

    /// What stands before the columns of an input: its name, where there are several.
    fn prefix(&self, input: &str) -> String {
        if self.graph.inputs.len() > 1 { format!("{input}.") } else { String::new() }
    }

    /// The name of the column that a node predicts.
    pub(super) fn target(&self, node: &NodeSpec) -> String {
        node.target.map_or_else(String::new, |target| {
            format!("{}{}.{}", self.prefix(target.input), Domain::Target.prefix(), target.column)
        })
    }

    /// Whether a column is one of numbers.
    pub(super) fn holds_numbers(&self, name: &str) -> bool {
        self.batch.column_by_name(name).is_some_and(|column| column.data_type().is_numeric())
    }

    /// A column of texts or truth values as texts, none where it is missing.
    pub(super) fn texts(&self, name: &str) -> Result<Option<Vec<Option<String>>>> {
        let Some(column) = self.batch.column_by_name(name) else { return Ok(None) };
        let texts = cast(column, &DataType::Utf8).map_err(|error| of_arrow(&error))?;
        let texts =
            texts.as_string_opt::<i32>().map(|texts| texts.iter().map(|text| text.map(str::to_owned)).collect());
        Ok(texts)
    }

    /// A column of numbers; NaN where one is missing.
    pub(super) fn numbers(&self, name: &str) -> Result<Option<Vec<f64>>> {
        let Some(column) = self.batch.column_by_name(name) else { return Ok(None) };
        let numbers = cast(column, &DataType::Float64).map_err(|error| of_arrow(&error))?;
        let numbers = numbers.as_primitive_opt::<Float64Type>();
        Ok(numbers.map(|numbers| numbers.iter().map(|number| number.unwrap_or(f64::NAN)).collect()))
    }

    /// The numbers of an array, a column each, or the one column of that name; none where there are neither.
    pub(super) fn array(&self, name: &str) -> Result<Vec<Vec<f64>>> {
        if let Some(one) = self.numbers(name)? {
            return Ok(vec![one]);
        }
        let mut all = Vec::new();
        while let Some(next) = self.numbers(&format!("{name}.{}", all.len()))? {
            all.push(next);
        }
        Ok(all)
    }

    /// The columns that tell which row it is: ids, then tags.
    pub(super) fn labels(&self) -> Vec<String> {
        let mut all: Vec<String> =
            self.graph.inputs.iter().map(|input| format!("{}id", self.prefix(input.name))).collect();
        for input in &self.graph.inputs {
            let tags = input.schema.columns.iter().filter(|column| column.domain == Domain::Tag);
            all.extend(tags.map(|tag| format!("{}{}.{}", self.prefix(input.name), Domain::Tag.prefix(), tag.key)));
        }
        all.retain(|name| self.batch.column_by_name(name).is_some());
        all.truncate(MOST_LABELS);
        all
    }

    /// What stands in a column for a row.
    pub(super) fn text(&self, name: &str, row: usize) -> String {
        let column = self.batch.column_by_name(name).filter(|column| !column.is_null(row));
        let text = column.and_then(|column| array_value_to_string(column, row).ok()).unwrap_or_default();
        match text.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
            None => text,
        }
    }
}
