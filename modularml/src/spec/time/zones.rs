//! The zones of the IANA time zone database, and fixed offsets from UTC.

use super::cursor::Cursor;
use super::stamp::take_offset;
use crate::text::{Message, Verdict, contains, nearest};

/// The names of all zones; links to them too.
pub(crate) const ZONES: [&str; COUNT] = lines(include_str!("zones.txt"));

const COUNT: usize = 597;

const fn lines<const N: usize>(text: &'static str) -> [&'static str; N] {
    let (mut lines, mut line, mut start, mut at) = ([""; N], 0, 0, 0);
    while at < text.len() && line < N {
        if text.as_bytes()[at] == b'\n' {
            lines[line] = text.split_at(at).0.split_at(start).1;
            line += 1;
            start = at + 1;
        }
        at += 1;
    }
    lines
}

/// Rule: a zone is one of the database, or an offset from UTC.
///
/// # Errors
/// "there is no zone `Europe/Berln`; did you mean `Europe/Berlin`?".
pub(crate) const fn zone(zone: &str) -> Verdict {
    if offset(zone).is_some() || contains(&ZONES, zone) {
        return Ok(());
    }
    // A constant has not the time to compare all of them letter by letter.
    let (mut alike, mut count, mut i) = ([""; COUNT], 0, 0);
    while i < COUNT {
        if ZONES[i].len().abs_diff(zone.len()) <= 1 {
            alike[count] = ZONES[i];
            count += 1;
        }
        i += 1;
    }
    let message = Message::new().text("there is no zone ").name(zone);
    Err(match nearest(zone, alike.split_at(count).0) {
        Some(near) => message.text("; did you mean ").name(near).text("?"),
        None => message.text("; zones are called as \"Europe/Berlin\", \"UTC\" or \"+01:00\""),
    })
}

/// The seconds of a zone that is an offset from UTC, `+01:00`.
pub(crate) const fn offset(zone: &str) -> Option<i64> {
    let mut cursor = Cursor::new(zone);
    match take_offset(&mut cursor) {
        Some(seconds) if cursor.is_at_end() => Some(seconds),
        _ => None,
    }
}
