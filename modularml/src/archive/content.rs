//! What the entries of a file hold.

use std::collections::BTreeMap;
use std::io::Write;

use super::tensors::{self, Named};
use crate::error::Problem;

/// The entries of a file by name.
pub(super) type Entries = BTreeMap<String, Vec<u8>>;

/// What an entry holds that is written.
pub(super) enum Content {
    Bytes(Vec<u8>),
    /// As safetensors.
    Tensors(Named),
}

impl Content {
    /// How many bytes it takes, the header before tensors left out.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Tensors(named) => named.values().map(tensors::bytes).sum(),
        }
    }

    /// Whether it may need the larger lengths of zip64.
    pub(super) fn is_large(&self) -> bool {
        // Far below 4 GiB, as a header comes before tensors.
        self.bytes() > 1 << 31
    }

    pub(super) fn write(&self, sink: &mut dyn Write) -> Result<(), Problem> {
        match self {
            Self::Bytes(bytes) => Ok(sink.write_all(bytes)?),
            Self::Tensors(named) => tensors::write(named, sink),
        }
    }
}
