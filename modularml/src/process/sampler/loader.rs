//! Batches without an experiment, for those who write their own loop.

use serde::{Deserialize, Serialize};

use super::{DrawnBatch, SamplerSpec};
use crate::Result;
use crate::data::View;
use crate::random::{Place, Purpose, Rng};

/// A place between two batches, which can be saved and [resumed](Loader::resume).
///
/// What an epoch draws depends on the seed and its number alone, so that these two numbers are all there is to keep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    /// The epoch, from 0.
    pub epoch: u32,
    /// How many of its batches have been taken.
    pub step: usize,
}

/// The batches of a sampler, epoch after epoch, without end.
///
/// ```
/// use modularml::prelude::*;
///
/// #[derive(SampleSchema)]
/// struct Point {
///     #[feat]
///     x: f32,
/// }
///
/// let points = FeatureSet::from_rows((0..10u8).map(|x| Point { x: f32::from(x) }))?.view();
/// let mut loader = Batches::of(4).shuffled().spec().loader(&points, 42);
/// for batch in loader.by_ref().take(5) {
///     let rows = batch?.rows(&points, 0)?;
///     assert_eq!(rows.ids().len(), rows.numbers("x", Representation::Raw)?.len());
/// }
/// let position = loader.position();
/// assert_eq!((position.epoch, position.step), (1, 2));
///
/// let mut again = Batches::of(4).shuffled().spec().loader(&points, 42).resume(position);
/// assert_eq!(again.next().transpose()?, loader.next().transpose()?);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Loader {
    sampler: SamplerSpec,
    /// The position among the streams of the sampler.
    stream: usize,
    rows: View,
    seed: u64,
    position: Position,
    /// The batches of the epoch that is under way, where it is drawn.
    drawn: Option<Vec<DrawnBatch>>,
}

impl SamplerSpec {
    /// The batches of some rows, epoch after epoch; of the first stream, unless another is [named](Loader::stream).
    #[must_use]
    pub fn loader(&self, rows: &View, seed: u64) -> Loader {
        let (rows, position) = (rows.clone(), Position::default());
        Loader { sampler: *self, stream: 0, rows, seed, position, drawn: None }
    }
}

impl Loader {
    /// Takes the batches of another stream.
    ///
    /// # Errors
    /// When the sampler has no such stream.
    pub fn stream(mut self, name: &str) -> Result<Self> {
        (self.stream, self.drawn) = (self.sampler.stream(Some(name))?, None);
        Ok(self)
    }

    /// Goes on behind a position: the same batches come as if those before it had been taken here.
    #[must_use]
    pub fn resume(mut self, position: Position) -> Self {
        (self.position, self.drawn) = (position, None);
        self
    }

    /// How far it has come.
    #[must_use]
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Draws the epoch under way, unless that is done.
    fn epoch(&mut self) -> Result<()> {
        if self.drawn.is_none() {
            let place = Place { epoch: self.position.epoch, ..Place::default() };
            let mut rng = Rng::new(self.seed, Purpose::Sample, place);
            self.drawn = Some(self.sampler.stream_epoch(&self.rows, self.stream, &mut rng)?);
        }
        Ok(())
    }
}

impl Iterator for Loader {
    type Item = Result<DrawnBatch>;

    /// The next batch; after the last one of an epoch, the first one of the next. A position beyond the end of its epoch
    /// counts as that end. There is an end only after the last epoch that can be counted.
    fn next(&mut self) -> Option<Self::Item> {
        if let Err(error) = self.epoch() {
            return Some(Err(error));
        }
        if self.position.step >= self.drawn.as_ref().map_or(0, Vec::len) {
            (self.position, self.drawn) = (Position { epoch: self.position.epoch.checked_add(1)?, step: 0 }, None);
            if let Err(error) = self.epoch() {
                return Some(Err(error));
            }
        }
        let batch = self.drawn.as_ref()?.get(self.position.step).cloned()?;
        self.position.step += 1;
        Some(Ok(batch))
    }
}
