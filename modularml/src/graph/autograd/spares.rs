//! Numbers that a step no longer needs, for the next step.

use std::cell::RefCell;

use candle_core::CpuStorage;

use super::switch::is_candle_alone;
use crate::graph::real::Real;

/// So many are kept at most.
const MOST: usize = 64;

thread_local! {
    /// What this thread keeps while it trains.
    static SPARES: RefCell<Option<Vec<CpuStorage>>> = const { RefCell::new(None) };
}

/// While it lives, its thread keeps what steps give back.
pub(crate) struct KeepsSpares(Option<Vec<CpuStorage>>);

/// Starts to keep what steps give back, on this thread; nothing is kept where candle computes gradients alone.
pub(crate) fn keep_spares() -> KeepsSpares {
    KeepsSpares(SPARES.replace((!is_candle_alone()).then(Vec::new)))
}

impl Drop for KeepsSpares {
    /// A training inside of another one gives the other one its spares back.
    fn drop(&mut self) {
        SPARES.set(self.0.take());
    }
}

/// Storage of so many numbers of any value.
pub(crate) fn spare<T: Real>(count: usize) -> CpuStorage {
    let fits = |spare: &CpuStorage| T::cpu_storage_as_slice(spare).is_ok_and(|numbers| numbers.len() == count);
    let spare = SPARES.with_borrow_mut(|spares| {
        let spares = spares.as_mut()?;
        Some(spares.swap_remove(spares.iter().position(fits)?))
    });
    spare.unwrap_or_else(|| T::to_cpu_storage_owned(vec![T::zero(); count]))
}

/// Gives storage back, which [`spare`] may give again.
pub(crate) fn recycle(storage: CpuStorage) {
    SPARES.with_borrow_mut(|spares| {
        if let Some(spares) = spares.as_mut().filter(|spares| spares.len() < MOST) {
            spares.push(storage);
        }
    });
}
