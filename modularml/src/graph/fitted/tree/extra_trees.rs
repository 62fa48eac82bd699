//! Trees whose cuts are drawn.

use super::super::running::Running;
use super::averaged::{Fitted, Grown};
use super::class_weights::ClassWeights;
use super::growing::{Forest, Share};
use crate::Result;
use crate::graph::layer::{Arity, BuildLayer, Fitting, Layer, LayerBuild, Learns, OnPadding, Predicts, ShapeRule};
use crate::spec::Shares;

/// The mean of many trees, each grown on all rows; of each column that is asked one threshold is drawn, evenly between the
/// least and the greatest value in the node, and the best of them is taken (Geurts, Ernst and Wehenkel, "Extremely randomized
/// trees", 2006). It is fitted to all rows at once in a fit phase, and predicts numbers, or probabilities of classes.
///
/// It is fitted in less time than [`RandomForest`](super::RandomForest), and smoother. Rows in which a value is missing go to a
/// side that is drawn. What is drawn for a tree depends on the seed, the fold, the phase, the node and the tree. No gradient
/// passes.
///
/// ```
/// use modularml::graph::ExtraTrees;
///
/// let soh = ExtraTrees::trees(300).at_least(2);
/// ```
#[derive(crate::Layer, Clone, Copy, Debug, PartialEq)]
#[spec(shape = ShapeRule::Stated(None), arity = Arity::ANY, learns = Learns::ByFit(Fitting::to(Predicts::NumbersOrClasses).weighing_rows().reading_missing()), passes_gradient = false, padding = OnPadding::Zeros)]
pub struct ExtraTrees {
    /// How many trees there are.
    #[setting(first, at_least = 1, at_most = 1_000_000)]
    trees: usize,
    /// How many questions lead to a leaf at most; without it as many as it takes.
    #[setting(default = None, at_least = 1)]
    depth: Option<usize>,
    /// How many rows a leaf has at least.
    #[setting(default = 1, at_least = 1)]
    at_least: usize,
    /// How many rows are parted further at least.
    #[setting(default = 2, at_least = 2)]
    part_from: usize,
    /// Among which share of the columns each cut is the best; without it among all for numbers, and for classes among as
    /// many as the square root of their number, as in scikit-learn.
    #[setting(default = None, above = 0.0, at_most = 1.0)]
    columns: Option<f64>,
    /// How much each class counts, by name in the order of the column's classes; without it all alike.
    #[setting(default = Shares::new(&[]))]
    class_weights: Shares,
    /// Each class counts n / (k rows of the class) of n rows and k classes, as scikit-learn's `class_weight="balanced"`.
    #[setting(default = false)]
    balanced: bool,
}

impl Grown for ExtraTrees {
    const NAME: &'static str = "ExtraTrees";

    fn forest(&self, of_classes: bool) -> Forest {
        Forest {
            trees: self.trees,
            depth: self.depth,
            at_least: self.at_least,
            cut_from: self.part_from,
            columns: Share::or(self.columns, of_classes),
            random: true,
            drawn: None,
        }
    }

    fn class_weights(&self) -> ClassWeights {
        ClassWeights { balanced: self.balanced, shares: self.class_weights }
    }
}

impl BuildLayer for ExtraTrees {
    fn build(&self, build: LayerBuild) -> Result<Box<dyn Layer>> {
        self.class_weights().check(Self::NAME, &build)?;
        Running::<Fitted<Self>>::boxed(*self, &self.spec(), build)
    }
}
