//! Logistic regression.

use super::super::classes::{Classes, balance};
use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::super::target::Target;
use super::likelihood::{Likelihood, found, probabilities};
use super::map::Map;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::onnx::{OnnxAttribute, OnnxGraph, OnnxValue};
use crate::{Error, Result};

/// The probability of each class, or of a bool, by a linear map and a softmax, fitted to all rows at once in a fit phase.
///
/// It minimises - Σ log p + penalty |W|² / 2 over rows, with p = softmax(W x + b); biases are not penalised. Two classes,
/// and a bool, have one map: p = 1 / (1 + exp(-(w x + b))) of the second one. As scikit-learn's `LogisticRegression`, where
/// **C = 1 / penalty**. The least is found in `f64` by Newton's method, with more than 400 parameters by L-BFGS, over
/// features that are scaled inside, until no derivative is above `tolerance` times the number of rows; when the rounds do
/// not suffice, the phase ends with an error.
///
/// A class without a row gets probability 0; rows of one class alone are refused, and so is penalty 0 where a map separates
/// the classes, since no weights are the best then. Several bools have a fit each. Several inputs stand side by side. Rows
/// that weigh more count as so many equal rows. No gradient passes. Measure it by `LogLoss`, `Brier` or `Accuracy`, which
/// take probabilities.
///
/// ```
/// use modularml::layers::LogisticRegression;
///
/// let state = LogisticRegression::penalty(1.0);
/// let rare_classes_count = LogisticRegression::penalty(1.0).balanced();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Classes).weighing_rows()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct LogisticRegression {
    /// The weight of half the sum of squared weights against the sum of the losses of rows: 1 / C.
    #[setting(first, at_least = 0.0)]
    penalty: f64,
    /// Whether classes count alike, however many rows they have: rows of class c weigh `n / (classes n_c)` times as much,
    /// as with scikit-learn's `class_weight="balanced"`.
    #[setting(default = false)]
    balanced: bool,
    /// The most rounds.
    #[setting(default = 1000, at_least = 1)]
    rounds: usize,
    /// How large a derivative may be in the end, as a share of what the rows weigh, by features of deviation 1.
    #[setting(default = 1e-8, above = 0.0)]
    tolerance: f64,
    /// Whether the map goes through 0: W x instead of W x + b.
    #[setting(default = false)]
    no_bias: bool,
}

impl BuildLayer for LogisticRegression {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(*self, &self.spec(), build)
    }
}

struct Fitted {
    classes: Classes,
    /// One map for two classes, otherwise one for each.
    map: Map,
}

impl Model for Fitted {
    type Settings = LogisticRegression;

    const NAME: &'static str = "LogisticRegression";

    fn fit(settings: &LogisticRegression, rows: Rows) -> Result<Self> {
        let Target::Classes { codes, count } = &rows.target else {
            return Err(Error::Component(format!("{} predicts classes", Self::NAME)));
        };
        let (classes, codes) = Classes::of(Self::NAME, codes, *count)?;
        let mut weights = rows.weights.unwrap_or_else(|| vec![1.0; codes.len()]);
        if settings.balanced {
            balance(&mut weights, &codes, classes.len());
        }
        let (width, has_bias) = (rows.table.width(), !settings.no_bias);
        let scaled = Scaled::of(rows.table.numbers(), width, has_bias);
        let penalty = scaled.penalty(settings.penalty);
        let maps = if classes.len() == 2 { 1 } else { classes.len() };
        let likelihood = Likelihood { x: scaled.x, width: penalty.len(), codes, weights, penalty, maps };
        let best = likelihood.best(settings.rounds, settings.tolerance)?;
        let best = found(Self::NAME, best, settings.rounds, settings.tolerance)?;
        if settings.penalty == 0.0 && likelihood.separates(&best) {
            return Err(Error::Component(format!(
                "{} finds classes that a linear map separates without an error, so that without a penalty no weights are \
                 the best; raise the penalty",
                Self::NAME
            )));
        }
        let (mut weight, mut bias) = (Vec::with_capacity(maps * width), Vec::with_capacity(maps));
        for map in best.chunks_exact(likelihood.width) {
            let (map, at_zero) = map.split_at(width);
            let mut carried = at_zero.first().copied().unwrap_or(0.0);
            for ((w, mean), deviation) in map.iter().zip(&scaled.means).zip(&scaled.deviations) {
                weight.push(w / deviation);
                carried -= w / deviation * mean;
            }
            bias.push(carried);
        }
        Ok(Self { classes, map: Map { weight, bias } })
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        if self.classes.len() == outputs.len() && outputs.len() > 2 {
            self.map.apply(row, outputs);
            probabilities(outputs);
            return;
        }
        let mut scores = vec![0.0; self.map.bias.len()];
        self.map.apply(row, &mut scores);
        probabilities(&mut scores);
        match scores.as_slice() {
            [share] => self.classes.spread(&[1.0 - share, *share], outputs),
            shares => self.classes.spread(shares, outputs),
        }
    }

    fn onnx(&self, graph: &mut OnnxGraph, rows: &OnnxValue, outputs: usize) -> Result<OnnxValue> {
        let scores = self.map.onnx(graph, rows);
        let shares = if self.map.bias.len() == 1 {
            let share = graph.unary("Sigmoid", &scores);
            let other = graph.unary("Neg", &share);
            let other = graph.with_number("Add", &other, 1.0);
            graph.concat(&[&other, &share], 0)
        } else {
            graph.unary_with("Softmax", &scores, &[("axis", OnnxAttribute::Int(-1))])
        };
        let places = graph.numbers(&self.classes.places(outputs), &[self.classes.len(), outputs]);
        Ok(graph.matmul(&shares, &places))
    }

    fn save(&self) -> Entries {
        self.classes.save(self.map.save())
    }

    fn load(_: &LogisticRegression, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let classes = Classes::load(saved, sizes.outputs)?;
        let outputs = if classes.len() == 2 { 1 } else { classes.len() };
        Ok(Self { classes, map: Map::load(Sizes { outputs, ..sizes }, saved)? })
    }
}

/// Columns of deviation 1 and, with a bias, of mean 0, and a column of ones behind them.
struct Scaled {
    x: Vec<f64>,
    means: Vec<f64>,
    deviations: Vec<f64>,
    /// Whether the column had one value.
    is_constant: Vec<bool>,
    has_bias: bool,
}

impl Scaled {
    #[allow(clippy::cast_precision_loss, reason = "fewer rows than 2^53")]
    fn of(numbers: &[f64], width: usize, has_bias: bool) -> Self {
        let rows = (numbers.len() / width) as f64;
        let (mut means, mut squares) = (vec![0.0; width], vec![0.0; width]);
        if has_bias {
            for row in numbers.chunks_exact(width) {
                means.iter_mut().zip(row).for_each(|(mean, x)| *mean += x / rows);
            }
        }
        for row in numbers.chunks_exact(width) {
            for ((square, x), mean) in squares.iter_mut().zip(row).zip(&means) {
                *square += (x - mean) * (x - mean) / rows;
            }
        }
        // What rounding leaves of a column of one value is no deviation.
        let is_constant: Vec<bool> =
            squares.iter().zip(&means).map(|(square, mean)| square.sqrt() <= mean.abs() * 1e-14).collect();
        let deviation = |(square, is_constant): (&f64, &bool)| if *is_constant { 1.0 } else { square.sqrt() };
        let deviations: Vec<f64> = squares.iter().zip(&is_constant).map(deviation).collect();
        let mut x = Vec::with_capacity(numbers.len() + if has_bias { numbers.len() / width } else { 0 });
        for row in numbers.chunks_exact(width) {
            let columns = row.iter().zip(&means).zip(deviations.iter().zip(&is_constant));
            x.extend(columns.map(
                |((x, mean), (deviation, is_constant))| {
                    if *is_constant { 0.0 } else { (x - mean) / deviation }
                },
            ));
            if has_bias {
                x.push(1.0);
            }
        }
        Self { x, means, deviations, is_constant, has_bias }
    }

    /// What the penalty is on the weights of these columns.
    fn penalty(&self, penalty: f64) -> Vec<f64> {
        let of = |(deviation, is_constant): (&f64, &bool)| {
            // Any penalty keeps the weight of such a column at 0.
            if *is_constant { 1.0 } else { penalty / (deviation * deviation) }
        };
        let bias = self.has_bias.then_some(0.0);
        self.deviations.iter().zip(&self.is_constant).map(of).chain(bias).collect()
    }
}
