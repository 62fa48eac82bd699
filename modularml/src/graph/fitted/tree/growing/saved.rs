//! Trees as arrays that files hold, and the way back, on which nothing is believed.

use super::super::super::saved::{Entries, Saved};
use super::boosting::Boosted;
use super::forest::Averaged;
use super::isolation::Isolation;
use super::loss::Link;
use super::model::{CATEGORIES, MISSING_LEFT, Node, Set, Trees};
use crate::{Error, Result};

/// What a whole number may be at most where only its type bounds it.
const ANY: usize = 1 << 32;

impl Trees {
    /// Where trees begin, and of each node the column, the threshold, the children, flags and what it predicts.
    fn save(&self) -> Entries {
        let count = self.nodes.len();
        let codes = |of: fn(&Node) -> u32| -> Vec<u32> { self.nodes.iter().map(of).collect() };
        let children: Vec<u32> = self.nodes.iter().flat_map(|node| [node.left, node.right]).collect();
        let thresholds: Vec<f64> = self.nodes.iter().map(|node| node.threshold).collect();
        let sets: Vec<u32> = self.sets.iter().flatten().copied().collect();
        Entries::default()
            .codes("starts", &[self.starts.len()], &self.starts)
            .codes("columns", &[count], &codes(|node| node.feature))
            .numbers("thresholds", &[count], &thresholds)
            .codes("children", &[count, 2], &children)
            .codes("flags", &[count], &codes(|node| u32::from(node.flags)))
            .numbers("values", &[count, self.leaf], &self.values)
            .codes("categories", &[self.sets.len(), 8], &sets)
    }

    /// The trees that were saved, for rows of `width` numbers and `leaf` numbers a node.
    fn load(width: usize, leaf: usize, saved: &Saved<'_>) -> Result<Self> {
        let length = |name| -> Result<usize> { Ok(saved.shape(name)?.first().copied().unwrap_or(0)) };
        let starts = saved.codes("starts", &[length("starts")?], ANY)?;
        let count = length("columns")?;
        let columns = saved.codes("columns", &[count], width.max(1))?;
        let thresholds = saved.numbers("thresholds", &[count])?;
        let children = saved.codes("children", &[count, 2], ANY)?;
        let flags = saved.codes("flags", &[count], usize::from(MISSING_LEFT | CATEGORIES) + 1)?;
        let values = saved.numbers("values", &[count, leaf])?;
        let sets = saved.codes("categories", &[length("categories")?, 8], ANY)?;
        let sets: Vec<Set> = sets.chunks_exact(8).filter_map(|words| words.try_into().ok()).collect();
        let of_nodes = columns.into_iter().zip(thresholds).zip(children.chunks_exact(2)).zip(flags);
        let nodes = of_nodes.map(|(((feature, threshold), children), flags)| Node {
            threshold,
            feature,
            left: children[0],
            right: children[1],
            flags: flags as u8,
        });
        let trees = Self { width, leaf, starts, nodes: nodes.collect(), values, sets };
        trees.check().map_err(Error::State)?;
        Ok(trees)
    }

    /// Refuses what is no tree: each node but a root is the child of one node before it, so that every walk ends.
    fn check(&self) -> std::result::Result<(), String> {
        let ends = (self.starts.first().copied(), self.starts.last().map(|end| *end as usize));
        if ends != (Some(0), Some(self.nodes.len())) && !(self.starts.is_empty() && self.nodes.is_empty()) {
            return Err(format!("`starts` does not begin at 0 and end at the {} nodes", self.nodes.len()));
        }
        if let Some(tree) = self.starts.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(format!("`starts`: tree {tree} has no nodes"));
        }
        let mut sets = 0;
        for tree in 0..self.count() {
            let nodes = self.tree(tree);
            let mut has_parent = vec![false; nodes.len()];
            for (at, node) in nodes.iter().enumerate() {
                let problem = |what: &str| Err(format!("node {at} of tree {tree} {what}"));
                let of_categories = node.flags & CATEGORIES != 0;
                if node.is_leaf() {
                    if node.right != 0 || of_categories {
                        return problem("has one child, or asks something as a leaf");
                    }
                    continue;
                }
                if of_categories {
                    if node.threshold != sets as f64 {
                        return problem("names another set of categories than its own");
                    }
                    sets += 1;
                }
                for child in [node.left, node.right] {
                    match has_parent.get_mut(child as usize) {
                        Some(taken) if child as usize > at && !*taken => *taken = true,
                        _ => return problem("has a child that stands before it, has two parents or is not there"),
                    }
                }
            }
            if let Some(at) = has_parent.iter().skip(1).position(|has_parent| !has_parent) {
                return Err(format!("node {} of tree {tree} has no parent", at + 1));
            }
        }
        if sets == self.sets.len() {
            Ok(())
        } else {
            Err(format!("there are {} sets of categories for {sets} nodes", self.sets.len()))
        }
    }
}

impl Averaged {
    pub(in crate::graph::fitted::tree) fn save(&self) -> Entries {
        self.trees.save().numbers("importances", &[self.importances.len()], &self.importances)
    }

    /// What was saved, for rows of `width` numbers and `outputs` numbers a row.
    ///
    /// # Errors
    /// When the arrays are no such trees.
    pub(in crate::graph::fitted::tree) fn load(width: usize, outputs: usize, saved: &Saved<'_>) -> Result<Self> {
        let trees = Trees::load(width, outputs, saved)?;
        Ok(Self { trees, importances: saved.numbers("importances", &[width])? })
    }
}

impl Boosted {
    pub(in crate::graph::fitted::tree) fn save(&self) -> Entries {
        let link = match self.link {
            Link::Identity => 0,
            Link::Logistic => 1,
            Link::Softmax => 2,
        };
        self.trees.save().numbers("base", &[self.base.len()], &self.base).codes("link", &[1], &[link]).numbers(
            "importances",
            &[self.importances.len()],
            &self.importances,
        )
    }

    /// What was saved, for rows of `width` numbers and `outputs` numbers a row.
    ///
    /// # Errors
    /// When the arrays are no such trees.
    pub(in crate::graph::fitted::tree) fn load(width: usize, outputs: usize, saved: &Saved<'_>) -> Result<Self> {
        let trees = Trees::load(width, 1, saved)?;
        let link = match saved.codes("link", &[1], 3)?.first() {
            Some(1) if outputs == 2 => Link::Logistic,
            Some(1) => return Err(Error::State(format!("`link` is that of two classes, {outputs} are predicted"))),
            Some(2) => Link::Softmax,
            _ => Link::Identity,
        };
        let base = saved.numbers("base", &[link.sums(outputs)])?;
        if !trees.count().is_multiple_of(base.len().max(1)) {
            return Err(Error::State(format!("{} trees are no whole rounds of {}", trees.count(), base.len())));
        }
        Ok(Self { trees, base, link, importances: saved.numbers("importances", &[width])? })
    }
}

impl Isolation {
    pub(in crate::graph::fitted::tree) fn save(&self) -> Entries {
        self.trees.save().numbers("usual", &[1], &[self.usual])
    }

    /// What was saved, for rows of `width` numbers.
    ///
    /// # Errors
    /// When the arrays are no such trees.
    pub(in crate::graph::fitted::tree) fn load(width: usize, saved: &Saved<'_>) -> Result<Self> {
        let trees = Trees::load(width, 1, saved)?;
        let usual = saved.numbers("usual", &[1])?.first().copied().unwrap_or(0.0);
        Ok(Self { trees, usual })
    }
}
