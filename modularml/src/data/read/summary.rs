//! What files hold, told before they are read as a set.

use std::fmt;

use super::dialect::Dialect;
use crate::Error;
use crate::data::Dtype;

/// So many different values are told apart.
pub(super) const MOST_DIFFERENT: usize = 1000;

/// What files hold, and what is wrong with it for a reader. Its text is a table.
#[derive(Debug)]
#[non_exhaustive]
pub struct FileSummary {
    /// The files, as messages call them.
    pub files: String,
    /// The number of rows, up to the first that cannot be read.
    pub rows: usize,
    /// How the first file is written, told or guessed; CSV alone has it.
    pub dialect: Option<Dialect>,
    /// All columns, in the order of the first file.
    pub columns: Vec<FileColumn>,
    /// What reading would be refused for: of each declared column the first error, and what makes a file unreadable.
    pub problems: Vec<Error>,
}

/// What a column of files holds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct FileColumn {
    /// Its name; of numbered columns (`voltage_0`, `voltage_1`, ..) what stands before the numbers.
    pub name: String,
    /// How many columns of the file it stands in: one, or those with numbers.
    pub columns: usize,
    /// Whether the reader reads it.
    pub is_read: bool,
    /// The narrowest type that holds its values, or those of its arrays; none where all are missing, or no column can
    /// hold them.
    pub dtype: Option<Dtype>,
    /// How many values are missing: nulls, NaN, empty texts and those that [`Reader::missing`](super::Reader::missing) names.
    pub missing: usize,
    /// The lowest and the highest number.
    pub range: Option<(f64, f64)>,
    /// The earliest and the latest time, or the shortest and the longest span, as texts; points in time in UTC.
    pub time_range: Option<(String, String)>,
    /// How many different values there are; none where they are more than 1000.
    pub different: Option<usize>,
}

impl FileColumn {
    /// The name as the file has it: `voltage_0 .. voltage_100`.
    fn shown(&self) -> String {
        match self.columns {
            1 => self.name.clone(),
            columns => format!("{}_0 .. {}", self.name, columns - 1),
        }
    }
}

impl fmt::Display for FileSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: usize = self.columns.iter().map(|column| column.columns).sum();
        write!(f, "{}: {} rows, {columns} columns", self.files, self.rows)?;
        if let Some(dialect) = self.dialect.filter(|dialect| *dialect != Dialect::new()) {
            write!(f, ", {dialect}")?;
        }
        let widest = self.columns.iter().map(|column| column.shown().chars().count()).max().unwrap_or(0);
        for column in &self.columns {
            let kind = column.dtype.map_or("-", Dtype::name);
            write!(f, "\n  {:widest$}  {kind:6}  {} missing", column.shown(), column.missing)?;
            if let Some((low, high)) = column.range {
                write!(f, ", {low} to {high}")?;
            }
            if let Some((low, high)) = &column.time_range {
                write!(f, ", {low} to {high}")?;
            }
            match column.different {
                Some(different) => write!(f, ", {different} different")?,
                None => write!(f, ", more than {MOST_DIFFERENT} different")?,
            }
            if !column.is_read {
                f.write_str(", not read")?;
            }
        }
        match self.problems.as_slice() {
            [] => Ok(()),
            problems => {
                f.write_str("\nwhat would be refused:")?;
                problems.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
            }
        }
    }
}
