//! What the splits of a session hold, as the manifest of a run tells it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::Result;
use crate::data::{Domain, Dtype, View};
use crate::experiment::Session;
use crate::spec::ColumnSpec;

/// Of more rows classes and groups are not counted: it would read the columns once more.
const COUNTED: usize = 1 << 20;

/// The rows of a split.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SplitSummary {
    /// The input whose rows they are.
    pub input: String,
    /// The name of the split.
    pub split: String,
    /// How many rows it has.
    pub rows: usize,
    /// By column of classes, how many rows each class has; empty of inputs with more than 1,048,576 rows.
    pub classes: BTreeMap<String, BTreeMap<String, usize>>,
    /// By column that groups rows, how many groups have rows in it; empty of inputs with more than 1,048,576 rows.
    pub groups: BTreeMap<String, usize>,
    /// By column that groups rows, and by other split of the input, how many groups have rows in both.
    pub shared: BTreeMap<String, BTreeMap<String, usize>>,
    /// How many windows over recordings read rows that this split reads too, and are in no split therefore.
    #[serde(default, skip_serializing_if = "is_none")]
    pub overlapping: usize,
}

impl SplitSummary {
    /// All splits of a session, by input in the order of declaration.
    ///
    /// # Errors
    /// When a mapped file is no longer what was opened.
    pub fn of(session: &Session) -> Result<Vec<Self>> {
        summaries(session)
    }
}

fn summaries(session: &Session) -> Result<Vec<SplitSummary>> {
    let inputs: Vec<&str> = session.spec().graph.inputs.iter().map(|input| input.name).collect();
    let mut all = Vec::new();
    for (position, input) in inputs.iter().enumerate() {
        let Some(given) = session.given().get(position) else { continue };
        let of_input: Vec<&str> =
            session.splits.iter().filter(|split| split.input == position).map(|split| split.name).collect();
        let is_counted = given.len() <= COUNTED;
        let columns = |wanted: fn(&ColumnSpec) -> bool| {
            given.schema().columns.iter().filter(move |column| is_counted && wanted(column))
        };
        let mut groups = Vec::new();
        for column in columns(|column| column.domain == Domain::Tag && column.groups) {
            groups.push((column.key, by_row(given, column.key)?));
        }
        let mut found: Vec<(SplitSummary, Vec<BTreeSet<u32>>)> = Vec::new();
        for name in of_input {
            let view = session.split(input, name)?;
            let mut classes = BTreeMap::new();
            for column in columns(|column| column.dtype == Dtype::Class && column.shape.rank() == 0) {
                classes.insert(column.key.to_owned(), class_counts(&view, column)?);
            }
            let of_rows =
                |groups: &BTreeMap<u32, u32>| view.rows().iter().filter_map(|row| groups.get(row)).copied().collect();
            let sets: Vec<BTreeSet<u32>> = groups.iter().map(|(_, groups)| of_rows(groups)).collect();
            let counts = groups.iter().zip(&sets).map(|((key, _), set)| ((*key).to_owned(), set.len())).collect();
            let summary = SplitSummary {
                input: (*input).to_owned(),
                split: name.to_owned(),
                rows: view.len(),
                classes,
                groups: counts,
                shared: BTreeMap::new(),
                overlapping: overlapping(given, session, position, name),
            };
            found.push((summary, sets));
        }
        let shared: Vec<_> = (0..found.len()).map(|split| shared(&groups, &found, split)).collect();
        all.extend(found.into_iter().zip(shared).map(|((summary, _), shared)| SplitSummary { shared, ..summary }));
    }
    Ok(all)
}

/// By column, and by other split, how many groups a split has in common with it.
fn shared(
    groups: &[(&str, BTreeMap<u32, u32>)],
    found: &[(SplitSummary, Vec<BTreeSet<u32>>)],
    split: usize,
) -> BTreeMap<String, BTreeMap<String, usize>> {
    let Some((_, own)) = found.get(split) else { return BTreeMap::new() };
    let of_column = |(place, (key, _)): (usize, &(&str, BTreeMap<u32, u32>))| {
        let own = own.get(place)?;
        let others = found.iter().enumerate().filter(|(other, _)| *other != split);
        let counts = others.filter_map(|(_, (summary, sets))| {
            let both = own.intersection(sets.get(place)?).count();
            (both > 0).then(|| (summary.split.clone(), both))
        });
        let counts: BTreeMap<String, usize> = counts.collect();
        (!counts.is_empty()).then(|| ((*key).to_owned(), counts))
    };
    groups.iter().enumerate().filter_map(of_column).collect()
}

/// How many windows are in no split of an input and read rows that a split reads.
fn overlapping(given: &View, session: &Session, input: usize, split: &str) -> usize {
    let Some(windows) = given.windows() else { return 0 };
    let of_input = || session.splits.iter().filter(|split| split.input == input);
    let mut is_used = vec![false; given.len()];
    for &position in of_input().flat_map(|split| &split.positions) {
        if let Some(is_used) = is_used.get_mut(position as usize) {
            *is_used = true;
        }
    }
    let own = of_input().filter(|other| other.name == split).flat_map(|split| split.positions.iter().copied());
    let read = windows.read(own);
    let unused = (0u32..).zip(is_used).filter(|(_, is_used)| !is_used);
    unused.filter(|(position, _)| windows.start(*position).is_some_and(|start| read.shares(start))).count()
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_none(count: &usize) -> bool {
    *count == 0
}

/// By row of the table, the number of its group.
fn by_row(view: &View, key: &str) -> Result<BTreeMap<u32, u32>> {
    Ok(view.rows().iter().copied().zip(view.groups(key)?).collect())
}

fn class_counts(view: &View, column: &ColumnSpec) -> Result<BTreeMap<String, usize>> {
    let mut counts: BTreeMap<String, usize> = column.classes.iter().map(|class| ((*class).to_owned(), 0)).collect();
    for class in view.classes(column.key)?.into_iter().flatten() {
        *counts.entry(class.to_owned()).or_default() += 1;
    }
    Ok(counts)
}
