//! What trees are fitted to.

use crate::{Error, Result};

/// Rows of numbers, one row behind the other; NaN is a value that is missing.
#[derive(Clone, Copy, Debug)]
pub(in crate::graph::fitted::tree) struct Rows<'a> {
    values: &'a [f64],
    width: usize,
}

impl<'a> Rows<'a> {
    /// Rows of `width` numbers.
    ///
    /// # Errors
    /// When they have no columns, are no whole rows, are more than can be counted, or a number is infinite.
    pub(in crate::graph::fitted::tree) fn new(values: &'a [f64], width: usize) -> Result<Self> {
        if width == 0 || !values.len().is_multiple_of(width) {
            let problem = format!("trees need rows of one length, found {} numbers in {width} columns", values.len());
            return Err(Error::Component(problem));
        }
        if u32::try_from(values.len() / width).is_err() || u32::try_from(width).is_err() {
            let problem = format!("trees take fewer than 2^32 rows and columns, found {} numbers", values.len());
            return Err(Error::Component(problem));
        }
        if let Some(at) = values.iter().position(|value| value.is_infinite()) {
            let (row, column) = (at / width, at % width);
            let problem = format!("trees need finite numbers, found {} in row {row}, column {column}", values[at]);
            return Err(Error::Component(problem));
        }
        Ok(Self { values, width })
    }

    /// How many rows there are.
    pub(in crate::graph::fitted::tree) const fn len(&self) -> usize {
        self.values.len() / self.width
    }

    /// How many numbers a row has.
    pub(in crate::graph::fitted::tree) const fn width(&self) -> usize {
        self.width
    }

    /// The rows in order.
    pub(in crate::graph::fitted::tree) fn iter(&self) -> impl ExactSizeIterator<Item = &'a [f64]> {
        self.values.chunks_exact(self.width)
    }

    /// All numbers, row behind row.
    pub(super) const fn values(&self) -> &'a [f64] {
        self.values
    }

    /// One column, from the first row to the last.
    pub(super) fn column(&self, column: usize) -> impl ExactSizeIterator<Item = f64> {
        self.iter().map(move |row| row[column])
    }
}

/// What rows are to be told.
#[derive(Clone, Copy, Debug)]
pub(in crate::graph::fitted::tree) enum Target<'a> {
    /// Numbers.
    Numbers {
        /// The numbers of each row, row behind row.
        values: &'a [f64],
        /// How many a row has.
        width: usize,
    },
    /// One of several classes.
    Classes {
        /// The class of each row, counted from 0.
        codes: &'a [u32],
        /// How many classes there are.
        count: usize,
    },
}

impl Target<'_> {
    /// How many numbers are predicted for a row: those of the target, or a probability a class.
    pub(in crate::graph::fitted::tree) const fn outputs(&self) -> usize {
        match self {
            Self::Numbers { width, .. } => *width,
            Self::Classes { count, .. } => *count,
        }
    }

    /// Refuses targets that do not fit the rows, and weights that are no weights.
    ///
    /// # Errors
    /// When counts differ, a number is not finite, a class is unknown, or no row counts.
    pub(super) fn check(&self, rows: &Rows<'_>, weights: &[f64]) -> Result<()> {
        let found = match self {
            Self::Numbers { values, width } => values.len() / (*width).max(1),
            Self::Classes { codes, .. } => codes.len(),
        };
        let wrong = |problem: String| Err(Error::Component(problem));
        if found != rows.len() || weights.len() != rows.len() || self.outputs() == 0 {
            return wrong(format!(
                "trees need a target and a weight for each row: found {} rows, {found} targets, {} weights",
                rows.len(),
                weights.len()
            ));
        }
        if let Some(row) = weights.iter().position(|weight| !weight.is_finite() || *weight < 0.0) {
            return wrong(format!("a weight must be a finite number from 0 on, found {} in row {row}", weights[row]));
        }
        if !weights.iter().any(|weight| *weight > 0.0) {
            return wrong(format!("trees need a row with a weight above 0, found none in {} rows", rows.len()));
        }
        match self {
            Self::Numbers { values, width } => match values.iter().position(|value| !value.is_finite()) {
                Some(at) => {
                    wrong(format!("trees need finite targets, found {} in row {}", values[at], at / (*width).max(1)))
                }
                None => Ok(()),
            },
            Self::Classes { codes, count } => match codes.iter().position(|code| *code as usize >= *count) {
                Some(row) => wrong(format!("row {row} has class {}, but there are {count} classes", codes[row])),
                None => Ok(()),
            },
        }
    }
}
