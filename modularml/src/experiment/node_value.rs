//! What a node gives for one row.

use candle_core::Tensor;

use super::metric::best_class;
use crate::data::Class;
use crate::error::At as _;
use crate::graph::kernel::device::f64s;
use crate::text::Name;
use crate::{Error, Result};

/// What a node gives for one row: in raw units where it predicts a scaled target whose scalers have an inverse, and with
/// zeros in place of padding.
#[derive(Clone, Debug)]
pub struct NodeValue {
    node: Name,
    /// `[1, shape..]`; none of a node that was not asked for.
    output: Option<Tensor>,
    /// Those of the column that the node predicts, where it predicts classes.
    classes: &'static [Name],
}

impl NodeValue {
    pub(super) const fn new(node: Name, output: Option<Tensor>, classes: &'static [Name]) -> Self {
        Self { node, output, classes }
    }

    /// The output itself, `[1, shape..]`.
    ///
    /// # Errors
    /// When the node is none of those that a predictor was asked for by [`only`](super::Predictor::only), as of all below.
    pub fn tensor(&self) -> Result<&Tensor> {
        self.output.as_ref().ok_or_else(|| {
            Error::Data(format!("`{}` is not among the outputs that were asked for; name it in only([..])", self.node))
        })
    }

    /// The number of a node that gives one.
    ///
    /// # Errors
    /// When the node gives several.
    pub fn number(&self) -> Result<f64> {
        match self.numbers()?.as_slice() {
            [number] => Ok(*number),
            numbers => Err(Error::Data(format!(
                "`{}` gives {} numbers a row; read them by numbers(){}",
                self.node,
                numbers.len(),
                if self.scores_classes() { ", class() or scores()" } else { "" }
            ))),
        }
    }

    /// All numbers, in the order of the positions of an array.
    ///
    /// # Errors
    /// When the tensor cannot be read.
    pub fn numbers(&self) -> Result<Vec<f64>> {
        f64s(self.tensor()?).at(|| format!("what `{}` gives", self.node))
    }

    /// The class with the highest score, the first of equal ones.
    ///
    /// # Errors
    /// When the node does not predict classes, with a score for each, or a score is NaN.
    pub fn class(&self) -> Result<Class> {
        let scores = self.numbers()?;
        if !self.scores_classes() {
            return Err(self.no_classes());
        }
        let best = best_class(&scores).and_then(|class| u32::try_from(class).ok()).map(Class::new);
        best.ok_or_else(|| Error::Data(format!("a score of `{}` is NaN, so that none is the highest", self.node)))
    }

    /// The name of the class with the highest score.
    ///
    /// # Errors
    /// As [`class`](Self::class).
    pub fn class_name(&self) -> Result<Name> {
        let class = self.class()?.index();
        self.classes.get(class as usize).copied().ok_or_else(|| self.no_classes())
    }

    /// The score of each class as the node gives it: probabilities only where it ends in a softmax.
    ///
    /// # Errors
    /// When the node does not predict classes, with a score for each.
    pub fn scores(&self) -> Result<Vec<(Name, f64)>> {
        let scores = self.numbers()?;
        if !self.scores_classes() {
            return Err(self.no_classes());
        }
        Ok(self.classes.iter().copied().zip(scores).collect())
    }

    /// Whether there is a score for each of several classes, as in tables of predictions.
    fn scores_classes(&self) -> bool {
        self.classes.len() > 1 && self.output.as_ref().is_some_and(|it| it.elem_count() == self.classes.len())
    }

    fn no_classes(&self) -> Error {
        Error::Data(format!(
            "`{}` does not give a score for each class of a column that it predicts; read it by number() or numbers()",
            self.node
        ))
    }
}
