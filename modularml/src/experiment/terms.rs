//! The weighted sum of losses that a phase takes steps along or measures.

use candle_core::Tensor;

use super::feeds::BatchRows;
use super::loss::{LossSpec, Takes};
use super::operand::{Resolved, Scope, outputs_in};
use super::update::Turn;
use crate::error::At as _;
use crate::graph::kernel::device::f64s;
use crate::graph::kernel::mean::mean_of;
use crate::graph::{ColumnSource, ModelGraph, Outputs};
use crate::spec::TermSpec;
use crate::text::Name;
use crate::{Error, Result};

/// A sum of losses with its names resolved.
pub(super) struct Terms {
    terms: Vec<Term>,
}

struct Term {
    weight: f64,
    loss: LossSpec,
    inputs: Vec<Resolved>,
    /// Whether its value belongs to parameters and not to rows.
    is_of_parameters: bool,
}

impl Terms {
    /// Resolves the names of the terms.
    pub(super) fn resolve(terms: &[TermSpec], scope: &Scope<'_>) -> Result<Self> {
        let resolve = |term: &TermSpec| {
            let inputs = scope.resolve_all(term.loss.name, term.loss.inputs, term.inputs.items())?;
            let is_of_parameters = term.loss.inputs.iter().all(|slot| slot.takes == Takes::Parameters);
            Ok(Term { weight: term.weight, loss: term.loss, inputs, is_of_parameters })
        };
        Ok(Self { terms: terms.iter().map(resolve).collect::<Result<_>>()? })
    }

    /// Whether nothing is summed.
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// What each term compares.
    pub(super) fn inputs(&self) -> impl Iterator<Item = &[Resolved]> {
        self.terms.iter().map(|term| term.inputs.as_slice())
    }

    /// The nodes whose outputs are compared.
    pub(super) fn outputs(&self) -> impl Iterator<Item = usize> {
        self.terms.iter().flat_map(|term| outputs_in(&term.inputs))
    }

    /// The weighted sum of the means over the rows of a batch, as a tensor that gradients can be taken of; terms about
    /// inputs that are not among the `fed` ones, a bit each, are left out.
    ///
    /// Where the sampler weighs rows, a term is the weighted mean sum(w l) / sum(w), w being the mean of the weights of
    /// its inputs, and 0 where one of them is 0.
    ///
    /// With the shares of the terms in a larger batch, the part that this one adds to its loss follows.
    pub(super) fn total(
        &self,
        graph: &ModelGraph,
        outputs: &Outputs,
        rows: &BatchRows,
        turn: &Turn,
    ) -> Result<(Tensor, Option<Tensor>)> {
        let (mut total, mut part): (Option<Tensor>, Option<Tensor>) = (None, None);
        for (place, term) in self.terms.iter().enumerate().filter(|(_, term)| term.is_fed(turn.fed)) {
            let values = term.values(graph, outputs, rows)?;
            let weights = term.weights(rows);
            let mean = || -> candle_core::Result<Tensor> {
                let mut mean = match &weights {
                    Some(weights) => weighted_mean(&values, weights)?,
                    None => mean_of(&values, None)?,
                };
                if (term.weight - 1.0).abs() > 0.0 {
                    mean = mean.affine(term.weight, 0.0)?;
                }
                Ok(mean)
            };
            let at = || format!("loss `{}`", term.loss.name);
            let mean = mean().at(at)?;
            if let Some(share) = turn.shares.as_ref().and_then(|shares| shares.get(place)) {
                part = Some(sum(part, mean.affine(*share, 0.0).at(at)?).at(at)?);
            }
            total = Some(sum(total, mean).at(at)?);
        }
        let missing = || Error::Training("a train phase needs a loss for each of its steps".to_owned());
        Ok((total.ok_or_else(missing)?, part))
    }

    /// What each term weighs in a batch: the weights of its rows added up, and 1 where it is about parameters.
    pub(super) fn weights(&self, rows: &BatchRows, fed: u64) -> Result<Vec<f64>> {
        self.terms.iter().map(|term| if term.is_fed(fed) { term.weight_of(rows) } else { Ok(0.0) }).collect()
    }

    /// The terms that a step makes small, one after the other: the loss, its inputs, and its value for each row.
    pub(super) fn values<'a>(
        &'a self,
        graph: &'a ModelGraph,
        outputs: &'a Outputs,
        rows: &'a BatchRows,
        fed: u64,
    ) -> impl Iterator<Item = Result<(Name, &'a [Resolved], Tensor)>> {
        let fed = self.terms.iter().filter(move |term| term.is_fed(fed));
        fed.map(move |term| Ok((term.loss.name, term.inputs.as_slice(), term.values(graph, outputs, rows)?)))
    }

    /// Starts to measure the sum over many batches.
    pub(super) fn measure(&self) -> Vec<Mean> {
        vec![Mean::default(); self.terms.len()]
    }

    /// Takes a batch into a measurement; terms about inputs that are not among the `fed` ones are left out.
    pub(super) fn add(
        &self,
        means: &mut [Mean],
        graph: &ModelGraph,
        outputs: &Outputs,
        rows: &dyn ColumnSource,
        fed: u64,
    ) -> Result<()> {
        for (term, mean) in self.terms.iter().zip(means) {
            if !term.is_fed(fed) || (term.is_of_parameters && mean.weight > 0.0) {
                continue;
            }
            let values = term.values(graph, outputs, rows)?;
            for value in f64s(&values).at(|| format!("loss `{}`", term.loss.name))? {
                mean.add(value, 1.0);
            }
        }
        Ok(())
    }

    /// The weighted sum of what was measured.
    pub(super) fn value(&self, means: &[Mean]) -> f64 {
        self.terms.iter().zip(means).map(|(term, mean)| term.weight * mean.value()).sum()
    }
}

impl Term {
    /// Whether all rows that it is about come from the fed inputs, a bit each.
    fn is_fed(&self, fed: u64) -> bool {
        self.inputs.iter().filter_map(Resolved::rows).all(|(input, _)| fed >> (input & 63) & 1 == 1)
    }

    /// What each row weighs; none where all weigh 1.
    #[allow(clippy::cast_precision_loss, reason = "a loss has a few inputs")]
    fn weights(&self, rows: &BatchRows) -> Option<Vec<f64>> {
        let inputs = || self.inputs.iter().filter_map(Resolved::rows);
        let of_inputs: Vec<_> = inputs().map(|(input, role)| rows.weights(input, role)).collect();
        let count = of_inputs.iter().flatten().map(|weights| weights.len()).max()?;
        let weight = |row: usize| {
            let weight = |weights: Option<&[f64]>| weights.and_then(|it| it.get(row)).copied().unwrap_or(1.0);
            let is_masked = of_inputs.iter().copied().map(weight).any(|weight| weight <= 0.0);
            if is_masked { 0.0 } else { of_inputs.iter().copied().map(weight).sum::<f64>() / of_inputs.len() as f64 }
        };
        Some((0..count).map(weight).collect())
    }

    #[allow(clippy::cast_precision_loss, reason = "counts of rows are exact in f64")]
    fn weight_of(&self, rows: &BatchRows) -> Result<f64> {
        match (self.weights(rows), self.inputs.iter().find_map(Resolved::rows)) {
            (Some(weights), _) => Ok(weights.iter().sum()),
            (None, Some((input, role))) => Ok(rows.view(input, role)?.len() as f64),
            (None, None) => Ok(1.0),
        }
    }

    fn values(&self, graph: &ModelGraph, outputs: &Outputs, rows: &dyn ColumnSource) -> Result<Tensor> {
        let inputs = self.inputs.iter().map(|input| input.fetch(graph, outputs, rows)).collect::<Result<Vec<_>>>()?;
        let values = self.loss.evaluate(&inputs);
        Ok(values.at(|| format!("loss `{}`", self.loss.name))?.0)
    }
}

fn sum(sum: Option<Tensor>, more: Tensor) -> candle_core::Result<Tensor> {
    match sum {
        Some(sum) => sum + more,
        None => Ok(more),
    }
}

/// The sum of values by weight over the sum of the weights; 0 where nothing weighs anything.
fn weighted_mean(values: &Tensor, weights: &[f64]) -> candle_core::Result<Tensor> {
    let sum: f64 = weights.iter().sum();
    let shares: Vec<f64> = weights.iter().map(|weight| if sum > 0.0 { weight / sum } else { 0.0 }).collect();
    mean_of(values, Some(shares))
}

/// A weighted mean.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    sum: f64,
    weight: f64,
}

impl Mean {
    /// Takes in a value.
    pub(super) fn add(&mut self, value: f64, weight: f64) {
        self.sum += weight * value;
        self.weight += weight;
    }

    /// The mean so far; NaN without values.
    pub(super) fn value(&self) -> f64 {
        self.sum / self.weight
    }
}
