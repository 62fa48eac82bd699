//! Which splits have rows in common: a split of a split is part of it, and the splits of one statement are apart unless
//! their splitter lets them overlap.

use super::lookup::row_source_name;
use crate::spec::ExperimentSpec;
use crate::text::{Name, contains, same};

/// The first statement that makes a split of an input.
pub(crate) const fn statement_of(experiment: &ExperimentSpec, input: &str, split: &str) -> Option<usize> {
    let splits = experiment.splits.items();
    let mut i = 0;
    while i < splits.len() {
        if same(splits[i].input, input) && contains(splits[i].splitter.names(), split) {
            return Some(i);
        }
        i += 1;
    }
    None
}

/// Whether a row of an input may be in both splits.
pub(crate) const fn share_rows(experiment: &ExperimentSpec, input: &str, a: &str, b: &str) -> bool {
    let splits = experiment.splits.items();
    if same(a, b) {
        return true;
    }
    // The first statement that both descend from decides: either they are in one of its splits, or in two.
    let mut a = a;
    let mut steps_of_a = 0;
    while let Some(of_a) = statement_of(experiment, input, a)
        && steps_of_a <= splits.len()
    {
        let mut b = b;
        let mut steps_of_b = 0;
        while let Some(of_b) = statement_of(experiment, input, b)
            && steps_of_b <= splits.len()
        {
            if of_a == of_b {
                return same(a, b) || splits[of_a].splitter.overlaps;
            }
            match splits[of_b].of {
                Some(parent) => b = parent,
                None => break,
            }
            steps_of_b += 1;
        }
        match splits[of_a].of {
            Some(parent) => a = parent,
            None => break,
        }
        steps_of_a += 1;
    }
    false
}

/// The split from which a phase feeds an input, or the one that it is joined to, with rows of that split.
pub(crate) const fn fed_with_rows_of(
    experiment: &ExperimentSpec,
    phase: usize,
    input: &str,
    split: &str,
) -> Option<Name> {
    let input = row_source_name(&experiment.graph, input);
    let feeds = experiment.phases.items()[phase].feeds.items();
    let mut i = 0;
    while i < feeds.len() {
        if same(feeds[i].input, input) && share_rows(experiment, input, feeds[i].split, split) {
            return Some(feeds[i].split);
        }
        i += 1;
    }
    None
}

/// The statement that makes folds of an input, and by which a split is another one in each fold; none where it is the same
/// in all of them.
pub(crate) const fn folds_of(experiment: &ExperimentSpec, input: &str, split: &str) -> Option<usize> {
    let splits = experiment.splits.items();
    let (mut split, mut steps) = (split, 0);
    while let Some(of) = statement_of(experiment, input, split)
        && steps <= splits.len()
    {
        if splits[of].splitter.folds {
            return Some(of);
        }
        match splits[of].of {
            Some(parent) => split = parent,
            None => return None,
        }
        steps += 1;
    }
    None
}
