//! Naive Bayes.

use super::model::{Model, Rows, Sizes};
use super::running::Running;
use super::saved::{Entries, Saved};
use super::target::Target;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::{Error, Result};

/// The probability of each class, or of a bool, where every column is taken to tell nothing of the others within a class:
/// numbers are normally distributed, as in `GaussianNB` of scikit-learn, and a column of classes has each with a probability,
/// as in `CategoricalNB`.
///
/// log P(c | x) = log P(c) - Σⱼ (log(2π σ²ⱼ꜀) + (xⱼ - μⱼ꜀)² / σ²ⱼ꜀) / 2 + const over the numbers, with the share of the class
/// among the rows, and its means and variances, to which `smoothing` times the largest variance of a column is added. For each
/// column of classes log((n + a) / (m + a k)) is added to it, of the m rows of c and the n among them that have the same one,
/// of k, up to the last that a row has, with `added_rows` in place of a (Laplace). Rows that weigh more count as so many equal rows. Each
/// predicted class must have a row. No gradient passes.
///
/// ```
/// use modularml::graph::fitted::NaiveBayes;
///
/// let state = NaiveBayes::new();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Classes).weighing_rows().reading_classes()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct NaiveBayes {
    /// What is added to all variances, as a share of the largest variance of a column.
    #[setting(default = 1e-9, above = 0.0)]
    smoothing: f64,
    /// How many rows are added to those of each class that a column of classes holds.
    #[setting(default = 1.0, above = 0.0)]
    added_rows: f64,
}

impl BuildLayer for NaiveBayes {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(*self, &self.spec(), build)
    }
}

struct Fitted {
    /// By class, all above 0.
    priors: Vec<f64>,
    numbers: Numbers,
    categories: Vec<Category>,
}

/// The columns of numbers.
struct Numbers {
    /// Their positions among all columns.
    columns: Vec<usize>,
    /// `[classes, columns]`
    means: Vec<f64>,
    /// `[classes, columns]`, all above 0.
    variances: Vec<f64>,
    /// What squares are multiplied by.
    halves: Vec<f64>,
    /// By class, the logarithm of the density at its means.
    peaks: Vec<f64>,
}

/// A column of classes.
struct Category {
    /// Its position among all columns.
    column: usize,
    /// `[codes + 1, classes]`, all above 0: the probability of each code in a class, and of one that no row has.
    probabilities: Vec<f64>,
}

/// The weight of a row, and the class that it is of.
type Weighed = (f64, usize);

impl Numbers {
    fn new(columns: Vec<usize>, means: Vec<f64>, variances: Vec<f64>, classes: usize) -> Self {
        let log = |variance: &f64| (std::f64::consts::TAU * variance).ln() / -2.0;
        let of_class = |class: usize| variances.iter().skip(class * columns.len()).take(columns.len());
        let peaks = (0..classes).map(|class| of_class(class).map(log).sum()).collect();
        let halves = variances.iter().map(|variance| -0.5 / variance).collect();
        Self { columns, means, variances, halves, peaks }
    }

    fn of(columns: Vec<usize>, rows: &Rows, of_rows: &[Weighed], weights: &[f64], smoothing: f64) -> Result<Self> {
        let (count, width) = (columns.len(), weights.len());
        let (mut means, mut variances) = (vec![0.0; width * count], vec![0.0; width * count]);
        let each = || rows.table.rows().zip(of_rows);
        for (row, (weight, class)) in each() {
            for (mean, column) in means.iter_mut().skip(class * count).zip(&columns) {
                *mean += weight * row[*column];
            }
        }
        for (means, weight) in means.chunks_exact_mut(count.max(1)).zip(weights) {
            for mean in means {
                *mean /= weight;
            }
        }
        for (row, (weight, class)) in each() {
            let of_class = variances.iter_mut().zip(&means).skip(class * count);
            for ((variance, mean), column) in of_class.zip(&columns) {
                *variance += weight * (row[*column] - mean).powi(2);
            }
        }
        let all: f64 = weights.iter().sum();
        let mut largest = 0.0f64;
        for column in 0..count {
            let of_classes = || means.iter().skip(column).step_by(count).zip(weights);
            let mean = of_classes().map(|(mean, weight)| mean * weight).sum::<f64>() / all;
            let between: f64 = of_classes().map(|(of_class, weight)| weight * (of_class - mean).powi(2)).sum();
            let within: f64 = variances.iter().skip(column).step_by(count).sum();
            largest = largest.max((between + within) / all);
        }
        if count > 0 && !(largest > 0.0 && largest.is_finite()) {
            return Err(Error::Component(format!(
                "NaiveBayes needs a column of numbers that varies, and the largest variance of one is {largest}; scale the \
                 columns, or read others"
            )));
        }
        for (variances, weight) in variances.chunks_exact_mut(count.max(1)).zip(weights) {
            for variance in variances {
                *variance = *variance / weight + smoothing * largest;
            }
        }
        if !means.iter().chain(&variances).all(|number| number.is_finite()) {
            return Err(Error::Component(
                "NaiveBayes: the numbers are too large for their squares; scale the columns".to_owned(),
            ));
        }
        // Where smoothing is too small for its numbers a constant column says nothing.
        let variances = variances.into_iter().map(|variance: f64| variance.max(f64::MIN_POSITIVE)).collect();
        Ok(Self::new(columns, means, variances, width))
    }

    /// The logarithm of the density of a row in a class.
    fn log(&self, row: &[f64], class: usize) -> f64 {
        let of_class = self.means.iter().zip(&self.halves).skip(class * self.columns.len());
        let terms = self.columns.iter().zip(of_class).map(|(column, (mean, half))| {
            let apart = row.get(*column).map_or(0.0, |x| x - mean);
            apart * apart * half
        });
        self.peaks.get(class).map_or(0.0, |peak| peak + terms.sum::<f64>())
    }
}

impl Category {
    fn of(column: usize, rows: &Rows, of_rows: &[Weighed], weights: &[f64], added: f64) -> Result<Self> {
        let classes = weights.len();
        let codes = || rows.table.rows().map(|row| code(row[column]));
        let count = codes().max().map_or(0, |code| code.saturating_add(1));
        let sizes = count.checked_add(1).and_then(|rows| rows.checked_mul(classes)).filter(|_| count < MOST_CODES);
        let Some(size) = sizes else {
            let found = count - 1;
            return Err(Error::Component(format!("NaiveBayes reads classes below {MOST_CODES}, found {found}")));
        };
        let mut probabilities = vec![0.0; size];
        for (code, (weight, class)) in codes().zip(of_rows) {
            probabilities[code * classes + class] += weight;
        }
        #[allow(clippy::cast_precision_loss, reason = "counts of classes are far below 2^53")]
        let alike = added * count as f64;
        for of_code in probabilities.chunks_exact_mut(classes.max(1)) {
            for (probability, weight) in of_code.iter_mut().zip(weights) {
                *probability = (*probability + added) / (weight + alike);
            }
        }
        Ok(Self { column, probabilities })
    }

    /// The logarithm of the probability in a class of what a row has.
    fn log(&self, row: &[f64], class: usize, classes: usize) -> f64 {
        let unknown = (self.probabilities.len() / classes.max(1)).saturating_sub(1);
        let code = row.get(self.column).map_or(unknown, |number| code(*number).min(unknown));
        self.probabilities.get(code * classes + class).map_or(0.0, |probability| probability.ln())
    }
}

/// A column of classes has fewer than so many.
const MOST_CODES: usize = 1 << 24;

/// The code of a class; what is none is one that no row has.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes were whole numbers of 32 bits")]
fn code(number: f64) -> usize {
    number as usize
}

impl Model for Fitted {
    type Settings = NaiveBayes;

    const NAME: &'static str = "NaiveBayes";

    fn fit(settings: &NaiveBayes, rows: Rows) -> Result<Self> {
        let Target::Classes { codes, count } = &rows.target else {
            return Err(Error::Component("NaiveBayes predicts classes".to_owned()));
        };
        let weight = |row: usize| rows.weights.as_ref().and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
        let of_rows: Vec<Weighed> = codes.iter().enumerate().map(|(at, code)| (weight(at), *code as usize)).collect();
        let mut weights = vec![0.0; *count];
        for (weight, class) in &of_rows {
            weights[*class] += weight;
        }
        if let Some(class) = weights.iter().position(|weight| *weight <= 0.0) {
            return Err(Error::Component(format!(
                "NaiveBayes has no row of class {class} of {count} to be fitted to; split the rows so that each class is \
                 in the fitted ones (.stratify_by(..)), or leave the class out of the column"
            )));
        }
        let (categories, columns): (Vec<usize>, Vec<usize>) =
            (0..rows.table.width()).partition(|&column| rows.table.categories().get(column).is_some_and(|is| *is));
        let numbers = Numbers::of(columns, &rows, &of_rows, &weights, settings.smoothing)?;
        let category = |column| Category::of(column, &rows, &of_rows, &weights, settings.added_rows);
        let categories = categories.into_iter().map(category).collect::<Result<_>>()?;
        let all: f64 = weights.iter().sum();
        let priors = weights.into_iter().map(|weight| weight / all).collect();
        Ok(Self { priors, numbers, categories })
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        let classes = self.priors.len();
        for (class, (output, prior)) in outputs.iter_mut().zip(&self.priors).enumerate() {
            let of_categories = self.categories.iter().map(|category| category.log(row, class, classes));
            *output = prior.ln() + self.numbers.log(row, class) + of_categories.sum::<f64>();
        }
        let largest = outputs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if !largest.is_finite() {
            // So far from all classes that none of them can be told from the others.
            outputs.copy_from_slice(&self.priors);
            return;
        }
        for output in outputs.iter_mut() {
            *output = (*output - largest).exp();
        }
        let sum: f64 = outputs.iter().sum();
        for output in outputs {
            *output /= sum;
        }
    }

    fn save(&self) -> Entries {
        let (classes, columns) = (self.priors.len(), self.numbers.columns.len());
        // Of each column how many codes rows have of it, and of what can be none; 0 of numbers.
        let mut codes = vec![0; columns + self.categories.len()];
        let mut probabilities = Vec::new();
        for category in &self.categories {
            if let Some(codes) = codes.get_mut(category.column) {
                *codes = u32::try_from(category.probabilities.len() / classes.max(1)).unwrap_or(u32::MAX);
            }
            probabilities.extend(&category.probabilities);
        }
        let entries = Entries::default().numbers("priors", &[classes], &self.priors);
        let entries = entries.numbers("means", &[classes, columns], &self.numbers.means);
        let entries = entries.numbers("variances", &[classes, columns], &self.numbers.variances);
        let entries = entries.codes("codes", &[codes.len()], &codes);
        entries.numbers("probabilities", &[probabilities.len() / classes.max(1), classes], &probabilities)
    }

    fn load(_: &NaiveBayes, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let classes = sizes.outputs;
        let codes = saved.codes("codes", &[sizes.inputs], MOST_CODES + 2)?;
        let all: usize = codes.iter().map(|codes| *codes as usize).sum();
        let probabilities = saved.positive("probabilities", &[all, classes])?;
        let (mut columns, mut categories, mut rest) = (Vec::new(), Vec::new(), probabilities.as_slice());
        for (column, codes) in codes.into_iter().enumerate() {
            match rest.split_at_checked(codes as usize * classes) {
                _ if codes == 0 => columns.push(column),
                Some((of_column, behind)) => {
                    categories.push(Category { column, probabilities: of_column.to_vec() });
                    rest = behind;
                }
                None => return Err(Error::State("`probabilities` has fewer rows than `codes` says".to_owned())),
            }
        }
        let shape = [classes, columns.len()];
        let means = saved.numbers("means", &shape)?;
        let variances = saved.positive("variances", &shape)?;
        Ok(Self {
            priors: saved.positive("priors", &[classes])?,
            numbers: Numbers::new(columns, means, variances, classes),
            categories,
        })
    }
}
