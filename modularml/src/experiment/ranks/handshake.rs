//! Ranks find out whether they are about to do the same.

use std::collections::BTreeMap;

use candle_core::Tensor;

use super::sharing::Sharing;
use crate::digest::Digest;
use crate::graph::kernel::device::f64s;
use crate::{Error, Result};

/// Something that must be the same on all ranks: what it is called, and a text that tells it.
pub(in crate::experiment) type Fact = (&'static str, String);

/// Compares facts with those of the first rank.
///
/// # Errors
/// On all ranks alike, the first fact that another rank has differently.
pub(in crate::experiment) fn compare(sharing: &Sharing, facts: &[Fact]) -> Result<()> {
    let own = serde_json::to_vec(facts).map_err(|error| Error::State(error.to_string()))?;
    let all = sharing.gather(&own)?;
    let read = |bytes: &Vec<u8>| serde_json::from_slice::<Vec<(String, String)>>(bytes).unwrap_or_default();
    let Some(first) = all.first().map(read) else { return Ok(()) };
    for (rank, other) in all.iter().map(read).enumerate() {
        let other_of =
            |name: &str| other.iter().find(|(what, _)| what == name).map_or("none", |(_, text)| text.as_str());
        if let Some((what, text)) = first.iter().find(|(what, text)| other_of(what) != text) {
            return Err(Error::Training(format!(
                "rank {rank} has other {what} than the first rank: {}, not {text}; all ranks run the same program with the same \
                 arguments and data, on processors of one kind",
                other_of(what)
            )));
        }
    }
    Ok(())
}

/// What tells weights apart.
pub(in crate::experiment) fn digest_of(weights: &BTreeMap<String, Tensor>) -> Result<String> {
    let mut digest = Digest::new();
    for (name, tensor) in weights {
        digest.add(name.as_bytes());
        digest.add(bytemuck::cast_slice(&f64s(tensor)?));
    }
    Ok(digest.finish())
}
