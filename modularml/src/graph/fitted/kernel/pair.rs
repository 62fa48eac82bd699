//! The machine of two classes.

use super::super::table::Table;
use super::coupling::Sigmoid;
use super::effort::Effort;
use super::function::Function;
use super::products::Products;
use super::smo::{Dual, Solved};
use crate::Result;

/// How many parts the rows of two classes are in when probabilities are learned.
const FOLDS: usize = 5;

/// The rows of two classes.
pub(super) struct Pair {
    effort: Effort,
    products: Products,
    /// 1 for the first class and -1 for the second.
    signs: Vec<f64>,
    weights: Vec<f64>,
    /// How much each row may count.
    bounds: Vec<f64>,
    /// In which fold each row is.
    folds: Vec<usize>,
}

impl Pair {
    pub(super) fn of(
        effort: Effort,
        function: Function,
        table: &Table,
        (firsts, seconds): (&[usize], &[usize]),
        weights: &[f64],
    ) -> Self {
        let all: Vec<&[f64]> = table.rows().collect();
        let members = || firsts.iter().chain(seconds);
        let rows: Vec<&[f64]> = members().map(|row| all[*row]).collect();
        let weights: Vec<f64> = members().map(|row| weights[*row]).collect();
        let sign = |sign: f64, rows: &[usize]| vec![sign; rows.len()];
        Self {
            effort,
            products: Products::of(function, rows.into_iter(), table.width()),
            signs: [sign(1.0, firsts), sign(-1.0, seconds)].concat(),
            bounds: weights.iter().map(|weight| effort.most(*weight)).collect(),
            weights,
            folds: (0..firsts.len()).chain(0..seconds.len()).map(|at| at % FOLDS).collect(),
        }
    }

    /// The machine of all rows, and the sigmoid of decisions about those that machines were not fitted to.
    pub(super) fn solved(mut self) -> Result<(Solved, Sigmoid)> {
        let mut decisions = vec![0.0; self.signs.len()];
        for fold in 0..FOLDS {
            let others: Vec<usize> = (0..self.signs.len()).filter(|row| self.folds[*row] != fold).collect();
            let held_out: Vec<usize> = (0..self.signs.len()).filter(|row| self.folds[*row] == fold).collect();
            if held_out.is_empty() {
                continue;
            }
            let signs = |sign: f64| others.iter().any(|row| (self.signs[*row] - sign).abs() < 0.5);
            match (signs(1.0), signs(-1.0)) {
                (true, true) => {}
                // As libsvm: what knows one class alone decides for it.
                (first, second) => {
                    let decision = f64::from(u8::from(first)) - f64::from(u8::from(second));
                    for row in &held_out {
                        decisions[*row] = decision;
                    }
                    continue;
                }
            }
            let solved = self.machine(&others)?;
            for row in &held_out {
                decisions[*row] = -solved.offset;
            }
            for (row, alpha) in others.iter().zip(&solved.alpha).filter(|(_, alpha)| **alpha > 0.0) {
                let alike = self.products.row(*row);
                for other in &held_out {
                    decisions[*other] += alpha * self.signs[*row] * f64::from(alike[*other]);
                }
            }
        }
        let is_first: Vec<bool> = self.signs.iter().map(|sign| *sign > 0.0).collect();
        let sigmoid = Sigmoid::of(&decisions, &is_first, &self.weights);
        let all: Vec<usize> = (0..self.signs.len()).collect();
        Ok((self.machine(&all)?, sigmoid))
    }

    /// The machine of some rows.
    fn machine(&mut self, rows: &[usize]) -> Result<Solved> {
        let dual = Dual {
            rows: rows.to_vec(),
            signs: rows.iter().map(|row| self.signs[*row]).collect(),
            linear: vec![-1.0; rows.len()],
            bounds: rows.iter().map(|row| self.bounds[*row]).collect(),
        };
        self.effort.solve(&dual, &mut self.products)
    }
}
