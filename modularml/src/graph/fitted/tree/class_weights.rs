//! How much rows of each class count.

use super::super::model::Rows;
use super::super::target::Target;
use crate::graph::layer::LayerBuild;
use crate::spec::{Dtype, Shares};
use crate::{Error, Result};

/// What settings say of it.
#[derive(Clone, Copy)]
pub(super) struct ClassWeights {
    /// Each class counts as much as each other.
    pub(super) balanced: bool,
    /// By class.
    pub(super) shares: Shares,
}

impl ClassWeights {
    /// Refuses weights that are not those of the classes which a layer predicts.
    ///
    /// # Errors
    /// When there are no classes, other names, or a weight is negative.
    pub(super) fn check(&self, name: &str, build: &LayerBuild) -> Result<()> {
        let weights = self.shares.pairs();
        let wrong = |problem: String| Err(Error::Component(problem));
        if weights.is_empty() && !self.balanced {
            return Ok(());
        }
        if self.balanced && !weights.is_empty() {
            return wrong(format!("{name} says balanced as well as class_weights; remove one of them"));
        }
        let Some(column) = build.target.filter(|column| matches!(column.dtype, Dtype::Class | Dtype::Bool)) else {
            return wrong(format!("{name} weighs classes, and predicts none; remove balanced and class_weights"));
        };
        if weights.is_empty() {
            return Ok(());
        }
        let classes = if column.dtype == Dtype::Bool { &["false", "true"] } else { column.classes };
        let named: Vec<&str> = weights.iter().map(|(class, _)| *class).collect();
        if classes != named {
            return wrong(format!(
                "{name} weighs the classes {named:?}, and those of `{}` are {classes:?}",
                column.key
            ));
        }
        match weights.iter().find(|(_, weight)| !weight.is_finite() || *weight < 0.0) {
            Some((class, weight)) => wrong(format!("{name} weighs `{class}` by {weight}; a weight is 0 or more")),
            None => Ok(()),
        }
    }

    /// The weight of each row, of its class and its own.
    ///
    /// # Errors
    /// When there are not as many weights as classes.
    #[allow(clippy::cast_precision_loss, reason = "counts of rows and classes are far below 2^52")]
    pub(super) fn of(&self, name: &str, rows: &Rows) -> Result<Vec<f64>> {
        let own = rows.weights.clone().unwrap_or_else(|| vec![1.0; rows.table.len()]);
        let Target::Classes { codes, count } = &rows.target else { return Ok(own) };
        let by_class: Vec<f64> = if self.balanced {
            let mut sums = vec![0.0; *count];
            for (code, weight) in codes.iter().zip(&own) {
                if let Some(sum) = sums.get_mut(*code as usize) {
                    *sum += weight;
                }
            }
            let (all, there) = (sums.iter().sum::<f64>(), sums.iter().filter(|sum| **sum > 0.0).count() as f64);
            sums.iter().map(|sum| if *sum > 0.0 { all / (there * sum) } else { 0.0 }).collect()
        } else {
            self.shares.pairs().iter().map(|(_, weight)| *weight).collect()
        };
        if by_class.is_empty() {
            return Ok(own);
        }
        if by_class.len() != *count {
            let found = by_class.len();
            return Err(Error::Component(format!("{name} has {found} weights of classes for {count} classes")));
        }
        Ok(codes.iter().zip(&own).map(|(code, weight)| by_class[*code as usize] * weight).collect())
    }
}
