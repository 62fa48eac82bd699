//! The rows of a step of training that are mixed with others of their batch.

use std::cell::RefCell;

use candle_core::Tensor;

use super::augmented::AugmentedRows;
use super::batch_rows::BatchRows;
use super::mix::BuiltMix;
use crate::error::At as _;
use crate::graph::{ColumnSource, Mask};
use crate::random::{Place, Purpose, Rng};
use crate::spec::TrainSpec;
use crate::text::Name;
use crate::{Error, Result};

/// What mixes the rows of a phase.
pub(super) struct Mixing {
    name: Name,
    built: BuiltMix,
}

/// The row that each of a batch is mixed with.
pub(super) struct Partners {
    /// How much of each row stays.
    pub share: f64,
    /// The others, in the order of the rows that they are mixed with.
    pub rows: BatchRows,
}

impl Mixing {
    /// That of a phase; none where nothing is mixed.
    pub(super) fn of(train: &TrainSpec) -> Result<Option<Self>> {
        let mixing = train.mix.as_ref().map(|mix| Ok(Self { name: mix.name, built: mix.build()? }));
        mixing.transpose()
    }

    /// The partners of the rows of a whole batch at a place. They depend on the seed, the place and how many rows there are, so
    /// that those of one row in several inputs are of one row, too. A row of weight 0, which counts nowhere, is mixed with
    /// itself.
    pub(super) fn partners(&self, rows: &BatchRows, (seed, place): (u64, Place)) -> Result<Partners> {
        let rng = |item| Rng::new(seed, Purpose::Mix, Place { item, ..place });
        let share = (self.built)(&mut rng(0)).at(|| format!("mix `{}`", self.name))?;
        let order = |count: usize| {
            let mut order: Vec<u32> = (0u32..).take(count).collect();
            let counting: Vec<u32> = order.iter().copied().filter(|row| rows.counts(*row as usize, count)).collect();
            let mut others = counting.clone();
            rng(1).shuffle(&mut others);
            for (row, other) in counting.into_iter().zip(others) {
                if let Some(place) = order.get_mut(row as usize) {
                    *place = other;
                }
            }
            order
        };
        Ok(Partners { share, rows: rows.reordered(order)? })
    }
}

impl Partners {
    /// Those of a share of the batch.
    pub(super) fn share_of(&self, place: usize, shares: usize) -> Result<Self> {
        Ok(Self { share: self.share, rows: self.rows.share(place, shares)? })
    }
}

/// Rows as nodes read them: varied, then mixed with others, varied as well.
pub(super) struct MixedRows<'a> {
    own: AugmentedRows<'a>,
    /// How much of them stays, and the others.
    others: Option<(f64, AugmentedRows<'a>)>,
    known: RefCell<Vec<Known>>,
}

/// A column that was mixed.
struct Known {
    input: usize,
    role: usize,
    key: String,
    column: Tensor,
}

impl<'a> MixedRows<'a> {
    pub(super) fn new(own: AugmentedRows<'a>, others: Option<(f64, AugmentedRows<'a>)>) -> Self {
        Self { own, others, known: RefCell::default() }
    }
}

impl ColumnSource for MixedRows<'_> {
    fn column(&self, input: usize, role: usize, key: &str) -> Result<Tensor> {
        let Some((share, others)) = &self.others else { return self.own.column(input, role, key) };
        let known = |known: &&Known| known.input == input && known.role == role && known.key == key;
        if let Some(known) = self.known.borrow().iter().find(known) {
            return Ok(known.column.clone());
        }
        let own = self.own.column(input, role, key)?;
        if !own.dtype().is_float() {
            return Err(Error::Component(format!(
                "column `{key}` holds no amounts, which alone are mixed; remove mix"
            )));
        }
        let other = others.column(input, role, key)?;
        let mixed = || own.affine(*share, 0.0)? + other.affine(1.0 - share, 0.0)?;
        let column = mixed().at(|| format!("column `{key}`"))?;
        self.known.borrow_mut().push(Known { input, role, key: key.to_owned(), column: column.clone() });
        Ok(column)
    }

    fn mask(&self, input: usize, role: usize, key: &str) -> Result<Option<Mask>> {
        self.own.mask(input, role, key)
    }

    fn roles(&self, input: usize) -> usize {
        self.own.roles(input)
    }
}
