//! The ids of rows: 16 bytes each, one after the other, in memory or in mapped files.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use arrow::buffer::Buffer;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng as _, SeedableRng as _};
use uuid::Uuid;

use super::parts::Starts;

/// The size of an id.
pub(super) const BYTES: usize = size_of::<Uuid>();

/// One id a row; cloning shares the bytes.
#[derive(Clone, Debug)]
pub(super) struct Ids(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Of each file its own.
    parts: Vec<Buffer>,
    starts: Starts,
    /// How many ids there are in all parts.
    count: usize,
    /// The ids of several files one after the other, once they are asked for as one.
    joined: OnceLock<Buffer>,
}

impl Ids {
    /// Ids in a buffer; bytes that do not make up an id at its end are left out.
    pub(super) fn of(bytes: &Buffer) -> Self {
        let whole = bytes.len() / BYTES * BYTES;
        Self::of_parts(vec![bytes.slice_with_length(0, whole)], Starts::default())
    }

    /// The ids of several files, one after the other.
    pub(super) fn in_turn<'a>(ids: impl IntoIterator<Item = &'a Self>, starts: &Starts) -> Self {
        Self::of_parts(ids.into_iter().flat_map(|ids| ids.parts().iter().cloned()).collect(), starts.clone())
    }

    fn of_parts(parts: Vec<Buffer>, starts: Starts) -> Self {
        let count = parts.iter().map(Buffer::len).sum::<usize>() / BYTES;
        Self(Arc::new(Inner { parts, starts, count, joined: OnceLock::new() }))
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.0.count
    }

    /// The bytes of the ids of each file.
    pub(super) fn parts(&self) -> &[Buffer] {
        &self.0.parts
    }

    /// Where the ids of each file begin.
    pub(super) fn starts(&self) -> &Starts {
        &self.0.starts
    }

    /// The id of a row.
    pub(super) fn at(&self, row: u32) -> Option<Uuid> {
        if let [whole] = self.parts() {
            return ids_in(whole).get(row as usize).copied();
        }
        let (part, row) = self.0.starts.place(row);
        ids_in(self.0.parts.get(part)?).get(row as usize).copied()
    }

    /// All ids, none of which is copied into memory.
    pub(super) fn all(&self) -> impl Iterator<Item = Uuid> {
        self.0.parts.iter().flat_map(|part| ids_in(part).iter().copied())
    }

    /// Whether these are the ids of the same rows, as those of a table and of its copies are.
    pub(super) fn are_those_of(&self, other: &Self) -> bool {
        let is_same = || match (self.parts(), other.parts()) {
            ([own], [other]) => std::ptr::eq(&raw const *own.as_slice(), &raw const *other.as_slice()),
            _ => false,
        };
        Arc::ptr_eq(&self.0, &other.0) || is_same()
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
}

/// The ids in some bytes.
fn ids_in(bytes: &Buffer) -> &[Uuid] {
    // It cannot fail: an id has no alignment, and only whole ids are kept.
    bytemuck::try_cast_slice(bytes.as_slice()).unwrap_or_default()
}

impl PartialEq for Ids {
    fn eq(&self, other: &Self) -> bool {
        match (self.parts(), other.parts()) {
            _ if self.are_those_of(other) => true,
            ([own], [other]) => own == other,
            _ => self.len() == other.len() && self.all().eq(other.all()),
        }
    }
}

impl Deref for Ids {
    type Target = [Uuid];

    fn deref(&self) -> &[Uuid] {
        match self.parts() {
            [whole] => ids_in(whole),
            parts => {
                let join = || {
                    let mut bytes = Vec::with_capacity(self.0.count * BYTES);
                    for part in parts {
                        bytes.extend_from_slice(part.as_slice());
                    }
                    Buffer::from_vec(bytes)
                };
                ids_in(self.0.joined.get_or_init(join))
            }
        }
    }
}

impl FromIterator<Uuid> for Ids {
    fn from_iter<I: IntoIterator<Item = Uuid>>(ids: I) -> Self {
        let ids = ids.into_iter();
        let mut bytes = Vec::with_capacity(ids.size_hint().0 * BYTES);
        for id in ids {
            bytes.extend_from_slice(id.as_bytes());
        }
        Self::of_parts(vec![Buffer::from_vec(bytes)], Starts::default())
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
        assert_eq!(&*Ids::of(&kept.parts()[0].slice(BYTES)), &ids[1..]);
        assert_eq!(Ids::of(&kept.parts()[0].slice(1)).len(), 2);
        assert!(Ids::of(&Buffer::from_vec(Vec::<u8>::new())).is_empty());
    }

    #[test]
    fn ids_of_several_files_follow_one_another() {
        let of = |numbers: [u128; 2]| numbers.map(Uuid::from_u128).into_iter().collect::<Ids>();
        let both = Ids::in_turn([&of([1, 2]), &of([3, 4])], &Starts::of(&[2, 2]));
        assert_eq!(
            (both.len(), both.at(1), both.at(2), both.at(4)),
            (4, Some(Uuid::from_u128(2)), Some(Uuid::from_u128(3)), None)
        );
        assert_eq!(&*both, [1, 2, 3, 4].map(Uuid::from_u128));
        assert_eq!(both, [1, 2, 3, 4].map(Uuid::from_u128).into_iter().collect());
        assert!(both.are_those_of(&both.clone()) && !both.are_those_of(&of([1, 2])));
    }
}
