//! A file in the address space of the process, as an Arrow buffer.

#[cfg(test)]
mod tests;

use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::Arc;
use std::time::SystemTime;

use arrow::buffer::Buffer;
use memmap2::Mmap;

use crate::Result;
use crate::data::beside::open_regular;
use crate::error::Problem;

/// A mapped file and what it was when it was opened.
///
/// The bytes of a mapping are those of the file at any moment: a program that writes into the file changes values that
/// this one holds, and one that cuts it off makes the system end this process (`SIGBUS`) at the next read beyond its
/// new end. [`Mapping::check_unchanged`] finds both before a read begins; what happens between the check and the read,
/// a matter of microseconds, nothing can find. Replacing the file by another one under its name is harmless, as the
/// mapping keeps the old one.
#[derive(Debug)]
pub struct Mapping {
    path: PathBuf,
    file: File,
    length: u64,
    modified: Option<SystemTime>,
}

impl Mapping {
    /// Maps a whole file for reading.
    pub fn open(path: &Path) -> Result<(Buffer, Arc<Self>)> {
        let fail = |problem: Problem| problem.in_file(path);
        let file = open_regular(path).map_err(fail)?;
        let metadata = file.metadata().map_err(|error| fail(error.into()))?;
        if metadata.len() == 0 {
            return Err(fail("is empty; it may not have been written to its end".into()));
        }
        let buffer = map(&file).map_err(|error| fail(error.into()))?;
        let (length, modified) = (metadata.len(), modified(&metadata));
        Ok((buffer, Arc::new(Self { path: path.into(), file, length, modified })))
    }

    /// Refuses a file that is no longer the one that was opened.
    pub fn check_unchanged(&self) -> Result<()> {
        let fail = |problem: Problem| problem.in_file(&self.path);
        let now = self.file.metadata().map_err(|error| fail(error.into()))?;
        if now.len() != self.length {
            let (before, now) = (self.length, now.len());
            let problem = format!(
                "was changed while it was open: it had {before} bytes and has {now}; open it again, and replace such a \
                 file by renaming another one to it instead of writing into it"
            );
            return Err(fail(problem.into()));
        }
        if modified(&now) != self.modified {
            return Err(fail(
                "was written into while it was open; open it again, and replace such a file by renaming another one to \
                 it instead of writing into it"
                    .into(),
            ));
        }
        Ok(())
    }
}

/// Some systems do not know when a file was modified.
fn modified(metadata: &Metadata) -> Option<SystemTime> {
    metadata.modified().ok()
}

fn map(file: &File) -> io::Result<Buffer> {
    // SAFETY: the mapping is read only, and the buffer made of it below keeps it for as long as anything points into it.
    // That no one changes the file meanwhile cannot be had from the system; `Mapping` says what is done about it.
    let map = Arc::new(unsafe { Mmap::map(file)? });
    let (start, length) = (NonNull::from(map.as_ref().as_ref()).cast::<u8>(), map.len());
    // SAFETY: `start` is valid for `length` bytes while the mapping lives, which the buffer owns a share of; moving the
    // `Arc` does not move what is mapped.
    Ok(unsafe { Buffer::from_custom_allocation(start, length, map) })
}
