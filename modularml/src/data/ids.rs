//! The ids of rows: 16 bytes each, one after the other, in memory or in a mapped file.

use std::ops::Deref;

use arrow::buffer::Buffer;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use uuid::Uuid;

/// The size of an id.
pub(super) const BYTES: usize = size_of::<Uuid>();

/// One id a row; cloning shares the bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ids(Buffer);

impl Ids {
    /// Ids in a buffer; bytes that do not make up an id at its end are left out.
    pub(super) fn of(bytes: &Buffer) -> Self {
        let whole = bytes.len() / BYTES * BYTES;
        Self(bytes.slice_with_length(0, whole))
    }

    /// New ids: version 4, random.
    ///
    /// One request to the operating system seeds a generator for all of them; a request for each row costs far more.
    pub(super) fn random(count: usize) -> Self {
        let mut seed = [0; 32];
        seed[..16].copy_from_slice(Uuid::new_v4().as_bytes());
        seed[16..].copy_from_slice(Uuid::new_v4().as_bytes());
        let mut generator = ChaCha8Rng::from_seed(seed);
        let mut bytes = [0; BYTES];
        let id = |_| {
            generator.fill_bytes(&mut bytes);
            uuid::Builder::from_random_bytes(bytes).into_uuid()
        };
        (0..count).map(id).collect()
    }

    /// The bytes of all ids.
    pub(super) fn bytes(&self) -> &Buffer {
        &self.0
    }
}

impl Deref for Ids {
    type Target = [Uuid];

    fn deref(&self) -> &[Uuid] {
        // It cannot fail: an id has no alignment, and `of` keeps whole ids only.
        bytemuck::try_cast_slice(self.0.as_slice()).unwrap_or_default()
    }
}

impl FromIterator<Uuid> for Ids {
    fn from_iter<I: IntoIterator<Item = Uuid>>(ids: I) -> Self {
        let ids = ids.into_iter();
        let mut bytes = Vec::with_capacity(ids.size_hint().0 * BYTES);
        for id in ids {
            bytes.extend_from_slice(id.as_bytes());
        }
        Self(Buffer::from_vec(bytes))
    }
}

impl From<Vec<Uuid>> for Ids {
    fn from(ids: Vec<Uuid>) -> Self {
        ids.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_uuids_of_their_bytes() {
        let ids = [Uuid::nil(), Uuid::from_u128(7), Uuid::max()];
        let kept: Ids = ids.into_iter().collect();
        assert_eq!(&*kept, ids.as_slice());
        assert_eq!(&*Ids::of(&kept.bytes().slice(BYTES)), &ids[1..]);
        assert_eq!(Ids::of(&kept.bytes().slice(1)).len(), 2);
        assert!(Ids::of(&Buffer::from_vec(Vec::<u8>::new())).is_empty());
    }
}
