//! Recordings at a fixed step.

mod between;
mod columns;
mod grid;
mod pieces;

use std::path::PathBuf;

use super::recordings::Recordings;
use super::{Dynamic, FeatureSet, SampleSchema, StoreWriter, View};
use crate::spec::{ResampledSpec, TimeStep};
use crate::{Error, Result, rules};
use columns::Maker;

/// A row at a fixed step, made of the rows of recordings; implemented by `#[derive(SampleSchema)]` under
/// `#[resampled(of = .., every = .., limit = .., in_order_of = ..)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row at a fixed step",
    label = "not a row at a fixed step",
    note = "add #[resampled(of = Reading, every = \"10 s\", limit = \"1 min\", in_order_of = at)] below \
            #[derive(SampleSchema)]"
)]
pub trait ResampledSchema: SampleSchema {
    /// A row of a recording, which is a sample itself.
    type Row;
    /// How each column comes out of the rows.
    const RESAMPLING: ResampledSpec;
}

/// Makes rows at a fixed step of recordings whose rows stand at any times.
///
/// What the step is, how long a gap may be, and how each column is made is declared in the struct of the row. The rows of a
/// recording stand one after the other in the order of their time, one recording behind the other.
///
/// - **Steps** begin at the midnight before the first row of a recording, as `resample` of pandas begins by default, in the
///   zone of the column of times; `origin = epoch` begins at 1970 and `origin = start` at the first row. In an order of
///   numbers or spans the default is 0. A step is a length of time: a day has 24 hours, also where clocks are put forward. A
///   time of floats that is as near to a step as a billionth of it stands at the step.
/// - **Values**: `last` is the value of the row at the time of the step, or of the last one before it that is at most the
///   limit away; `linear` is on the line between the last row before the step and the first one behind it, which are at most
///   the limit apart; `mean` is the mean of the rows from the step until the next one. A missing value is passed over, as if
///   its row were not there: values of one array each for itself. Of rows with equal times `last` takes the last, and
///   `linear` the last of them before a step and the first of them behind it.
/// - **Gaps**: where two rows of a recording are further apart than the limit, there are no steps between them, and windows
///   over the steps end. So they do at a step at which a column has no value, of which no row is made; a column that says
///   `missing = allow` has a missing value there instead.
/// - Nothing lies before the first row of a recording or behind its last one.
///
/// The id of a row follows from that of the first row of its recording and from the number of its step, so that it is the same
/// whenever the same is made of the same rows.
///
/// In memory are the rows that are made, and while they are made twice as much; of the recordings, some 65,000 rows at a time, and
/// the numbers of their rows and recordings, 8 bytes a row. [`to_store`](Self::to_store) writes the rows that are made into a
/// store instead.
///
/// ```
/// use modularml::prelude::*;
///
/// /// A row of a recording.
/// #[derive(SampleSchema)]
/// struct Reading {
///     #[tag(group)]
///     cell: u32,
///     #[tag]
///     second: f64,
///     #[feat]
///     current: f32,
///     #[feat]
///     voltage: f32,
/// }
///
/// /// A row every second, where rows are at most three seconds apart.
/// #[derive(SampleSchema)]
/// #[resampled(of = Reading, every = 1, limit = 3, by = cell, in_order_of = second)]
/// struct EverySecond {
///     #[feat(last)]
///     current: f32,
///     #[feat(linear)]
///     voltage: f32,
///     #[tag(group)]
///     cell: u32,
///     #[tag]
///     second: f64,
/// }
///
/// let rows = [(0.0, 1.0, 3.0), (0.5, 2.0, 4.0), (2.5, 3.0, 6.0), (9.0, 4.0, 7.0), (10.0, 5.0, 8.0)];
/// let reading = |(second, current, voltage)| Reading { cell: 7, second, current, voltage };
/// let readings = FeatureSet::from_rows(rows.map(reading))?;
/// let even: FeatureSet<EverySecond> = Resample::new().over(&readings)?;
/// let view = even.view();
/// assert_eq!(view.values(EverySecond::COLUMNS.second)?, [0.0, 1.0, 2.0, 9.0, 10.0]);
/// assert_eq!(view.values(EverySecond::COLUMNS.current)?, [1.0, 2.0, 2.0, 4.0, 5.0]);
/// assert_eq!(view.values(EverySecond::COLUMNS.voltage)?, [3.0, 4.5, 5.5, 7.0, 8.0]);
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Resample {
    store: Option<PathBuf>,
}

impl Resample {
    /// Rows in memory.
    pub const fn new() -> Self {
        Self { store: None }
    }

    /// Writes the rows into a store, which replaces a file that is there when all are written, and opens it.
    pub fn to_store(mut self, path: impl Into<PathBuf>) -> Self {
        self.store = Some(path.into());
        self
    }

    /// The steps of all recordings.
    ///
    /// # Errors
    /// When the rows of a recording do not stand together or not in the order of their time, a row has no time or no
    /// recording, or no row can be made.
    pub fn over<R: ResampledSchema>(self, recordings: &FeatureSet<R::Row>) -> Result<FeatureSet<R>> {
        self.over_rows(&recordings.view())
    }

    /// The steps of some rows, in the order of their set: rows that the view leaves out are as if they were not there.
    ///
    /// # Errors
    /// As [`over`](Self::over), or when the rows are not in the order of their set or have not the columns of `R::Row`.
    pub fn over_rows<R: ResampledSchema>(self, rows: &View) -> Result<FeatureSet<R>> {
        Ok(FeatureSet::sharing(self.over_as(&R::RESAMPLING, rows)?.table()))
    }

    /// The same of steps that the running program describes.
    ///
    /// # Errors
    /// As [`over_rows`](Self::over_rows), or when the description is refused by a rule.
    pub fn over_as(self, spec: &ResampledSpec, rows: &View) -> Result<FeatureSet<Dynamic>> {
        let mistakes = rules::resampled::all(spec);
        if !mistakes.is_empty() {
            return Err(Error::Refused(mistakes.iter().map(ToString::to_string).collect()));
        }
        let what = format!("resampled `{}`", spec.schema.name);
        let fail = |problem: &str| Error::Data(format!("{what}: {problem}"));
        if rows.table().spans().is_some() {
            return Err(fail("these rows are windows; resample the recordings, and make windows over that"));
        }
        rows.require_rows("resample")?;
        let recordings = Recordings { what: &what, by: spec.by, in_order_of: Some(spec.in_order_of) };
        let keys = spec.columns.iter().map(|column| &column.of).chain(&spec.by).chain([&spec.in_order_of]);
        recordings.check_columns(&spec.of, keys, rows)?;
        // Rules have looked at all of it.
        let order = spec.of.column(spec.in_order_of).ok_or_else(|| fail("has no column of times"))?;
        let units = |step: TimeStep, word| step.units(word, order).map_err(|it| fail(it.as_str()));
        let (every, limit) = (units(spec.every, "every")?, units(spec.limit, "limit")?);
        let pieces = pieces::of(spec, (every, limit), order, recordings, rows)?;
        let maker = Maker { spec, limit, recordings, view: rows };
        let mut made = pieces.iter().filter_map(|piece| maker.make(piece).transpose());
        let none = || {
            fail(&format!(
                "no step has a value in every column: rows within the limit of each other make {}; raise the limit, \
                 use a shorter step, or declare columns that may lack values, missing = allow",
                match pieces.len() {
                    1 => "one run".to_owned(),
                    runs => format!("{runs} runs"),
                }
            ))
        };
        if let Some(path) = self.store {
            let mut store = StoreWriter::create(&path)?;
            for rows in &mut made {
                store.push(&rows?)?;
            }
            if store.rows() == 0 {
                return Err(none());
            }
            store.finish()?;
            return FeatureSet::open_under(spec.schema, path);
        }
        let sets = made.collect::<Result<Vec<FeatureSet>>>()?;
        match sets.as_slice() {
            [] => Err(none()),
            [whole] => Ok(whole.clone()),
            several => FeatureSet::concat(several),
        }
    }
}
