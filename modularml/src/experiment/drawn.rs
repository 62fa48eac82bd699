//! Which rows each step of an epoch takes.

use std::sync::Arc;

use super::schedule::Order;
use crate::Result;
use crate::data::View;
use crate::graph::Alignment;
use crate::process::DrawnBatch;

/// Which rows each step of an epoch takes.
pub(super) struct DrawnEpoch {
    /// By feed, its input and all its rows.
    pub(super) feeds: Vec<(usize, View)>,
    pub(super) joined: Arc<[Joined]>,
    /// By feed.
    pub(super) batches: Vec<Vec<DrawnBatch>>,
    pub(super) order: Order,
}

impl DrawnEpoch {
    /// How many steps there are.
    pub(super) fn steps(&self) -> usize {
        self.order.steps()
    }

    /// The batches of a step with their inputs.
    pub(super) fn batches(&self, step: usize) -> impl Iterator<Item = (usize, &DrawnBatch)> {
        let feeds = self.feeds.iter().zip(&self.batches).enumerate();
        feeds.filter_map(move |(place, ((input, _), batches))| {
            let batch = self.order.batch(place, step).and_then(|batch| batches.get(batch))?;
            Some((*input, batch))
        })
    }

    /// The rows of a step: for each input that is fed or joined to one that is, its rows by role.
    pub(super) fn rows(&self, step: usize) -> Result<Vec<(usize, Vec<View>)>> {
        let rows = |(input, batch): (usize, &DrawnBatch)| {
            let feed = self.feeds.iter().find(|(fed, _)| *fed == input);
            let roles = batch.roles.iter().filter_map(|positions| feed.map(|(_, rows)| rows.take(positions)));
            Ok((input, roles.collect::<Result<_>>()?))
        };
        let mut fed: Vec<(usize, Vec<View>)> = self.batches(step).map(rows).collect::<Result<_>>()?;
        for joined in &*self.joined {
            if let Some((_, roles)) = fed.iter().find(|(input, _)| *input == joined.aligned.left) {
                let along = joined.along(roles)?;
                fed.push((joined.aligned.right, along));
            }
        }
        Ok(fed)
    }
}

/// An input that is joined to that of a feed.
pub(super) struct Joined {
    pub(super) aligned: Alignment,
    /// All its rows.
    pub(super) rows: View,
}

impl Joined {
    /// By role, the rows that belong to those.
    pub(super) fn along(&self, roles: &[View]) -> Result<Vec<View>> {
        roles.iter().map(|rows| self.rows.take(&self.aligned.join.positions(rows)?)).collect()
    }
}
