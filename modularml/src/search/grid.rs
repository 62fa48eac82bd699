//! All combinations of lists.

use super::{MOST, Search, SearchSpec};
use crate::random::Rng;
use crate::spec::{ChoiceSpec, ChosenFrom, ParameterValue};
use crate::{Error, Result};

/// Tries every combination of the listed values: `choose GridSearch by regress.val.rmse;`. The values of the last choice change
/// first.
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct GridSearch;

impl GridSearch {
    /// The search with its type erased.
    #[must_use]
    pub const fn spec(self) -> SearchSpec {
        SearchSpec { lists_only: true, ..SearchSpec::of::<Self>("GridSearch", self.settings()) }
    }
}

impl From<GridSearch> for SearchSpec {
    fn from(search: GridSearch) -> Self {
        search.spec()
    }
}

impl Search for GridSearch {
    fn points(&self, choices: &[ChoiceSpec], _rng: &mut Rng) -> Result<Vec<Vec<ParameterValue>>> {
        let mut points = vec![Vec::new()];
        for ChoiceSpec { name, from } in choices {
            let ChosenFrom::Listed(values) = from else {
                return Err(Error::Data(format!(
                    "GridSearch tries listed values, and `{name}` is a range; list its values, or write RandomSearch"
                )));
            };
            if points.len().saturating_mul(values.len()) > MOST {
                return Err(Error::Data(format!(
                    "GridSearch: there are more than {MOST} combinations; try fewer values"
                )));
            }
            let with = |point: &Vec<ParameterValue>| {
                let point = point.clone();
                values.iter().map(move |value| point.iter().copied().chain([*value]).collect()).collect::<Vec<_>>()
            };
            points = points.iter().flat_map(with).collect();
        }
        Ok(points)
    }
}
