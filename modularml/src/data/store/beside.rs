//! Files that are written beside their place and moved there when they are complete.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::error::Problem;

/// A place beside a file for one that is being written; what is there goes away with this value unless it was moved.
#[derive(Debug)]
pub(super) struct Beside {
    place: PathBuf,
    target: PathBuf,
}

impl Beside {
    pub(super) fn of(target: &Path) -> Result<Self> {
        let Some(name) = target.file_name() else {
            return Err(Problem::from("is no file name").in_file(target));
        };
        let mut beside = name.to_owned();
        beside.push(format!(".{}.tmp", uuid::Uuid::new_v4().simple()));
        Ok(Self { place: target.with_file_name(beside), target: target.into() })
    }

    /// Makes the file, for writing and for reading what was written.
    pub(super) fn create(&self) -> Result<File, Problem> {
        let file = File::options().read(true).write(true).create_new(true).open(&self.place);
        Ok(file?)
    }

    /// Where the file is until it is moved.
    pub(super) fn place(&self) -> &Path {
        &self.place
    }

    /// Moves the file to its place, where it replaces an older one.
    pub(super) fn rename(self) -> Result<()> {
        std::fs::rename(&self.place, &self.target).map_err(|error| Problem::from(error).in_file(&self.target))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // After a move there is nothing to remove; otherwise an error was told already.
        let _ = std::fs::remove_file(&self.place);
    }
}
