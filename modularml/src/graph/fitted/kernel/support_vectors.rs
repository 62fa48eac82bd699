//! Support vector machines.

use super::super::classes::{Classes, balance};
use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::super::table::Table;
use super::super::target::Target;
use super::coupling::{Sigmoid, couple};
use super::effort::Effort;
use super::function::{Function, Kernel};
use super::pair::Pair;
use super::products::Products;
use super::smo::{Dual, Solved};
use crate::graph::kernel::vectorized;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::{Error, Result};

/// A support vector machine, fitted to all rows at once in a fit phase: of classes and bools the probability of each, of
/// numbers a regression that overlooks errors up to `epsilon`.
///
/// It is as libsvm and scikit-learn's `SVC` and `SVR`: the dual problem is solved two variables at a time until the conditions
/// of the least hold up to `tolerance`; with more than two classes there is a machine for each pair. What a machine decides
/// becomes a probability by a sigmoid (Platt, 1999) of decisions about rows that it was not fitted to: each class is dealt
/// to five folds in the order of its rows, with the same bits at each run. Those of pairs are coupled to one a class (Wu, Lin
/// and Weng, 2004). A class without a row gets probability 0; rows of one class alone are refused.
///
/// The time grows with the square of the rows and more: up to some ten thousand are no trouble. Features should be scaled.
/// Several numbers or bools have a machine each. Several inputs stand side by side. The weights of rows multiply `cost`. No
/// gradient passes.
///
/// ```
/// use modularml::layers::{Kernel, SupportVectors};
///
/// let state = SupportVectors::cost(1.0);
/// let soh = SupportVectors::cost(10.0).epsilon(0.01).gamma(0.5);
/// let linear = SupportVectors::cost(1.0).kernel(Kernel::Linear);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::NumbersOrClasses).weighing_rows()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct SupportVectors {
    /// What an error costs against half the squared weights; C.
    #[setting(first, above = 0.0)]
    cost: f64,
    /// Up to which error a prediction of numbers counts as right; 0.1 when left out.
    #[setting(default = None, at_least = 0.0)]
    epsilon: Option<f64>,
    /// How alike two rows are.
    #[setting(default = Kernel::Rbf)]
    kernel: Kernel,
    /// How fast rows become unlike, in `Rbf`, and the factor of the product in `Polynomial`; 1 / (features · variance of all
    /// numbers) when left out, as scikit-learn's `gamma="scale"`.
    #[setting(default = None, above = 0.0)]
    gamma: Option<f64>,
    /// The power in `Polynomial`; 3 when left out.
    #[setting(default = None, at_least = 1, at_most = 64)]
    degree: Option<usize>,
    /// What is added to the product in `Polynomial`; 0 when left out.
    #[setting(default = None, at_least = 0.0)]
    offset: Option<f64>,
    /// Whether classes count alike, however many rows they have: rows of class c weigh `n / (classes n_c)` times as much,
    /// as with scikit-learn's `class_weight="balanced"`.
    #[setting(default = false)]
    balanced: bool,
    /// How far the conditions of the least may be missed.
    #[setting(default = 1e-3, above = 0.0)]
    tolerance: f64,
}

impl BuildLayer for SupportVectors {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(*self, &self.spec(), build)
    }
}

impl SupportVectors {
    fn function(&self, gamma: f64) -> Function {
        let degree = self.degree.and_then(|degree| i32::try_from(degree).ok()).unwrap_or(3);
        Function { kernel: self.kernel, gamma, offset: self.offset.unwrap_or(0.0), degree }
    }

    /// What `gamma` is with a table.
    #[allow(clippy::cast_precision_loss, reason = "a count of numbers")]
    fn gamma_of(&self, table: &Table) -> f64 {
        if let Some(gamma) = self.gamma {
            return gamma;
        }
        let (numbers, count) = (table.numbers(), table.numbers().len() as f64);
        let mean = numbers.iter().sum::<f64>() / count;
        let variance = numbers.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / count;
        // Rows that are all the same are as alike with any gamma.
        if variance > 0.0 { 1.0 / (table.width() as f64 * variance) } else { 1.0 }
    }

    const fn effort(&self) -> Effort {
        Effort { cost: self.cost, tolerance: self.tolerance }
    }
}

/// The vectors, and what is made of how alike a row is to each.
struct Fitted {
    function: Function,
    /// `[vectors, inputs]`, those of a class after each other.
    vectors: Vec<f64>,
    /// Of numbers one for each vector; of classes `[classes - 1, vectors]`: for each pair one for each vector of both, that of
    /// a class at the place of the other, its own left out.
    coefficients: Vec<f64>,
    /// What is taken off: one, or one for each pair.
    offsets: Vec<f64>,
    /// None of numbers.
    pairs: Option<Pairs>,
}

struct Pairs {
    classes: Classes,
    /// How many vectors each class has.
    counts: Vec<usize>,
    /// One for each pair.
    sigmoids: Vec<Sigmoid>,
}

impl Model for Fitted {
    type Settings = SupportVectors;

    const NAME: &'static str = "SupportVectors";

    const JOINT: bool = false;

    fn fit(settings: &SupportVectors, rows: Rows) -> Result<Self> {
        let function = settings.function(settings.gamma_of(&rows.table));
        let weights = rows.weights.unwrap_or_else(|| vec![1.0; rows.table.len()]);
        match rows.target {
            Target::Numbers { values, .. } => Self::of_numbers(settings, function, &rows.table, (&values, &weights)),
            Target::Classes { codes, count } => {
                let (classes, codes) = Classes::of(Self::NAME, &codes, count)?;
                Self::of_classes(settings, function, &rows.table, (classes, &codes, weights))
            }
            Target::Nothing => Err(Error::Component(format!("{} needs a target", Self::NAME))),
        }
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        let vectors = self.vectors.chunks_exact(row.len().max(1));
        let mut alike = vec![0.0; self.vectors.len() / row.len().max(1)];
        vectorized!(|| alike.iter_mut().zip(vectors).for_each(|(to, vector)| *to = self.function.of(vector, row)));
        let Some(pairs) = &self.pairs else {
            let sum: f64 = self.coefficients.iter().zip(&alike).map(|(c, alike)| c * alike).sum();
            outputs.fill(sum - self.offsets.first().copied().unwrap_or(0.0));
            return;
        };
        let count = pairs.counts.len();
        let decisions = pairs.decisions(&self.coefficients, &alike, &self.offsets);
        let mut of_pairs = vec![0.0; count * count];
        for (((i, j), decision), sigmoid) in pairs_of(count).zip(decisions).zip(&pairs.sigmoids) {
            of_pairs[i * count + j] = sigmoid.at(decision);
            of_pairs[j * count + i] = 1.0 - of_pairs[i * count + j];
        }
        let mut shares = vec![0.0; count];
        couple(&of_pairs, count, &mut shares);
        pairs.classes.spread(&shares, outputs);
    }

    fn save(&self) -> Entries {
        let outputs = self.pairs.as_ref().map_or(1, |pairs| pairs.counts.len() - 1);
        let count = self.coefficients.len() / outputs.max(1);
        let inputs = self.vectors.len() / count.max(1);
        let entries = Entries::default()
            .numbers("vectors", &[count, inputs], &self.vectors)
            .numbers("coefficients", &[outputs, count], &self.coefficients)
            .numbers("offsets", &[self.offsets.len()], &self.offsets)
            .numbers("gamma", &[1], &[self.function.gamma]);
        let Some(pairs) = &self.pairs else { return entries };
        let counts: Vec<u32> = pairs.counts.iter().map(|count| u32::try_from(*count).unwrap_or(u32::MAX)).collect();
        let sigmoids: Vec<f64> = pairs.sigmoids.iter().flat_map(|sigmoid| [sigmoid.slope, sigmoid.at_zero]).collect();
        pairs.classes.save(entries).codes("counts", &[counts.len()], &counts).numbers(
            "sigmoids",
            &[pairs.sigmoids.len(), 2],
            &sigmoids,
        )
    }

    fn load(settings: &SupportVectors, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let gamma = saved.numbers("gamma", &[1])?;
        let function = settings.function(gamma.first().copied().unwrap_or(1.0));
        let count = saved.shape("vectors")?.first().copied().unwrap_or(0);
        let vectors = saved.numbers("vectors", &[count, sizes.inputs])?;
        if sizes.outputs == 1 {
            let coefficients = saved.numbers("coefficients", &[1, count])?;
            return Ok(Self { function, vectors, coefficients, offsets: saved.numbers("offsets", &[1])?, pairs: None });
        }
        let classes = Classes::load(saved, sizes.outputs)?;
        let of_class = classes.len();
        let counts: Vec<usize> =
            saved.codes("counts", &[of_class], usize::MAX)?.into_iter().map(|count| count as usize).collect();
        let sum = counts.iter().try_fold(0usize, |sum, count| sum.checked_add(*count));
        if sum != Some(count) {
            return Err(Error::State(format!("`counts` holds {counts:?}, as many as the {count} vectors are needed")));
        }
        let machines = of_class * (of_class - 1) / 2;
        let coefficients = saved.numbers("coefficients", &[of_class - 1, count])?;
        let offsets = saved.numbers("offsets", &[machines])?;
        let sigmoids = saved.numbers("sigmoids", &[machines, 2])?;
        let sigmoid = |pair: &[f64]| Sigmoid { slope: pair[0], at_zero: pair[1] };
        let sigmoids = sigmoids.chunks_exact(2).map(sigmoid).collect();
        Ok(Self { function, vectors, coefficients, offsets, pairs: Some(Pairs { classes, counts, sigmoids }) })
    }
}

impl Fitted {
    fn of_numbers(
        settings: &SupportVectors,
        function: Function,
        table: &Table,
        (values, weights): (&[f64], &[f64]),
    ) -> Result<Self> {
        let (count, epsilon) = (table.len(), settings.epsilon.unwrap_or(0.1));
        let mut products = Products::of(function, table.rows(), table.width());
        let over = |sign: f64| values.iter().map(move |value| epsilon - sign * value);
        let bounds = || weights.iter().map(|weight| settings.effort().most(*weight));
        let dual = Dual {
            rows: (0..count).chain(0..count).collect(),
            signs: (0..2 * count).map(|at| if at < count { 1.0 } else { -1.0 }).collect(),
            linear: over(1.0).chain(over(-1.0)).collect(),
            bounds: bounds().chain(bounds()).collect(),
        };
        let Solved { alpha, offset } = settings.effort().solve(&dual, &mut products)?;
        let (above, below) = alpha.split_at(count);
        let (mut vectors, mut coefficients) = (Vec::new(), Vec::new());
        for (row, (above, below)) in table.rows().zip(above.iter().zip(below)) {
            let coefficient = above - below;
            // One vector is kept in any case, so that no array is empty.
            if coefficient != 0.0 || vectors.is_empty() {
                vectors.extend_from_slice(row);
                coefficients.push(coefficient);
            }
        }
        Ok(Self { function, vectors, coefficients, offsets: vec![offset], pairs: None })
    }

    fn of_classes(
        settings: &SupportVectors,
        function: Function,
        table: &Table,
        (classes, codes, mut weights): (Classes, &[u32], Vec<f64>),
    ) -> Result<Self> {
        let count = classes.len();
        if settings.balanced {
            balance(&mut weights, codes, count);
        }
        let mut by_class = vec![Vec::new(); count];
        for (row, code) in codes.iter().enumerate() {
            by_class[*code as usize].push(row);
        }
        let (mut offsets, mut sigmoids, mut found) = (Vec::new(), Vec::new(), Vec::new());
        for (i, j) in pairs_of(count) {
            let pair = Pair::of(settings.effort(), function, table, (&by_class[i], &by_class[j]), &weights);
            let (solved, sigmoid) = pair.solved()?;
            offsets.push(solved.offset);
            sigmoids.push(sigmoid);
            found.push(((i, j), solved.alpha));
        }
        // By class and row, what each pair says of it, at the place of the other class.
        let mut of_rows: Vec<Vec<f64>> = by_class.iter().map(|rows| vec![0.0; rows.len() * (count - 1)]).collect();
        for ((i, j), alpha) in found {
            let firsts = by_class[i].len();
            for (at, alpha) in alpha.iter().enumerate() {
                if at < firsts {
                    of_rows[i][at * (count - 1) + j - 1] = *alpha;
                } else {
                    of_rows[j][(at - firsts) * (count - 1) + i] = -alpha;
                }
            }
        }
        let (mut vectors, mut by_vector, mut counts) = (Vec::new(), Vec::new(), Vec::new());
        let rows: Vec<&[f64]> = table.rows().collect();
        for (members, coefficients) in by_class.iter().zip(&of_rows) {
            let before = by_vector.len();
            for (row, coefficients) in members.iter().zip(coefficients.chunks_exact(count - 1)) {
                if coefficients.iter().any(|coefficient| *coefficient != 0.0) || vectors.is_empty() {
                    vectors.extend_from_slice(rows[*row]);
                    by_vector.extend_from_slice(coefficients);
                }
            }
            counts.push((by_vector.len() - before) / (count - 1));
        }
        let coefficients =
            (0..count - 1).flat_map(|at| by_vector.iter().skip(at).step_by(count - 1).copied()).collect();
        Ok(Self { function, vectors, coefficients, offsets, pairs: Some(Pairs { classes, counts, sigmoids }) })
    }
}

impl Pairs {
    /// What the machine of each pair decides: above 0 for the first class.
    fn decisions(&self, coefficients: &[f64], alike: &[f64], offsets: &[f64]) -> Vec<f64> {
        let starts: Vec<usize> =
            self.counts.iter().scan(0, |start, count| Some(std::mem::replace(start, *start + count))).collect();
        let sum = |class: usize, place: usize| -> f64 {
            let vectors = starts[class]..starts[class] + self.counts[class];
            let own = &coefficients[place * alike.len()..][vectors.clone()];
            own.iter().zip(&alike[vectors]).map(|(c, alike)| c * alike).sum()
        };
        pairs_of(self.counts.len()).zip(offsets).map(|((i, j), offset)| sum(i, j - 1) + sum(j, i) - offset).collect()
    }
}

/// Each two of some classes.
fn pairs_of(classes: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..classes).flat_map(move |i| (i + 1..classes).map(move |j| (i, j)))
}
