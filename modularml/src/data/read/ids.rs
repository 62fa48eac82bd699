//! The ids of rows: kept where the file has them, new otherwise.

use std::collections::HashMap;

use arrow::array::{Array as _, AsArray as _};
use uuid::Uuid;

use super::{Source, Wrong};
use crate::Result;
use crate::data::ids::Ids;
use crate::data::names;

/// One id a row.
pub(super) fn of(source: &Source) -> Result<Ids> {
    let Some(found) = source.batch.column_by_name(names::IDS) else {
        return Ok(Ids::random(source.batch.num_rows()));
    };
    let fail = |wrong: Wrong| wrong.of(source, names::IDS, 1);
    let id = |row: usize| {
        let bytes = found.as_fixed_size_binary_opt().filter(|_| found.is_valid(row)).map(|ids| ids.value(row));
        let text = found.as_string_opt::<i32>().filter(|_| found.is_valid(row)).map(|ids| ids.value(row));
        let id = match (bytes, text) {
            (Some(bytes), _) => Uuid::from_slice(bytes).ok(),
            (_, Some(text)) => Uuid::parse_str(text).ok(),
            _ => None,
        };
        id.ok_or_else(|| Wrong::at(row, "is no UUID of 16 bytes; correct it, or remove the column for new ids".into()))
    };
    let ids: Vec<Uuid> = (0..found.len()).map(id).collect::<Result<_, Wrong>>().map_err(fail)?;
    let mut first = HashMap::with_capacity(ids.len());
    for (row, id) in ids.iter().enumerate() {
        if let Some(before) = first.insert(*id, row) {
            let problem =
                format!("{id} is also the id of row {before}; remove one of the rows, or the column for new ids");
            return Err(fail(Wrong::at(row, problem)));
        }
    }
    Ok(ids.into())
}
