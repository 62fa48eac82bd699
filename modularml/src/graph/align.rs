//! Inputs whose rows come along with those of another.

use crate::Result;
use crate::data::{Join, View};
use crate::error::At as _;
use crate::plan::lookup::input_named;

use super::GraphSpec;

/// An input that follows another one, bound to data.
#[derive(Clone, Debug)]
pub(crate) struct Alignment {
    /// The input that is fed.
    pub(crate) leader: usize,
    /// The input whose rows come along.
    pub(crate) follower: usize,
    /// Which row comes along with which.
    pub(crate) join: Join,
}

impl Alignment {
    /// Joins the rows of all aligned inputs, one view for each input in order.
    pub(crate) fn all(graph: &GraphSpec, data: &[View]) -> Result<Vec<Self>> {
        let mut all = Vec::new();
        for align in &graph.aligned {
            let (leader, follower) = (input_named(graph, align.leader), input_named(graph, align.follower));
            let (Some(leader), Some(follower)) = (leader, follower) else { continue };
            let (Some(leading), Some(following)) = (data.get(leader), data.get(follower)) else { continue };
            let join = Join::new(leading, following, align.key)
                .at(|| format!("align {} with {} by {}", align.leader, align.follower, align.key))?;
            all.push(Self { leader, follower, join });
        }
        Ok(all)
    }
}

/// The rows of each input, those of followers in the order of the rows that they follow.
pub(crate) fn side_by_side(graph: &GraphSpec, mut data: Vec<View>) -> Result<Vec<View>> {
    for Alignment { leader, follower, join } in Alignment::all(graph, &data)? {
        let Some(partners) = data.get(leader).map(|rows| join.positions(rows)).transpose()? else { continue };
        if let Some(rows) = data.get_mut(follower) {
            *rows = rows.take(&partners)?;
        }
    }
    Ok(data)
}
