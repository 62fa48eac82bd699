//! How a session is shared out over ranks.

use std::rc::Rc;

use super::collective::Collective;
use crate::{Error, Result};

/// Some ranks, and how each batch is shared out over them.
///
/// ```
/// use modularml::experiment::Ranks;
///
/// // One process, which computes what two or four ranks compute, to the bit.
/// let ranks = Ranks::alone().shares(4);
/// ```
#[derive(Clone)]
pub struct Ranks {
    pub(super) collective: Rc<dyn Collective>,
    pub(super) shares: Option<usize>,
    pub(super) in_any_order: bool,
}

impl Ranks {
    /// These ranks: [`Threads`](super::Threads), or processes of MPI with the feature `mpi`.
    #[must_use]
    pub fn of(collective: impl Collective + 'static) -> Self {
        Self { collective: Rc::new(collective), shares: None, in_any_order: false }
    }

    /// This process alone, which computes all shares.
    #[must_use]
    pub fn alone() -> Self {
        Self::of(Alone)
    }

    /// Into how many shares each batch is cut; as many as there are ranks where it is not given.
    ///
    /// The bits of a run depend on it, and not on the number of ranks, which may be any up to this one. Each rank computes as
    /// many shares as the others, or one more. Between 1 and 65536.
    #[must_use]
    pub const fn shares(mut self, shares: usize) -> Self {
        self.shares = Some(shares);
        self
    }

    /// Adds the gradients of ranks in whatever order is fastest, with MPI by `MPI_Allreduce`.
    ///
    /// What is lost: the bits then depend on the number of ranks, and may depend on the MPI library and on how ranks are placed
    /// on machines. A run that is gone on with on other ranks gives other bits than one that was not stopped.
    #[must_use]
    pub const fn in_any_order(mut self) -> Self {
        self.in_any_order = true;
        self
    }
}

/// A single rank.
struct Alone;

impl Collective for Alone {
    fn rank(&self) -> usize {
        0
    }

    fn size(&self) -> usize {
        1
    }

    fn exchange(&self, parts: &[&[u8]]) -> Result<Vec<Vec<u8>>> {
        match parts {
            [own] => Ok(vec![own.to_vec()]),
            _ => Err(Error::Training(format!("{} parts for a single rank", parts.len()))),
        }
    }

    fn fail(&self, _: &str) {}
}
