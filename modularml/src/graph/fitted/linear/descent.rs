//! Linear regression with a penalty on absolute weights, by coordinate descent.

use super::super::model::Rows;
use super::centered::Centered;
use super::map::Map;
use crate::graph::kernel::{Matrix, MatrixMut, multiply, sum_of, sum_of_pairs, vectorized};
use crate::{Error, Result};

/// What is minimised, and how exactly.
#[derive(Clone, Copy, Debug)]
pub(super) struct Descent {
    /// The name of the model, for errors.
    pub(super) model: &'static str,
    pub(super) penalty: f64,
    /// The share of the penalty that is on absolute weights; the rest is on half of the squared ones.
    pub(super) ratio: f64,
    pub(super) rounds: usize,
    pub(super) tolerance: f64,
    pub(super) is_positive: bool,
    pub(super) has_bias: bool,
}

impl Descent {
    /// The map of one output.
    ///
    /// # Errors
    /// When the rounds are used up before the duality gap is below the tolerance.
    pub(super) fn fit(&self, rows: Rows) -> Result<Map> {
        let count = match &rows.weights {
            Some(weights) => weights.iter().sum(),
            #[allow(clippy::cast_precision_loss, reason = "fewer rows than 2^53")]
            None => rows.table.len() as f64,
        };
        let mut rows = Centered::of(self.model, rows, self.has_bias)?;
        let y = std::mem::take(&mut rows.y);
        let (absolute, squared) = (self.penalty * self.ratio * count, self.penalty * (1.0 - self.ratio) * count);
        let weight = self.weight(&rows.x, y, rows.inputs, (absolute, squared))?;
        rows.y = Vec::new();
        Ok(Map { bias: rows.bias(&weight), weight })
    }

    fn weight(&self, x: &[f64], y: Vec<f64>, inputs: usize, (absolute, squared): (f64, f64)) -> Result<Vec<f64>> {
        let of_y = vectorized!(|| sum_of(&y, |y: f64| y * y));
        let mut rest = if x.len() / inputs.max(1) < inputs {
            Rest::of_rows(x, y, inputs)
        } else {
            Rest::of_products(x, &y, inputs, of_y)?
        };
        let mut weight = vec![0.0; inputs];
        let lengths: Vec<f64> = (0..inputs).map(|at| rest.square(at)).collect();
        let mut gap = f64::INFINITY;
        for round in 0..self.rounds {
            let (mut largest, mut change) = (0.0f64, 0.0f64);
            for (at, square) in lengths.iter().enumerate() {
                // A column of one value has no part in it.
                if *square == 0.0 {
                    continue;
                }
                let before = weight[at];
                let pull = rest.pull(at) + square * before;
                let shrunk = if self.is_positive { pull - absolute } else { pull.signum() * (pull.abs() - absolute) };
                let is_in = if self.is_positive { pull > absolute } else { pull.abs() > absolute };
                let after = if is_in { shrunk / (square + squared) } else { 0.0 };
                if after.to_bits() != before.to_bits() {
                    rest.change(at, after - before);
                    weight[at] = after;
                }
                change = change.max((after - before).abs());
                largest = largest.max(after.abs());
            }
            // What changes by more than that is not near its end, and the gap takes as long as a round.
            if largest == 0.0 || change <= largest * self.tolerance || round + 1 == self.rounds {
                gap = self.gap(&rest, &weight, (absolute, squared));
                if gap <= self.tolerance * of_y {
                    return Ok(weight);
                }
            }
        }
        Err(Error::Component(format!(
            "{} has not converged in {} rounds: its duality gap is {:e} of the sum of squares, {:e} is wanted; scale the \
             features, raise the penalty, or raise .rounds(..) or .tolerance(..)",
            self.model,
            self.rounds,
            gap / of_y,
            self.tolerance
        )))
    }

    /// How far the objective is at most above its least (Kim et al., 2007).
    fn gap(&self, rest: &Rest, weight: &[f64], (absolute, squared): (f64, f64)) -> f64 {
        let (of_rest, with_y) = rest.squares(weight);
        let mut steepest = 0.0f64;
        for (at, weight) in weight.iter().enumerate() {
            let pull = rest.pull(at) - squared * weight;
            steepest = steepest.max(if self.is_positive { pull } else { pull.abs() });
        }
        let scale = if steepest > absolute { absolute / steepest } else { 1.0 };
        let of_weight: f64 = weight.iter().map(|weight| weight * weight).sum();
        let sum: f64 = weight.iter().map(|weight| weight.abs()).sum();
        0.5 * of_rest * (1.0 + scale * scale) - scale * with_y
            + absolute * sum
            + 0.5 * squared * (1.0 + scale * scale) * of_weight
    }
}

/// What the weights leave of y: as it is, or as its products with the columns where these are not more than the rows.
enum Rest {
    Rows {
        /// X, one column after the other.
        columns: Vec<f64>,
        y: Vec<f64>,
        /// y - X w
        rest: Vec<f64>,
    },
    Products {
        /// `XᵀX`
        products: Vec<f64>,
        /// `Xᵀy`
        with_y: Vec<f64>,
        /// `yᵀy`
        of_y: f64,
        /// Xᵀ(y - X w)
        rest: Vec<f64>,
    },
}

impl Rest {
    fn of_rows(x: &[f64], y: Vec<f64>, inputs: usize) -> Self {
        let columns = (0..inputs).flat_map(|at| x.iter().skip(at).step_by(inputs).copied()).collect();
        Self::Rows { columns, rest: y.clone(), y }
    }

    fn of_products(x: &[f64], y: &[f64], inputs: usize, of_y: f64) -> Result<Self> {
        let x = Matrix::new(x, y.len(), inputs)?;
        let mut products = vec![0.0; inputs * inputs];
        multiply(MatrixMut::new(&mut products, inputs, inputs)?, false, x.t(), x)?;
        let mut with_y = vec![0.0; inputs];
        multiply(MatrixMut::new(&mut with_y, 1, inputs)?, false, Matrix::new(y, 1, y.len())?, x)?;
        Ok(Self::Products { products, of_y, rest: with_y.clone(), with_y })
    }

    /// The squared length of a column.
    fn square(&self, at: usize) -> f64 {
        match self {
            Self::Rows { columns, rest, .. } => {
                let column = &columns[at * rest.len()..(at + 1) * rest.len()];
                vectorized!(|| sum_of(column, |x: f64| x * x))
            }
            Self::Products { products, rest, .. } => products[at * rest.len() + at],
        }
    }

    /// The product of a column with what is left.
    fn pull(&self, at: usize) -> f64 {
        match self {
            Self::Rows { columns, rest, .. } => {
                let column = &columns[at * rest.len()..(at + 1) * rest.len()];
                vectorized!(|| sum_of_pairs(column, rest, |x: f64, rest| x * rest))
            }
            Self::Products { rest, .. } => rest[at],
        }
    }

    /// Adds to the weight of a column.
    fn change(&mut self, at: usize, change: f64) {
        let (rest, from) = match self {
            Self::Rows { columns, rest, .. } => (rest, columns),
            Self::Products { products, rest, .. } => (rest, products),
        };
        let from = &from[at * rest.len()..(at + 1) * rest.len()];
        vectorized!(|| rest.iter_mut().zip(from).for_each(|(rest, x)| *rest -= change * x));
    }

    /// The squared length of what is left, and its product with y.
    fn squares(&self, weight: &[f64]) -> (f64, f64) {
        match self {
            Self::Rows { y, rest, .. } => vectorized!(|| {
                (sum_of(rest, |rest: f64| rest * rest), sum_of_pairs(rest, y, |rest: f64, y| rest * y))
            }),
            Self::Products { with_y, of_y, rest, .. } => {
                let product = |numbers: &[f64]| weight.iter().zip(numbers).map(|(w, number)| w * number).sum::<f64>();
                let with_y = of_y - product(with_y);
                (with_y - product(rest), with_y)
            }
        }
    }
}
