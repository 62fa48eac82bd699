//! How the numbers of a text file are written.

use std::borrow::Cow;
use std::fmt;

/// The decimal mark of numbers, and what separates their thousands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Numerals {
    pub(super) has_decimal_comma: bool,
    pub(super) thousands: Option<char>,
}

impl Numerals {
    /// A number as Rust writes it, with a decimal point and nothing between digits; none where a text is no number of this
    /// kind. Words, such as `inf`, stay as they are.
    pub(super) fn plain(self, text: &str) -> Option<Cow<'_, str>> {
        if self == Self::default() || !text.contains(|c: char| c.is_ascii_digit()) {
            return Some(Cow::Borrowed(text));
        }
        let body = text.strip_prefix(['+', '-']).unwrap_or(text);
        let sign = text.strip_suffix(body)?;
        let (mantissa, exponent) = body.find(['e', 'E']).map_or((body, ""), |at| body.split_at(at));
        let mark = if self.has_decimal_comma { ',' } else { '.' };
        let (whole, fraction) = mantissa.split_once(mark).unwrap_or((mantissa, ""));
        let power = exponent.get(1..).unwrap_or_default();
        let power = power.strip_prefix(['+', '-']).unwrap_or(power);
        if !are_digits(fraction) || !are_digits(power) || (power.is_empty() && !exponent.is_empty()) {
            return None;
        }
        let groups = whole.split(|c| self.separates(c));
        let are_grouped = || {
            let mut lengths = groups.clone().map(str::len);
            lengths.next().is_some_and(|first| (1..=3).contains(&first) && !whole.starts_with('0'))
                && lengths.all(|length| length == 3)
        };
        if !groups.clone().all(are_digits) || (groups.clone().nth(1).is_some() && !are_grouped()) {
            return None;
        }
        if mark == '.' && groups.clone().nth(1).is_none() {
            return Some(Cow::Borrowed(text));
        }
        let digits: String = groups.collect();
        let point = if fraction.is_empty() { "" } else { "." };
        Some(Cow::Owned(format!("{sign}{digits}{point}{fraction}{exponent}")))
    }

    /// Whether two texts may stand for one number that differ in separators alone.
    pub(super) fn has_spellings(self) -> bool {
        self.thousands.is_some()
    }

    fn separates(self, c: char) -> bool {
        match self.thousands {
            Some(' ') => matches!(c, ' ' | '\u{a0}' | '\u{202f}'),
            Some('\'') => matches!(c, '\'' | '’'),
            thousands => thousands == Some(c),
        }
    }
}

fn are_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A way to write numbers, and what to say of it to a dialect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Way {
    pub(super) numerals: Numerals,
    pub(super) says: &'static str,
}

const fn way(has_decimal_comma: bool, thousands: Option<char>, says: &'static str) -> Way {
    Way { numerals: Numerals { has_decimal_comma, thousands }, says }
}

/// The ways in which numbers are commonly written, those with less to say first.
pub(super) const WAYS: [Way; 9] = [
    way(false, None, ""),
    way(true, None, ".decimal_comma()"),
    way(false, Some(','), ".thousands(',')"),
    way(false, Some(' '), ".thousands(' ')"),
    way(false, Some('\''), ".thousands('\\'')"),
    way(false, Some('_'), ".thousands('_')"),
    way(true, Some('.'), ".decimal_comma().thousands('.')"),
    way(true, Some(' '), ".decimal_comma().thousands(' ')"),
    way(true, Some('\''), ".decimal_comma().thousands('\\'')"),
];

/// The number that a text stands for.
pub(super) fn number(numerals: Numerals, text: &str) -> Option<f64> {
    numerals.plain(text.trim())?.parse().ok()
}

/// The ways in which a text is a number that it is not as it is read now, one for each number that it may be.
pub(super) fn other_ways(text: &str) -> Vec<(Way, f64)> {
    let mut found: Vec<(Way, f64)> = Vec::new();
    for way in WAYS {
        if let Some(number) = number(way.numerals, text)
            && found.iter().all(|(_, before)| before.to_bits() != number.to_bits())
        {
            found.push((way, number));
        }
    }
    found
}

/// What to do about a text that is no number as numbers are written by a dialect, where it is one in another way.
pub(super) fn advice(text: &str, written: Numerals, dialect: impl fmt::Display) -> Option<String> {
    let ways = other_ways(text);
    if written == Numerals::default() {
        let say = |way: &Way| format!("Reader::dialect({dialect}{})", way.says);
        return match ways.as_slice() {
            [] => None,
            [(way, _)] => Some(format!("say {}, or write numbers with a decimal point alone", say(way))),
            [(way, number), (other, other_number), ..] => {
                Some(format!("say {} where it means {number}, {} where it means {other_number}", say(way), say(other)))
            }
        };
    }
    let mark = if written.has_decimal_comma { "decimal commas" } else { "decimal points" };
    let groups = written.thousands.map(|c| format!(", and groups of three digits between `{c}`")).unwrap_or_default();
    (!ways.is_empty())
        .then(|| format!("by its dialect the file has numbers with {mark}{groups}; correct one of the two"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_well_formed_or_no_number() {
        let german = Numerals { has_decimal_comma: true, thousands: Some('.') };
        let swiss = Numerals { has_decimal_comma: false, thousands: Some('\'') };
        let french = Numerals { has_decimal_comma: true, thousands: Some(' ') };
        let comma = Numerals { has_decimal_comma: true, thousands: None };
        for (numerals, text, expected) in [
            (german, "1.234.567,5", Some("1234567.5")),
            (german, "-12.345", Some("-12345")),
            (german, "1234,5", Some("1234.5")),
            (german, ",5e-3", Some(".5e-3")),
            (german, "1,", Some("1")),
            (german, "1.2.3", None),
            (german, "1234.567", None),
            (german, "1.5", None),
            (german, "0.123", None),
            (german, "1,234.567", None),
            (german, "1.234.", None),
            (german, ".234", None),
            (german, "1,5e", None),
            (german, "1,5e1.000", None),
            (german, "NaN", Some("NaN")),
            (swiss, "1'234’567.25", Some("1234567.25")),
            (swiss, "12", Some("12")),
            (french, "1\u{202f}234\u{a0}567 890,5", Some("1234567890.5")),
            (comma, "1,5", Some("1.5")),
            (comma, "1.5", None),
            (comma, "1,2,3", None),
            (Numerals::default(), "1_0", Some("1_0")),
        ] {
            assert_eq!(numerals.plain(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn other_ways_differ_in_the_number() {
        let says =
            |text: &str| other_ways(text).into_iter().map(|(way, number)| (way.says, number)).collect::<Vec<_>>();
        assert_eq!(says("1,5"), [(".decimal_comma()", 1.5)]);
        assert_eq!(says("1,234"), [(".decimal_comma()", 1.234), (".thousands(',')", 1234.0)]);
        assert_eq!(says("1.234,5"), [(".decimal_comma().thousands('.')", 1234.5)]);
        assert_eq!(says("1 234"), [(".thousands(' ')", 1234.0)]);
        assert_eq!(says("12-13"), []);
    }
}
