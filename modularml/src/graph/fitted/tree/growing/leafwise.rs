//! Growing one tree over histograms, the leaf first whose cut helps most (Ke et al., "`LightGBM`", 2017).

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use super::bins::{Bins, Column, MISSING, Scale};
use super::exact::ABOVE_ALL;
use super::histogram::{PLACES, Slopes, Sums, fill};
use super::model::{CATEGORIES, MISSING_LEFT, Node, Set, Tree};

/// How far a tree is grown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Growth {
    pub(super) leaves: usize,
    pub(super) depth: usize,
    pub(super) at_least: u32,
    /// What is added to the sum of second derivatives of a leaf.
    pub(super) l2: f64,
    /// What leaves are multiplied by.
    pub(super) rate: f64,
}

/// A side of a cut has second derivatives of this sum at least, so that no leaf is divided by 0.
const LEAST_SECOND: f64 = 1e-3;
/// Categories of fewer rows stay on the side of the rest; the same number makes the order of the others less noisy.
const CATEGORY_ROWS: f64 = 10.0;

/// How the rows of a leaf would be parted.
#[derive(Clone, Copy, Debug)]
struct Cut {
    column: usize,
    gain: f64,
    side: Side,
    missing_left: bool,
    left: Sums,
}

/// Which bins go left.
#[derive(Clone, Copy, Debug)]
enum Side {
    UpTo(u8),
    Of(Set),
}

struct Leaf {
    node: usize,
    start: usize,
    end: usize,
    depth: usize,
    sums: Sums,
}

/// A leaf that can be cut.
struct Open {
    leaf: Leaf,
    cut: Cut,
    histogram: Vec<Sums>,
}

impl Ord for Open {
    fn cmp(&self, other: &Self) -> Ordering {
        // Of equal gains the one that was there first.
        self.cut.gain.total_cmp(&other.cut.gain).then(other.leaf.node.cmp(&self.leaf.node))
    }
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Open {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Open {}

/// Grows trees, and keeps the room for it.
pub(super) struct Grower<'a> {
    bins: &'a Bins,
    growth: Growth,
    rows: Vec<u32>,
    right: Vec<u32>,
    ordered: Vec<[f32; 2]>,
    spare: Vec<Vec<Sums>>,
}

impl<'a> Grower<'a> {
    pub(super) fn new(bins: &'a Bins, growth: Growth) -> Self {
        Self { bins, growth, rows: Vec::new(), right: Vec::new(), ordered: Vec::new(), spare: Vec::new() }
    }

    /// The tree that makes the loss least whose derivatives are given, to the second order; and what it adds is added to the
    /// rows' predictions.
    pub(super) fn grow(&mut self, slopes: Slopes<'_>, predictions: &mut [f64]) -> Tree {
        let mut tree = Tree { gains: vec![0.0; self.bins.columns.len()], ..Tree::default() };
        self.rows.clear();
        self.rows.extend(0..self.bins.rows as u32);
        let mut sums = Sums::default();
        for [first, second] in slopes.pairs {
            sums.plus(&Sums { first: f64::from(*first), second: f64::from(*second), rows: 1 });
        }
        let mut open = BinaryHeap::new();
        let mut done = Vec::new();
        let root = Leaf { node: Self::node(&mut tree), start: 0, end: self.rows.len(), depth: 0, sums };
        let mut histogram = self.spare.pop().unwrap_or_default();
        fill(&mut histogram, self.bins, &self.rows, slopes, &mut self.ordered);
        self.put(root, histogram, &mut open, &mut done);
        while open.len() + done.len() < self.growth.leaves.max(1) {
            let Some(Open { leaf, cut, histogram }) = open.pop() else { break };
            tree.gains[cut.column] += cut.gain;
            let middle = leaf.start + self.part(leaf.start, leaf.end, &cut);
            let (left, right) = (Self::node(&mut tree), Self::node(&mut tree));
            self.write(&mut tree, leaf.node, &cut, left as u32);
            let depth = leaf.depth + 1;
            let left = Leaf { node: left, start: leaf.start, end: middle, depth, sums: cut.left };
            let right = Leaf { node: right, start: middle, end: leaf.end, depth, sums: leaf.sums.less(&cut.left) };
            // What is left when the tree is full needs no histogram.
            if open.len() + done.len() + 2 >= self.growth.leaves || !(self.may_part(&left) || self.may_part(&right)) {
                self.spare.push(histogram);
                done.extend([left, right]);
                continue;
            }
            let (small, large) = if left.sums.rows <= right.sums.rows { (left, right) } else { (right, left) };
            let mut counted = self.spare.pop().unwrap_or_default();
            fill(&mut counted, self.bins, &self.rows[small.start..small.end], slopes, &mut self.ordered);
            let mut rest = histogram;
            for (sum, counted) in rest.iter_mut().zip(&counted) {
                *sum = sum.less(counted);
            }
            for (leaf, histogram) in [(small, counted), (large, rest)] {
                self.put(leaf, histogram, &mut open, &mut done);
            }
        }
        for Open { leaf, histogram, .. } in open.into_vec() {
            self.spare.push(histogram);
            done.push(leaf);
        }
        for leaf in done {
            let value = -leaf.sums.first / (leaf.sums.second + self.growth.l2 + 1e-15) * self.growth.rate;
            let value = if value.is_finite() { value } else { 0.0 };
            tree.values[leaf.node] = value;
            for row in &self.rows[leaf.start..leaf.end] {
                predictions[*row as usize] += value;
            }
        }
        tree
    }

    fn node(tree: &mut Tree) -> usize {
        tree.nodes.push(Node::LEAF);
        tree.values.push(0.0);
        tree.nodes.len() - 1
    }

    fn may_part(&self, leaf: &Leaf) -> bool {
        leaf.depth < self.growth.depth && leaf.sums.rows >= self.growth.at_least.saturating_mul(2)
    }

    /// Puts a leaf among those that can be cut, or among those that are done.
    fn put(&mut self, leaf: Leaf, histogram: Vec<Sums>, open: &mut BinaryHeap<Open>, done: &mut Vec<Leaf>) {
        if let Some(cut) = self.may_part(&leaf).then(|| self.best(&leaf, &histogram)).flatten() {
            open.push(Open { leaf, cut, histogram });
        } else {
            self.spare.push(histogram);
            done.push(leaf);
        }
    }

    fn best(&self, leaf: &Leaf, histogram: &[Sums]) -> Option<Cut> {
        let columns = self.bins.columns.iter().zip(histogram.chunks_exact(PLACES)).enumerate();
        let cuts = columns.map(|(at, (column, sums))| self.best_of(at, column, sums, &leaf.sums));
        cuts.flatten().fold(None, |best: Option<Cut>, cut| match best {
            Some(best) if best.gain >= cut.gain => Some(best),
            _ => Some(cut),
        })
    }

    fn best_of(&self, at: usize, column: &Column, bins: &[Sums], all: &Sums) -> Option<Cut> {
        let mut search = Search { growth: self.growth, column: at, all: *all, best: None };
        let missing = *bins.get(usize::from(MISSING))?;
        match &column.scale {
            Scale::Edges(edges) => {
                let counted = bins.get(..=edges.len())?;
                search.along(counted, Sums::default(), missing.rows > 0, false);
                if missing.rows > 0 {
                    search.along(counted, missing, false, true);
                }
            }
            Scale::Categories { .. } => search.among(bins, missing.rows > 0),
        }
        search.best
    }

    /// Puts the rows that go left before the others, each in their order, and returns how many they are.
    fn part(&mut self, start: usize, end: usize, cut: &Cut) -> usize {
        let bins = &self.bins.columns[cut.column].bins;
        let rows = &mut self.rows[start..end];
        self.right.clear();
        let mut left = 0;
        for at in 0..rows.len() {
            let row = rows[at];
            let bin = bins[row as usize];
            let goes_left = match &cut.side {
                _ if bin == MISSING => cut.missing_left,
                Side::UpTo(last) => bin <= *last,
                Side::Of(set) => set[usize::from(bin) / 32] >> (bin % 32) & 1 == 1,
            };
            if goes_left {
                rows[left] = row;
                left += 1;
            } else {
                self.right.push(row);
            }
        }
        rows[left..].copy_from_slice(&self.right);
        left
    }

    fn write(&self, tree: &mut Tree, node: usize, cut: &Cut, left: u32) {
        let missing = if cut.missing_left { MISSING_LEFT } else { 0 };
        let (threshold, flags) = match (&cut.side, &self.bins.columns[cut.column].scale) {
            (Side::UpTo(bin), Scale::Edges(edges)) => {
                (edges.get(usize::from(*bin)).copied().unwrap_or(ABOVE_ALL), missing)
            }
            (Side::Of(set), Scale::Categories { unseen }) => {
                // Categories that nobody has seen go where missing values go.
                let other = if cut.missing_left { *unseen } else { [0; 8] };
                let mut set = *set;
                for (word, other) in set.iter_mut().zip(other) {
                    *word |= other;
                }
                tree.sets.push(set);
                ((tree.sets.len() - 1) as f64, missing | CATEGORIES)
            }
            _ => (ABOVE_ALL, missing),
        };
        tree.nodes[node] = Node { threshold, feature: cut.column as u32, left, right: left + 1, flags };
    }
}

struct Search {
    growth: Growth,
    column: usize,
    all: Sums,
    best: Option<Cut>,
}

impl Search {
    /// Cuts between neighbouring bins; `left` is what lies left of all of them.
    fn along(&mut self, bins: &[Sums], mut left: Sums, rest_is_missing: bool, missing_left: bool) {
        let last = bins.len() - 1;
        for (bin, sums) in bins.iter().enumerate() {
            if sums.rows == 0 {
                continue;
            }
            left.plus(sums);
            if bin == last && !rest_is_missing {
                break;
            }
            if left.rows < self.growth.at_least {
                continue;
            }
            if self.all.rows - left.rows < self.growth.at_least {
                break;
            }
            self.offer(&left, Side::UpTo(bin as u8), missing_left, rest_is_missing || missing_left);
        }
    }

    /// Cuts between categories that stand in the order of their mean slope, among which the best of all sets is for squared
    /// errors (Fisher, "On grouping for maximum homogeneity", 1958). The smaller half goes left, and rare categories go right.
    fn among(&mut self, bins: &[Sums], are_missing: bool) {
        let rows_to_second = f64::from(self.all.rows) / self.all.second.max(LEAST_SECOND);
        let mut order: Vec<(f64, usize)> = bins
            .iter()
            .enumerate()
            .filter(|(_, sums)| sums.rows > 0 && sums.second * rows_to_second >= CATEGORY_ROWS)
            .map(|(bin, sums)| (sums.first / (sums.second + CATEGORY_ROWS), bin))
            .collect();
        if order.len() < 2 {
            return;
        }
        order.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.cmp(&right.1)));
        let half = order.len().div_ceil(2);
        let forwards = order.iter().take(half);
        let backwards = order.iter().rev().take(half - 1);
        self.sets_of(bins, forwards, are_missing);
        self.sets_of(bins, backwards, are_missing);
    }

    /// Cuts that let one category after the other go left.
    fn sets_of<'b>(&mut self, bins: &[Sums], order: impl Iterator<Item = &'b (f64, usize)>, are_missing: bool) {
        let (mut left, mut set, mut missing_left) = (Sums::default(), Set::default(), false);
        for (_, bin) in order {
            left.plus(&bins[*bin]);
            if *bin == usize::from(MISSING) {
                missing_left = true;
            } else {
                set[bin / 32] |= 1 << (bin % 32);
            }
            if left.rows < self.growth.at_least {
                continue;
            }
            if self.all.rows - left.rows < self.growth.at_least {
                break;
            }
            self.offer(&left, Side::Of(set), missing_left, are_missing);
        }
    }

    #[inline(always)]
    fn offer(&mut self, left: &Sums, side: Side, missing_left: bool, missing_is_known: bool) {
        let right = self.all.less(left);
        if left.second < LEAST_SECOND || right.second < LEAST_SECOND {
            return;
        }
        let worth = |sums: &Sums| sums.first * sums.first / (sums.second + self.growth.l2);
        let gain = worth(left) + worth(&right) - worth(&self.all);
        if gain > self.best.map_or(0.0, |best| best.gain) && gain.is_finite() {
            // Where no row lacks the value, those to come go with more of the rows.
            let missing_left = if missing_is_known { missing_left } else { left.rows > right.rows };
            self.best = Some(Cut { column: self.column, gain, side, missing_left, left: *left });
        }
    }
}
