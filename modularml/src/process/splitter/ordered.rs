//! Contiguous blocks of rows in the order of a column, such as the time of recording.

use super::random::{check_shares, sizes};
use super::{Split, SplitterSpec};
use crate::data::View;
use crate::process::order::{Order, gap_of};
use crate::process::windows;
use crate::random::Rng;
use crate::spec::{Label, Settings, Shares};
use crate::text::Name;
use crate::{Error, Result};

/// Splits rows into contiguous blocks in the order of a column: the first split has the smallest values.
///
/// The sizes are the shares of all rows but those in gaps, rounded by largest remainder. Rows with equal values stay
/// together: a border between two of them moves to the nearer end of their run, the smaller one where both are as near.
/// With a gap in units of time the shares are of all rows, and those in a gap are left out of the split behind it.
///
/// Of windows over recordings those are left out of a split that read a row which a later split reads too, be it of their
/// horizon, so that no row is read by two splits.
///
/// ```
/// use modularml::prelude::*;
/// use modularml::process::SplitRecord;
///
/// #[derive(SampleSchema)]
/// struct Reading {
///     #[feat]
///     volts: f32,
///     #[tag]
///     day: i64,
/// }
///
/// let readings = FeatureSet::from_rows((0..22).map(|day| Reading { volts: 1.0, day }))?;
/// let splitter = Ordered::by(Reading::COLUMNS.day).ratios([("train", 0.7), ("test", 0.3)]).gap(2);
/// let splits = SplitRecord::new(0).split(splitter).replay(&readings.view())?;
/// assert_eq!(splits[0].1.rows(), (0..14).collect::<Vec<_>>());
/// assert_eq!(splits[1].1.rows(), (16..22).collect::<Vec<_>>()); // days 14 and 15 are the gap
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct Ordered {
    /// The column of numbers that orders the rows.
    #[setting(first)]
    by: Name,
    /// The splits in their order, and their shares, which add up to 1.
    #[setting(default = Shares::new(&[]))]
    ratios: Shares,
    /// How many rows between one split and the next are left out, so that neighbours in time do not leak.
    #[setting(default = 0)]
    gap: usize,
    /// How much later than the last row of a split, at least, the rows of the next one are, `"7 days"`: those that are less are
    /// left out. It needs an order by a `Timestamp` or `Date`. Of windows it is measured from the last row that one reads, be it
    /// of its horizon, to the first row of another.
    #[setting(default = None)]
    gap_time: Option<Label>,
}

impl Ordered {
    /// The splitter with its type erased.
    #[must_use]
    pub const fn spec(self) -> SplitterSpec {
        SplitterSpec {
            shares: Some(self.ratios),
            group_by: Some(self.by),
            order_by: Some(self.by),
            ..SplitterSpec::new("Ordered", self.settings(), self.ratios.names().items(), code!(Split, split))
        }
    }

    fn split(&self, rows: &View) -> Result<Vec<Vec<u32>>> {
        let shares = &self.ratios.shares();
        check_shares("Ordered", shares)?;
        let gap_time = self.gap_time.map(|text| gap_of("Ordered", rows, Some(self.by), text)).transpose()?;
        let order = Order::by("Ordered", rows, self.by)?;
        let gaps = self.gap.saturating_mul(shares.len() - 1);
        let Some(usable) = rows.len().checked_sub(gaps) else {
            let (gap, rows, splits) = (self.gap, rows.len(), shares.len());
            return Err(Error::Data(format!(
                "Ordered: {splits} splits with gaps of {gap} rows need more than {rows} rows; use a smaller gap"
            )));
        };
        let (mut parts, mut start): (Vec<Vec<u32>>, _) = (Vec::new(), 0);
        let sizes = sizes(usable, shares);
        let mut planned = 0;
        for (name, size) in self.ratios.names().items().iter().zip(sizes) {
            planned += size;
            let end = order.border(planned).max(start);
            let mut part = order.positions.get(start..end).unwrap_or_default().to_vec();
            if let (Some(gap), Some(before)) = (gap_time, parts.last()) {
                windows::cut_gap_behind(rows, self.by, order.units(gap), before, &mut part);
            }
            if part.is_empty() {
                let (count, by, splits) = (rows.len(), self.by, shares.len());
                let why = match self.gap_time {
                    Some(gap) => format!("a gap of {gap} before it leaves none; shorten the gap"),
                    None => "equal values stay together; make fewer splits".to_owned(),
                };
                let problem = format!(
                    "split `{name}` would be empty: {count} rows in order of `{by}` for {splits} splits; {why}, raise its \
                     share, or add data"
                );
                return Err(Error::EmptySplit { split: (*name).to_owned(), problem });
            }
            part.sort_unstable();
            parts.push(part);
            planned += self.gap;
            start = match gap_time {
                Some(gap) => order.begins_after(end.saturating_sub(1), gap),
                None => end + self.gap,
            };
        }
        for (at, name) in (1..parts.len()).zip(self.ratios.names().items()) {
            let (earlier, later) = parts.split_at_mut(at);
            let Some(part) = earlier.last_mut() else { continue };
            let count = part.len();
            windows::cut(rows, part, later);
            if part.is_empty() {
                let problem = format!(
                    "split `{name}` would be empty: its {count} windows all read rows of a later split; raise its share, or \
                     make shorter windows"
                );
                return Err(Error::EmptySplit { split: (*name).to_owned(), problem });
            }
        }
        Ok(parts)
    }
}

impl From<Ordered> for SplitterSpec {
    fn from(splitter: Ordered) -> Self {
        splitter.spec()
    }
}

fn split(settings: &Settings, rows: &View, _: &mut Rng) -> Result<Vec<Vec<u32>>> {
    Ordered::from_settings(settings).split(rows)
}
