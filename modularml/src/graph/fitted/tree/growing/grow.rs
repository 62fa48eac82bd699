//! Growing one tree, node by node, from its root.

use super::columns::{Columns, MISSING};
use super::exact::{Cut, Room};
use super::model::{MISSING_LEFT, Node, Tree};
use super::random::random;
use super::tally::Tally;
use crate::random::Rng;

/// How far a tree is grown, and among which cuts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::graph::fitted::tree) struct Growth {
    /// How many questions lead to a leaf at most.
    pub(in crate::graph::fitted::tree) depth: usize,
    /// How many rows a leaf has at least.
    pub(in crate::graph::fitted::tree) at_least: usize,
    /// How many rows a node has at least that is cut.
    pub(in crate::graph::fitted::tree) cut_from: usize,
    /// How many columns are asked for a cut, drawn anew at each node.
    pub(in crate::graph::fitted::tree) columns: usize,
    /// Columns are asked in an order that is drawn, so that of equally good cuts, of which small nodes have many, not always
    /// the first column's is taken.
    pub(in crate::graph::fitted::tree) shuffled: bool,
    /// The cut of a column is drawn, in place of its best one.
    pub(in crate::graph::fitted::tree) random: bool,
}

/// Rows that wait to become a node.
struct Waiting {
    start: usize,
    end: usize,
    depth: usize,
    /// The parent, and whether the rows go to its left.
    below: Option<(usize, bool)>,
}

/// Grows a tree on rows, in their order, by the sums of their targets. The nodes come in the order of a walk that goes left
/// before right.
pub(super) fn grow<T: Tally>(
    columns: &Columns,
    mut rows: Vec<u32>,
    mut tally: T,
    growth: Growth,
    rng: &mut Rng,
) -> Tree {
    let mut tree = Tree { gains: vec![0.0; columns.count()], ..Tree::default() };
    let mut search = Search { order: (0..columns.count() as u32).collect(), room: Room::default(), growth };
    let mut right = Vec::new();
    let mut waiting = vec![Waiting { start: 0, end: rows.len(), depth: 0, below: None }];
    while let Some(Waiting { start, end, depth, below }) = waiting.pop() {
        let at = tree.nodes.len();
        tree.nodes.push(Node::LEAF);
        if let Some((parent, left)) = below {
            let parent = &mut tree.nodes[parent];
            *(if left { &mut parent.left } else { &mut parent.right }) = at as u32;
        }
        let here = &mut rows[start..end];
        tally.take(here);
        tally.value(&mut tree.values);
        let small = here.len() < growth.cut_from.max(2) || here.len() < growth.at_least.saturating_mul(2);
        if depth >= growth.depth || small || tally.is_pure(here) {
            continue;
        }
        let Some(cut) = search.best(columns, here, &mut tally, rng) else { continue };
        tree.gains[cut.feature as usize] += (cut.worth - tally.whole()).max(0.0);
        let flags = if cut.missing_left { MISSING_LEFT } else { 0 };
        // A mark that is replaced when the children come.
        tree.nodes[at] = Node { threshold: cut.threshold, feature: cut.feature, flags, ..Node::LEAF };
        let middle = start + part(columns, &cut, here, &mut right);
        waiting.push(Waiting { start: middle, end, depth: depth + 1, below: Some((at, false)) });
        waiting.push(Waiting { start, end: middle, depth: depth + 1, below: Some((at, true)) });
    }
    tree
}

/// Puts the rows that go left before those that go right, each in their order, and returns how many go left.
fn part(columns: &Columns, cut: &Cut, rows: &mut [u32], right: &mut Vec<u32>) -> usize {
    right.clear();
    let mut left = 0;
    for at in 0..rows.len() {
        let row = rows[at];
        let rank = columns.rank(row, cut.feature);
        if if rank == MISSING { cut.missing_left } else { rank <= cut.rank } {
            rows[left] = row;
            left += 1;
        } else {
            right.push(row);
        }
    }
    rows[left..].copy_from_slice(right);
    left
}

struct Search {
    /// The columns, of which those that were drawn last stand first.
    order: Vec<u32>,
    room: Room,
    growth: Growth,
}

impl Search {
    /// The best cut of the columns that are asked; others are asked as long as rows differ in none of them.
    fn best<T: Tally>(&mut self, columns: &Columns, rows: &[u32], tally: &mut T, rng: &mut Rng) -> Option<Cut> {
        let all = self.order.len();
        let mut best: Option<Cut> = None;
        let mut differ = 0;
        for asked in 0..all {
            if asked >= self.growth.columns && differ > 0 {
                break;
            }
            if self.growth.shuffled {
                self.order.swap(asked, asked + rng.below(all - asked));
            }
            let feature = self.order[asked];
            let column = (feature, columns);
            let (found, differs) = if self.growth.random {
                random(column, rows, self.growth.at_least, tally, rng)
            } else {
                self.room.best(column, rows, self.growth.at_least, tally)
            };
            differ += usize::from(differs);
            if let Some(cut) = found
                && best.is_none_or(|best| cut.worth > best.worth)
            {
                best = Some(cut);
            }
        }
        best
    }
}
