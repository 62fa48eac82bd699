//! The rows of one batch.

use std::cell::RefCell;
use std::rc::Rc;

use candle_core::{DType, Tensor};

use crate::data::{Representation, View};
use crate::error::At as _;
use crate::graph::{ColumnSource, Mask};
use crate::text::BitSet;
use crate::{Error, Result};

/// The rows of one batch; columns are gathered when they are first read.
pub(super) struct BatchRows {
    /// By input, then by role; none for inputs that are not fed.
    views: Vec<Vec<View>>,
    /// By input, then by role, what rows weigh in losses; none where all weigh 1.
    weights: Vec<Vec<Vec<f64>>>,
    /// By input, the place of the first row in the batch that this is a share of.
    firsts: Vec<usize>,
    /// By input, the places of the rows in the whole batch, where they are not one behind the other.
    places: Vec<Option<Vec<usize>>>,
    dtype: DType,
    pub(super) gathered: Rc<RefCell<Vec<Gathered>>>,
    origin: Option<Origin>,
}

/// A column that was read.
pub(super) struct Gathered {
    pub(super) input: usize,
    pub(super) role: usize,
    pub(super) key: String,
    pub(super) column: Tensor,
}

/// The rows that others were put in another order of, where their columns are gathered already.
#[derive(Clone)]
struct Origin {
    gathered: Rc<RefCell<Vec<Gathered>>>,
    /// By input, the order.
    orders: Rc<Vec<Vec<u32>>>,
}

impl BatchRows {
    /// No rows for any input.
    pub(super) fn empty(inputs: usize, dtype: DType) -> Self {
        let (views, weights) = (vec![Vec::new(); inputs], vec![Vec::new(); inputs]);
        let (firsts, places) = (vec![0; inputs], vec![None; inputs]);
        Self { views, weights, firsts, places, dtype, gathered: Rc::default(), origin: None }
    }

    /// Gives an input its rows, by role.
    pub(super) fn give(&mut self, input: usize, roles: Vec<View>) {
        if let Some(place) = self.views.get_mut(input) {
            *place = roles;
        }
    }

    /// Gives the rows of an input their weights, by role.
    pub(super) fn weigh(&mut self, input: usize, roles: &[Vec<f64>]) {
        if let Some(place) = self.weights.get_mut(input) {
            *place = roles.to_vec();
        }
    }

    /// Multiplies what the rows of an input weigh by a column of theirs, and what those of others weigh that came along.
    pub(super) fn weigh_by(&mut self, input: usize, column: &str, along: impl Iterator<Item = usize>) -> Result<()> {
        let roles = self.views.get(input).map_or(&[] as &[View], Vec::as_slice);
        let factors = roles.iter().map(|rows| rows.numbers(column, Representation::Raw));
        let factors: Vec<Vec<f64>> = factors.collect::<Result<_>>()?;
        for place in std::iter::once(input).chain(along) {
            let Some(weights) = self.weights.get_mut(place) else { continue };
            weights.resize(factors.len(), Vec::new());
            for (weights, factors) in weights.iter_mut().zip(&factors) {
                if weights.is_empty() {
                    weights.clone_from(factors);
                } else {
                    weights.iter_mut().zip(factors).for_each(|(weight, factor)| *weight *= factor);
                }
            }
        }
        Ok(())
    }

    /// What the rows of an input in a role weigh in losses; none where all weigh 1.
    pub(super) fn weights(&self, input: usize, role: usize) -> Option<&[f64]> {
        self.weights.get(input).and_then(|roles| roles.get(role)).map(Vec::as_slice)
    }

    /// A share of the rows, of so many: of each input the rows behind those of the shares before it, as many as of the others or
    /// one more; nothing of an input that has none left.
    pub(super) fn share(&self, place: usize, shares: usize) -> Result<Self> {
        let mut share = Self::empty(self.views.len(), self.dtype);
        for (input, (roles, weights)) in self.views.iter().zip(&self.weights).enumerate() {
            let count = roles.first().map_or(0, View::len);
            let range = count * place / shares..count * (place + 1) / shares;
            if range.is_empty() {
                continue;
            }
            let positions: Vec<u32> = (0u32..).take(range.end).skip(range.start).collect();
            if let Some(first) = share.firsts.get_mut(input) {
                *first = self.first(input) + range.start;
            }
            if let (Some(own), Some(places)) = (share.places.get_mut(input), self.places.get(input)) {
                *own = places.as_ref().and_then(|places| places.get(range.clone())).map(<[usize]>::to_vec);
            }
            share.give(input, roles.iter().map(|rows| rows.take(&positions)).collect::<Result<_>>()?);
            let weights = weights.iter().map(|of_role| of_role.get(range.clone()).unwrap_or_default().to_vec());
            share.weigh(input, &weights.collect::<Vec<_>>());
        }
        Ok(share)
    }

    /// The same rows with those of each input in another order, which is given by how many there are.
    pub(super) fn reordered(&self, order: impl Fn(usize) -> Vec<u32>) -> Result<Self> {
        let mut other = Self::empty(self.views.len(), self.dtype);
        let mut orders = vec![Vec::new(); self.views.len()];
        for (input, roles) in self.views.iter().enumerate().filter(|(_, roles)| !roles.is_empty()) {
            let order = order(roles.first().map_or(0, View::len));
            other.give(input, roles.iter().map(|rows| rows.take(&order)).collect::<Result<_>>()?);
            let reordered = |weights: &Vec<f64>| -> Vec<f64> {
                order.iter().filter_map(|&row| weights.get(row as usize).copied()).collect()
            };
            let weights = self.weights.get(input).map(|roles| roles.iter().map(reordered).collect::<Vec<_>>());
            other.weigh(input, &weights.unwrap_or_default());
            if let Some(places) = other.places.get_mut(input) {
                *places = Some(order.iter().map(|&row| self.place(input, row as usize)).collect());
            }
            if let Some(place) = orders.get_mut(input) {
                *place = order;
            }
        }
        other.origin = Some(Origin { gathered: Rc::clone(&self.gathered), orders: orders.into() });
        Ok(other)
    }

    /// The place of the first row of an input in the batch that this is a share of; 0 in a whole one.
    fn first(&self, input: usize) -> usize {
        self.firsts.get(input).copied().unwrap_or_default()
    }

    /// The place of a row of an input in the whole batch.
    pub(super) fn place(&self, input: usize, row: usize) -> usize {
        let places = self.places.get(input).and_then(Option::as_ref);
        places.and_then(|places| places.get(row)).copied().unwrap_or_else(|| self.first(input) + row)
    }

    /// A column of the rows that these are in another order, where it was read before.
    fn reordered_column(&self, input: usize, role: usize, key: &str) -> Result<Option<Tensor>> {
        let Some(Origin { gathered, orders }) = &self.origin else { return Ok(None) };
        let gathered = gathered.borrow();
        let known = gathered.iter().find(|known| known.input == input && known.role == role && known.key == key);
        let Some((known, order)) = known.zip(orders.get(input)) else { return Ok(None) };
        let order = Tensor::new(order.as_slice(), known.column.device());
        let column = order.and_then(|order| known.column.index_select(&order, 0));
        column.map(Some).at(|| format!("column `{key}`"))
    }

    /// Whether a row weighs something in each input that has so many rows.
    pub(super) fn counts(&self, row: usize, rows: usize) -> bool {
        let of_input = |(input, roles): (usize, &Vec<View>)| {
            let has_it = roles.first().is_some_and(|view| view.len() == rows);
            !has_it || self.weights(input, 0).and_then(|weights| weights.get(row)).is_none_or(|weight| *weight > 0.0)
        };
        self.views.iter().enumerate().all(of_input)
    }

    /// The inputs that have rows.
    pub(super) fn fed(&self) -> BitSet {
        self.views.iter().enumerate().filter(|(_, roles)| !roles.is_empty()).map(|(input, _)| input).collect()
    }

    /// How many rows the first input that is fed has in its first role.
    pub(super) fn len(&self) -> usize {
        self.views.iter().find_map(|roles| roles.first()).map_or(0, View::len)
    }

    /// The rows of an input in a role.
    pub(super) fn view(&self, input: usize, role: usize) -> Result<&View> {
        self.views
            .get(input)
            .and_then(|roles| roles.get(role))
            .ok_or_else(|| Error::Data(format!("input {input} has no rows in role {role}; feed it in this phase")))
    }
}

impl ColumnSource for BatchRows {
    fn column(&self, input: usize, role: usize, key: &str) -> Result<Tensor> {
        let known = |gathered: &&Gathered| gathered.input == input && gathered.role == role && gathered.key == key;
        if let Some(gathered) = self.gathered.borrow().iter().find(known) {
            return Ok(gathered.column.clone());
        }
        let column = match self.reordered_column(input, role, key)? {
            Some(column) => column,
            None => self.view(input, role)?.tensor(key, Representation::Transformed, self.dtype)?,
        };
        self.gathered.borrow_mut().push(Gathered { input, role, key: key.to_owned(), column: column.clone() });
        Ok(column)
    }

    fn mask(&self, input: usize, role: usize, key: &str) -> Result<Option<Mask>> {
        self.view(input, role)?.padding(key)
    }

    fn roles(&self, input: usize) -> usize {
        self.views.get(input).map_or(0, Vec::len)
    }

    fn weights(&self, input: usize, role: usize) -> Option<&[f64]> {
        Self::weights(self, input, role)
    }
}
