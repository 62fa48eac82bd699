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

/// Storage that steps give back, kept from one step of a training to the next.
#[derive(Default)]
pub(crate) struct Spares(Vec<CpuStorage>);

/// While it lives, its thread takes storage from the spares and gives it back to them.
pub(crate) struct Lent<'a> {
    owner: &'a mut Spares,
    before: Option<Vec<CpuStorage>>,
}

impl Spares {
    /// Lends the spares to this thread; nothing is kept where candle computes gradients alone.
    pub(crate) fn lend(&mut self) -> Lent<'_> {
        let lent = (!is_candle_alone()).then(|| std::mem::take(&mut self.0));
        Lent { owner: self, before: SPARES.replace(lent) }
    }
}

impl Drop for Lent<'_> {
    /// A training inside of another one gives the other one its spares back.
    fn drop(&mut self) {
        if let Some(lent) = SPARES.replace(self.before.take()) {
            self.owner.0 = lent;
        }
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
