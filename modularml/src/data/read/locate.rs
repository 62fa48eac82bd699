//! Which columns of a file are wanted, and under which names they may stand there.

use std::sync::Arc;

use crate::data::names::{self, full_name};
use crate::data::select::matches;
use crate::data::{Domain, Representation};
use crate::error::Problem;
use crate::text::Message;
use arrow::array::RecordBatch;
use arrow::datatypes::Schema;

/// The columns that are read from files, and the names that they are given.
#[derive(Clone, Debug, Default)]
pub(in crate::data) struct Wanted {
    /// The names of whole columns, and the names before a number for columns that are spread.
    pub(super) names: Vec<String>,
    /// Whether columns with full names (`features.voltage.raw`) are all wanted.
    pub(super) full_names: bool,
    /// Names with `*` and `?` of columns that are positions of an array.
    pub(super) patterns: Vec<String>,
    /// Names in the file, and what they are to be.
    pub(super) renames: Vec<(String, String)>,
    /// Whether all columns are read, whether wanted or not.
    pub(super) has_all: bool,
}

impl Wanted {
    /// Every name under which a column may stand.
    pub(super) fn add(&mut self, domain: Domain, key: &str, stored_as: &str) {
        self.names.push(full_name(domain, key, Representation::Raw));
        self.names.push(full_name(domain, key, Representation::Transformed));
        self.names.push(stored_as.to_owned());
    }

    /// The positions of the columns to read; never none, so that rows can be counted.
    pub(super) fn positions(&self, found: &[String]) -> Vec<usize> {
        if self.has_all {
            return (0..found.len()).collect();
        }
        let positions = self.found(found);
        if positions.is_empty() { vec![0] } else { positions }
    }

    /// The positions of the columns that are wanted.
    pub(super) fn found(&self, found: &[String]) -> Vec<usize> {
        let is_wanted = |name: &str| {
            let is_full = || self.full_names && [".raw", ".transformed"].iter().any(|form| name.ends_with(form));
            let plain = || without_number(name).is_some_and(|plain| self.names.iter().any(|wanted| wanted == plain));
            let is_position = || self.patterns.iter().any(|pattern| matches(pattern, name));
            name == names::IDS
                || self.names.iter().any(|wanted| wanted == name)
                || plain()
                || is_full()
                || is_position()
        };
        (0..).zip(found).filter(|(_, name)| is_wanted(name)).map(|(i, _)| i).collect()
    }

    /// The columns under the names that they are given.
    pub(super) fn renamed(&self, schema: &Schema) -> Result<Schema, Problem> {
        let mut fields = schema.fields().to_vec();
        for (from, to) in &self.renames {
            let mut is_found = false;
            for field in &mut fields {
                let name = match without_number(field.name()) {
                    _ if field.name() == from => to.clone(),
                    Some(plain) if plain == from => format!("{to}{}", &field.name()[plain.len()..]),
                    _ => continue,
                };
                is_found = true;
                *field = Arc::new(field.as_ref().clone().with_name(name));
            }
            if !is_found {
                let found: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
                let message = Message::new().text("no column ").name(from).text(" to rename");
                let problem = format!("{}; the file has: {}", message.did_you_mean(from, &found), listed(&found));
                return Err(problem.into());
            }
        }
        let mut sorted: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        sorted.sort_unstable();
        if let Some([twice, _]) = sorted.array_windows().find(|[a, b]| a == b) {
            return Err(format!("two columns are called `{twice}`; rename one").into());
        }
        Ok(Schema::new_with_metadata(fields, schema.metadata().clone()))
    }

    /// A batch in memory with its columns renamed; it shares its buffers.
    pub(super) fn rename(&self, batch: RecordBatch) -> Result<RecordBatch, Problem> {
        let schema = self.renamed(batch.schema_ref())?;
        let (_, columns, rows) = batch.into_parts();
        let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::new(schema), columns, &options);
        Ok(batch.map_err(|error| error.to_string())?)
    }
}

/// `voltage` of `voltage_12` and `voltage.12`.
pub(super) fn without_number(name: &str) -> Option<&str> {
    let plain = name.trim_end_matches(|c: char| c.is_ascii_digit());
    if plain.len() == name.len() {
        return None;
    }
    plain.strip_suffix(['_', '.'])
}

/// The first names of a file.
pub(super) fn listed(names: &[&str]) -> String {
    let first: Vec<&str> = names.iter().copied().take(12).collect();
    let more = if names.len() > first.len() { ", .." } else { "" };
    format!("{}{more}", first.join(", "))
}
