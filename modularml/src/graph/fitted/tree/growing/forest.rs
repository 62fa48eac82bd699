//! Trees that are grown apart and averaged (Breiman, "Random Forests", 2001).

use rayon::prelude::*;

use super::columns::Columns;
use super::grow::{Growth, grow};
use super::model::{Tree, Trees, shares};
use super::rows::{Rows, Target};
use super::tally::{Tally, WithTally, with_tally};
use crate::random::{Place, Purpose, Rng};
use crate::{Error, Result};

/// Of how many of the columns the best is taken at each cut.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::graph::fitted::tree) enum Share {
    /// All of them.
    All,
    /// The square root of their number, rounded down.
    SquareRoot,
    /// A share of them, rounded down, and one at least.
    Of(f64),
}

impl Share {
    /// What settings say, or what is usual for classes or numbers.
    pub(in crate::graph::fitted::tree) fn or(said: Option<f64>, of_classes: bool) -> Self {
        match said {
            Some(share) => Self::Of(share),
            None if of_classes => Self::SquareRoot,
            None => Self::All,
        }
    }

    fn of(self, columns: usize) -> usize {
        let count = match self {
            Self::All => columns,
            Self::SquareRoot => columns.isqrt(),
            Self::Of(share) => (share * columns as f64) as usize,
        };
        count.clamp(1, columns.max(1))
    }
}

/// How trees are grown that are averaged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::graph::fitted::tree) struct Forest {
    pub(in crate::graph::fitted::tree) trees: usize,
    /// `None`: no bound.
    pub(in crate::graph::fitted::tree) depth: Option<usize>,
    pub(in crate::graph::fitted::tree) at_least: usize,
    pub(in crate::graph::fitted::tree) cut_from: usize,
    pub(in crate::graph::fitted::tree) columns: Share,
    /// The cut of a column is drawn.
    pub(in crate::graph::fitted::tree) random: bool,
    /// Each tree grows on rows drawn with replacement: this share of them. `None`: on all rows.
    pub(in crate::graph::fitted::tree) drawn: Option<f64>,
}

/// What a fit gives: trees of which each predicts all outputs, and how much each column helped, as shares of 1.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::graph::fitted::tree) struct Averaged {
    pub(in crate::graph::fitted::tree) trees: Trees,
    pub(in crate::graph::fitted::tree) importances: Vec<f64>,
}

impl Forest {
    /// Grows the trees, each on rows of its own.
    ///
    /// # Errors
    /// When there are no rows, or they do not fit target and weights.
    pub(in crate::graph::fitted::tree) fn fit(
        &self,
        rows: &Rows<'_>,
        target: Target<'_>,
        weights: &[f64],
        rng: &mut Rng,
    ) -> Result<Averaged> {
        target.check(rows, weights)?;
        let columns = Columns::of(rows);
        let growth = Growth {
            depth: self.depth.unwrap_or(usize::MAX),
            at_least: self.at_least.max(1),
            cut_from: self.cut_from,
            columns: self.columns.of(rows.width()),
            shuffled: self.drawn.is_some() || self.random,
            random: self.random,
        };
        let seed = rng.bits();
        // Each tree has a generator of its own, so that it is the same whoever grows it, and when.
        let grown: Vec<Tree> = (0..self.trees as u32)
            .into_par_iter()
            .map(|tree| {
                let mut rng = Rng::new(seed, Purpose::Fit, Place { item: tree, ..Place::default() });
                let drawn = self.drawn.map(|share| draw(weights, share, &mut rng));
                let weights = drawn.as_deref().unwrap_or(weights);
                let rows = (0..weights.len() as u32).filter(|row| weights[*row as usize] > 0.0).collect();
                with_tally(target, weights, Growing { columns: &columns, rows, growth, rng: &mut rng })
            })
            .collect();
        let mut trees = Trees::none(rows.width(), target.outputs());
        let mut importances = vec![0.0; rows.width()];
        for tree in &grown {
            if !trees.push(tree) {
                return Err(Error::Component(format!(
                    "{} trees have more nodes than can be counted; bound their depth, or ask for larger leaves",
                    self.trees
                )));
            }
            for (sum, share) in importances.iter_mut().zip(shares(&tree.gains)) {
                *sum += share;
            }
        }
        Ok(Averaged { trees, importances: shares(&importances) })
    }
}

impl Averaged {
    /// The mean of the trees for each row: the outputs of the target.
    pub(in crate::graph::fitted::tree) fn predict(&self, rows: &Rows<'_>) -> Vec<f64> {
        let outputs = self.trees.leaf;
        let mut sums = vec![0.0; rows.len() * outputs];
        self.trees.add_to(rows, outputs, &mut sums);
        let count = self.trees.count().max(1) as f64;
        for sum in &mut sums {
            *sum /= count;
        }
        sums
    }
}

/// The weight of each row times how often it is drawn, where as many as this share of the rows that count are drawn, with
/// replacement.
fn draw(weights: &[f64], share: f64, rng: &mut Rng) -> Vec<f64> {
    let count: Vec<usize> = (0..weights.len()).filter(|row| weights[*row] > 0.0).collect();
    let mut drawn = vec![0.0; weights.len()];
    for _ in 0..((share * count.len() as f64).round() as usize).max(1) {
        drawn[count[rng.below(count.len())]] += 1.0;
    }
    for (drawn, weight) in drawn.iter_mut().zip(weights) {
        *drawn *= weight;
    }
    drawn
}

struct Growing<'a> {
    columns: &'a Columns,
    rows: Vec<u32>,
    growth: Growth,
    rng: &'a mut Rng,
}

impl WithTally for Growing<'_> {
    type Output = Tree;

    fn run<T: Tally>(self, tally: T) -> Tree {
        grow(self.columns, self.rows, tally, self.growth, self.rng)
    }
}
