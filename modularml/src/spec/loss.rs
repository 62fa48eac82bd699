//! A loss with its type erased, and what losses and metrics take.

use super::code::Code;
use super::settings::Settings;
use crate::text::Name;

/// What one input of a loss or metric may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// The output of a node.
    Output,
    /// The output of a node that does not end in softmax or sigmoid.
    Logits,
    /// The output of a node that ends in a function bounded by 0 and 1.
    Probabilities,
    /// The output of a node that gives logarithms of probabilities, as one that ends in log softmax.
    LogProbabilities,
    /// A column of numbers, or the output of another node.
    Numbers,
    /// A column of classes.
    Classes,
    /// A column of classes or bools.
    ClassesOrBools,
    /// A column that says what a row is: classes, bools or whole numbers.
    Labels,
    /// The parameters of a node, joined into one vector.
    Parameters,
    /// An output or a column of any kind.
    Anything,
}

/// An input of a loss or metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its name, for example `prediction` or `anchor`.
    pub name: Name,
    /// What may stand there.
    pub takes: Takes,
}

/// How the shapes of the inputs must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// Nothing is demanded.
    Free,
    /// The listed pairs of inputs have equal shapes.
    Equal(&'static [(usize, usize)]),
    /// The first input has one value a class of the second.
    OnePerClass,
    /// The first input has, for each number of the second, one number for each item of this setting, a list: along an axis
    /// more, behind those of the second.
    OnePer(Name),
    /// The first input has, for each number of the second, two numbers or more along an axis more.
    Several,
}

/// A loss with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct LossSpec {
    /// The registered name, for example `Mse`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Its inputs in order.
    pub inputs: &'static [Slot],
    /// How the shapes of the inputs must agree.
    pub agreement: Agreement,
    /// Whether rows of the inputs belong together one by one, so that these are of one input of the graph or aligned.
    pub pairs_rows: bool,
    /// Whether the loss of a row is the mean over its numbers, each computed by itself, so that padding can be left out.
    pub elementwise: bool,
    /// Computes the loss of every row from the inputs in order.
    pub code: Code,
}
