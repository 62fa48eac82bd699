//! One epoch of a sampler: its draws, checked and cut into batches.

use super::SamplerSpec;
use crate::check::Message;
use crate::data::View;
use crate::random::Rng;
use crate::{Error, Result};

/// The rows of one batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DrawnBatch {
    /// For each role of the sampler, positions in the view that was drawn from; all lists are of one length.
    pub roles: Vec<Vec<u32>>,
}

impl DrawnBatch {
    /// How many draws there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.roles.first().map_or(0, Vec::len)
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
        self.settings.check_all(self.name).map_err(|message| Error::Refused(vec![message.to_string()]))?;
        let place = self.stream(stream)?;
        let mut streams = (self.draw)(&self.settings, rows, rng)?;
        if place >= streams.len() {
            let (found, expected) = (streams.len(), self.streams.len());
            return Err(Error::Data(format!("sampler `{}` drew {found} streams, it has {expected}", self.name)));
        }
        let positions = streams.swap_remove(place).positions;
        self.cut(&positions, rows.len())
    }

    fn stream(&self, stream: Option<&str>) -> Result<usize> {
        let Some(name) = stream else { return Ok(0) };
        self.streams.iter().position(|known| *known == name).ok_or_else(|| {
            let message = Message::new().text("no stream ").name(name).text(": ").name(self.name).text(" gives ");
            Error::Data(message.list(self.streams).did_you_mean(name, self.streams).to_string())
        })
    }

    fn cut(&self, positions: &[u32], rows: usize) -> Result<Vec<DrawnBatch>> {
        let (name, size, roles) = (self.name, self.batch.max(1), self.roles.len().max(1));
        if !positions.len().is_multiple_of(roles) {
            let count = positions.len();
            return Err(Error::Data(format!("sampler `{name}` drew {count} rows, which do not fill {roles} roles")));
        }
        if let Some(at) = positions.iter().position(|&position| position as usize >= rows) {
            let (drawn, batch) = (positions.get(at).copied().unwrap_or_default(), at / roles / size);
            return Err(Error::Data(format!("sampler `{name}` drew row {drawn} of {rows} rows (batch {batch})")));
        }
        let draws = positions.len() / roles;
        let full = if self.drops_last { draws / size * size } else { draws };
        if full == 0 {
            let why = if draws == 0 {
                format!("it drew nothing from {rows} rows")
            } else {
                format!(
                    "drop_last leaves out the only batch, of {draws}; make batches of at most {draws}, or keep the last"
                )
            };
            return Err(Error::Data(format!("sampler `{name}` gives no batch of {size}: {why}")));
        }
        let batch = |positions: &[u32]| DrawnBatch {
            roles: (0..roles).map(|role| positions.iter().skip(role).step_by(roles).copied().collect()).collect(),
        };
        Ok(positions.chunks(size * roles).take(full.div_ceil(size)).map(batch).collect())
    }
}
