//! Sizes against the reference's own (kind `split_counts`), and what must hold for every seed.

mod conditions;
mod ids;
mod ordered;
mod own;
mod properties;
mod records;
mod shares;
mod values;

use super::SplitterSpec;
use crate::SampleSchema;
use crate::data::{Column, FeatureSet, View};
use crate::random::{Place, Purpose, Rng};

#[derive(SampleSchema)]
struct Row {
    #[feat]
    value: f32,
    #[tag(group)]
    cell: i64,
}

const CELL: Column<i64> = Row::COLUMNS.cell;

fn rows(cells: impl IntoIterator<Item = i64>) -> View {
    FeatureSet::from_rows(cells.into_iter().map(|cell| Row { value: 0.0, cell })).unwrap().view()
}

fn rng(seed: u64) -> Rng {
    Rng::new(seed, Purpose::Split, Place::default())
}

fn split(splitter: impl Into<SplitterSpec>, rows: &View, seed: u64) -> Vec<Vec<u32>> {
    let parts = splitter.into().apply(rows, &mut rng(seed)).unwrap();
    parts.into_iter().map(|(_, view)| view.rows().to_vec()).collect()
}

fn error(splitter: impl Into<SplitterSpec>, rows: &View) -> String {
    splitter.into().apply(rows, &mut rng(0)).unwrap_err().to_string()
}

fn lens(parts: &[Vec<u32>]) -> Vec<usize> {
    parts.iter().map(Vec::len).collect()
}

/// A row whose split stands in a column.
#[derive(SampleSchema)]
struct Told {
    #[feat]
    value: f32,
    #[tag]
    set: Option<String>,
    #[tag]
    serial: i64,
    #[tag]
    id: String,
}

const SET: Column<Option<String>> = Told::COLUMNS.set;

fn told(sets: &[&str]) -> View {
    let row = |(at, set): (usize, &&str)| Told {
        value: 0.0,
        set: (!set.is_empty()).then(|| (*set).to_owned()),
        serial: i64::MAX - i64::try_from(at).unwrap(),
        id: format!("cell-{at}"),
    };
    FeatureSet::from_rows(sets.iter().enumerate().map(row)).unwrap().view()
}
