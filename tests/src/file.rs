//! Files of a test, which are gone when it ends.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A file in the system's folder for such, which is removed when it is dropped.
pub struct File(pub PathBuf);

impl File {
    /// A file that is not written yet; its name ends as given, and no other file has it.
    pub fn named(name: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let (process, number) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self(std::env::temp_dir().join(format!("modularml-{process}-{number}-{name}")))
    }

    /// Why reading was refused, with `FILE` in the place of its path.
    ///
    /// # Panics
    /// When it was not refused.
    pub fn message<T>(&self, read: modularml::Result<T>) -> String {
        let message = read.err().unwrap().to_string();
        message.replace(&self.0.display().to_string(), "FILE")
    }

    /// A file that holds this.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn of(name: &str, content: impl AsRef<[u8]>) -> Self {
        let file = Self::named(name);
        std::fs::write(&file.0, content).unwrap();
        file
    }
}

impl Drop for File {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).ok();
    }
}
