//! Sums over the rows on both sides of a cut, from which it follows how pure both sides are.
//!
//! With S the sum of weight times target and W the sum of weights of a side, a cut that makes the weighted squared error of
//! both sides least makes the sum of S² / W greatest. The Gini impurity is the same with one target a class, 1 for the rows
//! of the class and 0 for others (Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984).

use super::rows::Target;

/// What is summed for one kind of target. Of the rows of a node all are right of the cut at first.
pub(super) trait Tally: Clone + Send {
    /// Takes the rows of a node.
    fn take(&mut self, rows: &[u32]);
    /// Whether all targets of the node are equal.
    fn is_pure(&self, rows: &[u32]) -> bool;
    /// The mean target of the node, or the share of each class.
    fn value(&self, values: &mut Vec<f64>);
    /// What the node is worth without a cut.
    fn whole(&self) -> f64;
    /// Puts all rows of the node right of the cut.
    fn begin(&mut self);
    /// Moves a row from the right to the left.
    fn shift(&mut self, row: u32);
    /// Moves a row to the left where it goes left, without a branch where that is possible: which way rows go is not to be
    /// foreseen.
    #[inline(always)]
    fn shift_if(&mut self, row: u32, goes_left: bool) {
        if goes_left {
            self.shift(row);
        }
    }
    /// What the cut is worth; more is better.
    fn worth(&self) -> f64;
}

/// One number a row.
#[derive(Clone)]
pub(super) struct One {
    /// Weight times target, the mean of all rows taken off, and weight.
    rows: Vec<[f64; 2]>,
    targets: Vec<f64>,
    mean: f64,
    node: [f64; 2],
    left: [f64; 2],
}

impl One {
    pub(super) fn new(targets: &[f64], weights: &[f64]) -> Self {
        // Sums of numbers around 0 keep more digits.
        let mean = mean(targets.iter().copied(), weights);
        let rows = targets.iter().zip(weights).map(|(target, weight)| [weight * (target - mean), *weight]).collect();
        Self { rows, targets: targets.to_vec(), mean, node: [0.0; 2], left: [0.0; 2] }
    }
}

fn mean(targets: impl Iterator<Item = f64>, weights: &[f64]) -> f64 {
    let (mut sum, mut weight) = (0.0, 0.0);
    for (target, w) in targets.zip(weights) {
        sum += target * w;
        weight += w;
    }
    let mean: f64 = sum / weight;
    if mean.is_finite() { mean } else { 0.0 }
}

impl Tally for One {
    fn take(&mut self, rows: &[u32]) {
        let mut node = [0.0; 2];
        for row in rows {
            let [sum, weight] = self.rows[*row as usize];
            node[0] += sum;
            node[1] += weight;
        }
        self.node = node;
    }

    fn is_pure(&self, rows: &[u32]) -> bool {
        let mut targets = rows.iter().map(|row| self.targets[*row as usize]);
        let first = targets.next();
        targets.all(|target| Some(target) == first)
    }

    fn value(&self, values: &mut Vec<f64>) {
        values.push(self.mean + self.node[0] / self.node[1]);
    }

    fn whole(&self) -> f64 {
        self.node[0] * self.node[0] / self.node[1]
    }

    fn begin(&mut self) {
        self.left = [0.0; 2];
    }

    #[inline(always)]
    fn shift(&mut self, row: u32) {
        let [sum, weight] = self.rows[row as usize];
        self.left[0] += sum;
        self.left[1] += weight;
    }

    #[inline(always)]
    fn shift_if(&mut self, row: u32, goes_left: bool) {
        let [sum, weight] = self.rows[row as usize];
        let times = f64::from(u8::from(goes_left));
        self.left[0] += sum * times;
        self.left[1] += weight * times;
    }

    #[inline(always)]
    fn worth(&self) -> f64 {
        let [sum, weight] = self.left;
        let (rest, rest_weight) = (self.node[0] - sum, self.node[1] - weight);
        sum * sum / weight + rest * rest / rest_weight
    }
}

/// Several numbers a row.
#[derive(Clone)]
pub(super) struct Several {
    width: usize,
    targets: Vec<f64>,
    weights: Vec<f64>,
    means: Vec<f64>,
    node: Vec<f64>,
    node_weight: f64,
    left: Vec<f64>,
    left_weight: f64,
}

impl Several {
    pub(super) fn new(targets: &[f64], width: usize, weights: &[f64]) -> Self {
        let means: Vec<f64> =
            (0..width).map(|at| mean(targets.iter().skip(at).step_by(width).copied(), weights)).collect();
        let centred = targets.chunks_exact(width).flat_map(|row| row.iter().zip(&means).map(|(y, mean)| y - mean));
        Self {
            width,
            targets: centred.collect(),
            weights: weights.to_vec(),
            node: vec![0.0; width],
            left: vec![0.0; width],
            means,
            node_weight: 0.0,
            left_weight: 0.0,
        }
    }

    fn row(&self, row: u32) -> &[f64] {
        let start = row as usize * self.width;
        &self.targets[start..start + self.width]
    }
}

impl Tally for Several {
    fn take(&mut self, rows: &[u32]) {
        self.begin();
        for row in rows {
            self.shift(*row);
        }
        self.node.clone_from(&self.left);
        self.node_weight = self.left_weight;
    }

    fn is_pure(&self, rows: &[u32]) -> bool {
        let Some((first, others)) = rows.split_first() else { return true };
        others.iter().all(|row| self.row(*row) == self.row(*first))
    }

    fn value(&self, values: &mut Vec<f64>) {
        values.extend(self.means.iter().zip(&self.node).map(|(mean, sum)| mean + sum / self.node_weight));
    }

    fn whole(&self) -> f64 {
        self.node.iter().map(|sum| sum * sum).sum::<f64>() / self.node_weight
    }

    fn begin(&mut self) {
        self.left.fill(0.0);
        self.left_weight = 0.0;
    }

    fn shift(&mut self, row: u32) {
        let weight = self.weights[row as usize];
        let start = row as usize * self.width;
        for (sum, target) in self.left.iter_mut().zip(&self.targets[start..start + self.width]) {
            *sum += weight * target;
        }
        self.left_weight += weight;
    }

    fn worth(&self) -> f64 {
        let (mut left, mut right) = (0.0, 0.0);
        for (sum, node) in self.left.iter().zip(&self.node) {
            left += sum * sum;
            right += (node - sum) * (node - sum);
        }
        left / self.left_weight + right / (self.node_weight - self.left_weight)
    }
}

/// A class a row.
#[derive(Clone)]
pub(super) struct OfClasses {
    /// Class and weight.
    rows: Vec<(u32, f64)>,
    node: Vec<f64>,
    /// The weights of each class left and right of the cut.
    sides: Vec<[f64; 2]>,
    /// The sums of their squares.
    squares: [f64; 2],
    weights: [f64; 2],
}

impl OfClasses {
    pub(super) fn new(codes: &[u32], count: usize, weights: &[f64]) -> Self {
        let rows = codes.iter().copied().zip(weights.iter().copied()).collect();
        Self { rows, node: vec![0.0; count], sides: vec![[0.0; 2]; count], squares: [0.0; 2], weights: [0.0; 2] }
    }

    fn node_weight(&self) -> f64 {
        self.node.iter().sum()
    }
}

impl Tally for OfClasses {
    fn take(&mut self, rows: &[u32]) {
        self.node.fill(0.0);
        for row in rows {
            let (class, weight) = self.rows[*row as usize];
            self.node[class as usize] += weight;
        }
    }

    fn is_pure(&self, _: &[u32]) -> bool {
        self.node.iter().filter(|weight| **weight > 0.0).count() < 2
    }

    fn value(&self, values: &mut Vec<f64>) {
        let all = self.node_weight();
        values.extend(self.node.iter().map(|weight| weight / all));
    }

    fn whole(&self) -> f64 {
        self.node.iter().map(|weight| weight * weight).sum::<f64>() / self.node_weight()
    }

    fn begin(&mut self) {
        for (side, node) in self.sides.iter_mut().zip(&self.node) {
            *side = [0.0, *node];
        }
        self.squares = [0.0, self.node.iter().map(|weight| weight * weight).sum()];
        self.weights = [0.0, self.node_weight()];
    }

    #[inline(always)]
    fn shift(&mut self, row: u32) {
        let (class, weight) = self.rows[row as usize];
        let [left, right] = &mut self.sides[class as usize];
        // (c + w)² - c² and (c - w)² - c².
        self.squares[0] += weight * (2.0 * *left + weight);
        self.squares[1] -= weight * (2.0 * *right - weight);
        *left += weight;
        *right -= weight;
        self.weights[0] += weight;
        self.weights[1] -= weight;
    }

    #[inline(always)]
    fn shift_if(&mut self, row: u32, goes_left: bool) {
        let (class, weight) = self.rows[row as usize];
        let weight = weight * f64::from(u8::from(goes_left));
        let [left, right] = &mut self.sides[class as usize];
        self.squares[0] += weight * (2.0 * *left + weight);
        self.squares[1] -= weight * (2.0 * *right - weight);
        *left += weight;
        *right -= weight;
        self.weights[0] += weight;
        self.weights[1] -= weight;
    }

    #[inline(always)]
    fn worth(&self) -> f64 {
        self.squares[0] / self.weights[0] + self.squares[1] / self.weights[1]
    }
}

/// Runs something with the sums of a kind of target.
pub(super) trait WithTally {
    type Output;
    fn run<T: Tally>(self, tally: T) -> Self::Output;
}

/// The sums for a target, each row with a weight.
pub(super) fn with_tally<W: WithTally>(target: Target<'_>, weights: &[f64], run: W) -> W::Output {
    match target {
        Target::Numbers { values, width: 1 } => run.run(One::new(values, weights)),
        Target::Numbers { values, width } => run.run(Several::new(values, width, weights)),
        Target::Classes { codes, count } => run.run(OfClasses::new(codes, count, weights)),
    }
}
