//! How text files are laid out, and how their columns are called where they have no header.

use super::dialect::Dialect;
use super::locate::listed;

/// How text files are laid out.
#[derive(Clone, Debug, Default)]
pub(in crate::data) struct Layout {
    pub(super) dialect: Dialect,
    /// The names that the caller gives to columns without a header.
    pub(super) names: Option<Vec<String>>,
    /// The names that a schema gives to them, and its own.
    pub(super) declared: Option<(&'static str, Vec<String>)>,
    /// Whether columns may have numbers for names, where nothing is read of them.
    pub(super) may_be_nameless: bool,
}

impl Layout {
    /// The names of so many columns without a header.
    pub(super) fn names_of(&self, columns: usize) -> Result<Vec<String>, String> {
        let (who, names) = match (&self.names, &self.declared) {
            (Some(names), _) => ("Reader::names gives".to_owned(), names),
            (None, Some((schema, names))) => (format!("`{schema}` declares"), names),
            (None, None) if self.may_be_nameless => {
                return Ok((1..=columns).map(|column| format!("column {column}")).collect());
            }
            (None, None) => {
                let problem = "has no header, and nothing names its columns; say Reader::names([..]), in their order";
                return Err(problem.into());
            }
        };
        if names.len() == columns {
            return Ok(names.clone());
        }
        Err(format!(
            "has {columns} columns and no header, and {who} {}: {}; name all of them in their order by Reader::names([..])",
            names.len(),
            listed(&names.iter().map(String::as_str).collect::<Vec<_>>())
        ))
    }
}
