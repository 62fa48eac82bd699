//! The ids of rows: kept where the file has them, new otherwise.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _};
use uuid::Uuid;

use super::source::Source;
use super::wrong::Wrong;
use crate::Result;
use crate::data::ids::Ids;
use crate::data::names;

/// The ids so far and the rows that have them, over all files.
///
/// The reference makes new ids for all rows when two are equal; here that is an error, since what another file or a
/// saved split says of an id would silently be about nothing.
#[derive(Debug, Default)]
pub(super) struct Seen {
    files: Vec<Arc<str>>,
    rows: HashMap<Uuid, (u32, u32)>,
}

impl Seen {
    /// One id a row.
    pub(super) fn ids(&mut self, source: &Source) -> Result<Ids> {
        let Some(found) = source.batch.column_by_name(names::IDS) else {
            return Ok(Ids::random(source.batch.num_rows()));
        };
        let fail = |wrong: Wrong| wrong.of(&source.file, names::IDS, 1);
        let id = |row: usize| {
            let bytes = found.as_fixed_size_binary_opt().filter(|_| found.is_valid(row)).map(|ids| ids.value(row));
            let text = found.as_string_opt::<i32>().filter(|_| found.is_valid(row)).map(|ids| ids.value(row));
            let id = match (bytes, text) {
                (Some(bytes), _) => Uuid::from_slice(bytes).ok(),
                (_, Some(text)) => Uuid::parse_str(text).ok(),
                _ => None,
            };
            id.ok_or_else(|| {
                Wrong::at(row, "is no UUID of 16 bytes; correct it, or remove the column for new ids".into())
            })
        };
        let ids: Vec<Uuid> = (0..found.len()).map(id).collect::<Result<_, Wrong>>().map_err(fail)?;
        if self.files.last() != Some(&source.file) {
            self.files.push(Arc::clone(&source.file));
        }
        let file = u32::try_from(self.files.len().saturating_sub(1)).unwrap_or(u32::MAX);
        self.rows.reserve(ids.len());
        for (row, id) in ids.iter().enumerate() {
            let number = u32::try_from(source.first_row + row).unwrap_or(u32::MAX);
            if let Some((other, before)) = self.rows.insert(*id, (file, number)) {
                let other = self.files.get(other as usize).filter(|_| other != file);
                let other = other.map_or_else(String::new, |other| format!(" of {other}"));
                let problem = format!(
                    "{id} is also the id of row {before}{other}; remove one of the rows, or the column for new ids"
                );
                return Err(fail(Wrong::at(row, problem)));
            }
        }
        Ok(ids.into())
    }
}
