//! Ranks that a session is shared out over.

use std::ops::Range;
use std::rc::Rc;

use super::collective::Collective;
use super::settings::Ranks;
use crate::{Error, Result};

/// Ranks that a session is shared out over.
#[derive(Clone)]
pub(crate) struct Sharing {
    collective: Rc<dyn Collective>,
    shares: usize,
    /// Whether the number of shares was given, and did not follow from that of ranks.
    is_given: bool,
    in_any_order: bool,
}

/// Noise has a number for each share in half a word.
const MOST_SHARES: usize = 1 << 16;

impl Sharing {
    /// # Errors
    /// When there are fewer shares than ranks, or too many.
    pub(super) fn new(ranks: Ranks) -> Result<Self> {
        let Ranks { collective, shares, in_any_order } = ranks;
        let sharing = Self { shares: collective.size(), is_given: shares.is_some(), collective, in_any_order };
        match shares {
            Some(shares) => sharing.cut_into(shares),
            None => sharing.cut_into(sharing.shares),
        }
    }

    fn cut_into(&self, shares: usize) -> Result<Self> {
        let ranks = self.size();
        if shares < ranks {
            return Err(Error::Refused(vec![format!(
                "{shares} shares of a batch for {ranks} ranks: each rank needs one; start at most {shares} ranks, or begin a new \
                 run with more shares: Ranks::of(..).shares({ranks})"
            )]));
        }
        if shares > MOST_SHARES {
            return Err(Error::Refused(vec![format!(
                "{shares} shares of a batch are too many; {MOST_SHARES} are the most"
            )]));
        }
        Ok(Self { shares, ..self.clone() })
    }

    /// The same ranks with the shares of a run that goes on.
    ///
    /// # Errors
    /// When another number was given, or there are more ranks.
    pub(crate) fn resumed(&self, shares: usize) -> Result<Self> {
        if self.is_given && shares != self.shares {
            return Err(Error::State(format!(
                "the saved run cuts each batch into {shares} shares, this session into {}; go on with .shares({shares}), or leave \
                 it out",
                self.shares
            )));
        }
        self.cut_into(shares)
    }

    pub(crate) fn rank(&self) -> usize {
        self.collective.rank()
    }

    pub(crate) fn size(&self) -> usize {
        self.collective.size()
    }

    /// Into how many shares each batch is cut.
    pub(crate) const fn shares(&self) -> usize {
        self.shares
    }

    /// Whether gradients are added in whatever order is fastest.
    pub(crate) const fn is_in_any_order(&self) -> bool {
        self.in_any_order
    }

    pub(super) fn collective(&self) -> &dyn Collective {
        self.collective.as_ref()
    }

    /// The shares of a rank.
    pub(super) fn shares_of(&self, rank: usize) -> Range<usize> {
        let (ranks, shares) = (self.size(), self.shares);
        shares * rank / ranks..shares * (rank + 1) / ranks
    }

    /// The shares of this rank.
    pub(crate) fn own(&self) -> Range<usize> {
        self.shares_of(self.rank())
    }

    /// What every rank has, by rank.
    pub(crate) fn gather(&self, own: &[u8]) -> Result<Vec<Vec<u8>>> {
        self.collective.gather(own)
    }

    /// The highest of what the ranks say.
    pub(crate) fn highest(&self, word: u8) -> Result<u8> {
        let words = self.gather(&[word])?;
        Ok(words.iter().flatten().copied().max().unwrap_or(word))
    }

    /// Tells the others why this rank goes on no more. What it was told itself, they were told as well.
    pub(crate) fn fail(&self, error: &Error) {
        if !matches!(error, Error::Rank { .. }) {
            self.collective.fail(&error.to_string());
        }
    }

    /// Tells the others that this rank has panicked.
    pub(crate) fn panicked(&self) {
        self.collective.fail("has panicked");
    }
}
