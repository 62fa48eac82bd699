//! Losses: what a train phase makes small.

mod binary;

mod classes;
mod distance;
mod distribution;
mod in_batch;
mod likelihood;
mod margin;
mod numbers;
mod of_values;
mod pairs;
mod parameters;
mod quantiles;
mod triplet_margin;
use crate::Result;
use crate::spec::Settings;
pub use crate::spec::{Agreement, LossSpec, Slot, Takes};
pub use binary::{Bce, BceWithLogits};
use candle_core::Tensor;
pub use classes::{CrossEntropy, MultiMargin, Nll};
pub use distribution::{KlDiv, SoftCrossEntropy};
pub use in_batch::{InfoNce, NtXent};
pub use likelihood::{GaussianNll, NegativeBinomialNll, PoissonNll};
pub use margin::{HingeEmbedding, MarginRanking, SoftMargin};
pub use numbers::{Huber, L1, Mse, SmoothL1};
pub(crate) use of_values::loss_of_values;
pub use pairs::{Contrastive, CosineEmbedding};
pub use parameters::{L1Penalty, L2Penalty};
pub use quantiles::Quantiles;
pub use triplet_margin::TripletMargin;

/// A loss made from its settings: the loss of every row from the inputs in order.
pub type BuiltLoss = Box<dyn Fn(&[Tensor]) -> Result<PerSample> + Send + Sync>;

/// The code of a loss: makes it from its settings.
pub type Build = fn(&Settings) -> BuiltLoss;

impl LossSpec {
    /// Makes the loss, once for all batches.
    ///
    /// # Errors
    /// When its code is not that of a loss.
    pub fn build(&self) -> Result<BuiltLoss> {
        Ok(self.code.function::<Build>(self.name)?(&self.settings))
    }

    /// Computes the loss of every row from the inputs in order.
    ///
    /// # Errors
    /// When the inputs are not what the loss takes.
    pub fn evaluate(&self, inputs: &[Tensor]) -> Result<PerSample> {
        self.build()?(inputs)
    }
}

/// One loss value a row (`[rows]`), so that weights, masks and exact means over a split apply; a loss on
/// [parameters](Takes::Parameters) has the single value of the whole node.
#[derive(Clone, Debug)]
pub struct PerSample(pub Tensor);

impl PerSample {
    /// One value a row from one value an element: the mean over the elements of each row.
    ///
    /// # Errors
    /// When the tensor has no axis.
    pub fn mean_of(elements: &Tensor) -> Result<Self> {
        match elements.rank() {
            0 | 1 => Ok(Self(elements.clone())),
            _ => Ok(Self(elements.flatten_from(1)?.mean(1)?)),
        }
    }

    /// One value a row from one value an element: the sum over the elements of each row.
    ///
    /// # Errors
    /// When the tensor has no axis.
    pub fn sum_of(elements: &Tensor) -> Result<Self> {
        match elements.rank() {
            0 | 1 => Ok(Self(elements.clone())),
            _ => Ok(Self(elements.flatten_from(1)?.sum(1)?)),
        }
    }
}

/// A loss as its author declares it; implemented by `#[derive(Loss)]`.
pub trait Loss: Copy {
    /// The declared inputs in order.
    const INPUTS: &'static [Slot];
    /// The generated struct with one tensor a declared input.
    type Inputs<'a>;
    /// The settings with their ranges.
    fn settings(&self) -> Settings;
}

/// The formula of a loss: all that its author writes beside the declaration.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no formula",
    label = "no formula",
    note = "write: impl Formula for {Self} {{ fn forward(&self, inputs: ..) -> Result<PerSample> }}"
)]
pub trait Formula: Loss {
    /// The loss of every row, from tensors whose first axis counts the rows.
    ///
    /// # Errors
    /// When a computation on the tensors fails.
    fn forward(&self, inputs: Self::Inputs<'_>) -> Result<PerSample>;
}
