//! Calibration by a function that never falls.

use super::super::model::{Model, Rows, Sizes};
use super::super::running::Running;
use super::super::saved::{Entries, Saved};
use super::of_classes::{OfClass, apart, together};
use crate::graph::layer::{BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::{Error, Result};

/// Probabilities that are made to agree with how often they come true, by a function of what a model gives that never falls
/// (Zadrozny and Elkan, 2002), as `CalibratedClassifierCV(FrozenEstimator(model), method="isotonic")` of scikit-learn.
///
/// It reads a node that gives a score or a probability for each class, or one for a bool, and predicts the same column. The
/// function is that of the least squared error, which pools adjacent scores whose shares fall (Ayer et al., 1955), on lines
/// between them, and the first and last value beyond. Of several classes each is calibrated against all others, and divided by
/// their sum; of two classes the second. It is fitted in a later phase, to rows of a split that what it reads has not learned
/// from; where there are fewer than a thousand, [`Platt`](super::Platt) has less to learn. Rows that weigh more count as so many equal rows.
/// No gradient passes.
///
/// ```
/// use modularml::graph::fitted::Isotonic;
///
/// let calibrated = Isotonic::new();
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Same { least_axes: 0 }, learns = Learns::ByFit(Fitting::to(Predicts::Classes).weighing_rows().on_rows_apart()), passes_gradient = false, padding = OnPadding::Refuses)]
pub struct Isotonic;

impl BuildLayer for Isotonic {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        Running::<Fitted>::boxed((), &self.spec(), build)
    }
}

struct Fitted {
    /// By class, or of one alone.
    steps: Vec<Steps>,
}

/// A function on lines between points, both of whose coordinates never fall.
struct Steps {
    scores: Vec<f64>,
    values: Vec<f64>,
}

impl Steps {
    fn at(&self, score: f64) -> f64 {
        let behind = self.scores.partition_point(|known| *known < score);
        let point = |at: usize| self.scores.get(at).zip(self.values.get(at));
        match (behind.checked_sub(1).and_then(point), point(behind)) {
            (Some((low, from)), Some((high, to))) if high > low => {
                // Halves, because two numbers may be too far apart for their difference.
                let share = (score / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0);
                from + (to - from) * share
            }
            (_, Some((_, value))) | (Some((_, value)), None) => *value,
            (None, None) => 0.0,
        }
    }

    /// The least squared error to whether rows are of a class.
    fn of(rows: &OfClass) -> Self {
        let mut order: Vec<usize> = (0..rows.scores.len()).collect();
        // Both zeros are one score.
        let score = |row: usize| rows.scores.get(row).map_or(0.0, |score| score + 0.0);
        order.sort_by(|&a, &b| score(a).total_cmp(&score(b)).then(a.cmp(&b)));
        // Rows of one score are one point.
        let mut points: Vec<Block> = Vec::new();
        for row in order {
            let (score, weight) = (score(row), rows.weights[row]);
            let sum = if rows.is_class[row] { weight } else { 0.0 };
            match points.last_mut() {
                Some(last) if last.last.total_cmp(&score).is_eq() => {
                    last.sum += sum;
                    last.weight += weight;
                }
                _ => points.push(Block { first: score, last: score, sum, weight }),
            }
        }
        let mut blocks: Vec<Block> = Vec::new();
        for mut block in points {
            while let Some(before) = blocks.last().filter(|before| before.mean() >= block.mean()).copied() {
                block = Block {
                    first: before.first,
                    last: block.last,
                    sum: before.sum + block.sum,
                    weight: before.weight + block.weight,
                };
                blocks.pop();
            }
            blocks.push(block);
        }
        let (mut scores, mut values) = (Vec::new(), Vec::new());
        for block in blocks {
            scores.push(block.first);
            values.push(block.mean());
            if block.last > block.first {
                scores.push(block.last);
                values.push(block.mean());
            }
        }
        Self { scores, values }
    }
}

/// Adjacent scores with one value.
#[derive(Clone, Copy)]
struct Block {
    first: f64,
    last: f64,
    sum: f64,
    weight: f64,
}

impl Block {
    fn mean(&self) -> f64 {
        self.sum / self.weight
    }
}

impl Model for Fitted {
    type Settings = ();

    const NAME: &'static str = "Isotonic";

    const APART: bool = true;

    fn fit((): &(), rows: Rows) -> Result<Self> {
        Ok(Self { steps: apart(Self::NAME, &rows)?.iter().map(Steps::of).collect() })
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        together(row, outputs, |class, score| self.steps.get(class).map_or(0.0, |steps| steps.at(score)));
    }

    fn save(&self) -> Entries {
        let of = |part: fn(&Steps) -> &[f64]| self.steps.iter().flat_map(part).copied().collect::<Vec<f64>>();
        let (scores, values) = (of(|steps| &steps.scores), of(|steps| &steps.values));
        // Of each class where its points end. There are no more points than rows.
        let ends = self.steps.iter().scan(0, |end, steps| {
            *end += steps.scores.len();
            Some(u32::try_from(*end).unwrap_or(u32::MAX))
        });
        let ends: Vec<u32> = ends.collect();
        let entries = Entries::default().codes("ends", &[ends.len()], &ends);
        entries.numbers("scores", &[scores.len()], &scores).numbers("values", &[values.len()], &values)
    }

    fn load((): &(), sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        let count = saved.shape("scores")?.first().copied().unwrap_or_default();
        let (scores, values) = (saved.numbers("scores", &[count])?, saved.numbers("values", &[count])?);
        let classes = if sizes.outputs == 2 { 1 } else { sizes.outputs };
        let ends = saved.codes("ends", &[classes], count.saturating_add(1))?;
        let (mut steps, mut from) = (Vec::with_capacity(ends.len()), 0);
        for end in ends {
            let end = end as usize;
            let (Some(scores), Some(values)) = (scores.get(from..end), values.get(from..end)) else {
                return Err(Error::State("`ends` falls".to_owned()));
            };
            if scores.is_empty() || !scores.is_sorted() || !values.is_sorted() {
                return Err(Error::State("`scores` and `values` of a class must be some, and never fall".to_owned()));
            }
            if values.iter().any(|value| !(0.0..=1.0).contains(value)) {
                return Err(Error::State("`values` must lie between 0 and 1".to_owned()));
            }
            steps.push(Steps { scores: scores.to_vec(), values: values.to_vec() });
            from = end;
        }
        if from != count {
            return Err(Error::State(format!("`scores` has {count} points, {from} are of a class")));
        }
        Ok(Self { steps })
    }
}
