//! Batches that are gathered ahead, while the step before them computes.

#[cfg(test)]
mod tests;

use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Builder, JoinHandle};

use super::{Array, Dtype, Representation, View};
use crate::text::Name;
use crate::{Error, Result};

/// One column of some rows, as [`View::array`] gives it.
#[derive(Clone, Debug)]
pub struct ColumnRequest {
    /// The rows.
    pub rows: View,
    /// The column.
    pub key: Name,
    /// The form of the column.
    pub form: Representation,
    /// The element type.
    pub dtype: Dtype,
}

/// The arrays of one batch after the other, read ahead by a thread of their own.
///
/// It is for mapped files, where the thread waits for the disk while the step before computes. The arrays are those
/// that [`View::array`] gives, in the order in which they were asked for, and an error comes in its place; after it
/// there are no more. Dropping this ends the thread and waits for it.
///
/// ```
/// # use modularml::prelude::*;
/// # #[derive(SampleSchema)]
/// # struct Pulse {
/// #     #[feat]
/// #     voltage: f32,
/// # }
/// use modularml::data::{ColumnRequest, Dtype, Numbers, Prefetch};
///
/// let pulses = FeatureSet::from_rows((0..6u8).map(|i| Pulse { voltage: i.into() }))?;
/// let batches = [[0, 1, 2], [5, 4, 3]].map(|positions| {
///     let rows = pulses.view().take(&positions)?;
///     Ok(vec![ColumnRequest { rows, key: "voltage", form: Representation::Raw, dtype: Dtype::F32 }])
/// });
/// let mut batches = Prefetch::new(batches, 1)?;
/// let first = batches.next().transpose()?.unwrap_or_default();
/// assert_eq!(first[0].numbers, Numbers::F32(vec![0.0, 1.0, 2.0]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Prefetch {
    /// None once there are no more, which also tells the thread that nobody waits.
    arrays: Option<Receiver<Result<Vec<Array>>>>,
    thread: Option<JoinHandle<()>>,
}

impl Prefetch {
    /// Begins to read batches, at most `ahead` of them before they are asked for, and one in work.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn new<I>(batches: I, ahead: usize) -> Result<Self>
    where
        I: IntoIterator<Item = Result<Vec<ColumnRequest>>>,
        I::IntoIter: Send + 'static,
    {
        let batches = batches.into_iter();
        let (sender, arrays) = sync_channel(ahead);
        let work = move || {
            for batch in batches {
                let batch = batch.and_then(|columns| columns.iter().map(ColumnRequest::read).collect());
                let is_last = batch.is_err();
                // An error here means that nobody waits any longer.
                if sender.send(batch).is_err() || is_last {
                    return;
                }
            }
        };
        let thread = Builder::new().name("modularml-prefetch".into()).spawn(work);
        let thread = thread.map_err(|error| Error::Data(format!("no thread to read batches ahead: {error}")))?;
        Ok(Self { arrays: Some(arrays), thread: Some(thread) })
    }

    /// Waits for the thread; false when it panicked.
    fn join(&mut self) -> bool {
        self.arrays = None;
        self.thread.take().is_none_or(|thread| thread.join().is_ok())
    }
}

impl ColumnRequest {
    fn read(&self) -> Result<Array> {
        self.rows.array(self.key, self.form, self.dtype)
    }
}

impl Iterator for Prefetch {
    type Item = Result<Vec<Array>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Ok(batch) = self.arrays.as_ref()?.recv() {
            return Some(batch);
        }
        let ended_well = self.join();
        (!ended_well)
            .then(|| Err(Error::Data("the thread that reads batches ahead has panicked; see its message".into())))
    }
}

impl Drop for Prefetch {
    fn drop(&mut self) {
        // A panic of the thread was told when the next batch was asked for, or nobody asked.
        self.join();
    }
}
