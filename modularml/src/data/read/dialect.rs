//! How a text file writes its rows, where that is not as most do.

#[cfg(test)]
mod tests;

use std::fmt;

use encoding_rs::{Encoding, UTF_8};

use super::numerals::Numerals;
use crate::text::Message;

/// How a CSV file is written, where that is not with commas, decimal points, quotes `"`, a header line and UTF-8.
///
/// ```
/// use modularml::data::{Dialect, Reader, Representation};
///
/// let path = std::env::temp_dir().join(format!("modularml-doc-dialect-{}.csv", std::process::id()));
/// std::fs::write(&path, "# exported by hand\nGröße;Preis\n1,5;1.234,50\n2,25;99,00\n")?;
/// let dialect = Dialect::new().separator(';').decimal_comma().thousands('.').comment('#');
/// let reader = Reader::dynamic().rename("Größe", "size").rename("Preis", "price").features(["size", "price"]);
/// let houses = reader.dialect(dialect).csv(&path)?;
/// assert_eq!(houses.view().numbers("size", Representation::Raw)?, [1.5, 2.25]);
/// assert_eq!(houses.view().numbers("price", Representation::Raw)?, [1234.5, 99.0]);
/// # std::fs::remove_file(path)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Decimal marks and separators of thousands are those of columns that are read as numbers; text is never changed. What
/// contradicts itself, such as a decimal mark that separates columns as well, is an error when a file is read. Of JSON only
/// the encoding is told by a dialect. Its text ([`Display`](fmt::Display)) is what to write for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dialect {
    pub(super) separator: Option<char>,
    pub(super) decimal: Option<char>,
    pub(super) thousands: Option<char>,
    pub(super) quote: Option<Quote>,
    pub(super) escape: Option<char>,
    pub(super) comment: Option<char>,
    pub(super) has_header: Option<bool>,
    pub(super) skipped: usize,
    pub(super) encoding: Option<&'static str>,
    pub(super) is_guessed: bool,
}

/// What stands around fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quote {
    Mark(char),
    /// A quote is a letter like others.
    Nothing,
}

/// A dialect of which everything is known, in bytes of UTF-8.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    pub(super) separator: u8,
    pub(super) quote: Option<u8>,
    pub(super) escape: Option<u8>,
    pub(super) comment: Option<u8>,
    pub(super) has_header: bool,
    pub(super) skipped: usize,
    pub(super) numerals: Numerals,
}

impl Dialect {
    /// Commas, decimal points, no separators of thousands, quotes `"`, no comments, a header line, UTF-8.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            separator: None,
            decimal: None,
            thousands: None,
            quote: None,
            escape: None,
            comment: None,
            has_header: None,
            skipped: 0,
            encoding: None,
            is_guessed: false,
        }
    }

    /// What is not told is guessed from the beginning of each file, its first 256 KiB: the encoding, the separator (`,`, `;`,
    /// a tab or `|`), comments by `#`, how numbers are written, and whether there is a header line. What may be read in two
    /// ways, such as `1,234`, is an error that says what to tell.
    ///
    /// ```
    /// use modularml::data::{Dialect, Reader, Representation};
    ///
    /// let path = std::env::temp_dir().join(format!("modularml-doc-guessed-{}.csv", std::process::id()));
    /// std::fs::write(&path, "x;y\n1,5;2\n2,5;3\n")?;
    /// let rows = Reader::dynamic().features(["x", "y"]).dialect(Dialect::guessed()).csv(&path)?;
    /// assert_eq!(rows.view().numbers("x", Representation::Raw)?, [1.5, 2.5]);
    /// // The summary of a file tells what was guessed, to be written down.
    /// let summary = Reader::dynamic().dialect(Dialect::guessed()).summary().csv(&path)?;
    /// assert_eq!(summary.dialect.unwrap().to_string(), "Dialect::new().separator(';').decimal_comma()");
    /// # std::fs::remove_file(path)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn guessed() -> Self {
        Self { is_guessed: true, ..Self::new() }
    }

    /// The character between columns, of ASCII; a comma without it. `'\t'` is a tab.
    #[must_use]
    pub const fn separator(mut self, separator: char) -> Self {
        self.separator = Some(separator);
        self
    }

    /// Numbers have a comma before their fraction: `1,5`. A point in them is an error then, unless it separates
    /// [`thousands`](Self::thousands). Goes with a [`separator`](Self::separator), which is told to be `','` where such numbers
    /// stand in quotes.
    #[must_use]
    pub const fn decimal_comma(mut self) -> Self {
        self.decimal = Some(',');
        self
    }

    /// The character between groups of three digits: `1.234.567`; groups of other lengths are an error. A space stands for
    /// no-break spaces too, and `'` for `’`.
    ///
    /// It may be what separates columns, in fields with quotes: `"1,234.5"`.
    #[must_use]
    pub const fn thousands(mut self, separator: char) -> Self {
        self.thousands = Some(separator);
        self
    }

    /// The character around fields that hold separators or line ends, of ASCII; `"` without it. Two of them in such a field
    /// stand for one.
    #[must_use]
    pub const fn quote(mut self, quote: char) -> Self {
        self.quote = Some(Quote::Mark(quote));
        self
    }

    /// Quotes are letters like others: a field ends at the next separator.
    #[must_use]
    pub const fn without_quotes(mut self) -> Self {
        self.quote = Some(Quote::Nothing);
        self
    }

    /// The character that makes the next one a letter in fields with quotes, of ASCII: `'\\'` for `"he said \"no\""`.
    #[must_use]
    pub const fn escape(mut self, escape: char) -> Self {
        self.escape = Some(escape);
        self
    }

    /// Lines that begin with this character, of ASCII, are left out. In a line it is a letter like others.
    #[must_use]
    pub const fn comment(mut self, comment: char) -> Self {
        self.comment = Some(comment);
        self
    }

    /// The first line holds values. The columns are those of the schema in its order, an array taking as many as it has
    /// numbers; or those of [`Reader::names`](super::Reader::names).
    #[must_use]
    pub const fn without_header(mut self) -> Self {
        self.has_header = Some(false);
        self
    }

    /// The first line holds the names of columns, which need not be said unless the rest is [`guessed`](Self::guessed).
    #[must_use]
    pub const fn with_header(mut self) -> Self {
        self.has_header = Some(true);
        self
    }

    /// So many lines before the header, or before the first row where there is none, are left out whatever they hold.
    #[must_use]
    pub const fn skip_lines(mut self, lines: usize) -> Self {
        self.skipped = lines;
        self
    }

    /// The encoding by its name in the [Encoding Standard](https://encoding.spec.whatwg.org/#names-and-labels), such as
    /// `"utf-16le"`, `"windows-1252"` or `"shift_jis"`; UTF-8 without it. `"latin1"` is Windows-1252, which has letters where
    /// Latin-1 has control characters. A byte order mark at the beginning of a file says more than this.
    #[must_use]
    pub const fn encoding(mut self, name: &'static str) -> Self {
        self.encoding = Some(name);
        self
    }

    /// What is to be told of a file, without what is as most files have it.
    pub(super) fn told(mut self) -> Self {
        self.decimal = self.decimal.filter(|decimal| *decimal != '.');
        self.separator = self.separator.filter(|separator| *separator != ',' || self.decimal == Some(','));
        self.has_header = self.has_header.filter(|has_header| !has_header);
        self.quote = self.quote.filter(|quote| *quote != Quote::Mark('"'));
        let is_utf_8 = |name: &&str| Encoding::for_label(name.as_bytes()) == Some(UTF_8);
        self.encoding = self.encoding.filter(|name| !is_utf_8(name));
        Self { is_guessed: false, ..self }
    }

    /// The same with the rest guessed.
    pub(super) fn guessing(self) -> Self {
        Self { is_guessed: true, ..self }
    }

    /// Everything of it; what is not told is as most files have it.
    pub(super) fn marks(&self) -> Result<Marks, String> {
        let quote = match self.quote {
            None => Some('"'),
            Some(Quote::Mark(mark)) => Some(mark),
            Some(Quote::Nothing) => None,
        };
        let (separator, decimal) = (self.separator.unwrap_or(','), self.decimal.unwrap_or('.'));
        self.refuse_odd(separator, quote)?;
        self.refuse_contradictions(separator, decimal, quote)?;
        Ok(Marks {
            separator: byte(separator).unwrap_or(b','),
            quote: quote.and_then(byte),
            escape: self.escape.and_then(byte),
            comment: self.comment.and_then(byte),
            has_header: self.has_header.unwrap_or(true),
            skipped: self.skipped,
            numerals: Numerals { has_decimal_comma: decimal == ',', thousands: self.thousands },
        })
    }

    /// The encoding; none where nothing is told.
    pub(super) fn known_encoding(&self) -> Result<Option<&'static Encoding>, String> {
        let Some(name) = self.encoding else { return Ok(None) };
        let known = Encoding::for_label_no_replacement(name.as_bytes());
        known.map(Some).ok_or_else(|| {
            const NAMES: [&str; 7] =
                ["utf-8", "utf-16le", "utf-16be", "latin1", "windows-1252", "windows-1250", "shift_jis"];
            let message = Message::new().text("no encoding is called ").name(name).did_you_mean(name, &NAMES);
            format!("{message}; its name is one of https://encoding.spec.whatwg.org, such as {}", NAMES.join(", "))
        })
    }

    /// Whether anything is told that is about CSV alone.
    pub(super) fn is_about_csv(&self) -> bool {
        Self { encoding: None, ..*self } != Self::new()
    }

    /// Rule: what separates and surrounds is one character of ASCII that no number or word has.
    fn refuse_odd(&self, separator: char, quote: Option<char>) -> Result<(), String> {
        let roles =
            [(Some(separator), "separator"), (quote, "quote"), (self.escape, "escape"), (self.comment, "comment")];
        for (mark, method) in roles {
            let Some(mark) = mark else { continue };
            let shown = mark.escape_default();
            if !mark.is_ascii() {
                return Err(format!("`{shown}` is no character of ASCII; give .{method}(..) one that is"));
            }
            let is_control = mark.is_ascii_control() && mark != '\t' && mark != '\u{1f}';
            if is_control || mark.is_ascii_alphanumeric() || matches!(mark, '+' | '-') {
                return Err(format!(
                    "`{shown}` may stand in a number or a word, or ends a line; give .{method}(..) another character"
                ));
            }
        }
        match self.thousands {
            Some(mark) if mark.is_alphanumeric() || mark.is_control() || matches!(mark, '+' | '-') => Err(format!(
                "`{}` separates no thousands; give .thousands(..) a point, a comma, a space, `'` or `_`",
                mark.escape_default()
            )),
            _ => Ok(()),
        }
    }

    /// Rule: no character has two meanings.
    fn refuse_contradictions(&self, separator: char, decimal: char, quote: Option<char>) -> Result<(), String> {
        let roles = [
            (Some(separator), "separates columns", "separator"),
            (Some(decimal), "is the decimal mark", "decimal_comma"),
            (self.thousands, "separates thousands", "thousands"),
            (quote, "is the quote", "quote"),
            (self.escape, "is the escape", "escape"),
            (self.comment, "begins comments", "comment"),
        ];
        for (place, (first, does, method)) in roles.into_iter().enumerate() {
            for (second, does_too, other) in roles.into_iter().skip(place + 1) {
                let Some(mark) = first.filter(|_| first == second) else { continue };
                // Such numbers stand in quotes. Who wants decimal commas and says no separator has forgotten it.
                let is_in_quotes = match (method, other) {
                    ("separator", "thousands") => quote.is_some(),
                    ("separator", "decimal_comma") => quote.is_some() && self.separator == Some(','),
                    _ => false,
                };
                if is_in_quotes {
                    continue;
                }
                let advice = match (method, other) {
                    ("separator", "decimal_comma") if mark == ',' => {
                        "say .separator(';') or .separator('\\t'), whichever the file has, or .separator(',') where such numbers \
                         stand in quotes"
                            .to_owned()
                    }
                    ("separator", "decimal_comma") => "give .separator(..) another character".to_owned(),
                    ("separator", "thousands") => {
                        "say .separator(..), or have such numbers written in quotes".to_owned()
                    }
                    ("decimal_comma", "thousands") if mark == '.' => {
                        "say .decimal_comma() too, or leave .thousands('.') out".to_owned()
                    }
                    ("quote", "escape") => {
                        "leave .escape(..) out: two quotes in a field stand for one by themselves".to_owned()
                    }
                    _ => format!("give .{other}(..) another character"),
                };
                let shown = mark.escape_default();
                return Err(format!("`{shown}` {does} and {does_too}; {advice}"));
            }
        }
        Ok(())
    }
}

/// A character of ASCII as its byte.
fn byte(mark: char) -> Option<u8> {
    u8::try_from(mark).ok().filter(u8::is_ascii)
}

/// What to write for it: `Dialect::new().separator(';').decimal_comma()`.
impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_guessed { "Dialect::guessed()" } else { "Dialect::new()" })?;
        let mark = |f: &mut fmt::Formatter<'_>, method: &str, mark: Option<char>| match mark {
            Some(mark) => write!(f, ".{method}({mark:?})"),
            None => Ok(()),
        };
        mark(f, "separator", self.separator)?;
        if self.decimal == Some(',') {
            f.write_str(".decimal_comma()")?;
        }
        mark(f, "thousands", self.thousands)?;
        match self.quote {
            Some(Quote::Mark(quote)) => mark(f, "quote", Some(quote))?,
            Some(Quote::Nothing) => f.write_str(".without_quotes()")?,
            None => {}
        }
        mark(f, "escape", self.escape)?;
        mark(f, "comment", self.comment)?;
        match self.has_header {
            Some(true) => f.write_str(".with_header()")?,
            Some(false) => f.write_str(".without_header()")?,
            None => {}
        }
        if self.skipped > 0 {
            write!(f, ".skip_lines({})", self.skipped)?;
        }
        self.encoding.map_or(Ok(()), |name| write!(f, ".encoding({name:?})"))
    }
}
