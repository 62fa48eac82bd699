//! What fitted models predict.

use super::table::counts;
use crate::graph::kernel::device::f64s;
use crate::graph::layer::LayerBuild;
use crate::spec::{ColumnSpec, Dtype};
use crate::{Error, Result};
use candle_core::Tensor;

/// The kind of what a model predicts, which is known before there are rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) enum Kind {
    /// Nothing: it learns from its inputs alone.
    Nothing,
    /// So many numbers a row.
    Numbers(usize),
    /// One of so many classes a row.
    Classes(usize),
    /// So many bools a row, each apart from the others.
    Bools(usize),
}

impl Kind {
    /// What the column is that a layer predicts.
    pub(super) fn of(build: &LayerBuild) -> Result<Self> {
        Ok(match &build.target {
            None => Self::Nothing,
            Some(column) if column.dtype == Dtype::Class => Self::Classes(column.classes.len()),
            Some(column) if column.dtype == Dtype::Bool => Self::Bools(width(column)?),
            Some(column) => Self::Numbers(width(column)?),
        })
    }
}

/// How many numbers a column holds a row; a layer may give more than that, as of an interval.
fn width(column: &ColumnSpec) -> Result<usize> {
    column.shape.elements().filter(|count| *count > 0).ok_or_else(|| {
        Error::Component(format!("`{}` of shape {} holds no number that could be predicted", column.key, column.shape))
    })
}

/// What each row of a table is to be predicted as.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::graph) enum Target {
    /// Nothing.
    Nothing,
    /// `width` numbers a row.
    Numbers {
        /// One row after the other.
        values: Vec<f64>,
        /// How many a row has.
        width: usize,
    },
    /// The code of the class of each row.
    Classes {
        /// By row, below `count`.
        codes: Vec<u32>,
        /// How many classes there are; some may have no row.
        count: usize,
    },
}

impl Target {
    /// The targets that models are fitted to, one a model: that of all numbers, or one for each label.
    ///
    /// # Errors
    /// When there are not as many as rows, or one of a row that weighs anything is not finite, or is no class.
    pub(super) fn of(
        model: &str,
        kind: Kind,
        target: Option<&Tensor>,
        rows: usize,
        weights: Option<&[f64]>,
    ) -> Result<Vec<Self>> {
        let width = match kind {
            Kind::Nothing => return Ok(vec![Self::Nothing]),
            Kind::Numbers(width) | Kind::Bools(width) => width,
            Kind::Classes(_) => 1,
        };
        let values = target.map_or_else(|| Ok(Vec::new()), f64s)?;
        if values.len() != rows * width {
            let found = values.len() / width.max(1);
            return Err(Error::Component(format!("{model} needs as many targets as rows: found {rows} and {found}")));
        }
        let row_of = |at: usize| at / width.max(1);
        let is_wrong = |(at, value): &(usize, &f64)| !value.is_finite() && counts(weights, row_of(*at));
        if let Some((at, found)) = values.iter().enumerate().find(is_wrong) {
            let row = row_of(at);
            return Err(Error::Component(format!("{model} needs finite targets, found {found} in row {row}")));
        }
        match kind {
            Kind::Classes(count) => Ok(vec![Self::classes(model, values, count)?]),
            Kind::Bools(labels) => {
                let of_label = |label| values.iter().skip(label).step_by(labels).copied().collect();
                (0..labels).map(|label| Self::classes(model, of_label(label), 2)).collect()
            }
            Kind::Numbers(_) | Kind::Nothing => Ok(vec![Self::Numbers { values, width }]),
        }
    }

    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "what is no class is refused")]
    fn classes(model: &str, values: Vec<f64>, count: usize) -> Result<Self> {
        let codes: Vec<u32> = values.into_iter().map(|value| value as u32).collect();
        match codes.iter().find(|code| **code as usize >= count) {
            Some(code) => Err(Error::Component(format!("{model} knows the classes below {count}, found {code}"))),
            None => Ok(Self::Classes { codes, count }),
        }
    }

    /// The target without the rows at which `keep` is false.
    pub(super) fn filtered(self, keep: &[bool]) -> Self {
        match self {
            Self::Nothing => Self::Nothing,
            Self::Numbers { values, width } => {
                let kept = values.chunks_exact(width.max(1)).zip(keep).filter(|(_, keep)| **keep);
                Self::Numbers { values: kept.flat_map(|(row, _)| row).copied().collect(), width }
            }
            Self::Classes { codes, count } => {
                let kept = codes.into_iter().zip(keep).filter(|(_, keep)| **keep);
                Self::Classes { codes: kept.map(|(code, _)| code).collect(), count }
            }
        }
    }
}
