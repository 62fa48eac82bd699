//! Several stores as one set: each file is mapped, and the rows of one follow those of the file before it.
//!
//! Nothing is copied, so that a process reads of each file what it uses: a rank the rows of its shares. What there is of
//! every row in memory is its number; ids stay in their files.

use std::collections::HashMap;
use std::path::Path;

use uuid::Uuid;

use super::open::{self, File};
use crate::data::ids::Ids;
use crate::data::parts::{Parts, Starts};
use crate::data::read::Paths;
use crate::data::table::{Table, TableColumn};
use crate::data::{ColumnSpec, SchemaSpec, check};
use crate::error::Problem;
use crate::{Error, Result};

/// The table of one store or of several, under a schema or under that of the first one.
pub(super) fn table(paths: &Paths, declared: Option<SchemaSpec>) -> Result<Table> {
    let (first, others) = match paths.0.as_slice() {
        [] => return Err(Error::Data("no store is given; give at least one".to_owned())),
        [only] => return open::table(only, declared),
        [first, others @ ..] => (first, others),
    };
    let file = File::open(first)?;
    let schema = match declared {
        Some(schema) => schema,
        None => file.schema()?,
    };
    let mut shards = vec![file.table(schema)?];
    for path in others {
        let file = File::open(path)?;
        if declared.is_none() {
            refuse_other_schema(path, &file.schema()?, first, &schema)?;
        }
        shards.push(file.table(schema)?);
    }
    refuse_same_rows(paths, &shards)?;
    refuse_scaled(paths, &shards)?;
    joined(paths, schema, &shards)
}

/// The tables of stores one after the other.
fn joined(paths: &Paths, schema: SchemaSpec, shards: &[Table]) -> Result<Table> {
    let rows: Vec<usize> = shards.iter().map(Table::len).collect();
    let last = paths.0.last().map(|path| path.display().to_string()).unwrap_or_default();
    let files = shards.len();
    check::row_count(&format!("{files} stores, the last one {last}"), rows.iter().sum())?;
    let starts = Starts::of(&rows);
    let mut columns = Vec::with_capacity(schema.columns.len());
    for (position, spec) in schema.columns.iter().enumerate() {
        let parts = shards.iter().filter_map(|shard| shard.columns.get(position));
        let parts = parts.filter_map(|column| column.raw.stored()).flat_map(Parts::iter).cloned();
        let raw = Parts::of(parts, &starts);
        let raw = raw.ok_or_else(|| Error::Data(format!("{last}: column `{}` is not in it", spec.key)))?;
        columns.push(TableColumn { raw: raw.into(), transformed: None });
    }
    let ids = Ids::in_turn(shards.iter().map(|shard| &shard.ids), &starts);
    let mappings: Vec<_> = shards.iter().flat_map(|shard| shard.mappings().iter().cloned()).collect();
    Ok(Table::mapped(schema, columns, ids, &mappings))
}

/// Refuses a file with other columns than the first one has, where no schema is declared that says which count.
fn refuse_other_schema(path: &Path, found: &SchemaSpec, first: &Path, expected: &SchemaSpec) -> Result<()> {
    let describe = |spec: &ColumnSpec| format!("{} {} {}", spec.domain.attribute(), spec.dtype.name(), spec.shape);
    let first = first.display();
    let missing = |a: &SchemaSpec, b: &SchemaSpec| {
        a.columns.iter().find(|spec| b.column(spec.key).is_none()).map(|spec| spec.key)
    };
    let differs = || {
        let mut both = expected.columns.iter().filter_map(|spec| Some((spec, found.column(spec.key)?)));
        let (expected, found) = both.find(|(expected, found)| expected != found)?;
        let (is, was) = (describe(found), describe(expected));
        let how = if is == was { "with other options".to_owned() } else { format!("as {is}, not {was}") };
        Some(format!("has column `{}` {how}", found.key))
    };
    let problem = missing(expected, found)
        .map(|key| format!("has no column `{key}`"))
        .or_else(|| missing(found, expected).map(|key| format!("has a column `{key}`")))
        .or_else(differs);
    problem.map_or(Ok(()), |problem| {
        let problem = format!("{problem}, unlike {first}; stores of one set have the same columns: convert it again");
        Err(Problem::from(problem).in_file(path))
    })
}

/// Refuses a file that is given twice, or a copy of another one. To look at every id would read all of them.
fn refuse_same_rows(paths: &Paths, shards: &[Table]) -> Result<()> {
    let mut known: HashMap<Uuid, &Path> = HashMap::new();
    for (path, shard) in paths.0.iter().zip(shards) {
        let Some(id) = shard.ids.at(0) else { continue };
        if let Some(before) = known.insert(id, path) {
            let before = before.display();
            let problem = format!("begins with the same row as {before}, {id}; give each store once");
            return Err(Problem::from(problem).in_file(path));
        }
    }
    Ok(())
}

/// Refuses scaled values, which belong to a whole and not to its shards.
fn refuse_scaled(paths: &Paths, shards: &[Table]) -> Result<()> {
    for (path, shard) in paths.0.iter().zip(shards) {
        let both = shard.schema.columns.iter().zip(&shard.columns);
        if let Some((spec, _)) = both.into_iter().find(|(_, column)| column.transformed.is_some()) {
            let problem = format!(
                "has scaled values of column `{}`, which one of several stores cannot have; write it without them",
                spec.key
            );
            return Err(Problem::from(problem).in_file(path));
        }
    }
    Ok(())
}
