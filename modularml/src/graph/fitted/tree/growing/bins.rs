//! The values of each column in at most 255 bins.

use rayon::prelude::*;

use super::model::{MOST_CATEGORIES, category};
use super::rows::Rows;
use crate::{Error, Result};

/// The bin of a value that is missing.
pub(super) const MISSING: u8 = 255;

/// How many bins a column has at most, that of missing values not counted.
pub(in crate::graph::fitted::tree) const MOST_BINS: usize = 255;

/// In which bin each value lies.
#[derive(Debug)]
pub(super) struct Bins {
    pub(super) columns: Vec<Column>,
    pub(super) rows: usize,
}

/// A column.
#[derive(Debug)]
pub(super) struct Column {
    pub(super) scale: Scale,
    /// The bin of each row.
    pub(super) bins: Vec<u8>,
}

/// What the bins of a column are.
#[derive(Debug)]
pub(super) enum Scale {
    /// Numbers up to each of these edges, and one bin above them.
    Edges(Vec<f64>),
    /// Categories, each its own bin; those that no row has.
    Categories { unseen: [u32; 8] },
}

impl Bins {
    /// The bins of rows, at most `most` a column, of which `categories` hold codes.
    ///
    /// # Errors
    /// When a category is no whole number from 0 to 254, or is asked of a column that is not there.
    pub(super) fn of(rows: &Rows<'_>, weights: &[f64], most: usize, categories: &[usize]) -> Result<Self> {
        if let Some(column) = categories.iter().find(|column| **column >= rows.width()) {
            return Err(Error::Component(format!(
                "column {column} is said to hold categories, but rows have {} columns, counted from 0",
                rows.width()
            )));
        }
        let columns = (0..rows.width())
            .into_par_iter()
            .map(|column| {
                if categories.contains(&column) {
                    Column::of_categories(rows, column)
                } else {
                    Ok(Column::of_numbers(rows, weights, column, most.clamp(2, MOST_BINS)))
                }
            })
            .collect::<Result<_>>()?;
        Ok(Self { columns, rows: rows.len() })
    }
}

impl Column {
    fn of_numbers(rows: &Rows<'_>, weights: &[f64], column: usize, most: usize) -> Self {
        let values = rows.column(column).zip(weights.iter().copied());
        let edges = edges(values.filter(|(value, weight)| !value.is_nan() && *weight > 0.0).collect(), most);
        let bin = |value: f64| {
            if value.is_nan() { MISSING } else { edges.partition_point(|edge| *edge < value) as u8 }
        };
        let bins = rows.column(column).map(bin).collect();
        Self { scale: Scale::Edges(edges), bins }
    }

    fn of_categories(rows: &Rows<'_>, column: usize) -> Result<Self> {
        let mut unseen = [u32::MAX; 8];
        let mut bins = Vec::with_capacity(rows.len());
        for (row, value) in rows.column(column).enumerate() {
            if value.is_nan() {
                bins.push(MISSING);
                continue;
            }
            let Some(code) = category(value) else {
                return Err(Error::Component(format!(
                    "a category must be a whole number from 0 to {}, found {value} in row {row}, column {column}",
                    MOST_CATEGORIES - 1
                )));
            };
            unseen[code / 32] &= !(1 << (code % 32));
            bins.push(code as u8);
        }
        Ok(Self { scale: Scale::Categories { unseen }, bins })
    }
}

/// The edges between at most `most` bins: the middles between values where there are as few, otherwise quantiles of the values,
/// of which each counts by its weight.
fn edges(mut values: Vec<(f64, f64)>, most: usize) -> Vec<f64> {
    values.sort_unstable_by(|left, right| left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)));
    let mut distinct: Vec<f64> = values.iter().map(|(value, _)| *value).collect();
    distinct.dedup_by(|next, value| next == value);
    if distinct.len() <= most {
        return distinct.windows(2).map(|pair| middle(pair[0], pair[1])).collect();
    }
    let all: f64 = values.iter().map(|(_, weight)| weight).sum();
    let (mut edges, mut below) = (Vec::with_capacity(most), 0.0);
    let mut values = values.iter().peekable();
    while let Some((value, weight)) = values.next() {
        below += weight;
        // An edge lies where this share of the weight is reached, or in the middle to the next value where it is reached exactly.
        while edges.len() + 1 < most {
            let wanted = all * (edges.len() + 1) as f64 / most as f64;
            if below < wanted {
                break;
            }
            let next = values.peek().map_or(*value, |(next, _)| *next);
            edges.push(if below == wanted { value / 2.0 + next / 2.0 } else { *value });
        }
    }
    edges.dedup();
    edges
}

fn middle(below: f64, above: f64) -> f64 {
    let middle = below / 2.0 + above / 2.0;
    if middle >= below && middle < above { middle } else { below }
}
