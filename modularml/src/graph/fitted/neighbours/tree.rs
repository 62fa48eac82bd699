//! Rows of numbers by where they lie: which of them are nearest to others.

use rayon::prelude::*;

use crate::graph::kernel::vectorized;

/// How many rows lie in a leaf, whose distances are computed side by side.
const LANES: usize = 16;
/// How many rows are looked up together, so that a leaf is brought from memory once for all of them.
const TOGETHER: usize = 32;
/// After so many numbers it is asked whether a leaf is too far away already.
const PIECE: usize = 8;

/// One of the nearest rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Near {
    /// The squared distance.
    pub(super) squared: f64,
    /// Its position among the rows.
    pub(super) row: u32,
}

impl Near {
    /// Nearer ones before others; of those as near the earlier row.
    fn order(&self, other: &Self) -> std::cmp::Ordering {
        self.squared.total_cmp(&other.squared).then(self.row.cmp(&other.row))
    }
}

/// A k-d tree (Bentley, 1975): rows are halved at the median of the column in which they lie farthest apart.
pub(super) struct Tree {
    width: usize,
    nodes: Vec<Node>,
    /// By node, the smallest and the largest number of each column.
    boxes: Vec<f64>,
    /// By leaf, [`LANES`] numbers of each column.
    leaves: Vec<f64>,
    /// By leaf, the rows in it.
    rows: Vec<u32>,
}

#[derive(Clone, Copy)]
enum Node {
    Leaf { leaf: usize, rows: usize },
    Inner { column: usize, at: f64, left: usize, right: usize },
}

impl Tree {
    /// Of rows of `width` numbers, one after the other.
    pub(super) fn of(points: &[f64], width: usize) -> Self {
        let mut tree = Self { width, nodes: Vec::new(), boxes: Vec::new(), leaves: Vec::new(), rows: Vec::new() };
        let count = u32::try_from(points.len() / width.max(1)).unwrap_or(u32::MAX);
        let mut rows: Vec<u32> = (0..count).collect();
        tree.grow(points, &mut rows);
        tree
    }

    /// Adds the nodes of some rows, and says which one is above the others.
    fn grow(&mut self, points: &[f64], rows: &mut [u32]) -> usize {
        let width = self.width;
        let number = |row: u32, column: usize| points.get(row as usize * width + column).copied().unwrap_or_default();
        let (mut low, mut high) = (vec![f64::INFINITY; width], vec![f64::NEG_INFINITY; width]);
        for row in rows.iter() {
            let numbers = points.iter().skip(*row as usize * width);
            for ((low, high), number) in low.iter_mut().zip(&mut high).zip(numbers) {
                *low = low.min(*number);
                *high = high.max(*number);
            }
        }
        let at = self.nodes.len();
        self.nodes.push(Node::Leaf { leaf: 0, rows: 0 });
        self.boxes.extend(&low);
        self.boxes.extend(&high);
        let apart = low.iter().zip(&high).map(|(low, high)| high - low);
        let widest = apart.enumerate().fold(
            (0, 0.0),
            |(column, widest), (at, apart)| {
                if apart > widest { (at, apart) } else { (column, widest) }
            },
        );
        self.nodes[at] = match widest {
            // Rows that are all the same are several leaves as well.
            (column, _) if rows.len() > LANES => {
                // All leaves but the last are full.
                let half = (rows.len() / 2).next_multiple_of(LANES);
                let by = |a: &u32, b: &u32| number(*a, column).total_cmp(&number(*b, column)).then(a.cmp(b));
                let (before, middle, _) = rows.select_nth_unstable_by(half, by);
                let (at, before) = (number(*middle, column), before.len());
                let (before, behind) = rows.split_at_mut(before);
                let left = self.grow(points, before);
                Node::Inner { column, at, left, right: self.grow(points, behind) }
            }
            _ => {
                let leaf = self.rows.len() / LANES;
                for column in 0..width {
                    let lane = |lane: usize| rows.get(lane).map_or(f64::INFINITY, |row| number(*row, column));
                    self.leaves.extend((0..LANES).map(lane));
                }
                self.rows.extend((0..LANES).map(|lane| rows.get(lane).copied().unwrap_or(u32::MAX)));
                Node::Leaf { leaf, rows: rows.len() }
            }
        };
        at
    }

    /// The `count` rows that are nearest to each of some others, the nearest first; `count` is not above the number of rows.
    pub(super) fn nearest(&self, others: &[f64], count: usize) -> Vec<Vec<Near>> {
        let rows = others.len() / self.width.max(1);
        // Those that lie together are looked up together.
        let mut order: Vec<usize> = (0..rows).collect();
        let leaves: Vec<usize> = others.chunks_exact(self.width.max(1)).map(|row| self.leaf_of(row)).collect();
        order.sort_by_key(|&row| leaves[row]);
        let found: Vec<Vec<Near>> = order
            .par_chunks(TOGETHER)
            .flat_map_iter(|rows| {
                let row = |row: &usize| &others[row * self.width..][..self.width];
                let mut lookups: Vec<Lookup<'_>> =
                    rows.iter().map(|at| Lookup { row: row(at), found: Vec::with_capacity(count + 1) }).collect();
                let all: Vec<usize> = (0..lookups.len()).collect();
                self.visit(0, &all, &mut lookups, count);
                lookups.into_iter().map(|lookup| lookup.found)
            })
            .collect();
        let mut by_row = vec![Vec::new(); rows];
        for (row, found) in order.into_iter().zip(found) {
            by_row[row] = found;
        }
        by_row
    }

    fn leaf_of(&self, row: &[f64]) -> usize {
        let mut node = 0;
        while let Some(Node::Inner { column, at, left, right }) = self.nodes.get(node) {
            node = if row.get(*column).is_some_and(|number| number < at) { *left } else { *right };
        }
        node
    }

    /// Looks for nearer rows below a node.
    fn visit(&self, node: usize, asking: &[usize], lookups: &mut [Lookup<'_>], count: usize) {
        let (Some(at), Some(bounds)) = (self.nodes.get(node), self.boxes.get(node * 2 * self.width..)) else { return };
        let (low, high) = bounds.split_at(self.width);
        let may = |lookup: &Lookup<'_>| self.least(lookup.row, (low, high)) <= lookup.farthest(count);
        let asking: Vec<usize> = asking.iter().copied().filter(|&asks| may(&lookups[asks])).collect();
        let Some(&first) = asking.first() else { return };
        match *at {
            Node::Leaf { leaf, rows } => {
                let numbers = &self.leaves[leaf * LANES * self.width..][..LANES * self.width];
                let rows = &self.rows[leaf * LANES..][..rows];
                for asks in asking {
                    lookups[asks].look((numbers, rows), count);
                }
            }
            Node::Inner { column, at, left, right } => {
                let is_left = lookups[first].row.get(column).is_some_and(|number| *number < at);
                let (near, far) = if is_left { (left, right) } else { (right, left) };
                self.visit(near, &asking, lookups, count);
                self.visit(far, &asking, lookups, count);
            }
        }
    }

    /// No row in a box has a smaller squared distance; what rounding may add is taken off.
    #[allow(clippy::cast_precision_loss, reason = "widths are far below 2^53")]
    fn least(&self, row: &[f64], (low, high): (&[f64], &[f64])) -> f64 {
        let mut sums = [0.0; 4];
        for (at, ((number, low), high)) in row.iter().zip(low).zip(high).enumerate() {
            let outside = (low - number).max(number - high).max(0.0);
            sums[at % 4] += outside * outside;
        }
        sums.iter().sum::<f64>() * (1.0 - 4.0 * f64::EPSILON * self.width as f64)
    }
}

/// A row whose nearest others are looked for.
struct Lookup<'a> {
    row: &'a [f64],
    /// In their order.
    found: Vec<Near>,
}

impl Lookup<'_> {
    /// How far away a row may be to be one of those that are looked for.
    fn farthest(&self, count: usize) -> f64 {
        if self.found.len() < count {
            f64::INFINITY
        } else {
            self.found.last().map_or(f64::INFINITY, |near| near.squared)
        }
    }

    /// Looks at the rows of a leaf.
    fn look(&mut self, (numbers, rows): (&[f64], &[u32]), count: usize) {
        let farthest = self.farthest(count);
        let Some(squared) = distances(self.row, numbers, farthest) else { return };
        for (&row, squared) in rows.iter().zip(squared) {
            let near = Near { squared, row };
            if squared > self.farthest(count) {
                continue;
            }
            let place = self.found.partition_point(|found| found.order(&near).is_lt());
            self.found.insert(place, near);
            self.found.truncate(count);
        }
    }
}

/// The squared distances to the rows of a leaf; none where all are farther than `farthest`.
fn distances(row: &[f64], numbers: &[f64], farthest: f64) -> Option<[f64; LANES]> {
    vectorized!(|| {
        let mut sums = [0.0; LANES];
        for (row, numbers) in row.chunks(PIECE).zip(numbers.chunks(PIECE * LANES)) {
            for (number, lanes) in row.iter().zip(numbers.chunks_exact(LANES)) {
                for (sum, lane) in sums.iter_mut().zip(lanes) {
                    let apart = lane - number;
                    *sum += apart * apart;
                }
            }
            let mut is_near = false;
            for sum in &sums {
                is_near |= *sum <= farthest;
            }
            if !is_near {
                return None;
            }
        }
        Some(sums)
    })
}

#[cfg(test)]
mod tests {
    use super::{Near, Tree};
    use crate::random::{Place, Purpose, Rng};

    fn numbers(count: usize, of: usize, seed: u64) -> Vec<f64> {
        let mut rng = Rng::new(seed, Purpose::Fit, Place::default());
        // Few values, so that many rows are equally far away.
        (0..count).map(|_| f64::from(u8::try_from(rng.below(of)).unwrap())).collect()
    }

    #[test]
    fn finds_what_comparing_all_rows_finds() {
        for (rows, width, of) in [(1, 1, 3), (7, 2, 3), (40, 1, 1), (300, 3, 4), (500, 20, 9), (1000, 2, 200)] {
            let (points, others) = (numbers(rows * width, of, 1), numbers(50 * width, of, 2));
            let count = rows.min(6);
            let found = Tree::of(&points, width).nearest(&others, count);
            for (other, found) in others.chunks(width).zip(found) {
                let squared = |point: &[f64]| point.iter().zip(other).map(|(a, b)| (a - b) * (a - b)).sum();
                let mut all: Vec<Near> =
                    points.chunks(width).zip(0..).map(|(point, row)| Near { squared: squared(point), row }).collect();
                all.sort_by(Near::order);
                assert_eq!(found, all[..count], "{rows} rows of {width}");
            }
        }
    }

    #[test]
    fn holds_out_where_distances_are_infinite() {
        let points = [1e300, -1e300, 0.0, 1e300];
        let found = Tree::of(&points, 1).nearest(&[-1e300], 3);
        let rows: Vec<u32> = found[0].iter().map(|near| near.row).collect();
        assert_eq!(rows, [1, 0, 2]);
    }
}
