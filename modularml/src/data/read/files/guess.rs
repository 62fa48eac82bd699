//! What the beginning of a CSV file says of how it is written.
//!
//! A guess that may as well be wrong is an error: the file would be read, and hold other numbers.

use std::path::Path;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

use super::records::split;
use super::text;
use crate::Result;
use crate::data::read::dialect::{Dialect, Quote};
use crate::data::read::numerals::{Numerals, WAYS, Way, number};
use crate::error::Problem;

/// How much of a file is looked at.
const SAMPLE: usize = 1 << 18;
/// How many of its records are.
const RECORDS: usize = 500;
const SEPARATORS: [char; 4] = [',', ';', '\t', '|'];

type Records = Vec<Vec<String>>;

/// The dialect of a file, of which all is known that was not told.
pub(super) fn dialect(path: &Path, told: Dialect) -> Result<Dialect> {
    let fail = |problem: String| Problem::from(problem).of("its dialect cannot be guessed").in_file(path);
    let sample = text::sample(path, SAMPLE)?;
    let is_whole = sample.len() < SAMPLE;
    let encoding = match told.known_encoding().map_err(fail)? {
        Some(encoding) => encoding,
        None => encoding_of(&sample),
    };
    let (decoded, encoding, _) = encoding.decode(&sample);
    let lines: Vec<&str> = decoded.split_inclusive('\n').skip(told.skipped).collect();
    // The last line may be cut in two.
    let whole = if is_whole { lines.len() } else { lines.len().saturating_sub(1) };
    let text: String = lines.iter().take(whole).copied().collect();
    let mut dialect = Dialect { is_guessed: false, encoding: Some(encoding.name()), ..told };
    let first = text.lines().map(str::trim).find(|line| !line.is_empty());
    if dialect.comment.is_none() && first.is_some_and(|line| line.starts_with('#')) && dialect.separator != Some('#') {
        dialect.comment = Some('#');
    }
    let records = by_separator(&text, &mut dialect).map_err(fail)?;
    let numerals = by_numbers(&records, &mut dialect).map_err(fail)?;
    if dialect.has_header.is_none() {
        dialect.has_header = Some(has_header(&records, numerals));
    }
    Ok(dialect)
}

fn encoding_of(sample: &[u8]) -> &'static Encoding {
    if let Some((marked, _)) = Encoding::for_bom(sample) {
        return marked;
    }
    if let Some(encoding) = text::utf_16(sample) {
        return encoding;
    }
    // A letter may be cut in two at the end.
    match std::str::from_utf8(sample) {
        Err(error) if error.error_len().is_some() => WINDOWS_1252,
        _ => UTF_8,
    }
}

/// Splits the text by the separator that is told, or by the only one that divides its lines alike.
fn by_separator(text: &str, dialect: &mut Dialect) -> Result<Records, String> {
    let marks = |separator: char, dialect: &Dialect| {
        // Decimal marks are looked for later.
        let dialect = Dialect { separator: Some(separator), decimal: None, thousands: None, ..*dialect };
        dialect.marks()
    };
    if let Some(separator) = dialect.separator {
        return Ok(split(text, &marks(separator, dialect)?, RECORDS));
    }
    let mut found: Vec<(char, usize, Records)> = Vec::new();
    let mut is_there = Vec::new();
    for separator in SEPARATORS {
        if dialect.decimal == Some(separator) || dialect.quote == Some(Quote::Mark(separator)) {
            continue;
        }
        let Ok(marks) = marks(separator, dialect) else { continue };
        let records = split(text, &marks, RECORDS);
        if records.iter().any(|record| record.len() > 1) {
            is_there.push(separator);
        }
        if divides_alike(&records) {
            let share = WAYS.iter().map(|way| share_of_numbers(&records, way.numerals)).max().unwrap_or(0);
            found.push((separator, share, records));
        }
    }
    // A field that holds another separator is no number, so that of the fields by the right one most are numbers.
    let most = found.iter().map(|(_, share, _)| *share).max().unwrap_or(0);
    found.retain(|(_, share, _)| *share == most);
    let shown = |separators: &[char]| {
        let shown: Vec<String> = separators.iter().map(|c| format!("`{}`", c.escape_default())).collect();
        shown.join(" and ")
    };
    let separators: Vec<char> = found.iter().map(|(separator, ..)| *separator).collect();
    match found.pop() {
        Some((separator, _, records)) if found.is_empty() => {
            dialect.separator = Some(separator);
            Ok(records)
        }
        Some(_) => Err(format!("{} both divide its lines alike; say .separator(..)", shown(&separators))),
        None if is_there.is_empty() => Ok(split(text, &marks(',', dialect)?, RECORDS)),
        None => Err(format!(
            "{} stand in its lines, and divide them into different numbers of fields; say .separator(..), or .skip_lines(..) \
             where it begins with other lines",
            shown(&is_there)
        )),
    }
}

/// Whether nearly all lines have as many fields as the first one, and several: a wrong one is for the reader to tell.
fn divides_alike(records: &Records) -> bool {
    let Some(fields) = records.first().map(Vec::len).filter(|fields| *fields > 1) else { return false };
    let alike = records.iter().filter(|record| record.len() == fields).count();
    alike * 10 >= records.len() * 9
}

/// How many of a million fields are numbers.
fn share_of_numbers(records: &Records, numerals: Numerals) -> usize {
    let fields = records.iter().flatten();
    let numbers = fields.clone().filter(|field| is_number(numerals, field)).count();
    numbers * 1_000_000 / fields.count().max(1)
}

fn is_number(numerals: Numerals, field: &str) -> bool {
    field.contains(|c: char| c.is_ascii_digit()) && number(numerals, field).is_some()
}

/// Finds how numbers are written: the way in which most columns are numbers, the plain one where it is as good.
fn by_numbers(records: &Records, dialect: &mut Dialect) -> Result<Numerals, String> {
    let separator = dialect.separator.unwrap_or(',');
    let is_possible = |way: &&Way| {
        let Numerals { has_decimal_comma, thousands } = way.numerals;
        dialect.decimal.is_none_or(|decimal| has_decimal_comma == (decimal == ','))
            && dialect.thousands.is_none_or(|told| thousands == Some(told))
            && !(has_decimal_comma && separator == ',')
    };
    let ways: Vec<Numerals> = WAYS.iter().filter(is_possible).map(|way| way.numerals).collect();
    // What is told need not be common.
    let told = Numerals { has_decimal_comma: dialect.decimal == Some(','), thousands: dialect.thousands };
    let ways = if ways.is_empty() { vec![told] } else { ways };
    let counted: Vec<(Numerals, usize)> =
        ways.into_iter().map(|way| (way, number_columns(records, way).len())).collect();
    let most = counted.iter().map(|(_, columns)| *columns).max().unwrap_or(0);
    let best: Vec<Numerals> = counted.into_iter().filter(|(_, columns)| *columns == most).map(|(way, _)| way).collect();
    let chosen = best.first().copied().unwrap_or(told);
    if chosen != Numerals::default() {
        for other in best {
            let differ = |field: &&String| {
                let (a, b) = (number(chosen, field), number(other, field));
                a.is_some() && b.is_some() && a.map(f64::to_bits) != b.map(f64::to_bits)
            };
            if let Some(field) = records.iter().flatten().find(differ) {
                let meaning = |way: Numerals| number(way, field).unwrap_or(f64::NAN);
                let says =
                    |way: Numerals| WAYS.iter().find(|known| known.numerals == way).map_or("", |known| known.says);
                return Err(format!(
                    "`{field}` may mean {} or {}; say {} or {}",
                    meaning(chosen),
                    meaning(other),
                    says(chosen),
                    says(other)
                ));
            }
        }
        dialect.decimal = chosen.has_decimal_comma.then_some(',');
        dialect.thousands = chosen.thousands;
    }
    Ok(chosen)
}

/// The columns whose fields behind the first row are numbers or empty, and one of them a number.
fn number_columns(records: &Records, numerals: Numerals) -> Vec<usize> {
    let columns = records.first().map_or(0, Vec::len);
    let rows = if records.len() > 1 { records.get(1..).unwrap_or_default() } else { records.as_slice() };
    let is_number_column = |column: &usize| {
        let mut fields = rows.iter().filter_map(|record| record.get(*column)).filter(|field| !field.trim().is_empty());
        fields.clone().next().is_some() && fields.all(|field| is_number(numerals, field))
    };
    (0..columns).filter(is_number_column).collect()
}

/// Whether the first record holds no number where the others do.
fn has_header(records: &Records, numerals: Numerals) -> bool {
    let Some(first) = records.first() else { return true };
    let columns = number_columns(records, numerals);
    let holds_number = |column: usize| first.get(column).is_some_and(|field| is_number(numerals, field));
    !columns.into_iter().any(holds_number)
}
