//! What the scores of a node stand for.

use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::experiment::{PhaseKind, Session};
use crate::graph::kernel::device::f64s;
use crate::graph::softmax::softmax;
use crate::plan::ending::{Kind, ending};
use crate::spec::{Operand, Slot, Takes};

/// What the scores of a node stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scores {
    /// Probabilities.
    Probabilities,
    /// Numbers that softmax, or the logistic function where there is one, makes probabilities of.
    Logits,
    /// Logarithms of probabilities.
    LogProbabilities,
    /// Neither the layer at the end nor a loss or metric tells.
    Unknown,
}

impl Scores {
    /// What the node at a position gives: its last layer tells, or else what the losses and metrics of the experiment take it
    /// for.
    pub(super) fn of(session: &Session, node: usize) -> Self {
        let (spec, wiring) = (session.spec(), &session.plan.wiring);
        match ending(&spec.graph, wiring, node).0 {
            Kind::Probabilities(_) | Kind::OfClasses => Self::Probabilities,
            Kind::LogProbabilities => Self::LogProbabilities,
            Kind::Scores(_) => Self::Logits,
            Kind::Unknown | Kind::AsRead => {
                let name = spec.graph.nodes.items().get(node).map_or("", |node| node.name);
                Self::by_use(session, name)
            }
        }
    }

    /// What losses and metrics take a node for.
    pub(super) fn by_use(session: &Session, node: &str) -> Self {
        let taken = |slots: &[Slot], operands: &[Operand]| {
            let mut of_node = slots.iter().zip(operands).filter(|(_, operand)| operand.path.items() == [node]);
            of_node.find_map(|(slot, _)| match slot.takes {
                Takes::Logits => Some(Self::Logits),
                Takes::Probabilities => Some(Self::Probabilities),
                Takes::LogProbabilities => Some(Self::LogProbabilities),
                _ => None,
            })
        };
        let uses = session.spec().phases.iter().flat_map(|phase| {
            let (terms, evals) = match &phase.kind {
                PhaseKind::Train(train) => (Some(&train.loss), train.validations.iter().map(|it| &it.eval).collect()),
                PhaseKind::Eval(eval) => (None, vec![eval]),
                PhaseKind::Fit(_) => (None, Vec::new()),
            };
            let terms = terms.into_iter().chain(evals.iter().map(|eval| &eval.loss)).flatten();
            let losses = terms.filter_map(|term| taken(term.loss.inputs, term.inputs.items()));
            let metrics = evals.iter().flat_map(|eval| &eval.metrics);
            losses.chain(metrics.filter_map(|it| taken(it.metric.inputs, it.inputs.items()))).collect::<Vec<_>>()
        });
        uses.into_iter().next().unwrap_or(Self::Unknown)
    }

    /// Probabilities from scores, row after row, `width` each; none where it is not known what the scores are.
    pub(super) fn probabilities(self, scores: &[f64], width: usize) -> Result<Option<Vec<f64>>> {
        Ok(match self {
            Self::Probabilities => Some(scores.to_vec()),
            Self::LogProbabilities => Some(scores.iter().map(|score| score.exp()).collect()),
            Self::Logits if width == 1 => Some(scores.iter().map(|logit| 1.0 / (1.0 + (-logit).exp())).collect()),
            Self::Logits => {
                let rows = scores.len().checked_div(width).unwrap_or_default();
                let logits = Tensor::from_slice(scores, (rows, width), &Device::Cpu)?.to_dtype(DType::F64)?;
                Some(f64s(&softmax(&logits)?)?)
            }
            Self::Unknown => None,
        })
    }
}
