//! Metrics that compare numbers with numbers.

use candle_core::{DType, Tensor};

use super::{Measurement, MetricSpec};
use crate::experiment::loss::{Agreement, Slot, Takes};
use crate::settings::Settings;
use crate::{Error, Result};

const INPUTS: &[Slot] =
    &[Slot { name: "prediction", takes: Takes::Output }, Slot { name: "target", takes: Takes::Numbers }];

/// Root mean squared error, in the unit of the target: sqrt(mean((prediction - target)²)) over all rows; with several
/// numbers a row, the mean of the errors of each, as scikit-learn's `root_mean_squared_error`.
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Rmse;

impl Rmse {
    /// The metric with its type erased.
    #[must_use]
    pub const fn spec(self) -> MetricSpec {
        spec("Rmse", false, true, |_| Box::new(Compared::new(|sums| (sums.squares / sums.rows).sqrt())))
    }
}

/// Mean absolute error, in the unit of the target: mean(|prediction - target|) over all rows and numbers.
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Mae;

impl Mae {
    /// The metric with its type erased.
    #[must_use]
    pub const fn spec(self) -> MetricSpec {
        spec("Mae", false, true, |_| Box::new(Compared::new(|sums| sums.absolutes / sums.rows)))
    }
}

/// Coefficient of determination: 1 - sum((prediction - target)²) / sum((target - mean(target))²) over all rows; with
/// several numbers a row, the mean over them, as scikit-learn's `r2_score`. Where the target never changes it is 1 for
/// a perfect prediction and 0 otherwise; with fewer than two rows it is not defined.
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct R2;

impl R2 {
    /// The metric with its type erased.
    #[must_use]
    pub const fn spec(self) -> MetricSpec {
        spec("R2", true, false, |_| Box::new(Compared::new(r2)))
    }
}

fn r2(sums: &Sums) -> f64 {
    if sums.rows < 2.0 {
        f64::NAN
    } else if sums.spread == 0.0 {
        if sums.squares == 0.0 { 1.0 } else { 0.0 }
    } else {
        1.0 - sums.squares / sums.spread
    }
}

const fn spec(
    name: &'static str,
    higher_is_better: bool,
    has_unit: bool,
    start: fn(&Settings) -> Box<dyn Measurement>,
) -> MetricSpec {
    let agreement = Agreement::Equal(&[(0, 1)]);
    MetricSpec { name, settings: Settings::NONE, inputs: INPUTS, agreement, higher_is_better, has_unit, start }
}

macro_rules! into_spec {
    ($($metric:ident),*) => {$(
        impl From<$metric> for MetricSpec {
            fn from(metric: $metric) -> Self {
                metric.spec()
            }
        }
    )*};
}

into_spec!(Rmse, Mae, R2);

/// A measurement from sums over rows, kept for each number of a row.
struct Compared {
    value: fn(&Sums) -> f64,
    columns: Vec<Sums>,
}

#[derive(Clone, Default)]
struct Sums {
    rows: f64,
    /// Of the squared errors.
    squares: f64,
    /// Of the absolute errors.
    absolutes: f64,
    /// The mean of the targets.
    mean: f64,
    /// Of the squared distances of the targets from their mean.
    spread: f64,
}

impl Sums {
    /// Mean and spread after Welford (1962), which does not cancel where the mean is large.
    fn add(&mut self, prediction: f64, target: f64) {
        let error = prediction - target;
        self.rows += 1.0;
        self.squares += error * error;
        self.absolutes += error.abs();
        let before = target - self.mean;
        self.mean += before / self.rows;
        self.spread += before * (target - self.mean);
    }
}

impl Compared {
    fn new(value: fn(&Sums) -> f64) -> Self {
        Self { value, columns: Vec::new() }
    }
}

impl Measurement for Compared {
    fn add(&mut self, inputs: &[Tensor]) -> Result<()> {
        let [prediction, target] = inputs else {
            return Err(Error::Component(format!(
                "a prediction and a target are needed, found {} inputs",
                inputs.len()
            )));
        };
        if prediction.dims() != target.dims() || prediction.rank() == 0 {
            return Err(Error::Component(format!(
                "the prediction has shape {:?}, the target {:?}; they must be equal and start with the rows",
                prediction.dims(),
                target.dims()
            )));
        }
        let rows = prediction.dim(0)?;
        if rows == 0 {
            return Ok(());
        }
        let width = prediction.elem_count() / rows;
        if self.columns.is_empty() {
            self.columns = vec![Sums::default(); width];
        }
        if self.columns.len() != width {
            return Err(Error::Component(format!(
                "earlier rows had {} numbers, these have {width}",
                self.columns.len()
            )));
        }
        let [prediction, target] = [numbers(prediction)?, numbers(target)?];
        for (prediction, target) in prediction.chunks_exact(width.max(1)).zip(target.chunks_exact(width.max(1))) {
            for (sums, (&prediction, &target)) in self.columns.iter_mut().zip(prediction.iter().zip(target)) {
                sums.add(prediction, target);
            }
        }
        Ok(())
    }

    fn value(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "the numbers of a row are far below 2^52")]
        let count = self.columns.len() as f64;
        self.columns.iter().map(self.value).sum::<f64>() / count
    }
}

fn numbers(batch: &Tensor) -> candle_core::Result<Vec<f64>> {
    batch.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}
