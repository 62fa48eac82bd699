//! How files of text write times, where it is not ISO 8601: by the specifiers of strftime, or as counted units.

use super::{DAY, SECOND};
use crate::spec::Dtype;
use crate::text::{Message, same};

/// What a format says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `%d.%m.%Y %H:%M`, of a day, a time of day, or both.
    Written { has_date: bool, has_clock: bool },
    /// `epoch ms`: units since 1970-01-01T00:00:00Z, of so many nanoseconds.
    Since1970(i64),
    /// `ms`: so many units.
    Units(i64),
}

/// The words for units, and their nanoseconds.
const UNITS: [(&str, i64); 7] = [
    ("ns", 1),
    ("us", SECOND / 1_000_000),
    ("ms", SECOND / 1_000),
    ("s", SECOND),
    ("min", 60 * SECOND),
    ("h", 3600 * SECOND),
    ("d", DAY),
];

impl Format {
    /// What a format says.
    ///
    /// # Errors
    /// "format `%d.%m` has no year; a day needs %Y, %m and %d".
    pub(crate) const fn of(format: &str) -> Result<Self, Message> {
        let mut i = 0;
        while i < UNITS.len() {
            if same(format, UNITS[i].0) {
                return Ok(Self::Units(UNITS[i].1));
            }
            i += 1;
        }
        if let Some((b"epoch ", unit)) = format.as_bytes().split_at_checked(6) {
            let mut i = 0;
            while i < UNITS.len() {
                if is(unit, UNITS[i].0) {
                    return Ok(Self::Since1970(UNITS[i].1));
                }
                i += 1;
            }
        }
        match Specifiers::of(format.as_bytes()) {
            Ok(specifiers) => specifiers.check(format),
            Err(at) => {
                let (_, rest) = format.as_bytes().split_at(at);
                // What stands behind a percent sign may be a part of a letter.
                let message = start(format).text(" has `").text(ascii(rest)).text("`, which is not supported");
                Err(message.text("; write, for example, \"%d.%m.%Y %H:%M:%S%.f\" or \"epoch ms\""))
            }
        }
    }

    /// The type of a column that is written so.
    pub(crate) const fn dtype(self) -> Dtype {
        match self {
            Self::Written { has_date: true, has_clock: false } => Dtype::Date,
            Self::Written { has_date: false, .. } => Dtype::TimeOfDay,
            Self::Written { .. } | Self::Since1970(_) => Dtype::Timestamp,
            Self::Units(_) => Dtype::TimeDelta,
        }
    }
}

const fn start(format: &str) -> Message {
    Message::new().text("format `").text(format).text("`")
}

const fn is(bytes: &[u8], text: &str) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(bytes) => same(bytes, text),
        Err(_) => false,
    }
}

/// The first two letters, where they are ASCII.
const fn ascii(bytes: &[u8]) -> &str {
    let (first, _) = bytes.split_at(if bytes.len() < 2 { bytes.len() } else { 2 });
    match std::str::from_utf8(first) {
        Ok(text) => text,
        Err(_) => "%",
    }
}

/// Which parts of a date and of a clock are named.
#[allow(clippy::struct_excessive_bools, reason = "each is a part of its own")]
struct Specifiers {
    year: bool,
    month: bool,
    day: bool,
    /// The day of the year.
    ordinal: bool,
    hour: bool,
    /// An hour of twelve, and which half of the day it is in.
    half: bool,
    which: bool,
    minute: bool,
    /// A second, or a part of it.
    second: bool,
}

impl Specifiers {
    /// The specifiers of a format; the place of the first that is none.
    const fn of(format: &[u8]) -> Result<Self, usize> {
        let mut all = Self {
            year: false,
            month: false,
            day: false,
            ordinal: false,
            hour: false,
            half: false,
            which: false,
            minute: false,
            second: false,
        };
        let mut rest = format;
        while let [first, others @ ..] = rest {
            if *first != b'%' {
                rest = others;
                continue;
            }
            let at = format.len() - rest.len();
            let behind = match others {
                [b'-' | b'_' | b'0', padded @ ..] => padded,
                plain => plain,
            };
            rest = match behind {
                [b'Y' | b'y', behind @ ..] => {
                    all.year = true;
                    behind
                }
                [b'm' | b'b' | b'B' | b'h', behind @ ..] => {
                    all.month = true;
                    behind
                }
                [b'd' | b'e', behind @ ..] => {
                    all.day = true;
                    behind
                }
                [b'j', behind @ ..] => {
                    all.ordinal = true;
                    behind
                }
                [b'F' | b'D', behind @ ..] => {
                    (all.year, all.month, all.day) = (true, true, true);
                    behind
                }
                [b'H' | b'k', behind @ ..] => {
                    all.hour = true;
                    behind
                }
                [b'I' | b'l', behind @ ..] => {
                    all.half = true;
                    behind
                }
                [b'p' | b'P', behind @ ..] => {
                    all.which = true;
                    behind
                }
                [b'M', behind @ ..] => {
                    all.minute = true;
                    behind
                }
                [b'R', behind @ ..] => {
                    (all.hour, all.minute) = (true, true);
                    behind
                }
                [b'T', behind @ ..] => {
                    (all.hour, all.minute, all.second) = (true, true, true);
                    behind
                }
                // A point before it makes it a fraction, and not a number of nanoseconds.
                [b'f', ..] if !matches!(format.split_at(at).0, [.., b'.']) => return Err(at),
                [b'S' | b'f', behind @ ..]
                | [b'.' | b'3' | b'6' | b'9', b'f', behind @ ..]
                | [b'.', b'3' | b'6' | b'9', b'f', behind @ ..] => {
                    all.second = true;
                    behind
                }
                // Names of days and offsets from UTC say nothing of which parts there are.
                [b'a' | b'A' | b'z' | b'n' | b't' | b'%', behind @ ..] | [b':' | b'#', b'z', behind @ ..] => behind,
                _ => return Err(at),
            };
        }
        Ok(all)
    }

    const fn check(self, format: &str) -> Result<Format, Message> {
        let has_date = self.year || self.month || self.day || self.ordinal;
        let has_clock = self.hour || self.half || self.which || self.minute || self.second;
        let is_day = self.year && (self.ordinal || (self.month && self.day));
        let is_time = self.minute && (self.hour || (self.half && self.which));
        if !has_date && !has_clock {
            let message = start(format).text(" names no part of a time; write, for example, \"%d.%m.%Y %H:%M:%S\"");
            return Err(message.text(" or \"epoch ms\""));
        }
        if has_date && !is_day {
            let lacks = if !self.year {
                "year"
            } else if self.day {
                "month"
            } else {
                "day"
            };
            return Err(start(format).text(" has no ").text(lacks).text("; a day needs %Y, %m and %d"));
        }
        if has_clock && !is_time {
            let lacks = if self.half && !self.which {
                " has hours of twelve without %p"
            } else if self.hour || self.half {
                " has no minute"
            } else {
                " has no hour"
            };
            return Err(start(format).text(lacks).text("; a time of day needs %H and %M, or %I, %M and %p"));
        }
        Ok(Format::Written { has_date, has_clock })
    }
}
