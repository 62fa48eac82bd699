//! One tree.

use super::super::running::Running;
use super::averaged::{Fitted, Grown};
use super::class_weights::ClassWeights;
use super::growing::{Forest, Share};
use crate::Result;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::spec::Shares;

/// A tree of questions whether a number is at most a threshold, fitted to all rows at once in a fit phase: numbers by least
/// squared error, classes by least Gini impurity (Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees",
/// 1984). It predicts the mean of the rows of a leaf, or the share of each class in them, as probabilities.
///
/// Every threshold between two values is tried, as scikit-learn's `DecisionTreeRegressor` and `DecisionTreeClassifier` do; of
/// cuts that are equally good the first column's with the least threshold is taken. Rows in which a value is missing go to
/// the better side. Several inputs stand side by side. No gradient passes.
///
/// ```
/// use modularml::graph::DecisionTree;
///
/// let soh = DecisionTree::depth(8).at_least(5);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::NumbersOrClasses).weighing_rows().reading_missing()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct DecisionTree {
    /// How many questions lead to a leaf at most.
    #[setting(first, at_least = 1)]
    depth: usize,
    /// How many rows a leaf has at least.
    #[setting(default = 1, at_least = 1)]
    at_least: usize,
    /// How many rows are parted further at least.
    #[setting(default = 2, at_least = 2)]
    part_from: usize,
    /// How much each class counts, by name in the order of the column's classes; without it all alike.
    #[setting(default = Shares::new(&[]))]
    class_weights: Shares,
    /// Each class counts n / (k rows of the class) of n rows and k classes, as scikit-learn's `class_weight="balanced"`.
    #[setting(default = false)]
    balanced: bool,
}

impl Grown for DecisionTree {
    const NAME: &'static str = "DecisionTree";

    fn forest(&self, _: bool) -> Forest {
        Forest {
            trees: 1,
            depth: Some(self.depth),
            at_least: self.at_least,
            cut_from: self.part_from,
            columns: Share::All,
            random: false,
            drawn: None,
        }
    }

    fn class_weights(&self) -> ClassWeights {
        ClassWeights { balanced: self.balanced, shares: self.class_weights }
    }
}

impl BuildLayer for DecisionTree {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        self.class_weights().check(Self::NAME, &build)?;
        Running::<Fitted<Self>>::boxed(*self, &self.spec(), build)
    }
}
