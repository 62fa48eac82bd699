//! Trees that are averaged, as a fitted model.

use std::marker::PhantomData;

use super::super::model::{Model, Rows, Sizes};
use super::super::saved::{Entries, Saved};
use super::super::table::Table;
use super::super::target::Target;
use super::class_weights::ClassWeights;
use super::growing::{self, Averaged, Forest};
use crate::{Error, Result};

/// Settings of trees that are averaged.
pub(super) trait Grown: Copy + Send + Sync + 'static {
    const NAME: &'static str;

    /// How the trees are grown, to classes or to numbers.
    fn forest(&self, of_classes: bool) -> Forest;

    fn class_weights(&self) -> ClassWeights;
}

/// The trees that were grown by such settings.
pub(super) struct Fitted<S> {
    averaged: Averaged,
    settings: PhantomData<S>,
}

impl<S: Grown> Model for Fitted<S> {
    type Settings = S;

    const NAME: &'static str = S::NAME;

    fn fit(settings: &S, rows: Rows) -> Result<Self> {
        let weights = settings.class_weights().of(S::NAME, &rows)?;
        let Rows { table, target, mut rng, .. } = rows;
        let of_classes = matches!(target, Target::Classes { .. });
        let averaged =
            settings.forest(of_classes).fit(&numbers(&table)?, told(S::NAME, &target)?, &weights, &mut rng)?;
        Ok(Self { averaged, settings: PhantomData })
    }

    fn predict(&self, row: &[f64], outputs: &mut [f64]) {
        if let Ok(rows) = growing::Rows::new(row, row.len()) {
            outputs.copy_from_slice(&self.averaged.predict(&rows));
        }
    }

    fn predict_all(&self, table: &Table, _: usize) -> Result<Vec<f64>> {
        Ok(self.averaged.predict(&numbers(table)?))
    }

    fn save(&self) -> Entries {
        self.averaged.save()
    }

    fn load(_: &S, sizes: Sizes, saved: &Saved<'_>) -> Result<Self> {
        Ok(Self { averaged: Averaged::load(sizes.inputs, sizes.outputs, saved)?, settings: PhantomData })
    }
}

/// The numbers of a table.
pub(super) fn numbers(table: &Table) -> Result<growing::Rows<'_>> {
    growing::Rows::new(table.numbers(), table.width())
}

/// What trees are grown to.
pub(super) fn told<'a>(name: &str, target: &'a Target) -> Result<growing::Target<'a>> {
    match target {
        Target::Numbers { values, width } => Ok(growing::Target::Numbers { values, width: *width }),
        Target::Classes { codes, count } => Ok(growing::Target::Classes { codes, count: *count }),
        Target::Nothing => Err(Error::Component(format!("{name} learns from a target; add `-> input.column`"))),
    }
}
