//! SHA-256 in hexadecimal digits: what tells bytes apart that should be the same.

use std::fmt::Write as _;
use std::io;

use sha2::{Digest as _, Sha256};

/// A digest in the making.
pub(crate) struct Digest(Sha256);

impl Digest {
    pub(crate) fn new() -> Self {
        Self(Sha256::new())
    }

    /// The digest of some bytes.
    pub(crate) fn of(bytes: &[u8]) -> String {
        let mut digest = Self::new();
        digest.add(bytes);
        digest.finish()
    }

    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Its hexadecimal digits.
    pub(crate) fn finish(self) -> String {
        let mut digits = String::new();
        for byte in self.0.finalize() {
            // Writing into a text cannot fail.
            let _ = write!(digits, "{byte:02x}");
        }
        digits
    }
}

impl io::Write for Digest {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.add(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
