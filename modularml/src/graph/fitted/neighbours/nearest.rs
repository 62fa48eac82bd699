//! The nearest rows.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::super::table::Table;
use super::super::target::Target;
use super::tree::{Near, Tree};
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::text::choices;
use crate::{Error, Result};

/// What the k rows that are nearest to a row have as their target: of numbers the mean, of classes and bools the share of
/// each (Cover and Hart, 1967), as `KNeighborsRegressor` and `KNeighborsClassifier` of scikit-learn.
///
/// Distances are Euclidean, of all inputs side by side, so columns are scaled alike first. Of rows that are as far away the
/// one that was fitted earlier is nearer. All rows are kept, in the model and in its file. The nearest are found exactly, in
/// a k-d tree. Rows cannot weigh more than others. No gradient passes.
///
/// ```
/// use modularml::graph::fitted::{NearestNeighbours, NeighbourWeights};
///
/// let soh = NearestNeighbours::k(5);
/// let nearer_ones_count_more = NearestNeighbours::k(9).weights(NeighbourWeights::Distance);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::NumbersOrClasses)), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct NearestNeighbours {
    /// How many rows.
    #[setting(first, at_least = 1)]
    k: usize,
    /// How much each of them counts.
    #[setting(default = NeighbourWeights::Uniform)]
    weights: NeighbourWeights,
}

/// How much each of the nearest rows counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NeighbourWeights {
    /// All alike.
    Uniform,
    /// 1 / distance; where some are at no distance, those alone.
    Distance,
}

choices!(NeighbourWeights: Uniform, Distance);

impl BuildLayer for NearestNeighbours {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed(*self, &self.spec(), build)
    }
}

struct Fitted {
    settings: NearestNeighbours,
    tree: Tree,
    /// The rows, one after the other.
    points: Vec<f64>,
    width: usize,
    targets: Targets,
}

enum Targets {
    /// So many numbers a row.
    Numbers(Vec<f64>, usize),
    Classes(Vec<u32>),
}

impl Fitted {
    fn new(settings: NearestNeighbours, points: Vec<f64>, width: usize, targets: Targets) -> Self {
        Self { settings, tree: Tree::of(&points, width), points, width, targets }
    }

    /// The outputs of a row of which these are the nearest.
    fn weigh(&self, nearest: &[Near], outputs: &mut [f64]) {
        outputs.fill(0.0);
        let is_same = nearest.iter().any(|near| near.squared == 0.0);
        let weight = |near: &Near| match self.settings.weights {
            NeighbourWeights::Uniform => 1.0,
            NeighbourWeights::Distance if is_same => f64::from(u8::from(near.squared == 0.0)),
            NeighbourWeights::Distance => 1.0 / near.squared.sqrt(),
        };
        let sum: f64 = nearest.iter().map(weight).sum();
        // Of rows that are all infinitely far away each counts alike.
        let (even, sum) = if sum > 0.0 { (None, sum) } else { (Some(1.0), nearest.iter().map(|_| 1.0).sum()) };
        for near in nearest {
            let weight = even.unwrap_or_else(|| weight(near));
            match &self.targets {
                Targets::Numbers(values, width) => {
                    for (output, value) in outputs.iter_mut().zip(values.iter().skip(near.row as usize * width)) {
                        *output += weight * value;
                    }
                }
                Targets::Classes(codes) => {
                    let class = codes.get(near.row as usize).map(|code| *code as usize);
                    if let Some(output) = class.and_then(|class| outputs.get_mut(class)) {
                        *output += weight;
                    }
                }
            }
        }
        for output in outputs.iter_mut() {
            *output /= sum;
        }
    }
}

impl Model for Fitted {
    type Settings = NearestNeighbours;

    const NAME: &'static str = "NearestNeighbours";

    fn fit(settings: &NearestNeighbours, rows: Rows) -> Result<Self> {
        let found = rows.table.len();
        if found < settings.k || u32::try_from(found).is_err() {
            return Err(Error::Component(format!(
                "NearestNeighbours::k({}) is fitted to {found} rows; it takes from k to 2^32 of them, so take fewer \
                 neighbours",
                settings.k
            )));
        }
        let targets = match rows.target {
            Target::Numbers { values, width } => Targets::Numbers(values, width),
            Target::Classes { codes, .. } => Targets::Classes(codes),
            Target::Nothing => return Err(Error::Component("NearestNeighbours predicts a target".to_owned())),
        };
        Ok(Self::new(*settings, rows.table.numbers().to_vec(), rows.table.width(), targets))
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        if let [nearest] = self.tree.nearest(row, self.settings.k).as_slice() {
            self.weigh(nearest, outputs);
        }
    }

    fn predict_all(&self, table: &Table, outputs: usize) -> Result<Vec<f64>> {
        let nearest = self.tree.nearest(table.numbers(), self.settings.k);
        let mut all = vec![0.0; table.len() * outputs];
        for (nearest, outputs) in nearest.iter().zip(all.chunks_exact_mut(outputs.max(1))) {
            self.weigh(nearest, outputs);
        }
        Ok(all)
    }

    fn save(&self) -> Entries {
        let rows = self.points.len() / self.width.max(1);
        let entries = Entries::default().numbers("points", &[rows, self.width], &self.points);
        match &self.targets {
            Targets::Numbers(values, width) => entries.numbers("values", &[rows, *width], values),
            Targets::Classes(codes) => entries.codes("classes", &[rows], codes),
        }
    }

    fn load(settings: &NearestNeighbours, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let rows = saved.shape("points")?.first().copied().unwrap_or_default();
        if rows < settings.k || u32::try_from(rows).is_err() {
            return Err(Error::State(format!("`points` holds {rows} rows, {} to 2^32 are needed", settings.k)));
        }
        let points = saved.numbers("points", &[rows, sizes.inputs])?;
        let targets = if saved.has("classes") {
            Targets::Classes(saved.codes("classes", &[rows], sizes.outputs)?)
        } else {
            Targets::Numbers(saved.numbers("values", &[rows, sizes.outputs])?, sizes.outputs)
        };
        Ok(Self::new(*settings, points, sizes.inputs, targets))
    }
}
