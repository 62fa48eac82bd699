//! Summaries as text: how many rows there are, and what each column holds.

use super::resolve::qualified;
use super::{FeatureSet, SchemaSpec, View};
use crate::Result;

impl<S> FeatureSet<S> {
    /// The number of rows and a table of the columns as text: name, element type, shape and classes. Values are not
    /// read, so that it is quick for any size. Of windows it tells how many rows of the recordings they read.
    #[must_use]
    pub fn summary(&self) -> String {
        let schema = self.schema();
        let windows = self.table().spans().map(|spans| format!(", {}", spans.described())).unwrap_or_default();
        with_columns(format!("{}: {} rows{windows}", schema.name, self.len()), &schema)
    }
}

impl View {
    /// As [`FeatureSet::summary`], for the rows and columns of this view.
    #[must_use]
    pub fn summary(&self) -> String {
        let (rows, all) = (self.len(), self.table.len());
        let (columns, all_columns) = (self.schema.columns.len(), self.table.schema.columns.len());
        let columns =
            if columns < all_columns { format!(", {columns} of {all_columns} columns") } else { String::new() };
        with_columns(format!("{}: {rows} of {all} rows{columns}", self.schema.name), &self.schema)
    }
}

impl View {
    /// How many bytes the columns take that may be read, all rows of them, in memory or in mapped files.
    ///
    /// # Errors
    /// When a mapped file is no longer what was opened.
    pub fn byte_count(&self) -> Result<usize> {
        self.table.check_unchanged()?;
        let keys = self.schema.columns.iter().map(|column| column.key);
        keys.map(|key| Ok(self.described(key)?.1.raw.byte_count())).sum()
    }
}

fn with_columns(title: String, schema: &SchemaSpec) -> String {
    let mut lines = vec![title];
    let names: Vec<String> = schema.columns.iter().map(qualified).collect();
    let longest = names.iter().map(String::len).max().unwrap_or(0);
    for (name, spec) in names.iter().zip(schema.columns) {
        let kind = if spec.shape.rank() == 0 {
            spec.dtype.name().to_owned()
        } else {
            format!("{} {}", spec.dtype.name(), spec.shape)
        };
        let classes = if spec.classes.is_empty() { String::new() } else { format!(" ({})", spec.classes.join(", ")) };
        let missing = if spec.allows_missing { ", may be missing" } else { "" };
        lines.push(format!("  {name:longest$}  {kind}{classes}{missing}"));
    }
    lines.join("\n")
}
