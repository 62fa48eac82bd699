//! Files that are written beside their place and moved there when they are complete.

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Result;
use crate::error::Problem;

/// As many links are followed from one to the next.
const MOST_LINKS: usize = 40;

/// A place beside a file for one that is being written; what is there goes away with this value unless it was moved.
///
/// A process that is killed leaves its file behind. Who writes the same target next removes it: a file that is being
/// written is locked, and one whose writer is gone is not.
#[derive(Debug)]
pub(crate) struct Beside {
    place: PathBuf,
    target: PathBuf,
    /// Holds the lock for as long as this value lives.
    lock: Option<File>,
}

impl Beside {
    /// A place beside a target, which is a regular file or not there yet. Of a symbolic link it is what the link leads to,
    /// so that the link stays.
    pub(crate) fn of(target: &Path) -> Result<Self> {
        let followed = followed(target).map_err(|problem| problem.in_file(target))?;
        let Some(name) = followed.file_name().map(ToOwned::to_owned) else {
            return Err(Problem::from("is not the name of a file").in_file(target));
        };
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        remove_abandoned(&followed, &hidden.to_string_lossy());
        hidden.push(format!(".{}.tmp", uuid::Uuid::new_v4().simple()));
        Ok(Self { place: followed.with_file_name(hidden), target: followed, lock: None })
    }

    /// Makes the file, for writing and for reading what was written.
    pub(crate) fn create(&mut self) -> Result<File, Problem> {
        // It gets its name when it is locked, so that nobody takes it for abandoned.
        let unlocked = self.place.with_extension("new");
        let file = File::options().read(true).write(true).create_new(true).open(&unlocked)?;
        // Where there are no locks, files of others are never taken for abandoned either.
        let _ = file.lock();
        let lock = file.try_clone().and_then(|lock| fs::rename(&unlocked, &self.place).map(|()| lock));
        self.lock = Some(lock.inspect_err(|_| drop(fs::remove_file(&unlocked)))?);
        Ok(file)
    }

    /// Where the file is until it is moved.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// Moves the file to its place, where it replaces an older one: a reader sees the old one or the new one, also when
    /// the machine stops meanwhile.
    pub(crate) fn rename(self) -> Result<(), Problem> {
        fs::rename(&self.place, &self.target).map_err(|error| Problem::from(error).of("cannot be replaced"))?;
        sync_folder(&self.target).map_err(|error| Problem::from(error).of("its folder cannot be synchronised"))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // After a move there is nothing to remove; otherwise an error was told already.
        let _ = fs::remove_file(&self.place);
    }
}

/// Writes a file whole or not at all: a reader sees the old one or the new one, also when the machine stops meanwhile.
pub(crate) fn replace(path: &Path, content: impl FnOnce(&File) -> Result<(), Problem>) -> Result<()> {
    let mut beside = Beside::of(path)?;
    let file = beside.create().map_err(|problem| problem.of("cannot be written"));
    let written = file.and_then(|file| {
        content(&file)?;
        file.sync_all().map_err(|error| Problem::from(error).of("cannot be synchronised"))
    });
    written.and_then(|()| beside.rename()).map_err(|problem| problem.in_file(path))
}

/// Refuses what is there and is no regular file, which replacing would destroy.
fn followed(target: &Path) -> Result<PathBuf, Problem> {
    let mut path = target.to_owned();
    for _ in 0..MOST_LINKS {
        let kind = match fs::symlink_metadata(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(path),
            kind => kind?.file_type(),
        };
        if kind.is_symlink() {
            let next = fs::read_link(&path)?;
            path = path.parent().map_or_else(|| next.clone(), |folder| folder.join(&next));
        } else if kind.is_dir() {
            return Err("is a folder; give the name of a file".into());
        } else if kind.is_file() {
            return Ok(path);
        } else {
            return Err("is a pipe or a device, which would be replaced; give the name of a file".into());
        }
    }
    Err("leads from link to link without an end".into())
}

/// A file is new for a moment before it is locked; one that stays so was left.
fn is_older_than_a_minute(entry: &fs::DirEntry) -> bool {
    let age = entry.metadata().and_then(|metadata| metadata.modified()).ok().and_then(|time| time.elapsed().ok());
    age.is_some_and(|age| age > Duration::from_mins(1))
}

/// Removes what killed processes left beside a target. That is no reason to fail: what cannot be removed stays.
fn remove_abandoned(target: &Path, hidden: &str) {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let rest = name.to_str().and_then(|name| name.strip_prefix(hidden)?.strip_prefix('.')?.split_once('.'));
        let is_ours = rest.is_some_and(|(number, kind)| {
            uuid::Uuid::try_parse(number).is_ok() && (kind == "tmp" || kind == "new" && is_older_than_a_minute(&entry))
        });
        if is_ours
            && entry.file_type().is_ok_and(|kind| kind.is_file())
            && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Opens a regular file for reading: opening a pipe would wait for somebody to write into it.
pub(crate) fn open_regular(path: &Path) -> Result<File, Problem> {
    let kind = fs::metadata(path)?;
    if kind.is_dir() {
        return Err("is a folder; give a file".into());
    }
    if !kind.is_file() {
        return Err("is a pipe or a device; give a regular file, which can be read twice".into());
    }
    Ok(File::open(path)?)
}
