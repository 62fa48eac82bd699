//! Windows that read the same rows of a recording stand in one split, never in two.

use crate::data::View;
use crate::text::Name;
use crate::{Error, Result};

/// Takes those windows out of an earlier part that read a row which a later one reads too, their horizons among what they
/// read. Rows that are no windows all stay.
pub(super) fn cut(rows: &View, earlier: &mut Vec<u32>, later: &[Vec<u32>]) {
    let Some(windows) = rows.windows() else { return };
    let read = windows.read(later.iter().flatten().copied());
    earlier.retain(|&position| windows.start(position).is_none_or(|start| !read.shares(start)));
}

/// Takes those windows out of a later part of which a row comes less than a gap after a row that an earlier one reads.
pub(super) fn cut_gap_behind(rows: &View, key: &str, gap: i64, earlier: &[u32], later: &mut Vec<u32>) {
    let Some(windows) = rows.windows() else { return };
    let last = earlier.iter().filter_map(|&position| Some(windows.times(key, position)?.1)).max();
    let Some(earliest) = last.map(|last| last.saturating_add(gap)) else { return };
    later.retain(|&position| windows.times(key, position).is_none_or(|(first, _)| first >= earliest));
}

/// Takes those windows out of an earlier part of which a row comes less than a gap before a row that a later one reads.
pub(super) fn cut_gap_before(rows: &View, key: &str, gap: i64, earlier: &mut Vec<u32>, later: &[u32]) {
    let Some(windows) = rows.windows() else { return };
    let first = later.iter().filter_map(|&position| Some(windows.times(key, position)?.0)).min();
    let Some(latest) = first.map(|first| first.saturating_sub(gap)) else { return };
    earlier.retain(|&position| windows.times(key, position).is_none_or(|(_, last)| last <= latest));
}

/// Refuses parts that read the same rows of a recording.
pub(super) fn refuse_shared<'a>(
    what: &str,
    rows: &View,
    parts: impl IntoIterator<Item = (Name, &'a Vec<u32>)>,
) -> Result<()> {
    let Some(windows) = rows.windows() else { return Ok(()) };
    let of_part = |(name, positions): (Name, &'a Vec<u32>)| {
        positions.iter().filter_map(move |&position| Some((windows.start(position)?, name, position)))
    };
    let mut starts: Vec<(u32, Name, u32)> = parts.into_iter().flat_map(of_part).collect();
    starts.sort_unstable();
    // Where windows of two parts meet, some that begin one after the other do.
    let meet = starts.array_windows::<2>().filter(|[a, b]| a.1 != b.1 && b.0 - a.0 < windows.span());
    let (mut first, mut count) = (None, 0usize);
    for pair in meet {
        first = first.or(Some(pair));
        count += 1;
    }
    let Some([(start, one, a), (next, other, b)]) = first else { return Ok(()) };
    let (span, schema) = (windows.span(), rows.schema());
    let common = span - (next - start);
    let group = schema.columns.iter().find(|column| column.groups).map(|column| column.key);
    let advice = match group {
        Some(key) => format!(
            "keep the windows of one `{key}` together, .group_by({key}); split them in time by Ordered or TimeFolds, which \
             leave out windows that overlap; or write #[allow(ungrouped)]"
        ),
        None => format!(
            "split them in time by Ordered or TimeFolds, which leave out windows that overlap; or make windows that have no \
             row in common, Windows::stride({span})"
        ),
    };
    Err(Error::Data(format!(
        "{what}: windows of `{one}` and `{other}` read the same rows: of windows {a} and {b}, {common} of {span} rows, and \
         so at {count} places; {advice}"
    )))
}
