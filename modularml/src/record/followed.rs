//! Ranks that take the same steps: the first one records the run, and hands the others what they go on from.

use std::path::{Path, PathBuf};

use candle_core::Device;
use candle_core::safetensors::load_buffer;
use serde::{Deserialize, Serialize};

use super::signals::Signals;
use crate::experiment::{PhaseResult, Session, Sharing, State, Tree};
use crate::{Error, Result};

/// What the first rank hands out before the first step, with the tensors of the state behind it.
#[derive(Serialize, Deserialize)]
struct Beginning {
    folder: PathBuf,
    /// The state that the run goes on from; none where it begins.
    state: Option<Tree>,
}

/// Does what a rank does of a run that is recorded, and tells the others where that fails.
pub(super) fn told<T>(session: &mut Session, run: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
    let done = run(session);
    if let (Some(sharing), Err(error)) = (session.sharing(), &done)
        && !matches!(error, Error::Interrupted { .. })
    {
        sharing.fail(error);
    }
    done
}

/// Hands the other ranks what the run begins with.
pub(super) fn hand_out(session: &Session, folder: &Path, state: Option<&State>) -> Result<()> {
    let Some(sharing) = session.sharing().filter(|sharing| sharing.size() > 1) else { return Ok(()) };
    let (tree, tensors) = state.cloned().map(State::into_tree).unzip();
    let beginning = serde_json::to_vec(&Beginning { folder: folder.to_owned(), state: tree });
    let beginning = beginning.map_err(|error| Error::State(error.to_string()))?;
    let mut bytes = (beginning.len() as u64).to_le_bytes().to_vec();
    bytes.extend(beginning);
    let tensors = safetensors::serialize(&tensors.unwrap_or_default(), None);
    bytes.extend(tensors.map_err(|error| Error::State(error.to_string()))?);
    sharing.gather(&bytes).map(drop)
}

/// Takes all steps of a run that the first rank records.
pub(super) fn follow(session: &mut Session, sharing: &Sharing) -> Result<Vec<PhaseResult>> {
    let (folder, state) = handed_out(sharing)?;
    // In place of the callbacks that write.
    let (mut recorder, mut left) = ((), ());
    let mut run = session.start()?.with(&mut recorder).with(&mut left);
    if let Some(state) = &state {
        run = run.resume(state)?;
    }
    let signals = Signals::watch()?;
    while run.step()? {
        if stop(Some(sharing), &signals)? {
            return Err(Error::Interrupted { folder });
        }
    }
    Ok(run.results().to_vec())
}

fn handed_out(sharing: &Sharing) -> Result<(PathBuf, Option<State>)> {
    let misfit = || Error::Training("rank 0 begins something else; do all ranks run the same?".to_owned());
    let first = sharing.gather(&[])?.into_iter().next().ok_or_else(misfit)?;
    let (length, rest) = first.split_first_chunk().ok_or_else(misfit)?;
    let length = usize::try_from(u64::from_le_bytes(*length)).map_err(|_| misfit())?;
    let (beginning, bytes) = rest.split_at_checked(length).ok_or_else(misfit)?;
    let Beginning { folder, state } = serde_json::from_slice(beginning).map_err(|_| misfit())?;
    let tensors = load_buffer(bytes, &Device::Cpu)?.into_iter().collect();
    Ok((folder, state.map(|tree| State::of_tree(tree, tensors)).transpose()?))
}

/// Whether a signal has come to any rank.
pub(super) fn stop(sharing: Option<&Sharing>, signals: &Signals) -> Result<bool> {
    let stops = signals.stop();
    sharing.map_or(Ok(stops), |sharing| Ok(sharing.highest(u8::from(stops))? > 0))
}
