//! A metric with its type erased.

use super::code::Code;
use super::loss::{Agreement, LossSpec, Slot, Takes};
use super::settings::Settings;
use crate::text::Name;

/// A metric with its type erased.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "facts that do not depend on each other")]
pub struct MetricSpec {
    /// The registered name, for example `Rmse`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Its inputs in order: the prediction, then the target.
    pub inputs: &'static [Slot],
    /// How the shapes of the inputs must agree.
    pub agreement: Agreement,
    /// Whether rows of the inputs belong together one by one, so that these are of one input of the graph or aligned.
    pub pairs_rows: bool,
    /// Whether it is computed of each number of a row by itself, so that padding can be left out.
    pub elementwise: bool,
    /// Whether a row may have several labels, where its target is an array of bools.
    pub of_labels: bool,
    /// Whether rows may weigh more or less than others.
    pub weighs_rows: bool,
    /// Whether a higher value is better.
    pub higher_is_better: bool,
    /// Whether its value changes with the unit of the target.
    pub has_unit: bool,
    /// What it keeps while it is measured.
    pub memory: Memory,
    /// What kind of value it has.
    pub gives: Gives,
    /// Whether it is the mean of a loss over rows.
    pub is_loss: bool,
    /// Starts a measurement, or makes the loss.
    pub code: Code,
}

impl LossSpec {
    /// The mean of the loss over rows, in the unit of what it compares; lower is better.
    #[must_use]
    pub const fn as_metric(self) -> MetricSpec {
        let mut has_unit = false;
        let mut i = 0;
        while i < self.inputs.len() {
            has_unit = has_unit || matches!(self.inputs[i].takes, Takes::Numbers);
            i += 1;
        }
        MetricSpec {
            name: self.name,
            settings: self.settings,
            inputs: self.inputs,
            agreement: self.agreement,
            pairs_rows: self.pairs_rows,
            elementwise: self.elementwise,
            of_labels: false,
            weighs_rows: true,
            higher_is_better: false,
            has_unit,
            memory: Memory::Bounded,
            gives: Gives::Number,
            is_loss: true,
            code: self.code,
        }
    }
}

impl From<LossSpec> for MetricSpec {
    fn from(loss: LossSpec) -> Self {
        loss.as_metric()
    }
}

/// What a metric keeps while it is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Sums and counts, whose number does not grow with the rows.
    Bounded,
    /// Numbers of all rows, because the exact value cannot be had from less.
    AllRows,
}

/// What kind of value a metric has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// A number.
    Number,
    /// How many rows of each class are predicted as each class.
    Confusion,
    /// The receiver operating characteristic.
    Roc,
    /// Precision against recall.
    PrecisionRecall,
    /// How often what is given a probability happens.
    Calibration,
    /// Precision, recall, F1 and rows of each class.
    PerClass,
}

impl Gives {
    /// The kind in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Confusion => "a confusion matrix",
            Self::Roc => "a ROC curve",
            Self::PrecisionRecall => "a precision-recall curve",
            Self::Calibration => "a calibration curve",
            Self::PerClass => "values by class",
        }
    }

    /// Whether it is one number, that can be followed over epochs.
    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Number)
    }

    /// Whether it is a curve of one class against the others.
    #[must_use]
    pub const fn is_curve(self) -> bool {
        matches!(self, Self::Roc | Self::PrecisionRecall | Self::Calibration)
    }
}
