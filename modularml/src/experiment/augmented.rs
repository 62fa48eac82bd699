//! The rows of a step of training as nodes read them: columns that are augmented are others than the data's.

use std::cell::RefCell;

use candle_core::{Device, Tensor};

use super::feeds::BatchRows;
use crate::error::At as _;
use crate::graph::kernel::device::{beside, f64s};
use crate::graph::{ColumnSource, Mask};
use crate::plan::phase::Plan;
use crate::process::augmenter::BuiltAugmenter;
use crate::random::{Place, Purpose, Rng};
use crate::text::Name;
use crate::{Error, Result};

/// How the columns of an experiment are augmented.
#[derive(Default)]
pub(super) struct Augments(Vec<Augment>);

struct Augment {
    input: usize,
    column: Name,
    /// What a row of the column looks like, without the batch.
    shape: Vec<usize>,
    built: Vec<BuiltAugmenter>,
}

impl Augments {
    /// Those that a plan declares.
    pub(super) fn build(plan: &Plan) -> Result<Self> {
        let augments = plan.augments.iter().zip(&plan.spec.augments).map(|(place, spec)| {
            let built = spec.augmenters.iter().map(|augmenter| augmenter.build()).collect::<Result<_>>()?;
            Ok(Augment { input: place.input, column: place.column, shape: place.shape.clone(), built })
        });
        augments.collect::<Result<_>>().map(Self)
    }

    /// The rows of the step at a place, or a share of them, as nodes read them.
    pub(super) fn of<'a>(&'a self, rows: &'a BatchRows, (seed, place): (u64, Place)) -> AugmentedRows<'a> {
        AugmentedRows { augments: self, rows, seed, place: Place { item: 0, ..place }, known: RefCell::default() }
    }
}

/// Rows whose columns are augmented. What is drawn for a row depends on the seed, the place of the step, the statement, the role
/// and the place of the row in its batch, and on nothing else.
pub(super) struct AugmentedRows<'a> {
    augments: &'a Augments,
    rows: &'a BatchRows,
    seed: u64,
    place: Place,
    /// By statement and role.
    known: RefCell<Vec<((usize, usize), Tensor)>>,
}

impl AugmentedRows<'_> {
    fn augmented(&self, (at, augment): (usize, &Augment), role: usize, column: &Tensor) -> Result<Tensor> {
        let place = || format!("augment of column `{}`", augment.column);
        let mut values = f64s(column).at(place)?;
        let too_many = |_| Error::Training("too many augmented columns or roles".to_owned());
        let item =
            u32::from(u16::try_from(at).map_err(too_many)?) << 16 | u32::from(u16::try_from(role).map_err(too_many)?);
        let mut draws = Rng::new(self.seed, Purpose::Augment, Place { item, ..self.place });
        let size = augment.shape.iter().product::<usize>().max(1);
        // A row draws by its place in the whole batch, of which this may be a share, or another order.
        let places: Vec<usize> =
            (0..values.len().div_ceil(size)).map(|row| self.rows.place(augment.input, row)).collect();
        let seeds: Vec<u64> = (0..places.iter().max().map_or(0, |last| last + 1)).map(|_| draws.bits()).collect();
        for (row, place_in_batch) in values.chunks_mut(size).zip(places) {
            let seed = seeds.get(place_in_batch).copied().unwrap_or_default();
            let mut rng = Rng::new(seed, Purpose::Augment, Place::default());
            augment.built.iter().try_for_each(|built| built(row, &augment.shape, &mut rng)).at(place)?;
        }
        let varied = || beside(column, &Tensor::from_vec(values, column.dims(), &Device::Cpu)?);
        let varied = varied().at(place)?;
        match self.rows.mask(augment.input, role, augment.column)? {
            Some(mask) => mask.zero(&varied),
            None => Ok(varied),
        }
    }
}

impl ColumnSource for AugmentedRows<'_> {
    fn column(&self, input: usize, role: usize, key: &str) -> Result<Tensor> {
        let is_own = |(_, augment): &(usize, &Augment)| augment.input == input && augment.column == key;
        let Some(own) = self.augments.0.iter().enumerate().find(is_own) else {
            return self.rows.column(input, role, key);
        };
        let place = (own.0, role);
        if let Some((_, known)) = self.known.borrow().iter().find(|(known, _)| *known == place) {
            return Ok(known.clone());
        }
        let varied = self.augmented(own, role, &self.rows.column(input, role, key)?)?;
        self.known.borrow_mut().push((place, varied.clone()));
        Ok(varied)
    }

    fn mask(&self, input: usize, role: usize, key: &str) -> Result<Option<Mask>> {
        self.rows.mask(input, role, key)
    }

    fn roles(&self, input: usize) -> usize {
        self.rows.roles(input)
    }
}
