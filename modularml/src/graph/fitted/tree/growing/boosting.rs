//! Trees of which each corrects the sum of those before it (Friedman, "Greedy function approximation: a gradient boosting
//! machine", 2001), by first and second derivatives of the loss (Chen and Guestrin, "`XGBoost`", 2016).

use super::bins::Bins;
use super::histogram::Slopes;
use super::leafwise::{Grower, Growth};
use super::loss::{Link, Loss};
use super::model::{Trees, shares};
use super::rows::{Rows, Target};
use crate::{Error, Result};

/// How trees are grown that correct each other.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::graph::fitted::tree) struct Boosting {
    /// How often each output gets one more tree, at most.
    pub(in crate::graph::fitted::tree) rounds: usize,
    /// What each tree is multiplied by.
    pub(in crate::graph::fitted::tree) rate: f64,
    pub(in crate::graph::fitted::tree) leaves: usize,
    /// `None`: no bound.
    pub(in crate::graph::fitted::tree) depth: Option<usize>,
    pub(in crate::graph::fitted::tree) at_least: usize,
    pub(in crate::graph::fitted::tree) l2: f64,
    /// How many bins a column is parted into at most.
    pub(in crate::graph::fitted::tree) bins: usize,
    /// With rows held out, how many rounds in a row may not make their loss less.
    pub(in crate::graph::fitted::tree) patience: usize,
    /// The columns that hold categories.
    pub(in crate::graph::fitted::tree) categories: Vec<usize>,
}

/// Rows that are not learned from.
#[derive(Clone, Copy, Debug)]
pub(in crate::graph::fitted::tree) struct HeldOut<'a> {
    pub(in crate::graph::fitted::tree) rows: Rows<'a>,
    pub(in crate::graph::fitted::tree) target: Target<'a>,
    pub(in crate::graph::fitted::tree) weights: &'a [f64],
}

/// What a fit gives: sums that begin at `base`, to which each tree adds one number.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::graph::fitted::tree) struct Boosted {
    pub(in crate::graph::fitted::tree) trees: Trees,
    pub(in crate::graph::fitted::tree) base: Vec<f64>,
    pub(in crate::graph::fitted::tree) link: Link,
    /// How much each column helped, as shares of 1.
    pub(in crate::graph::fitted::tree) importances: Vec<f64>,
}

impl Boosting {
    /// Grows the trees; with rows held out, those up to the round after which their loss was least.
    ///
    /// # Errors
    /// When rows, target and weights do not fit each other, or a category is none.
    pub(in crate::graph::fitted::tree) fn fit(
        &self,
        rows: &Rows<'_>,
        target: Target<'_>,
        weights: &[f64],
        held_out: Option<HeldOut<'_>>,
    ) -> Result<Boosted> {
        target.check(rows, weights)?;
        let held_out = held_out.map(|held| Watched::of(held, rows, target)).transpose()?;
        let link = Link::of(target);
        let loss = Loss { target, weights, link };
        let bins = Bins::of(rows, weights, self.bins, &self.categories)?;
        let growth = Growth {
            leaves: self.leaves,
            depth: self.depth.unwrap_or(usize::MAX),
            at_least: u32::try_from(self.at_least.max(1)).unwrap_or(u32::MAX),
            l2: self.l2,
            rate: self.rate,
        };
        let mut grower = Grower::new(&bins, growth);
        let base = loss.base();
        let mut sums: Vec<Vec<f64>> = base.iter().map(|base| vec![*base; rows.len()]).collect();
        let mut slopes: Vec<Vec<[f32; 2]>> = vec![Vec::with_capacity(rows.len()); base.len()];
        let mut trees = Trees::none(rows.width(), 1);
        let mut watched = held_out.map(|held| held.begin(&base));
        // What each tree gained, by column, so that trees can be taken off again.
        let mut gains: Vec<Vec<f64>> = Vec::new();
        let second_is_one = loss.second_is_one();
        for _ in 0..self.rounds {
            loss.slopes(&sums, &mut slopes);
            let mut grew = false;
            for (slopes, sums) in slopes.iter().zip(&mut sums) {
                let tree = grower.grow(Slopes { pairs: slopes, second_is_one }, sums);
                grew |= tree.nodes.len() > 1;
                if !trees.push(&tree) {
                    let problem = "the trees have more nodes than can be counted; ask for fewer rounds";
                    return Err(Error::Component(problem.to_owned()));
                }
                gains.push(tree.gains);
            }
            if let Some(watched) = &mut watched {
                watched.measure(&trees, base.len());
                if watched.since_best() > self.patience {
                    break;
                }
            }
            if !grew {
                break;
            }
        }
        if let Some(watched) = &watched {
            trees.truncate(watched.best_round * base.len());
        }
        let mut gained = vec![0.0; rows.width()];
        for gains in gains.iter().take(trees.count()) {
            for (sum, gain) in gained.iter_mut().zip(gains) {
                *sum += gain;
            }
        }
        Ok(Boosted { trees, base, link, importances: shares(&gained) })
    }
}

impl Boosted {
    /// How many numbers are predicted for a row.
    pub(in crate::graph::fitted::tree) fn outputs(&self) -> usize {
        self.link.outputs(self.base.len())
    }

    /// The numbers of each row, or the probability of each class.
    pub(in crate::graph::fitted::tree) fn predict(&self, rows: &Rows<'_>) -> Vec<f64> {
        let mut sums = self.base.repeat(rows.len());
        self.trees.add_to(rows, self.base.len(), &mut sums);
        if self.link == Link::Identity {
            return sums;
        }
        let mut outputs = Vec::with_capacity(rows.len() * self.outputs());
        for sums in sums.chunks_exact(self.base.len().max(1)) {
            self.link.apply(sums, &mut outputs);
        }
        outputs
    }
}

/// Rows that are held out, and their loss.
struct Watched<'a> {
    held: HeldOut<'a>,
    link: Link,
    sums: Vec<f64>,
    measured: usize,
    rounds: usize,
    best: f64,
    best_round: usize,
}

impl<'a> Watched<'a> {
    fn of(held: HeldOut<'a>, rows: &Rows<'_>, target: Target<'_>) -> Result<Self> {
        held.target.check(&held.rows, held.weights)?;
        if held.rows.width() != rows.width() || held.target.outputs() != target.outputs() {
            return Err(Error::Component(format!(
                "rows held out must look as those learned from: found {} columns and {} outputs in place of {} and {}",
                held.rows.width(),
                held.target.outputs(),
                rows.width(),
                target.outputs()
            )));
        }
        let link = Link::of(held.target);
        Ok(Self { held, link, sums: Vec::new(), measured: 0, rounds: 0, best: f64::INFINITY, best_round: 0 })
    }

    fn begin(mut self, base: &[f64]) -> Self {
        self.sums = base.repeat(self.held.rows.len());
        self.best = self.loss();
        self
    }

    fn loss(&self) -> f64 {
        Loss { target: self.held.target, weights: self.held.weights, link: self.link }.mean(&self.sums)
    }

    /// Takes the trees in that were grown since.
    fn measure(&mut self, trees: &Trees, width: usize) {
        for tree in self.measured..trees.count() {
            let nodes = trees.tree(tree);
            for (row, sums) in self.held.rows.iter().zip(self.sums.chunks_exact_mut(width)) {
                for (sum, value) in sums.iter_mut().skip(tree % width).zip(trees.leaf(tree, nodes, row)) {
                    *sum += value;
                }
            }
        }
        self.measured = trees.count();
        self.rounds += 1;
        let loss = self.loss();
        if loss < self.best {
            (self.best, self.best_round) = (loss, self.rounds);
        }
    }

    const fn since_best(&self) -> usize {
        self.rounds - self.best_round
    }
}
