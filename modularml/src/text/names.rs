//! Lists of names gathered in constant evaluation, for messages.

use super::{Message, contains};

/// The most names that a message chooses from.
const CAPACITY: usize = 64;

/// Names gathered one by one; those after the sixty-fourth are left out.
#[derive(Clone, Copy)]
pub(crate) struct Names {
    names: [&'static str; CAPACITY],
    len: usize,
}

impl Names {
    pub(crate) const NONE: Self = Self { names: [""; CAPACITY], len: 0 };

    /// The same names and one more, unless it is there already.
    pub(crate) const fn with(mut self, name: &'static str) -> Self {
        if self.len < CAPACITY && !contains(self.as_slice(), name) {
            self.names[self.len] = name;
            self.len += 1;
        }
        self
    }

    pub(crate) const fn as_slice(&self) -> &[&'static str] {
        let (used, _) = self.names.split_at(self.len);
        used
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// "no column `volatge` in `Pulse`; did you mean `voltage`? columns: voltage, soh".
pub(crate) const fn unknown(kind: &str, wrong: &str, place: Message, kinds: &str, known: &Names) -> Message {
    let message = Message::new().text("no ").text(kind).text(" ").name(wrong).text(" ").text(place.as_str());
    let near = super::nearest(wrong, known.as_slice());
    let message = message.did_you_mean(wrong, known.as_slice());
    let message = message.text(if near.is_some() { " " } else { "; " }).text(kinds).text(": ");
    if known.is_empty() { message.text("none") } else { message.list(known.as_slice()) }
}
