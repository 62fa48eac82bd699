//! Trees as arrays that files hold, and the way back, on which nothing is believed.

use super::boosting::Boosted;
use super::forest::Averaged;
use super::isolation::Isolation;
use super::loss::Link;
use super::model::{CATEGORIES, MISSING_LEFT, Node, Trees};

/// An array of a saved state.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Array {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Whole numbers.
    Whole(Vec<u32>),
}

/// The arrays of a saved state by name, each of one axis.
pub(crate) type Arrays = Vec<(&'static str, Array)>;

/// Why arrays are no trees.
pub(crate) type Wrong = String;

impl Trees {
    /// The arrays: where trees begin, and of each node the column, the threshold, the children, flags and what it predicts.
    pub(crate) fn arrays(&self) -> Arrays {
        let whole = |of: fn(&Node) -> u32| Array::Whole(self.nodes.iter().map(of).collect());
        vec![
            ("starts", Array::Whole(self.starts.clone())),
            ("columns", whole(|node| node.feature)),
            ("thresholds", Array::Numbers(self.nodes.iter().map(|node| node.threshold).collect())),
            ("left", whole(|node| node.left)),
            ("right", whole(|node| node.right)),
            ("flags", whole(|node| u32::from(node.flags))),
            ("values", Array::Numbers(self.values.clone())),
            ("categories", Array::Whole(self.sets.iter().flatten().copied().collect())),
        ]
    }

    /// The trees of arrays, for rows of `width` numbers and `leaf` numbers a node.
    ///
    /// # Errors
    /// When they are no trees: an array is missing or of another length, a number is not finite, a child stands before its
    /// parent, has two, or lies in another tree.
    pub(crate) fn from_arrays(width: usize, leaf: usize, arrays: &mut Reading<'_>) -> Result<Self, Wrong> {
        let starts = arrays.whole("starts")?.to_vec();
        let columns = arrays.whole("columns")?;
        let count = columns.len();
        let thresholds = arrays.numbers("thresholds", count)?;
        let (left, right) = (arrays.whole_of("left", count)?, arrays.whole_of("right", count)?);
        let flags = arrays.whole_of("flags", count)?;
        let values = arrays.numbers("values", count.saturating_mul(leaf))?.to_vec();
        let words = arrays.whole("categories")?;
        if !words.len().is_multiple_of(8) {
            return Err(format!("`categories` has {} words, eight a set are needed", words.len()));
        }
        let sets = words.chunks_exact(8).filter_map(|words| words.try_into().ok()).collect::<Vec<_>>();
        let mut nodes = Vec::with_capacity(count);
        for at in 0..count {
            nodes.push(Node {
                threshold: thresholds[at],
                feature: columns[at],
                left: left[at],
                right: right[at],
                flags: u8::try_from(flags[at]).map_err(|_| format!("`flags` has {} at node {at}", flags[at]))?,
            });
        }
        let trees = Self { width, leaf, starts, nodes, values, sets };
        trees.check()?;
        Ok(trees)
    }

    fn check(&self) -> Result<(), Wrong> {
        let ends = (self.starts.first().copied(), self.starts.last().map(|end| *end as usize));
        if ends != (Some(0), Some(self.nodes.len())) && !(self.starts.is_empty() && self.nodes.is_empty()) {
            return Err(format!("`starts` does not begin at 0 and end at the {} nodes", self.nodes.len()));
        }
        if let Some(tree) = self.starts.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(format!("tree {tree} has no nodes"));
        }
        let mut sets = 0;
        for tree in 0..self.count() {
            let nodes = self.tree(tree);
            // Each node but the root is the child of one before it: so all of them are one tree, and a walk ends.
            let mut parents = vec![0u8; nodes.len()];
            for (at, node) in nodes.iter().enumerate() {
                let problem = |what: &str| Err(format!("node {at} of tree {tree} {what}"));
                if node.flags & !(MISSING_LEFT | CATEGORIES) != 0 {
                    return problem("has an unknown flag");
                }
                if node.is_leaf() {
                    if node.right != 0 || node.flags & CATEGORIES != 0 {
                        return problem("has one child, or asks something as a leaf");
                    }
                    continue;
                }
                if node.feature as usize >= self.width {
                    return Err(format!(
                        "node {at} of tree {tree} asks column {}, but rows have {}",
                        node.feature, self.width
                    ));
                }
                if node.flags & CATEGORIES != 0 {
                    if node.threshold != sets as f64 || sets >= self.sets.len() {
                        return problem("names another set of categories than its own");
                    }
                    sets += 1;
                }
                for child in [node.left, node.right] {
                    match parents.get_mut(child as usize) {
                        Some(parents) if child as usize > at && *parents == 0 => *parents = 1,
                        _ => return problem("has a child that stands before it, has two parents or is not there"),
                    }
                }
            }
            if let Some(at) = parents.iter().skip(1).position(|parents| *parents == 0) {
                return Err(format!("node {} of tree {tree} has no parent", at + 1));
            }
        }
        if sets != self.sets.len() {
            return Err(format!("there are {} sets of categories for {sets} nodes", self.sets.len()));
        }
        Ok(())
    }
}

impl Averaged {
    pub(crate) fn arrays(&self) -> Arrays {
        let mut arrays = self.trees.arrays();
        arrays.push(("importances", Array::Numbers(self.importances.clone())));
        arrays
    }

    /// What was saved of a fit for rows of `width` numbers and `outputs` numbers a row.
    ///
    /// # Errors
    /// When the arrays are no such trees.
    pub(crate) fn from_arrays(width: usize, outputs: usize, arrays: &Arrays) -> Result<Self, Wrong> {
        let mut reading = Reading { arrays, taken: Vec::new() };
        let trees = Trees::from_arrays(width, outputs, &mut reading)?;
        let importances = reading.numbers("importances", width)?.to_vec();
        reading.ends()?;
        Ok(Self { trees, importances })
    }
}

impl Boosted {
    pub(crate) fn arrays(&self) -> Arrays {
        let mut arrays = self.trees.arrays();
        let link = match self.link {
            Link::Identity => 0,
            Link::Logistic => 1,
            Link::Softmax => 2,
        };
        arrays.push(("base", Array::Numbers(self.base.clone())));
        arrays.push(("link", Array::Whole(vec![link])));
        arrays.push(("importances", Array::Numbers(self.importances.clone())));
        arrays
    }

    /// What was saved of a fit for rows of `width` numbers and `outputs` numbers a row.
    ///
    /// # Errors
    /// When the arrays are no such trees.
    pub(crate) fn from_arrays(width: usize, outputs: usize, arrays: &Arrays) -> Result<Self, Wrong> {
        let mut reading = Reading { arrays, taken: Vec::new() };
        let trees = Trees::from_arrays(width, 1, &mut reading)?;
        let link = match reading.whole("link")? {
            [0] => Link::Identity,
            [1] if outputs == 2 => Link::Logistic,
            [2] => Link::Softmax,
            other => return Err(format!("`link` is {other:?}, 0, 1 or 2 is needed")),
        };
        let base = reading.numbers("base", link.sums(outputs))?.to_vec();
        let importances = reading.numbers("importances", width)?.to_vec();
        reading.ends()?;
        if !trees.count().is_multiple_of(base.len().max(1)) {
            return Err(format!("{} trees are no whole rounds of {}", trees.count(), base.len()));
        }
        Ok(Self { trees, base, link, importances })
    }
}

impl Isolation {
    pub(crate) fn arrays(&self) -> Arrays {
        let mut arrays = self.trees.arrays();
        arrays.push(("usual", Array::Numbers(vec![self.usual])));
        arrays
    }

    /// What was saved of a fit for rows of `width` numbers.
    ///
    /// # Errors
    /// When the arrays are no such trees.
    pub(crate) fn from_arrays(width: usize, arrays: &Arrays) -> Result<Self, Wrong> {
        let mut reading = Reading { arrays, taken: Vec::new() };
        let trees = Trees::from_arrays(width, 1, &mut reading)?;
        let usual = reading.numbers("usual", 1)?.first().copied().unwrap_or(0.0);
        reading.ends()?;
        Ok(Self { trees, usual })
    }
}

/// Arrays of which each is asked for once.
pub(crate) struct Reading<'a> {
    arrays: &'a Arrays,
    taken: Vec<&'static str>,
}

impl<'a> Reading<'a> {
    fn take(&mut self, name: &'static str) -> Result<&'a Array, Wrong> {
        self.taken.push(name);
        let found = self.arrays.iter().find(|(known, _)| *known == name);
        found.map(|(_, array)| array).ok_or_else(|| format!("`{name}` is missing"))
    }

    fn whole(&mut self, name: &'static str) -> Result<&'a [u32], Wrong> {
        match self.take(name)? {
            Array::Whole(numbers) => Ok(numbers),
            Array::Numbers(_) => Err(format!("`{name}` holds floats, whole numbers are needed")),
        }
    }

    fn whole_of(&mut self, name: &'static str, count: usize) -> Result<&'a [u32], Wrong> {
        let numbers = self.whole(name)?;
        if numbers.len() == count {
            Ok(numbers)
        } else {
            Err(format!("`{name}` has {} numbers, {count} are needed", numbers.len()))
        }
    }

    fn numbers(&mut self, name: &'static str, count: usize) -> Result<&'a [f64], Wrong> {
        let Array::Numbers(numbers) = self.take(name)? else {
            return Err(format!("`{name}` holds whole numbers, floats are needed"));
        };
        if numbers.len() != count {
            return Err(format!("`{name}` has {} numbers, {count} are needed", numbers.len()));
        }
        match numbers.iter().position(|number| !number.is_finite()) {
            Some(at) => Err(format!("`{name}` has {} at {at}, finite numbers are needed", numbers[at])),
            None => Ok(numbers),
        }
    }

    /// Refuses arrays that nothing asked for.
    fn ends(self) -> Result<(), Wrong> {
        match self.arrays.iter().find(|(name, _)| !self.taken.contains(name)) {
            Some((name, _)) => Err(format!("`{name}` is not known here")),
            None => Ok(()),
        }
    }
}
