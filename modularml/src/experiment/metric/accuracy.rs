//! Accuracy.

use candle_core::{D, DType, Tensor};

use super::{Measurement, MetricSpec};
use crate::experiment::loss::{Agreement, Slot, Takes};
use crate::settings::Settings;
use crate::{Error, Result};

/// The share of rows whose class is predicted right. A prediction is one score a class, of which the largest counts,
/// or the number of a class, as [`ArgMax`](crate::graph::ArgMax) gives it.
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Accuracy;

impl Accuracy {
    /// The metric with its type erased.
    #[must_use]
    pub const fn spec(self) -> MetricSpec {
        const INPUTS: &[Slot] =
            &[Slot { name: "prediction", takes: Takes::Output }, Slot { name: "target", takes: Takes::Classes }];
        MetricSpec {
            name: "Accuracy",
            settings: Settings::NONE,
            inputs: INPUTS,
            agreement: Agreement::OnePerClass,
            higher_is_better: true,
            has_unit: false,
            start: |_| Box::new(Count::default()),
        }
    }
}

impl From<Accuracy> for MetricSpec {
    fn from(accuracy: Accuracy) -> Self {
        accuracy.spec()
    }
}

#[derive(Default)]
struct Count {
    right: usize,
    rows: usize,
}

impl Measurement for Count {
    fn add(&mut self, inputs: &[Tensor]) -> Result<()> {
        let [prediction, target] = inputs else {
            return Err(Error::Component(format!(
                "a prediction and a target are needed, found {} inputs",
                inputs.len()
            )));
        };
        let rows = target.elem_count();
        let predicted = match prediction.rank() {
            2 => prediction.argmax(D::Minus1)?,
            _ => prediction.clone(),
        };
        if target.rank() != 1 || predicted.dims() != target.dims() {
            return Err(Error::Component(format!(
                "a prediction is [rows, classes] or [rows] and its target [rows], found {:?} and {:?}",
                prediction.dims(),
                target.dims()
            )));
        }
        let [predicted, target] = [predicted, target.clone()].map(|classes| classes.to_dtype(DType::F64));
        let (predicted, target) = (predicted?.to_vec1::<f64>()?, target?.to_vec1::<f64>()?);
        #[allow(clippy::float_cmp, reason = "class numbers are whole")]
        let right = predicted.iter().zip(&target).filter(|(predicted, target)| predicted == target).count();
        self.right += right;
        self.rows += rows;
        Ok(())
    }

    #[allow(clippy::cast_precision_loss, reason = "row counts are far below 2^52")]
    fn value(&self) -> f64 {
        self.right as f64 / self.rows as f64
    }
}
