//! The ranks that a study runs on: this process alone, or with the feature `mpi` those that `mpirun` has started.

use std::rc::Rc;

use super::arguments::Command;
use crate::Result;
use crate::experiment::{Collective, Ranks, Session};

/// The ranks of a command; none where no launcher has started this process, or the command trains nothing.
#[cfg(feature = "mpi")]
pub(super) fn launched(command: &Command) -> Result<Option<Rc<dyn Collective>>> {
    use crate::experiment::Mpi;
    let trains = matches!(command, Command::Run(_) | Command::Resume { .. });
    if !trains || !Mpi::is_launched() {
        return Ok(None);
    }
    Ok(Some(Rc::new(Mpi::start()?)))
}

/// The ranks of a command: there are none without the feature `mpi`.
#[cfg(not(feature = "mpi"))]
#[allow(clippy::unnecessary_wraps, reason = "it fails where there is MPI")]
pub(super) fn launched(_: &Command) -> Result<Option<Rc<dyn Collective>>> {
    Ok(None)
}

/// Shares out a session where there are several ranks, or shares are asked for.
pub(super) fn share_out(session: &mut Session, ranks: Option<Rc<dyn Collective>>, shares: Option<usize>) -> Result<()> {
    let ranks = match (ranks, shares) {
        (Some(ranks), _) if ranks.size() > 1 || shares.is_some() => Ranks::of(ranks),
        (_, Some(_)) => Ranks::alone(),
        (_, None) => return Ok(()),
    };
    let ranks = shares.into_iter().fold(ranks, Ranks::shares);
    session.share_out(ranks).map(drop)
}
