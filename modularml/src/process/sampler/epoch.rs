//! One epoch of a sampler: its draws, checked and cut into batches.

use super::{DrawEpoch, Draws, SamplerSpec};
use crate::data::View;
use crate::random::Rng;
use crate::text::Message;
use crate::{Error, Result};

/// The rows of one batch.
#[derive(Clone, Debug, PartialEq)]
pub struct DrawnBatch {
    /// For each role of the sampler, positions in the view that was drawn from; all lists are of one length.
    pub roles: Vec<Vec<u32>>,
    /// For each role, what its rows weigh in losses; empty where all weigh 1.
    pub weights: Vec<Vec<f64>>,
}

impl DrawnBatch {
    /// How many draws there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.roles.first().map_or(0, Vec::len)
    }

    /// The rows of a role, with their columns and ids, out of the view that was drawn from.
    ///
    /// # Errors
    /// When there is no such role, or the view is another one and has fewer rows.
    pub fn rows(&self, view: &View, role: usize) -> Result<View> {
        let count = self.roles.len();
        let positions = self.roles.get(role);
        let positions = positions.ok_or_else(|| Error::Data(format!("a batch of {count} roles has no role {role}")))?;
        view.take(positions)
    }

    /// Whether there is no draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl SamplerSpec {
    /// Draws one epoch of a stream, the first when none is named, and cuts it into batches; at least one.
    ///
    /// # Errors
    /// When a setting is out of its range, there is no such stream, the rows cannot fill the roles, the sampler draws
    /// a row that is not there, or nothing is left to make a batch.
    pub fn epoch(&self, rows: &View, stream: Option<&str>, rng: &mut Rng) -> Result<Vec<DrawnBatch>> {
        self.stream_epoch(rows, self.stream(stream)?, rng)
    }

    /// As [`SamplerSpec::epoch`], of the stream at a position.
    pub(crate) fn stream_epoch(&self, rows: &View, place: usize, rng: &mut Rng) -> Result<Vec<DrawnBatch>> {
        self.settings.check_all(self.name).map_err(|message| Error::Refused(vec![message.to_string()]))?;
        let mut streams = self.code.function::<DrawEpoch>(self.name)?(&self.settings, rows, rng)?;
        if place >= streams.len() {
            let (found, expected) = (streams.len(), self.streams.len());
            return Err(Error::Data(format!("sampler `{}` drew {found} streams, it has {expected}", self.name)));
        }
        self.cut(&streams.swap_remove(place), rows.len())
    }

    /// The position of a stream; of the first where none is named.
    pub(super) fn stream(&self, stream: Option<&str>) -> Result<usize> {
        let Some(name) = stream else { return Ok(0) };
        self.streams.iter().position(|known| *known == name).ok_or_else(|| {
            let message = Message::new().text("no stream ").name(name).text(": ").name(self.name).text(" gives ");
            let problem = message.list(self.streams).did_you_mean(name, self.streams).to_string();
            Error::Unknown { what: "stream", name: name.to_owned(), problem }
        })
    }

    fn cut(&self, draws: &Draws, rows: usize) -> Result<Vec<DrawnBatch>> {
        let (name, size, roles) = (self.name, self.batch.max(1), self.roles.len().max(1));
        let Draws { positions, weights, ends } = draws;
        if !positions.len().is_multiple_of(roles) || ends.iter().any(|end| !end.is_multiple_of(roles)) {
            let count = positions.len();
            return Err(Error::Data(format!("sampler `{name}` drew {count} rows, which do not fill {roles} roles")));
        }
        if let Some(at) = positions.iter().position(|&position| position as usize >= rows) {
            let (row, batch) = (positions.get(at).copied().unwrap_or_default(), at / roles / size);
            return Err(Error::Data(format!("sampler `{name}` drew row {row} of {rows} rows (batch {batch})")));
        }
        if let Some(weight) = weights.iter().find(|weight| !(weight.is_finite() && **weight >= 0.0)) {
            return Err(Error::Data(format!(
                "sampler `{name}` gave weight {weight}; it must be at least 0 and finite"
            )));
        }
        let all = positions.len() / roles;
        let mut batches = Vec::with_capacity(all.div_ceil(size));
        let mut start = 0;
        for end in ends.iter().copied().chain([positions.len()]) {
            while start < end {
                let next = end.min(start + size * roles);
                if next - start == size * roles || !self.drops_last {
                    batches.push(DrawnBatch {
                        roles: by_role(positions.get(start..next).unwrap_or_default(), roles),
                        weights: weights.get(start..next).map_or_else(Vec::new, |weights| by_role(weights, roles)),
                    });
                }
                start = next;
            }
        }
        if batches.is_empty() {
            let why = if all == 0 {
                format!("it drew nothing from {rows} rows")
            } else if ends.is_empty() {
                format!(
                    "drop_last leaves out the only batch, of {all}; make batches of at most {all}, or keep the last"
                )
            } else {
                "drop_last leaves out all, for no group has so many rows; make smaller batches, or keep the last"
                    .to_owned()
            };
            return Err(Error::Data(format!("sampler `{name}` gives no batch of {size}: {why}")));
        }
        Ok(batches)
    }
}

/// Values that stand draw after draw, as one list a role.
fn by_role<T: Copy>(values: &[T], roles: usize) -> Vec<Vec<T>> {
    (0..roles).map(|role| values.iter().skip(role).step_by(roles).copied().collect()).collect()
}
