//! A folder for what is written in a rehearsal.

use std::fs;
use std::path::{Path, PathBuf};

use crate::Result;
use crate::error::Problem;

/// A folder in place of that of a run, which goes away with this value.
pub(super) struct Scratch(PathBuf);

impl Scratch {
    pub(super) fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("modularml-rehearsal-{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir_all(&path).map_err(|error| Problem::from(error).of("cannot be made").in_file(&path))?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // One that cannot be removed does no harm.
        let _ = fs::remove_dir_all(&self.0);
    }
}
