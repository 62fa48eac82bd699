//! Feeds: from the rows of a split to the batches of an epoch.

use std::cell::RefCell;

use super::ahead::{Ahead, ColumnPlace};
pub(super) use super::batch_rows::BatchRows;
use super::batch_rows::Gathered;
use super::drawn::{DrawnEpoch, Joined};
use super::schedule::ScheduleSpec;
use crate::data::{Dtype, Representation, View};
use crate::error::At as _;
use crate::graph::Alignment;
use crate::graph::tensors::element_type;
use crate::plan::phase::FeedPlan;
use crate::process::{DrawnBatch, SamplerSpec};
use crate::random::{Place, Purpose, Rng};
use crate::text::{BitSet, Name, intern};
use crate::{Error, Result};
use candle_core::DType;
use std::rc::Rc;
use std::sync::Arc;

/// How many rows an evaluation takes at once where no sampler cuts them into batches.
pub(super) const EVAL_ROWS: usize = 1024;

/// The feeds of a phase, bound to their rows.
pub(super) struct Feeds {
    phase: String,
    inputs: usize,
    dtype: DType,
    bound: Vec<Feed>,
    joined: Arc<[Joined]>,
    /// Inputs whose rows weigh as a column of theirs says.
    weights: Vec<(usize, Name)>,
    schedule: ScheduleSpec,
}

struct Feed {
    name: Name,
    input: usize,
    rows: View,
    sampler: Option<SamplerSpec>,
    stream: usize,
    /// How many rows make a batch where there is no sampler.
    chunk: usize,
}

impl Feed {
    /// Its batches in an epoch.
    fn batches(&self, rng: &mut Rng) -> Result<Vec<DrawnBatch>> {
        match &self.sampler {
            Some(sampler) => sampler.stream_epoch(&self.rows, self.stream, rng),
            None => chunks(&self.rows, self.chunk),
        }
    }
}

/// The batches of one epoch.
pub(super) struct Epoch {
    feeds: Rc<Feeds>,
    drawn: Arc<DrawnEpoch>,
    /// The first step that was asked for, and what it read: the steps after it read the same.
    first: Option<(usize, Rc<RefCell<Vec<Gathered>>>)>,
    ahead: Option<Ahead>,
}

impl Feeds {
    /// Binds feeds to their rows, in the same order; `inputs` counts the inputs of the graph, whose type of numbers
    /// follows.
    pub(super) fn bind(
        phase: &str,
        (inputs, dtype): (usize, DType),
        feeds: &[FeedPlan],
        rows: Vec<View>,
        schedule: ScheduleSpec,
        chunk: usize,
    ) -> Result<Self> {
        let bind = |(feed, rows): (&FeedPlan, View)| {
            let (name, input, sampler, stream) = (feed.name, feed.rows.input, feed.sampler, feed.stream);
            Feed { name, input, rows, sampler, stream, chunk }
        };
        let feeds: Vec<Feed> = feeds.iter().zip(rows).map(bind).collect();
        let mut whole = feeds.iter().filter(|feed| feed.sampler.is_none());
        if let Some(first) = whole.next()
            && let Some(other) = whole.find(|feed| feed.rows.len() != first.rows.len())
        {
            return Err(Error::Data(format!(
                "{phase}: input `{}` has {} rows, `{}` has {}; rows of several inputs are taken side by side, so give \
                 them equally many",
                first.name,
                first.rows.len(),
                other.name,
                other.rows.len()
            )));
        }
        Ok(Self {
            phase: phase.to_owned(),
            inputs,
            dtype,
            bound: feeds,
            joined: Arc::default(),
            weights: Vec::new(),
            schedule,
        })
    }

    /// The same with inputs that are joined to those of the feeds.
    pub(super) fn with_joined(self, joined: Vec<Joined>) -> Self {
        Self { joined: joined.into(), ..self }
    }

    /// The same with rows that weigh as columns say, each by its input and key.
    pub(super) fn weighed(self, weights: Vec<(usize, Name)>) -> Self {
        Self { weights, ..self }
    }

    /// Refuses feeds all of whose rows weigh 0, of which no mean can be taken.
    pub(super) fn check_weights(&self) -> Result<()> {
        for (input, column) in &self.weights {
            for feed in self.bound.iter().filter(|feed| feed.input == *input) {
                let weights = feed.rows.numbers(column, Representation::Raw)?;
                if !weights.is_empty() && weights.iter().all(|weight| *weight <= 0.0) {
                    return Err(Error::Data(format!(
                        "{}: all {} rows of input `{}` weigh 0 by `{}.{column}`, and a mean of nothing is no number; split \
                         rows otherwise, or give one a weight above 0",
                        self.phase,
                        weights.len(),
                        feed.name,
                        feed.name
                    )));
                }
            }
        }
        Ok(())
    }

    /// Draws the batches of an epoch.
    pub(super) fn draw(self: &Rc<Self>, seed: u64, place: Place) -> Result<Epoch> {
        let batches = (0..)
            .zip(&self.bound)
            .map(|(item, feed)| feed.batches(&mut Rng::new(seed, Purpose::Sample, Place { item, ..place })));
        self.in_order(batches.collect::<Result<_>>()?)
    }

    /// Draws the batches that an evaluation measures in a fold and phase: the same each time, whatever was drawn before.
    pub(super) fn draw_measured(self: &Rc<Self>, seed: u64, Place { fold, phase, .. }: Place) -> Result<Epoch> {
        let batches = self.bound.iter().map(|feed| {
            let item = u32::try_from(feed.input).unwrap_or(u32::MAX);
            let place = Place { fold, phase, item, ..Place::default() };
            let drawn = feed.batches(&mut Rng::new(seed, Purpose::Measure, place));
            drawn.at(|| format!("{}, feed `{}`", self.phase, feed.name))
        });
        let batches: Vec<Vec<DrawnBatch>> = batches.collect::<Result<_>>()?;
        let mut counts = self.bound.iter().map(|feed| feed.name).zip(batches.iter().map(Vec::len));
        if let Some((first, expected)) = counts.next()
            && let Some((other, found)) = counts.find(|(_, found)| *found != expected)
        {
            return Err(Error::Data(format!(
                "{}: `{first}` gives {expected} batches, `{other}` {found}, which a loss or metric takes side by side; draw \
                 both by samplers that give as many",
                self.phase
            )));
        }
        self.in_order(batches)
    }

    /// An epoch of batches, by feed.
    fn in_order(self: &Rc<Self>, batches: Vec<Vec<DrawnBatch>>) -> Result<Epoch> {
        let counts: Vec<(&str, usize)> =
            self.bound.iter().zip(&batches).map(|(feed, batches)| (feed.name, batches.len())).collect();
        let order = self.schedule.over(&counts).at(|| self.phase.clone())?;
        let feeds = self.bound.iter().map(|feed| (feed.input, feed.rows.clone())).collect();
        let drawn = Arc::new(DrawnEpoch { feeds, joined: Arc::clone(&self.joined), batches, order });
        Ok(Epoch { feeds: Rc::clone(self), drawn, first: None, ahead: None })
    }

    /// Whether steps read mapped files, and each the same columns.
    fn read_ahead(&self) -> bool {
        !self.schedule.alternates && self.all_rows().any(View::is_mapped)
    }

    fn all_rows(&self) -> impl Iterator<Item = &View> {
        let joined = self.joined.iter().map(|right| &right.rows);
        self.bound.iter().map(|feed| &feed.rows).chain(joined)
    }

    /// All rows of every feed at once, without drawing.
    pub(super) fn everything(&self) -> Result<BatchRows> {
        let mut rows = BatchRows::empty(self.inputs, self.dtype);
        for feed in &self.bound {
            let fed = vec![feed.rows.clone()];
            for joined in self.joined.iter().filter(|joined| joined.aligned.left == feed.input) {
                rows.give(joined.aligned.right, joined.along(&fed)?);
            }
            rows.give(feed.input, fed);
        }
        self.weigh(&mut rows)?;
        Ok(rows)
    }

    /// Gives rows the weights that their columns say.
    fn weigh(&self, rows: &mut BatchRows) -> Result<()> {
        for (input, column) in &self.weights {
            let joined = self.joined.iter().map(|joined| &joined.aligned);
            rows.weigh_by(
                *input,
                column,
                joined.filter(|aligned| aligned.left == *input).map(|aligned| aligned.right),
            )?;
        }
        Ok(())
    }
}

impl Epoch {
    /// How many steps there are.
    pub(super) fn steps(&self) -> usize {
        self.drawn.steps()
    }

    /// How many steps it takes until every feed has had its turn.
    pub(super) fn round(&self) -> usize {
        self.drawn.order.round()
    }

    /// The inputs that are fed in a step.
    pub(super) fn fed(&self, step: usize) -> BitSet {
        let mut fed: BitSet = self.drawn.batches(step).map(|(input, _)| input).collect();
        for Alignment { left, right, .. } in self.feeds.joined.iter().map(|joined| &joined.aligned) {
            if fed.contains(*left) {
                fed.insert(*right);
            }
        }
        fed
    }

    /// The rows of a step; steps are asked for one after the other, from any first one on.
    pub(super) fn rows(&mut self, step: usize) -> Result<BatchRows> {
        let rows = self.drawn_rows(step)?;
        if self.feeds.read_ahead() {
            self.gather_ahead(step, &rows)?;
        }
        Ok(rows)
    }

    /// The rows of any step, with no column gathered.
    pub(super) fn drawn_rows(&self, step: usize) -> Result<BatchRows> {
        let mut rows = BatchRows::empty(self.feeds.inputs, self.feeds.dtype);
        for (input, roles) in self.drawn.rows(step)? {
            rows.give(input, roles);
        }
        for (input, batch) in self.drawn.batches(step) {
            rows.weigh(input, &batch.weights);
            for joined in self.feeds.joined.iter().filter(|joined| joined.aligned.left == input) {
                rows.weigh(joined.aligned.right, &batch.weights);
            }
        }
        self.feeds.weigh(&mut rows)?;
        Ok(rows)
    }

    /// Gives the rows of a step the columns that were gathered while the step before it computed.
    fn gather_ahead(&mut self, step: usize, rows: &BatchRows) -> Result<()> {
        let Some((first, read)) = &self.first else {
            self.first = Some((step, Rc::clone(&rows.gathered)));
            return Ok(());
        };
        let ahead = match &mut self.ahead {
            Some(ahead) => ahead,
            none => {
                let element = element_type(self.feeds.dtype).unwrap_or(Dtype::F32);
                let columns: Vec<ColumnPlace> =
                    read.borrow().iter().map(|column| (column.input, column.role, intern(&column.key))).collect();
                none.insert(Ahead::start(&self.drawn, first + 1, columns, element)?)
            }
        };
        for ((input, role, key), column) in ahead.next()? {
            rows.gathered.borrow_mut().push(Gathered { input, role, key: key.to_owned(), column });
        }
        Ok(())
    }
}

/// All rows in order, cut into batches of at most `size`.
fn chunks(rows: &View, size: usize) -> Result<Vec<DrawnBatch>> {
    let count = u32::try_from(rows.len()).map_err(|_| Error::Data(format!("{} rows are too many", rows.len())))?;
    let positions: Vec<u32> = (0..count).collect();
    Ok(positions
        .chunks(size.max(1))
        .map(|chunk| DrawnBatch { roles: vec![chunk.to_vec()], weights: Vec::new() })
        .collect())
}
