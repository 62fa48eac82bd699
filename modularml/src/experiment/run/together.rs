//! Runs of several ranks: they begin alike, and go on with the shares that a saved run had.

use super::Run;
use crate::digest::Digest;
use crate::experiment::ranks::{Fact, Ranks, compare, digest_of};
use crate::experiment::session::Session;
use crate::experiment::train::Training;
use crate::{Error, Result};

impl Run<'_> {
    /// Rule: all ranks are about to do the same.
    pub(super) fn meet(&mut self) -> Result<()> {
        let Some(sharing) = self.session.sharing().filter(|_| !self.met) else { return Ok(()) };
        let session = &self.session;
        let description = serde_json::to_vec(session.spec()).map_err(|error| Error::State(error.to_string()))?;
        let rows: Vec<String> = session.given().iter().map(|view| view.len().to_string()).collect();
        let order = if sharing.is_in_any_order() { "any" } else { "that of shares" };
        let facts: [Fact; 8] = [
            ("experiments", format!("`{}`, {}", session.spec().name, Digest::of(&description))),
            ("seeds", session.seed().to_string()),
            ("folds", session.fold().to_string()),
            ("numbers of rows", rows.join(", ")),
            ("shares of a batch", sharing.shares().to_string()),
            ("orders of additions", order.to_owned()),
            ("places in the run", format!("{:?}, {:?}", self.place(), self.training.as_ref().map(Training::next_step))),
            ("weights", digest_of(&session.graph.state()?)?),
        ];
        compare(sharing, &facts)?;
        self.met = true;
        Ok(())
    }
}

impl Session {
    /// Cuts batches as a saved run did, whose bits follow from that.
    pub(super) fn take_shares(&mut self, shares: Option<usize>) -> Result<()> {
        match (shares, &self.sharing) {
            (None, None) => Ok(()),
            (Some(shares), Some(sharing)) => {
                self.sharing = Some(sharing.resumed(shares)?);
                Ok(())
            }
            (Some(shares), None) => self.share_out(Ranks::alone().shares(shares)).map(drop),
            (None, Some(_)) => Err(Error::State(
                "the saved run takes each batch whole, and gives other bits where batches are shared out; go on with it on one \
                 rank, or begin a new run"
                    .to_owned(),
            )),
        }
    }
}
