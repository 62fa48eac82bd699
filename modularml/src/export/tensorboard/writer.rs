//! Files of records, as TensorFlow writes them: the length, its checksum, the bytes, their checksum.

use std::io::{self, Write};

use super::checksum::masked;
use super::message::Message;

/// Writes one record after the other.
pub(super) struct EventWriter<W>(W);

impl<W: Write> EventWriter<W> {
    pub const fn new(to: W) -> Self {
        Self(to)
    }

    pub fn write(&mut self, message: &Message) -> io::Result<()> {
        let bytes = message.bytes();
        let length = (bytes.len() as u64).to_le_bytes();
        self.0.write_all(&length)?;
        self.0.write_all(&masked(&length).to_le_bytes())?;
        self.0.write_all(bytes)?;
        self.0.write_all(&masked(bytes).to_le_bytes())
    }

    pub fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
