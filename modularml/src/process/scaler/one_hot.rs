//! Categories as places.

use super::categories::{Categories, find, hottest, unknown};
use super::{FittedScaler, Scaler, TrainingRows};
use crate::Result;
use crate::text::Shape;

/// Replaces each value by one value for each category of its position: 1 for its own, 0 for the others.
///
/// Categories are the different values of the rows that it learns from, in ascending order; NaN is a category of its
/// own, the last. A value that is no category is refused, by row, unless [`ignore_unknown`](Self::ignore_unknown) is
/// said. Of a class column all declared classes are categories, those that no row has as well, so that the width is
/// known beforehand; a missing class is unknown. A row becomes one axis. The inverse takes the largest of the values, and gives NaN where none is above 0. As
/// scikit-learn's `OneHotEncoder`.
///
/// ```
/// use modularml::data::Shape;
/// use modularml::process::{OneHot, TrainingRows};
///
/// let rows = TrainingRows::of(&[3.0, 7.0, 3.0], Shape::SCALAR)?;
/// let fitted = OneHot::new().ignore_unknown().spec().fit(&rows)?;
/// let mut values = vec![7.0, 5.0];
/// fitted.transform(&mut values)?;
/// assert_eq!(values, [0.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Scaler, Clone, Copy, Debug, PartialEq)]
#[spec(reshapes = true, encodes = true)]
pub struct OneHot {
    /// The categories are the whole numbers from 0 to below this one; without it, they are learned.
    #[setting(default = None, at_least = 1, at_most = 65536)]
    categories: Option<usize>,
    /// Gives 0 at every place for a value that is no category.
    #[setting(default = false)]
    ignore_unknown: bool,
}

impl Scaler for OneHot {
    type Fitted = FittedOneHot;

    fn fit(&self, rows: &TrainingRows<'_>) -> Result<FittedOneHot> {
        let categories = Categories::learn(rows, self.categories.or(rows.classes()))?;
        let fitted = FittedOneHot { categories, ignore_unknown: self.ignore_unknown };
        if self.categories.or(rows.classes()).is_some() && !self.ignore_unknown {
            rows.for_each_chunk(|first, values| fitted.places(first, values).map(|_| ()))?;
        }
        Ok(fitted)
    }

    fn restore(&self, state: &[Vec<f64>], shape: Shape) -> Result<FittedOneHot> {
        Ok(FittedOneHot { categories: Categories::restore(state, shape)?, ignore_unknown: self.ignore_unknown })
    }
}

/// The categories of each position.
#[derive(Clone, Debug)]
pub struct FittedOneHot {
    categories: Categories,
    ignore_unknown: bool,
}

impl FittedOneHot {
    /// The category of each value.
    fn places(&self, first: usize, values: &[f64]) -> Result<Vec<Option<usize>>> {
        let of_positions = self.categories.of_positions();
        let mut places = Vec::with_capacity(values.len());
        for (row, row_values) in (first..).zip(values.chunks_exact(of_positions.len().max(1))) {
            for (position, (&value, categories)) in row_values.iter().zip(of_positions).enumerate() {
                let place = find(categories, value).ok();
                if place.is_none() && !self.ignore_unknown {
                    return Err(unknown(row, position, value, categories));
                }
                places.push(place);
            }
        }
        Ok(places)
    }
}

impl FittedScaler for FittedOneHot {
    fn shape(&self, _: Shape) -> Shape {
        Shape::new(&[self.categories.count()])
    }

    fn transform(&self, values: &mut Vec<f64>) -> Result<()> {
        let of_positions = self.categories.of_positions();
        let places = self.places(0, values)?;
        let mut hot = vec![0.0; places.len() / of_positions.len().max(1) * self.categories.count()];
        let mut start = 0;
        for (place, categories) in places.iter().zip(of_positions.iter().cycle()) {
            if let Some(value) = place.and_then(|place| hot.get_mut(start + place)) {
                *value = 1.0;
            }
            start += categories.len();
        }
        *values = hot;
        Ok(())
    }

    fn inverse(&self, values: &mut Vec<f64>, _: &[f64]) -> Result<()> {
        let mut cold = Vec::new();
        for row in values.chunks_exact(self.categories.count().max(1)) {
            let mut rest = row;
            for categories in self.categories.of_positions() {
                let (own, others) = rest.split_at_checked(categories.len()).unwrap_or_default();
                cold.push(hottest(own).and_then(|place| categories.get(place)).copied().unwrap_or(f64::NAN));
                rest = others;
            }
        }
        *values = cold;
        Ok(())
    }

    fn state(&self) -> Vec<Vec<f64>> {
        self.categories.of_positions().to_vec()
    }
}
