//! Principal components.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::eigen::eigen;
use crate::graph::kernel::vectorized;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::{Error, Result};

/// What a row is along the directions in which rows vary most (Pearson, 1901; Hotelling, 1933), as `PCA` of scikit-learn.
///
/// The directions are the eigenvectors of the covariance matrix, those of the largest eigenvalues first, each with the sign
/// that makes its largest part positive. The output, `[components]`, is the product of each with the row, less the mean of
/// the rows that it is fitted to; with `whiten` it is divided by the standard deviation of that product. Several inputs stand
/// side by side. It predicts nothing: what reads it does. Rows that weigh more count as so many equal rows. No gradient
/// passes.
///
/// ```
/// use modularml::graph::fitted::Pca;
///
/// let code = Pca::components(8);
/// let white = Pca::components(8).whiten();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Components(self.components), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::Nothing).weighing_rows()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct Pca {
    /// How many directions; no more than there are numbers a row.
    #[setting(first, at_least = 1)]
    components: usize,
    /// Whether all outputs have variance 1.
    #[setting(default = false)]
    whiten: bool,
}

impl BuildLayer for Pca {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(*self, &self.spec(), build)
    }
}

struct Fitted {
    means: Vec<f64>,
    /// `[components, inputs]`
    directions: Vec<f64>,
    /// By direction, the variance along it.
    variances: Vec<f64>,
    /// By direction, the share of the variance of all columns.
    shares: Vec<f64>,
    /// `[inputs, lanes]`: the directions over what their products are divided by, side by side.
    columns: Vec<f64>,
}

/// How many directions stand side by side.
const LANES: usize = 8;

impl Fitted {
    fn new(settings: &Pca, means: Vec<f64>, directions: Vec<f64>, variances: Vec<f64>, shares: Vec<f64>) -> Self {
        let (inputs, lanes) = (means.len(), variances.len().next_multiple_of(LANES));
        let mut columns = vec![0.0; inputs * lanes];
        for (at, (direction, variance)) in directions.chunks_exact(inputs.max(1)).zip(&variances).enumerate() {
            let scale = if settings.whiten { variance.sqrt() } else { 1.0 };
            for (column, x) in columns.iter_mut().skip(at).step_by(lanes.max(1)).zip(direction) {
                *column = x / scale;
            }
        }
        Self { means, directions, variances, shares, columns }
    }
}

impl Model for Fitted {
    type Settings = Pca;

    const NAME: &'static str = "Pca";

    fn fit(settings: &Pca, rows: Rows) -> Result<Self> {
        let (table, inputs) = (&rows.table, rows.table.width());
        let weight = |row: usize| rows.weights.as_ref().and_then(|weights| weights.get(row)).copied().unwrap_or(1.0);
        let all: f64 = (0..table.len()).map(weight).sum();
        let (found, wanted) = (table.len(), settings.components);
        if found < wanted || wanted > inputs {
            return Err(Error::Component(format!(
                "Pca::components({wanted}) is fitted to {found} rows of {inputs} numbers; take no more components than \
                 either"
            )));
        }
        if all <= 1.0 || found < 2 {
            return Err(Error::Component(format!(
                "Pca is fitted to {found} rows that weigh {all} together, which have no variance: a weight counts \
                 equal rows; give it more rows, or larger weights"
            )));
        }
        let mut means = vec![0.0; inputs];
        for (at, row) in table.rows().enumerate() {
            means.iter_mut().zip(row).for_each(|(mean, x)| *mean += weight(at) * x);
        }
        for mean in &mut means {
            *mean /= all;
        }
        let covariance = covariance(table.rows(), &means, weight, all - 1.0);
        let total: f64 = covariance.iter().step_by(inputs + 1).sum();
        // What rounding leaves of columns of one value is no variance.
        if total <= means.iter().map(|mean| mean * mean).sum::<f64>() * 1e-28 {
            return Err(Error::Component(
                "Pca: every column holds one value in all rows, so that rows vary in no direction; read other columns"
                    .to_owned(),
            ));
        }
        let (values, vectors) = eigen(&covariance, inputs).ok_or_else(|| {
            Error::Component("Pca: the numbers are too large for their variances; scale the columns".to_owned())
        })?;
        let variances: Vec<f64> = values.iter().take(wanted).map(|value| value.max(0.0)).collect();
        let flat = |variance: &f64| settings.whiten && *variance <= total * 1e-14;
        if let Some(at) = variances.iter().position(flat) {
            return Err(Error::Component(format!(
                "Pca: rows vary in {at} directions alone, and whitening divides by how far they vary in {wanted}; take \
                 components({at})"
            )));
        }
        let mut directions: Vec<f64> = vectors.into_iter().take(wanted * inputs).collect();
        for direction in directions.chunks_exact_mut(inputs) {
            let largest =
                direction.iter().fold(0.0f64, |largest, x| if x.abs() > largest.abs() { *x } else { largest });
            if largest < 0.0 {
                for x in direction {
                    *x = -*x;
                }
            }
        }
        let shares = variances.iter().map(|variance| variance / total).collect();
        Ok(Self::new(settings, means, directions, variances, shares))
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        let lanes = self.variances.len().next_multiple_of(LANES);
        vectorized!(|| {
            for (at, outputs) in outputs.chunks_mut(LANES).enumerate() {
                let mut sums = [0.0; LANES];
                for ((x, mean), column) in row.iter().zip(&self.means).zip(self.columns.chunks_exact(lanes)) {
                    let centered = x - mean;
                    for (sum, direction) in sums.iter_mut().zip(&column[at * LANES..][..LANES]) {
                        *sum += centered * direction;
                    }
                }
                for (output, sum) in outputs.iter_mut().zip(sums) {
                    *output = sum;
                }
            }
        });
    }

    fn save(&self) -> Entries {
        let (components, inputs) = (self.variances.len(), self.means.len());
        let entries = Entries::default().numbers("means", &[inputs], &self.means);
        let entries = entries.numbers("directions", &[components, inputs], &self.directions);
        entries.numbers("variances", &[components], &self.variances).numbers("shares", &[components], &self.shares)
    }

    fn load(settings: &Pca, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let components = [sizes.outputs];
        let variances = if settings.whiten {
            saved.positive("variances", &components)?
        } else {
            saved.numbers("variances", &components)?
        };
        let means = saved.numbers("means", &[sizes.inputs])?;
        let directions = saved.numbers("directions", &[sizes.outputs, sizes.inputs])?;
        Ok(Self::new(settings, means, directions, variances, saved.numbers("shares", &components)?))
    }
}

/// The weighted covariances `[inputs, inputs]` of rows, divided by `all`.
fn covariance<'a>(
    rows: impl Iterator<Item = &'a [f64]>,
    means: &[f64],
    weight: impl Fn(usize) -> f64,
    all: f64,
) -> Vec<f64> {
    let inputs = means.len();
    let mut sums = vec![0.0; inputs * inputs];
    let mut centered = vec![0.0; inputs];
    vectorized!(|| {
        for (at, row) in rows.enumerate() {
            for ((centered, x), mean) in centered.iter_mut().zip(row).zip(means) {
                *centered = x - mean;
            }
            let weight = weight(at);
            for (x, sums) in centered.iter().zip(sums.chunks_exact_mut(inputs)) {
                let x = weight * x;
                for (sum, other) in sums.iter_mut().zip(&centered) {
                    *sum += x * other;
                }
            }
        }
    });
    for i in 0..inputs {
        for j in 0..=i {
            let covariance = sums[i * inputs + j] / all;
            (sums[i * inputs + j], sums[j * inputs + i]) = (covariance, covariance);
        }
    }
    sums
}
