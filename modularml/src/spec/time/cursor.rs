//! A text that is read from its beginning, in constants too.

/// Where the reading of a text has come to.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The text without the spaces around it.
    pub(super) const fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes().trim_ascii(), at: 0 }
    }

    pub(super) const fn is_at_end(&self) -> bool {
        self.at >= self.bytes.len()
    }

    pub(super) const fn peek(&self) -> Option<u8> {
        if self.is_at_end() { None } else { Some(self.bytes[self.at]) }
    }

    /// Whether that byte comes next, which is then taken.
    pub(super) const fn take(&mut self, byte: u8) -> bool {
        let is_next = matches!(self.peek(), Some(next) if next == byte);
        self.at += is_next as usize;
        is_next
    }

    /// Goes past a byte that was looked at.
    pub(super) const fn skip(&mut self) {
        self.at += !self.is_at_end() as usize;
    }

    pub(super) const fn take_spaces(&mut self) {
        while self.take(b' ') {}
    }

    /// The letters that come next.
    pub(super) const fn take_word(&mut self) -> &'a [u8] {
        let start = self.at;
        // Microseconds are written with the Greek letter of either code point, or with u.
        while matches!(self.peek(), Some(next) if next.is_ascii_alphabetic() || next >= 0x80) {
            self.at += 1;
        }
        let (_, rest) = self.bytes.split_at(start);
        rest.split_at(self.at - start).0
    }

    /// A whole number of at least and at most so many digits.
    pub(super) const fn take_digits(&mut self, least: usize, most: usize) -> Option<i64> {
        let (start, mut number) = (self.at, 0i64);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            if self.at - start == most {
                return None;
            }
            number = number * 10 + (digit - b'0') as i64;
            self.at += 1;
        }
        if self.at - start < least { None } else { Some(number) }
    }

    /// The number of the next two digits, whatever stands behind them.
    pub(super) const fn take_two(&mut self) -> Option<i64> {
        let Some(tens @ b'0'..=b'9') = self.peek() else { return None };
        self.at += 1;
        let Some(ones @ b'0'..=b'9') = self.peek() else { return None };
        self.at += 1;
        Some((tens - b'0') as i64 * 10 + (ones - b'0') as i64)
    }

    /// What stands behind a decimal point, in billionths; 0 where no point comes next. More than nine digits are no
    /// whole number of billionths, unless they are zeros.
    pub(super) const fn take_fraction(&mut self) -> Option<i64> {
        if !self.take(b'.') && !self.take(b',') {
            return Some(0);
        }
        let (mut number, mut places) = (0i64, 0);
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            match (places < 9, digit) {
                (true, _) => number = number * 10 + (digit - b'0') as i64,
                (false, b'0') => {}
                (false, _) => return None,
            }
            places += 1;
            self.at += 1;
        }
        if places == 0 {
            return None;
        }
        while places < 9 {
            number *= 10;
            places += 1;
        }
        Some(number)
    }
}
