//! Accuracy among several guesses.

use super::batch::{Batch, is_undefined};
use super::running::{Accumulate, Running};
use super::{Measure, Measurement};
use crate::spec::{Agreement, Slot, Takes};
use crate::{Error, Result};

/// The share of rows whose right class is among the `k` classes with the highest scores; among equal scores the later
/// class comes first, as in scikit-learn's `top_k_accuracy_score`.
///
/// ```
/// use modularml::experiment::metric::TopKAccuracy;
///
/// let metric = TopKAccuracy::k(5);
/// ```
#[derive(crate::Metric, Clone, Copy, Debug, PartialEq)]
#[spec(inputs = &INPUTS, agreement = Agreement::OnePerClass, higher_is_better = true, weighs_rows = true)]
pub struct TopKAccuracy {
    /// How many classes may be guessed.
    #[setting(first, at_least = 1)]
    k: usize,
}

const INPUTS: [Slot; 2] =
    [Slot { name: "prediction", takes: Takes::Output }, Slot { name: "target", takes: Takes::Classes }];

impl Measure for TopKAccuracy {
    fn start(&self) -> Box<dyn Measurement> {
        Box::new(Running(Count { k: self.k, right: 0.0, weight: 0.0 }))
    }
}

struct Count {
    k: usize,
    right: f64,
    weight: f64,
}

impl Accumulate for Count {
    fn take(&mut self, batch: &Batch) -> Result<()> {
        for ((scores, class), weight) in batch.scores()?.zip(batch.classes()?).zip(batch.weights()) {
            let Some(&score) = scores.get(class).filter(|_| scores.len() > 1) else {
                let known = scores.len();
                return Err(Error::Component(format!("a row is of class {class}, but there are {known} scores a row")));
            };
            if is_undefined(scores) {
                self.right = f64::NAN;
            }
            let before = |(other, &rival): (usize, &f64)| rival > score || (other > class && rival >= score);
            if scores.iter().enumerate().filter(|rival| before(*rival)).count() < self.k {
                self.right += weight;
            }
            self.weight += weight;
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        self.right / self.weight
    }
}
