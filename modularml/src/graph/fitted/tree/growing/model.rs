//! Grown trees, and what they predict.

use rayon::prelude::*;

use super::rows::Rows;

/// A node; one without children is a leaf.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::graph::fitted::tree) struct Node {
    /// Rows go left whose value is at most this; of a choice of categories it is the number of the set of those that go left.
    pub(in crate::graph::fitted::tree) threshold: f64,
    /// The column that is asked.
    pub(in crate::graph::fitted::tree) feature: u32,
    /// The children, counted from the root of the tree; 0 at a leaf.
    pub(in crate::graph::fitted::tree) left: u32,
    pub(in crate::graph::fitted::tree) right: u32,
    /// Which way a row without a value goes, and whether categories are asked.
    pub(in crate::graph::fitted::tree) flags: u8,
}

/// A row without a value goes left.
pub(in crate::graph::fitted::tree) const MISSING_LEFT: u8 = 1;
/// Categories are asked in place of a threshold.
pub(in crate::graph::fitted::tree) const CATEGORIES: u8 = 2;

/// How many categories a column can have.
pub(in crate::graph::fitted::tree) const MOST_CATEGORIES: usize = 255;

/// A set of categories, one bit each.
pub(in crate::graph::fitted::tree) type Set = [u32; 8];

impl Node {
    pub(super) const LEAF: Self = Self { threshold: 0.0, feature: 0, left: 0, right: 0, flags: 0 };

    pub(in crate::graph::fitted::tree) const fn is_leaf(&self) -> bool {
        self.left == 0
    }

    /// The child that a value leads to.
    #[inline(always)]
    fn child(&self, value: f64, sets: &[Set]) -> usize {
        let missing_left = self.flags & MISSING_LEFT != 0;
        let left = if value.is_nan() {
            missing_left
        } else if self.flags & CATEGORIES == 0 {
            value <= self.threshold
        } else {
            category(value)
                .map_or(missing_left, |code| sets.get(self.threshold as usize).is_some_and(|set| holds(set, code)))
        };
        (if left { self.left } else { self.right }) as usize
    }
}

/// The category of a number, where it is one.
pub(super) fn category(value: f64) -> Option<usize> {
    (value >= 0.0 && value < MOST_CATEGORIES as f64 && value.fract() == 0.0).then_some(value as usize)
}

fn holds(set: &Set, code: usize) -> bool {
    set.get(code / 32).is_some_and(|word| word >> (code % 32) & 1 == 1)
}

/// A tree that has been grown.
#[derive(Clone, Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// What each node predicts.
    pub(super) values: Vec<f64>,
    /// The sets of categories that nodes name.
    pub(super) sets: Vec<Set>,
    /// By how much the cuts of each column made the impurity less.
    pub(super) gains: Vec<f64>,
}

/// Trees one behind the other.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::graph::fitted::tree) struct Trees {
    /// How many numbers a row has.
    pub(super) width: usize,
    /// How many numbers a node predicts.
    pub(super) leaf: usize,
    /// Where each tree begins, and behind the last one where it ends.
    pub(super) starts: Vec<u32>,
    pub(super) nodes: Vec<Node>,
    pub(super) values: Vec<f64>,
    pub(super) sets: Vec<Set>,
}

/// So many rows are taken through a tree at once, so that it stays in the cache.
const BLOCK: usize = 256;

impl Trees {
    pub(super) const fn none(width: usize, leaf: usize) -> Self {
        Self { width, leaf, starts: Vec::new(), nodes: Vec::new(), values: Vec::new(), sets: Vec::new() }
    }

    /// Puts a tree behind the others; false where all of them have more nodes than can be counted.
    pub(super) fn push(&mut self, tree: &Tree) -> bool {
        if self.starts.is_empty() {
            self.starts.push(0);
        }
        // A tree has its sets in the order in which nodes were parted, and they are kept in that of the nodes.
        for node in &tree.nodes {
            let mut threshold = node.threshold;
            if node.flags & CATEGORIES != 0 {
                self.sets.extend(tree.sets.get(threshold as usize));
                threshold = self.sets.len().saturating_sub(1) as f64;
            }
            self.nodes.push(Node { threshold, ..*node });
        }
        self.values.extend(&tree.values);
        let Ok(end) = u32::try_from(self.nodes.len()) else { return false };
        self.starts.push(end);
        true
    }

    /// Takes trees off the end, so that `count` stay.
    pub(super) fn truncate(&mut self, count: usize) {
        self.starts.truncate(count + 1);
        let nodes = self.starts.last().map_or(0, |end| *end as usize);
        self.nodes.truncate(nodes);
        self.values.truncate(nodes * self.leaf);
        let sets = self.nodes.iter().filter(|node| node.flags & CATEGORIES != 0).count();
        self.sets.truncate(sets);
    }

    /// How many trees there are.
    pub(in crate::graph::fitted::tree) fn count(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The nodes of a tree.
    pub(super) fn tree(&self, tree: usize) -> &[Node] {
        let bounds = (self.starts.get(tree), self.starts.get(tree + 1));
        let (Some(start), Some(end)) = bounds else { return &[] };
        self.nodes.get(*start as usize..*end as usize).unwrap_or(&[])
    }

    /// What the leaf of a row predicts in a tree.
    #[inline(always)]
    pub(super) fn leaf<'a>(&'a self, tree: usize, nodes: &[Node], row: &[f64]) -> &'a [f64] {
        let mut at = 0;
        while let Some(node) = nodes.get(at) {
            if node.is_leaf() {
                break;
            }
            // Children stand behind their parents, so this ends.
            at = node.child(row.get(node.feature as usize).copied().unwrap_or(f64::NAN), &self.sets);
        }
        let start = self.starts.get(tree).map_or(0, |start| *start as usize) + at;
        self.values.get(start * self.leaf..(start + 1) * self.leaf).unwrap_or(&[])
    }

    /// Adds what all trees tell of each row, tree by tree, to `outputs` numbers a row that stand in `sums`: where nodes
    /// predict one number each, tree k to number k modulo the numbers a row, otherwise number to number.
    pub(super) fn add_to(&self, rows: &Rows<'_>, outputs: usize, sums: &mut [f64]) {
        if outputs == 0 {
            return;
        }
        let blocks = rows.values().par_chunks(BLOCK * self.width.max(1));
        blocks.zip(sums.par_chunks_mut(BLOCK * outputs)).for_each(|(rows, sums)| {
            for tree in 0..self.count() {
                let nodes = self.tree(tree);
                let first = if self.leaf == 1 { tree % outputs } else { 0 };
                for (row, sums) in rows.chunks_exact(self.width).zip(sums.chunks_exact_mut(outputs)) {
                    for (sum, value) in sums[first..].iter_mut().zip(self.leaf(tree, nodes, row)) {
                        *sum += value;
                    }
                }
            }
        });
    }
}

/// The gains of the columns as shares of their sum; zeros where there are none.
pub(super) fn shares(gains: &[f64]) -> Vec<f64> {
    let all: f64 = gains.iter().sum();
    gains.iter().map(|gain| if all > 0.0 { gain / all } else { 0.0 }).collect()
}
