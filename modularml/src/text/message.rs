//! Messages that are built inside constant evaluation.
//!
//! `format!` cannot run in a `const fn`, and only `panic!("{}", text)` can raise a built text, so a [`Message`] is a
//! fixed buffer with methods that append.

use super::Shape;

/// The longest message in bytes; what does not fit is cut.
const CAPACITY: usize = 480;

/// The outcome of a rule: `Err` holds what to tell the user.
pub type Verdict = Result<(), Message>;

/// A text built at compile time or at run time by the same code.
#[derive(Clone, Copy)]
pub struct Message {
    bytes: [u8; CAPACITY],
    len: usize,
}

impl Message {
    /// An empty message.
    #[must_use]
    pub const fn new() -> Self {
        Self { bytes: [0; CAPACITY], len: 0 }
    }

    /// Appends a text, cut at a character's border where the message is full.
    #[must_use]
    pub const fn text(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut fits = bytes.len();
        if self.len + fits > CAPACITY {
            fits = CAPACITY - self.len;
            while fits > 0 && bytes[fits] & 0b1100_0000 == 0b1000_0000 {
                fits -= 1;
            }
        }
        let (_, free) = self.bytes.split_at_mut(self.len);
        let (to, _) = free.split_at_mut(fits);
        let (from, _) = bytes.split_at(fits);
        to.copy_from_slice(from);
        self.len += fits;
        self
    }

    /// Appends a name in backquotes.
    #[must_use]
    pub const fn name(self, name: &str) -> Self {
        self.text("`").text(name).text("`")
    }

    /// Appends two names as one path in backquotes: `` `input.column` ``.
    #[must_use]
    pub const fn path(self, first: &str, second: &str) -> Self {
        self.text("`").text(first).text(".").text(second).text("`")
    }

    /// Appends a whole number.
    #[must_use]
    pub const fn int(self, value: i64) -> Self {
        let message = if value < 0 { self.text("-") } else { self };
        message.unsigned(value.unsigned_abs())
    }

    /// Appends a whole number that has no sign.
    #[must_use]
    pub(crate) const fn unsigned(self, value: u64) -> Self {
        let mut digits = [0u8; 20];
        let mut start = digits.len();
        let mut rest = value;
        loop {
            start -= 1;
            digits[start] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        let (_, used) = digits.split_at(start);
        match std::str::from_utf8(used) {
            Ok(text) => self.text(text),
            Err(_) => self,
        }
    }

    /// Appends a count.
    #[must_use]
    #[allow(clippy::cast_possible_wrap, reason = "counts are far below i64::MAX")]
    pub const fn count(self, value: usize) -> Self {
        self.int(value as i64)
    }

    /// Appends a number with up to six decimals; very large and very small ones in powers of ten.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "the value is brought below 1e9 first")]
    pub const fn number(self, value: f64) -> Self {
        if value.is_nan() {
            return self.text("NaN");
        }
        let message = if value < 0.0 { self.text("-") } else { self };
        let mut size = value.abs();
        if size.is_infinite() {
            return message.text("infinity");
        }
        let mut exponent = 0i64;
        if size >= 1e9 {
            while size >= 10.0 {
                size /= 10.0;
                exponent += 1;
            }
        } else if size > 0.0 && size < 1e-4 {
            while size < 1.0 {
                size *= 10.0;
                exponent -= 1;
            }
        }
        let scaled = (size * 1e6 + 0.5) as i64;
        let mut message = message.int(scaled / 1_000_000);
        let mut decimals = scaled % 1_000_000;
        if decimals > 0 {
            message = message.text(".");
            let mut place = 100_000;
            while decimals > 0 {
                message = message.int(decimals / place);
                decimals %= place;
                place /= 10;
            }
        }
        if exponent != 0 { message.text("e").int(exponent) } else { message }
    }

    /// Appends a shape as `[16, 101]`; a single number is `[]`.
    #[must_use]
    pub const fn shape(self, shape: &Shape) -> Self {
        self.sizes(shape.axes())
    }

    /// Appends sizes as `[16, 101]`.
    #[must_use]
    pub const fn sizes(self, sizes: &[usize]) -> Self {
        let mut message = self.text("[");
        let mut i = 0;
        while i < sizes.len() {
            if i > 0 {
                message = message.text(", ");
            }
            message = message.count(sizes[i]);
            i += 1;
        }
        message.text("]")
    }

    /// Appends names separated by commas.
    #[must_use]
    pub const fn list(self, names: &[&str]) -> Self {
        let mut message = self;
        let mut i = 0;
        while i < names.len() {
            if i > 0 {
                message = message.text(", ");
            }
            message = message.text(names[i]);
            i += 1;
        }
        message
    }

    /// Appends ``; did you mean `near`?`` when one of `names` is close to `wrong`.
    #[must_use]
    pub const fn did_you_mean(self, wrong: &str, names: &[&str]) -> Self {
        match super::nearest(wrong, names) {
            Some(near) => self.text("; did you mean ").name(near).text("?"),
            None => self,
        }
    }

    /// The text so far.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        let (used, _) = self.bytes.split_at(self.len);
        match std::str::from_utf8(used) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

impl Default for Message {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Display for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.as_str())
    }
}

/// Raises a refused rule: in a constant item, a compile error at the caller's token in the rule's own words.
///
/// It is public for expansions alone, which call it in constant items; at run time the same verdicts become an
/// [`Error`](crate::Error).
///
/// # Panics
/// When the rule was refused.
#[track_caller]
pub const fn require(verdict: Verdict) {
    if let Err(message) = verdict {
        // No running program reaches it: it is named in `__private` alone, whose only callers are the `const _` items of
        // expansions, which the compiler evaluates, and which have no other way to fail. What runs turns the verdict into an
        // error.
        panic!("{}", message.as_str())
    }
}
