//! Trees that part rows at random until each is alone: the fewer questions that takes, the less a row is like the others
//! (Liu, Ting and Zhou, "Isolation Forest", 2008).

use rayon::prelude::*;

use super::model::{MISSING_LEFT, Node, Tree, Trees};
use super::random::between;
use super::rows::Rows;
use crate::random::{Place, Purpose, Rng};
use crate::{Error, Result};

/// How trees are grown that isolate rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::graph::fitted::tree) struct Isolating {
    pub(in crate::graph::fitted::tree) trees: usize,
    /// How many rows each tree sees at most, drawn without replacement.
    pub(in crate::graph::fitted::tree) rows: usize,
}

/// Grown trees, of which each tells how many questions isolate a row.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::graph::fitted::tree) struct Isolation {
    pub(in crate::graph::fitted::tree) trees: Trees,
    /// How many questions it takes on average in a tree of as many rows.
    pub(in crate::graph::fitted::tree) usual: f64,
}

impl Isolating {
    /// Grows the trees.
    ///
    /// # Errors
    /// When there is no row.
    pub(in crate::graph::fitted::tree) fn fit(&self, rows: &Rows<'_>, rng: &mut Rng) -> Result<Isolation> {
        if rows.len() == 0 {
            return Err(Error::Component("IsolationForest needs a row, found none".to_owned()));
        }
        let all: Vec<&[f64]> = rows.iter().collect();
        let drawn_rows = self.rows.clamp(1, all.len());
        let depth = if drawn_rows < 2 { 0 } else { (drawn_rows - 1).ilog2() as usize + 1 };
        let seed = rng.bits();
        let grown: Vec<Tree> = (0..self.trees as u32)
            .into_par_iter()
            .map(|tree| {
                let mut rng = Rng::new(seed, Purpose::Fit, Place { item: tree, ..Place::default() });
                let mut drawn = all.clone();
                for at in 0..drawn_rows {
                    let other = at + rng.below(drawn.len() - at);
                    drawn.swap(at, other);
                }
                drawn.truncate(drawn_rows);
                isolate(drawn, depth, rows.width(), &mut rng)
            })
            .collect();
        let mut trees = Trees::none(rows.width(), 1);
        for tree in &grown {
            if !trees.push(tree) {
                let problem = "the trees have more nodes than can be counted; ask for fewer trees or rows";
                return Err(Error::Component(problem.to_owned()));
            }
        }
        Ok(Isolation { trees, usual: usual(drawn_rows) })
    }
}

impl Isolation {
    /// How unlike the others each row is, from 0 to 1: 2 to the power of minus its mean number of questions by the usual one.
    pub(in crate::graph::fitted::tree) fn predict(&self, rows: &Rows<'_>) -> Vec<f64> {
        let mut sums = vec![0.0; rows.len()];
        self.trees.add_to(rows, 1, &mut sums);
        let count = self.trees.count().max(1) as f64;
        // Trees of one row ask nothing, so that no row is more unlike the others than another.
        let score = |sum: f64| if self.usual > 0.0 { libm::exp2(-sum / count / self.usual) } else { 0.5 };
        sums.into_iter().map(score).collect()
    }
}

/// How many questions isolate one of so many rows on average: that of an unsuccessful search in a binary tree.
fn usual(rows: usize) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_9;
    match rows {
        0 | 1 => 0.0,
        2 => 1.0,
        rows => {
            let rows = rows as f64;
            2.0 * (libm::log(rows - 1.0) + EULER) - 2.0 * (rows - 1.0) / rows
        }
    }
}

fn isolate(mut rows: Vec<&[f64]>, most: usize, width: usize, rng: &mut Rng) -> Tree {
    let mut tree = Tree { gains: vec![0.0; width], ..Tree::default() };
    let mut order: Vec<usize> = (0..width).collect();
    let mut waiting = vec![(0, rows.len(), 0, None::<(usize, bool)>)];
    while let Some((start, end, depth, below)) = waiting.pop() {
        let at = tree.nodes.len();
        if let Some((parent, left)) = below {
            let parent: &mut Node = &mut tree.nodes[parent];
            *(if left { &mut parent.left } else { &mut parent.right }) = at as u32;
        }
        tree.nodes.push(Node::LEAF);
        let here = &mut rows[start..end];
        // Rows that were not parted to the end would have taken as many questions more as is usual.
        tree.values.push(depth as f64 + usual(here.len()));
        if depth >= most || here.len() < 2 {
            continue;
        }
        let Some((node, middle)) = part(here, &mut order, rng) else { continue };
        tree.nodes[at] = node;
        let middle = start + middle;
        waiting.push((middle, end, depth + 1, Some((at, false))));
        waiting.push((start, middle, depth + 1, Some((at, true))));
    }
    tree
}

/// Parts rows at a drawn number of a drawn column, of those in which they differ; none where they differ in none.
fn part(rows: &mut [&[f64]], order: &mut [usize], rng: &mut Rng) -> Option<(Node, usize)> {
    for asked in 0..order.len() {
        order.swap(asked, asked + rng.below(order.len() - asked));
        let column = order[asked];
        let (mut low, mut high, mut missing) = (f64::INFINITY, f64::NEG_INFINITY, 0usize);
        for row in rows.iter() {
            let value = row[column];
            if value.is_nan() {
                missing += 1;
            } else {
                low = low.min(value);
                high = high.max(value);
            }
        }
        if missing == rows.len() || (low >= high && missing == 0) {
            continue;
        }
        let (threshold, missing_left) =
            if low < high { (between(low, high, rng), missing > 0 && rng.unit() < 0.5) } else { (high, false) };
        let goes_left = |value: f64| if value.is_nan() { missing_left } else { value <= threshold };
        // Stable, so that what a child draws does not depend on how it was parted.
        rows.sort_by_key(|row| !goes_left(row[column]));
        let middle = rows.partition_point(|row| goes_left(row[column]));
        let missing_left = if missing > 0 { missing_left } else { middle > rows.len() - middle };
        let flags = if missing_left { MISSING_LEFT } else { 0 };
        return Some((Node { threshold, feature: column as u32, flags, ..Node::LEAF }, middle));
    }
    None
}
