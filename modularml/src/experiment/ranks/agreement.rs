//! Ranks go on alike, also where a clock or a file tells one of them to stop.

use super::sharing::Sharing;
use crate::Result;
use crate::experiment::callback::Next;

/// The answers of callbacks, the strongest last.
const ANSWERS: [Next; 4] = [Next::Continue, Next::SkipStep, Next::EndPhase, Next::EndRun];

/// How all ranks go on: by the strongest answer of any.
pub(in crate::experiment) fn agree(sharing: Option<&Sharing>, next: Next) -> Result<Next> {
    sharing.map_or(Ok(next), |sharing| Ok(answer(sharing.highest(word(next))?)))
}

/// An answer as ranks tell it each other.
pub(in crate::experiment) fn word(next: Next) -> u8 {
    ANSWERS.iter().position(|answer| *answer == next).and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
}

/// The answer that is told by a word.
pub(in crate::experiment) fn answer(word: u8) -> Next {
    ANSWERS.get(usize::from(word)).copied().unwrap_or(Next::EndRun)
}
