//! The switch between the gradients of this folder and those of candle alone.

use std::cell::Cell;

thread_local! {
    static IS_CANDLE_ALONE: Cell<bool> = const { Cell::new(false) };
}

/// Whether candle computes gradients alone on this thread.
pub(super) fn is_candle_alone() -> bool {
    IS_CANDLE_ALONE.get()
}

/// Runs something whose gradients go through candle's own autograd alone, on this thread: none is gathered beside it or
/// in place, and no buffer is kept from step to step.
///
/// Weights come out the same but for rounding, and steps take longer. It is for comparing: where a gradient looks wrong,
/// it tells whether candle's bookkeeping or ours is to blame.
///
/// ```
/// # use modularml::candle_core::{Device, Result, Var};
/// use modularml::graph::with_candle_autograd;
///
/// let x = Var::new(&[1.0f32, 2.0], &Device::Cpu)?;
/// let gradients = with_candle_autograd(|| x.sqr()?.sum_all()?.backward())?;
/// assert_eq!(gradients.get(&x).unwrap().to_vec1::<f32>()?, [2.0, 4.0]);
/// # Result::Ok(())
/// ```
pub fn with_candle_autograd<R>(run: impl FnOnce() -> R) -> R {
    /// What it was before comes back when a panic goes through as well.
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            IS_CANDLE_ALONE.set(self.0);
        }
    }
    let _before = Before(IS_CANDLE_ALONE.replace(true));
    run()
}
