//! The weighted sum of losses that a phase takes steps along or measures.

use candle_core::{DType, Device, Tensor};
use serde::{Deserialize, Serialize};

use super::exact;
use super::feeds::BatchRows;
use super::loss::{BuiltLoss, loss_of_values};
use super::mixed::Partners;
use super::operand::{fetch, mask_of};
use super::update::Turn;
use crate::error::At as _;
use crate::graph::kernel::device::{beside, f64s, on_cpu};
use crate::graph::kernel::mean::mean_of;
use crate::graph::{ColumnSource, ModelGraph, Outputs};
use crate::plan::compared::Compared;
use crate::plan::phase::TermPlan;
use crate::text::{BitSet, Name};
use crate::{Error, Result};

/// A sum of losses, each made from its settings.
#[derive(Default)]
pub(super) struct Terms {
    terms: Vec<Term>,
}

struct Term {
    plan: TermPlan,
    loss: BuiltLoss,
    /// What the rows of each class of the target count, where they do not count alike.
    balance: Option<Vec<f64>>,
}

impl Terms {
    /// Makes the losses of a plan.
    pub(super) fn build(terms: &[TermPlan]) -> Result<Self> {
        let mut built = Self::default();
        terms.iter().try_for_each(|term| built.push(term, None))?;
        Ok(built)
    }

    /// Makes one more loss, with what the rows of each class of its target count.
    pub(super) fn push(&mut self, plan: &TermPlan, balance: Option<Vec<f64>>) -> Result<()> {
        self.terms.push(Term { loss: plan.loss.build()?, plan: plan.clone(), balance });
        Ok(())
    }

    /// Whether nothing is summed.
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The weighted sum of the means over the rows of a batch, as a tensor that gradients can be taken of; terms about
    /// inputs that are not among the `fed` ones are left out.
    ///
    /// Where the sampler weighs rows, a term is the weighted mean sum(w l) / sum(w), w being the mean of the weights of
    /// its inputs, and 0 where one of them is 0.
    ///
    /// With the shares of the terms in a larger batch, the part that this one adds to its loss is there as well.
    pub(super) fn total(
        &self,
        graph: &ModelGraph,
        outputs: &Outputs,
        (rows, partners): (&BatchRows, Option<&Partners>),
        turn: &Turn,
    ) -> Result<Total> {
        let means = self.means(graph, outputs, (rows, partners), turn.fed)?;
        let part = turn.shares.as_ref().map(|shares| self.part(&means, shares)).transpose()?.flatten();
        let values = means.iter().filter_map(|mean| Some((mean.place, mean.value?))).collect();
        let total = means.into_iter().try_fold(None, |total, mean| {
            Ok::<_, Error>(Some(sum(total, mean.weighted).at(|| self.called(mean.place))?))
        });
        let missing = || Error::Training("a train phase needs a loss for each of its steps".to_owned());
        Ok(Total { loss: total?.ok_or_else(missing)?, part, values })
    }

    /// The terms that a batch feeds, each as the mean over its rows. Where these are mixed with others, it is the mean of both,
    /// the outputs compared with the columns of either.
    pub(super) fn means(
        &self,
        graph: &ModelGraph,
        outputs: &Outputs,
        (rows, partners): (&BatchRows, Option<&Partners>),
        fed: BitSet,
    ) -> Result<Vec<TermMean>> {
        let fed = self.terms.iter().enumerate().filter(|(_, term)| term.is_fed(&fed));
        let mean = |(place, term): (usize, &Term)| {
            let of_rows = |rows: &BatchRows| -> Result<(Tensor, Option<Vec<f64>>)> {
                let (values, counts) = term.values(graph, outputs, rows)?;
                let weights = term.weights(rows, counts.as_deref());
                Ok((values, weights))
            };
            let (values, weights) = of_rows(rows)?;
            let others = partners.filter(|_| !term.plan.is_of_parameters);
            let others =
                others.map(|partners| Ok::<_, Error>((partners.share, of_rows(&partners.rows)?))).transpose()?;
            let mean = || -> candle_core::Result<TermMean> {
                let mean = match (&weights, &others) {
                    (_, Some((share, others))) => mean_of_both((&values, weights.as_deref()), others, *share)?,
                    (Some(weights), None) => weighted_mean(&values, weights)?,
                    (None, None) => mean_of(&values, None)?,
                };
                let value = term.plan.label.map(|_| on_cpu(&mean)?.to_dtype(DType::F64)?.to_scalar()).transpose()?;
                let is_weighted = (term.plan.weight - 1.0).abs() > 0.0;
                let weighted = if is_weighted { mean.affine(term.plan.weight, 0.0)? } else { mean };
                Ok(TermMean { place, weighted, value })
            };
            mean().at(|| self.called(place))
        };
        fed.map(mean).collect()
    }

    /// What the terms of a batch add to the loss of a larger one, in which they have these shares; none where there are none.
    pub(super) fn part(&self, means: &[TermMean], shares: &[f64]) -> Result<Option<Tensor>> {
        let mut part = None;
        for mean in means {
            if let Some(share) = shares.get(mean.place) {
                let at = || self.called(mean.place);
                part = Some(sum(part, mean.weighted.affine(*share, 0.0).at(at)?).at(at)?);
            }
        }
        Ok(part)
    }

    fn called(&self, place: usize) -> String {
        format!("loss `{}`", self.terms.get(place).map_or("?", |term| term.plan.loss.name))
    }

    /// The first loss whose value of a row is another one where fewer rows stand beside it.
    ///
    /// It is tried on both halves of a batch; values that are not finite are not compared. Where rows are padded, a loss is that
    /// of each value.
    pub(super) fn comparing_rows(
        &self,
        graph: &ModelGraph,
        outputs: &Outputs,
        rows: &BatchRows,
        fed: BitSet,
    ) -> Result<Option<Name>> {
        let is_of_rows = |term: &&Term| term.is_fed(&fed) && !term.plan.is_of_parameters;
        for term in self.terms.iter().filter(is_of_rows) {
            let at = || format!("loss `{}`", term.plan.loss.name);
            if mask_of(&term.plan.inputs, outputs, rows)?.is_some() {
                continue;
            }
            let inputs = term.plan.inputs.iter().map(|input| fetch(input, graph, outputs, rows));
            let inputs = inputs.collect::<Result<Vec<_>>>()?;
            let whole = f64s(&(term.loss)(&inputs).at(at)?.0).at(at)?;
            let half = whole.len() / 2;
            let mut halves = Vec::new();
            for (start, length) in [(0, half), (half, whole.len() - half)].into_iter().filter(|(_, length)| *length > 0)
            {
                let of_half = inputs.iter().zip(&term.plan.inputs).map(|(input, compared)| match compared.rows() {
                    Some(_) => input.narrow(0, start, length),
                    None => Ok(input.clone()),
                });
                let of_half = of_half.collect::<candle_core::Result<Vec<_>>>().at(at)?;
                halves.extend(f64s(&(term.loss)(&of_half).at(at)?.0).at(at)?);
            }
            let differ = |(whole, half): (&f64, &f64)| (whole - half).abs() > 1e-3 * (1.0 + whole.abs());
            if halves.len() != whole.len() || whole.iter().zip(&halves).any(differ) {
                return Ok(Some(term.plan.loss.name));
            }
        }
        Ok(None)
    }

    /// What each term weighs in a batch: the weights of its rows added up, and 1 where it is about parameters.
    pub(super) fn weights(&self, (rows, partners): (&BatchRows, Option<&Partners>), fed: BitSet) -> Result<Vec<f64>> {
        let weight = |term: &Term| match partners {
            _ if !term.is_fed(&fed) => Ok(0.0),
            None => term.weight_of(rows),
            Some(Partners { share, rows: others }) => {
                Ok(share * term.weight_of(rows)? + (1.0 - share) * term.weight_of(others)?)
            }
        };
        self.terms.iter().map(weight).collect()
    }

    /// The terms that a step makes small, one after the other: the loss, its inputs, and its value for each row.
    pub(super) fn values<'a>(
        &'a self,
        graph: &'a ModelGraph,
        outputs: &'a Outputs,
        rows: &'a BatchRows,
        fed: BitSet,
    ) -> impl Iterator<Item = Result<(Name, &'a [Compared], Tensor)>> {
        let fed = self.terms.iter().filter(move |term| term.is_fed(&fed));
        fed.map(move |term| {
            Ok((term.plan.loss.name, term.plan.inputs.as_slice(), term.values(graph, outputs, rows)?.0))
        })
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
        rows: &BatchRows,
        fed: BitSet,
    ) -> Result<()> {
        for (term, mean) in self.terms.iter().zip(means) {
            if !term.is_fed(&fed) || (term.plan.is_of_parameters && mean.weight > 0.0) {
                continue;
            }
            let (values, counts) = term.values(graph, outputs, rows)?;
            let values = f64s(&values).at(|| format!("loss `{}`", term.plan.loss.name))?;
            let weights = term.weights(rows, counts.as_deref());
            let weight = |row| weights.as_ref().map_or(1.0, |weights| weights.get(row).copied().unwrap_or(0.0));
            values.into_iter().enumerate().for_each(|(row, value)| mean.add(value, weight(row)));
        }
        Ok(())
    }

    /// The weighted sum of what was measured.
    pub(super) fn value(&self, means: &[Mean]) -> f64 {
        self.terms.iter().zip(means).map(|(term, mean)| term.plan.weight * mean.value()).sum()
    }

    /// What was measured of each term that has a label, before its weight.
    pub(super) fn told(&self, means: &[Mean]) -> Vec<(Name, f64)> {
        let told = self.terms.iter().zip(means);
        told.filter_map(|(term, mean)| Some((term.plan.label?, mean.value()))).collect()
    }

    /// The values of terms, by place, under their labels.
    pub(super) fn labelled(&self, values: &[(usize, f64)]) -> Vec<(Name, f64)> {
        let labelled = |&(place, value): &(usize, f64)| Some((self.terms.get(place)?.plan.label?, value));
        values.iter().filter_map(labelled).collect()
    }

    /// The labels and weights of the terms that have a label.
    pub(super) fn labels(&self) -> impl Iterator<Item = (Name, f64)> {
        self.terms.iter().filter_map(|term| Some((term.plan.label?, term.plan.weight)))
    }
}

/// The loss of a batch.
pub(super) struct Total {
    pub loss: Tensor,
    /// What it adds to the loss of a larger one, where it is a part of one.
    pub part: Option<Tensor>,
    /// The terms that have a label, by place, before their weights.
    pub values: Vec<(usize, f64)>,
}

/// A term of the loss of a batch.
pub(super) struct TermMean {
    pub place: usize,
    /// Its mean over the rows times its weight in the sum.
    pub weighted: Tensor,
    /// The mean before the weight, where the term has a label.
    pub value: Option<f64>,
}

impl Term {
    /// Whether all rows that it is about come from the fed inputs.
    fn is_fed(&self, fed: &BitSet) -> bool {
        self.plan.rows.is_subset(fed)
    }

    /// What each row weighs, where `counts` tells how many values it has; none where all weigh 1.
    fn weights(&self, rows: &BatchRows, counts: Option<&[usize]>) -> Option<Vec<f64>> {
        row_weights(&self.plan.inputs, rows, counts)
    }

    /// What a batch weighs before anything is computed: the weights of its rows added up, where a sequence of a column
    /// without values counts for nothing; 1 where it is about parameters.
    #[allow(clippy::cast_precision_loss, reason = "counts of rows are exact in f64")]
    fn weight_of(&self, rows: &BatchRows) -> Result<f64> {
        let Some((input, role)) = self.plan.inputs.iter().find_map(Compared::rows) else { return Ok(1.0) };
        let count = rows.view(input, role)?.len();
        let mut counts = vec![1; count];
        for input in self.plan.inputs.iter().filter(|input| self.plan.loss.elementwise && input.is_padded()) {
            if let Compared::Column { input, role, key, .. } = input
                && let Some(mask) = rows.mask(*input, *role, key)?
            {
                let has_values = mask.any_of_rows()?;
                counts.iter_mut().zip(has_values).for_each(|(count, has_values)| *count *= usize::from(has_values));
            }
        }
        Ok(self.weights(rows, Some(&counts)).map_or(count as f64, |weights| weights.iter().sum()))
    }

    /// The loss of each row, and of how many values it is where shorter rows are padded.
    fn values(
        &self,
        graph: &ModelGraph,
        outputs: &Outputs,
        rows: &dyn ColumnSource,
    ) -> Result<(Tensor, Option<Vec<usize>>)> {
        let inputs = self.plan.inputs.iter().map(|input| fetch(input, graph, outputs, rows));
        let inputs = inputs.collect::<Result<Vec<_>>>()?;
        let at = || format!("loss `{}`", self.plan.loss.name);
        match mask_of(&self.plan.inputs, outputs, rows)? {
            None => {
                let values = (self.loss)(&inputs).at(at)?.0;
                let Some(balance) = &self.balance else { return Ok((values, None)) };
                Ok((balanced(&values, inputs.get(1), balance).at(at)?, None))
            }
            Some(mask) if self.plan.loss.elementwise => {
                let (values, counts) = loss_of_values(&self.loss, &inputs, &mask).at(at)?;
                Ok((values, Some(counts)))
            }
            Some(_) => {
                Err(Error::Component("it cannot tell values from the padding of shorter rows".to_owned())).at(at)
            }
        }
    }
}

/// What each row weighs in what compares these inputs: the mean of its weights in them, and 0 where one of these is 0 or
/// `counts` tells that it has no values; none where all weigh 1.
#[allow(clippy::cast_precision_loss, reason = "a loss or metric has a few inputs")]
pub(super) fn row_weights(inputs: &[Compared], rows: &BatchRows, counts: Option<&[usize]>) -> Option<Vec<f64>> {
    let of_inputs = || inputs.iter().filter_map(Compared::rows).map(|(input, role)| rows.weights(input, role));
    let given = of_inputs().flatten().map(<[f64]>::len).max();
    let counts = counts.filter(|counts| counts.contains(&0));
    let rows = given.or(counts.map(<[usize]>::len))?;
    let weight = |row: usize| {
        let of_inputs = of_inputs().map(|weights| weights.and_then(|it| it.get(row)).copied().unwrap_or(1.0));
        let is_masked = of_inputs.clone().any(|weight| weight <= 0.0) || !has_values(counts, row);
        if is_masked { 0.0 } else { of_inputs.clone().sum::<f64>() / of_inputs.count() as f64 }
    };
    Some((0..rows).map(weight).collect())
}

/// The values of rows times what the class of each counts.
fn balanced(values: &Tensor, classes: Option<&Tensor>, balance: &[f64]) -> Result<Tensor> {
    let classes = classes.map(f64s).transpose()?.unwrap_or_default();
    let is_of = |class: f64| balance.iter().zip(0u32..).find(|(_, number)| (f64::from(*number) - class).abs() < 0.5);
    let factors: Vec<f64> = classes.into_iter().map(|class| is_of(class).map_or(1.0, |(factor, _)| *factor)).collect();
    let factors = Tensor::from_vec(factors, values.dims(), &Device::Cpu)?;
    Ok((values * beside(values, &factors)?)?)
}

/// Whether a row has a value at all.
fn has_values(counts: Option<&[usize]>, row: usize) -> bool {
    counts.and_then(|counts| counts.get(row)) != Some(&0)
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

/// The mean over rows, each with so much of its own value and the rest of that of another row; all by their weights.
fn mean_of_both(
    (values, weights): (&Tensor, Option<&[f64]>),
    (others, of_others): &(Tensor, Option<Vec<f64>>),
    share: f64,
) -> candle_core::Result<Tensor> {
    let parts = |weights: Option<&[f64]>, share: f64| -> Vec<f64> {
        let weight = |row| weights.map_or(1.0, |weights| weights.get(row).copied().unwrap_or(0.0));
        (0..values.elem_count()).map(|row| weight(row) * share).collect()
    };
    let (own, other) = (parts(weights, share), parts(of_others.as_deref(), 1.0 - share));
    let sum: f64 = own.iter().chain(&other).sum();
    let of_sum = |parts: Vec<f64>| parts.into_iter().map(|part| if sum > 0.0 { part / sum } else { 0.0 }).collect();
    mean_of(values, Some(of_sum(own)))? + mean_of(others, Some(of_sum(other)))?
}

/// A weighted mean.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Mean {
    #[serde(with = "exact")]
    sum: f64,
    #[serde(with = "exact")]
    weight: f64,
}

impl Mean {
    /// Takes in a value.
    pub(super) fn add(&mut self, value: f64, weight: f64) {
        self.sum += weight * value;
        self.weight += weight;
    }

    /// Takes in what another one has taken in.
    pub(super) fn merge(&mut self, other: Self) {
        self.sum += other.sum;
        self.weight += other.weight;
    }

    /// The mean so far; NaN without values.
    pub(super) fn value(&self) -> f64 {
        self.sum / self.weight
    }
}
