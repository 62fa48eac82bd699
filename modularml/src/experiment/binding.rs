//! A plan bound to data: the rows of every split, and scalers that are fitted to them.

use super::asked::with_asked_columns;
use super::unknown::missing;
use crate::data::{Representation, View};
use crate::error::At as _;
use crate::graph::{Alignment, Draws, GraphSpec};
use crate::plan::lookup::input_named;
use crate::plan::phase::{Plan, RowsPlan};
use crate::process::splitter::Replayed;
use crate::process::{FittedChain, SplitRecord, SplitStep};
use crate::spec::ExperimentSpec;
use crate::text::Name;
use crate::{Error, Result};

/// The rows of a split.
#[derive(Clone, Debug)]
pub(crate) struct Split {
    pub(crate) input: usize,
    pub(crate) name: Name,
    /// Positions in the data of the input.
    pub(crate) positions: Vec<u32>,
}

/// A scaled column with its fitted scalers.
#[derive(Clone, Debug)]
pub(crate) struct Scale {
    pub(crate) input: usize,
    pub(crate) chain: FittedChain,
}

/// Data, and how its rows are joined and split.
pub(super) struct Rows<'a> {
    pub data: &'a [View],
    pub aligned: &'a [Alignment],
    pub splits: &'a [Split],
}

impl Rows<'_> {
    /// The rows of a split; of a joined input those that belong to the rows of the split, one by one.
    pub fn of(&self, wanted: RowsPlan) -> Result<View> {
        let unbound = || Error::Data(format!("input {} has no rows", wanted.input));
        let rows = self.data.get(wanted.input).ok_or_else(unbound)?;
        let split = self.splits.get(wanted.split).ok_or_else(unbound)?;
        if split.input == wanted.input {
            return rows.take(&split.positions);
        }
        let aligned = self.aligned.iter().find(|aligned| aligned.right == wanted.input).ok_or_else(unbound)?;
        let left = self.data.get(split.input).ok_or_else(unbound)?.take(&split.positions)?;
        rows.take(&aligned.join.positions(&left)?)
    }
}

/// Splits the rows of every input, in the order of the plan, and tells how many folds there are; none of an experiment
/// without folds.
pub(super) fn split(
    plan: &Plan,
    draws: Draws,
    data: &[View],
    aligned: &[Alignment],
) -> Result<(Vec<Split>, Option<usize>)> {
    let (mut splits, mut folds) = (Vec::new(), None::<(Name, usize)>);
    for (input, (spec, rows)) in plan.spec.graph.inputs.iter().zip(data).enumerate() {
        let parts = with_asked_columns(&plan.spec, input, data, aligned, rows)
            .and_then(|rows| split_record(&plan.spec, draws, spec.name).in_folds(&rows));
        let Replayed { splits: parts, folds: found } = parts.at(|| format!("split `{}`", spec.name))?;
        splits.extend(parts.into_iter().map(|(name, positions)| Split { input, name, positions }));
        match (folds, found) {
            (Some((first, count)), Some(found)) if count != found => {
                return Err(Error::Data(format!(
                    "`{first}` has {count} folds and `{}` has {found}; those of one number are run together, so make \
                     as many of each",
                    spec.name
                )));
            }
            (_, Some(found)) => folds = Some((spec.name, found)),
            (_, None) => {}
        }
    }
    let folds = folds.map(|(_, count)| count);
    if folds.is_none() && draws.fold > 0 {
        let (name, fold) = (plan.spec.name, draws.fold);
        return Err(Error::Data(format!(
            "there is no fold {fold}: `{name}` has no folds; declare them (folds {} = KFold::of(5) into train, val;), or \
             run it again with another seed",
            plan.spec.graph.inputs.items().first().map_or("input", |input| input.name)
        )));
    }
    Ok((splits, folds))
}

/// The split statements of one input, each drawing by its place in the experiment.
pub(super) fn split_record(spec: &ExperimentSpec, draws: Draws, input: &str) -> SplitRecord {
    let statements = (0..).zip(&spec.splits).filter(|(_, statement)| statement.input == input);
    let seed = spec.rows_seed.unwrap_or(draws.seed);
    statements.fold(SplitRecord::new(seed).in_fold(draws.fold), |record, (item, statement)| {
        record.step(SplitStep {
            of: statement.of,
            splitter: statement.splitter,
            item,
            within: statement.within,
            rows_are_independent: statement.rows_are_independent,
        })
    })
}

/// Fits the scalers to the rows of their splits only.
pub(super) fn fit_scalers(plan: &Plan, rows: &Rows<'_>) -> Result<Vec<Scale>> {
    let scales = plan.scales.iter().zip(&plan.spec.scales).map(|(scale, spec)| {
        let mut fitted_on = rows.of(scale.fitted_on)?;
        if let Some(all) = rows.data.get(scale.input).filter(|_| rows.aligned.iter().any(|it| it.right == scale.input))
        {
            // A row that is joined to several is learned from once.
            fitted_on = all.intersection(&fitted_on)?;
        }
        let chain = FittedChain::fit(spec.scalers.items(), scale.column, &fitted_on)?;
        Ok(Scale { input: scale.input, chain })
    });
    scales.collect()
}

/// The same rows with the transformed forms of scaled columns.
pub(super) fn transform<'a>(mut data: Vec<View>, scales: impl IntoIterator<Item = &'a Scale>) -> Result<Vec<View>> {
    for scale in scales {
        if let Some(view) = data.get_mut(scale.input) {
            *view = scale.chain.transform(view)?;
        }
    }
    Ok(data)
}

/// The rows of each input as its schema declares them, in order; every declared column is there.
pub(crate) fn bound(graph: &GraphSpec, data: Vec<View>) -> Result<Vec<View>> {
    if data.len() != graph.inputs.len() {
        return Err(Error::Data(format!(
            "graph `{}` has {} inputs, {} data sets are given",
            graph.name,
            graph.inputs.len(),
            data.len()
        )));
    }
    let bound = data.into_iter().zip(&graph.inputs).map(|(view, input)| {
        let at = || format!("input `{}`", input.name);
        view.require_rows("run an experiment on").at(at)?;
        input.schema.columns.iter().try_for_each(|column| view.shape(column.key).map(drop))?;
        view.declared_as(&input.schema).at(at)
    });
    bound.collect()
}

/// Refuses rows whose weight is missing, below 0 or infinite.
pub(super) fn check_weights(plan: &Plan, data: &[View]) -> Result<()> {
    for (weight, rows) in plan.weights.iter().filter_map(|weight| Some((weight, data.get(weight.input)?))) {
        let weights = rows.numbers(weight.column, Representation::Raw)?;
        let wrong = (0u32..).zip(&weights).filter(|(_, weight)| !(**weight >= 0.0 && **weight < f64::INFINITY));
        let (positions, found): (Vec<u32>, Vec<&f64>) = wrong.unzip();
        if let Some(first) = found.first() {
            let input = plan.spec.graph.inputs.items().get(weight.input).map_or("?", |input| input.name);
            let problem = format!(
                "{} of {} rows have no weight in `{input}.{}` that is a number from 0 on, the first of them {first}; mend \
                 the column, or leave these rows out",
                found.len(),
                weights.len(),
                weight.column
            );
            return Err(Error::Rows { ids: rows.take(&positions)?.ids(), problem });
        }
    }
    Ok(())
}

pub(super) fn find_input(graph: &GraphSpec, name: &str) -> Result<usize> {
    input_named(graph, name).ok_or_else(|| {
        let names: Vec<Name> = graph.inputs.iter().map(|input| input.name).collect();
        missing("input", name, &names, &format!("graph `{}`", graph.name))
    })
}
