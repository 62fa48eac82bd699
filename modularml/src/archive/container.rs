//! The outer form of a saved file: a zip of uncompressed entries that any zip reader opens.
//!
//! Entries are stored, not compressed, so that none can be larger than the file itself, and a file that claims more is
//! refused before memory is asked for.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::Result;
use crate::error::Problem;

/// The most entries that are read.
const MAX_ENTRIES: usize = 4096;

/// The entries of a file by name.
pub(super) type Entries = BTreeMap<String, Vec<u8>>;

/// Writes a file whole or not at all: a reader sees the old one or the new one, also when the machine stops meanwhile.
pub(super) fn write(path: &Path, entries: &Entries) -> Result<()> {
    let temporary = beside(path)?;
    let written = write_entries(&temporary, entries)
        .and_then(|()| fs::rename(&temporary, path).map_err(|error| system("cannot be replaced", error)));
    if let Err(problem) = written {
        // What matters is the first error; a leftover file does no harm.
        let _ = fs::remove_file(&temporary);
        return Err(problem.in_file(path));
    }
    sync_folder(path).map_err(|error| system("its folder cannot be synchronised", error).in_file(path))
}

/// A name in the same folder that no other process uses.
fn beside(path: &Path) -> Result<PathBuf> {
    let Some(name) = path.file_name() else {
        return Err(Problem::from("is not the name of a file").in_file(path));
    };
    let mut hidden = std::ffi::OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}.tmp", uuid::Uuid::new_v4().simple()));
    Ok(path.with_file_name(hidden))
}

/// What the system refuses, and that it does.
fn system(what: &str, error: std::io::Error) -> Problem {
    Problem::from(error).of(what)
}

fn write_entries(path: &Path, entries: &Entries) -> Result<(), Problem> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let file = file.map_err(|error| system("cannot be written", error))?;
    let mut zip = ZipWriter::new(BufWriter::new(file));
    for (name, bytes) in entries {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Stored)
            .last_modified_time(DateTime::default())
            .large_file(u32::try_from(bytes.len()).is_err());
        let at = format!("entry `{name}`");
        zip.start_file(name.as_str(), options).map_err(|error| Problem::from(error.to_string()).of(&at))?;
        zip.write_all(bytes).map_err(|error| system(&at, error))?;
    }
    let writer = zip.finish().map_err(|error| Problem::from(error.to_string()).of("cannot be written"))?;
    let file = writer.into_inner().map_err(|error| system("cannot be written", error.into_error()))?;
    file.sync_all().map_err(|error| system("cannot be synchronised", error))
}

#[cfg(unix)]
fn sync_folder(path: &Path) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> std::io::Result<()> {
    Ok(())
}

/// Reads all entries of a file.
pub(super) fn read(path: &Path) -> Result<Entries> {
    let failed = |what: &str, error| system(what, error).in_file(path);
    let file = File::open(path).map_err(|error| failed("cannot be opened", error))?;
    let size = file.metadata().map_err(|error| failed("cannot be read", error))?.len();
    read_entries(BufReader::new(file), size).map_err(|problem| problem.in_file(path))
}

/// Reads all entries from bytes in memory.
#[cfg(test)]
pub(super) fn read_bytes(bytes: &[u8]) -> Result<Entries, Problem> {
    read_entries(std::io::Cursor::new(bytes), bytes.len() as u64)
}

fn read_entries(reader: impl std::io::Read + std::io::Seek, size: u64) -> Result<Entries, Problem> {
    let damaged = |error: &dyn std::fmt::Display| format!("is not a whole .mml file: {error}");
    let mut zip = ZipArchive::new(reader).map_err(|error| damaged(&error))?;
    if zip.len() > MAX_ENTRIES {
        return Err(format!("has {} entries; at most {MAX_ENTRIES} are read", zip.len()).into());
    }
    zip.validate_header_consistency().map_err(|error| damaged(&error))?;
    let mut entries = Entries::new();
    let mut total = 0u64;
    for index in 0..zip.len() {
        let entry = zip.by_index(index).map_err(|error| damaged(&error))?;
        let name = entry.name().map_err(|error| damaged(&error))?.into_owned();
        if entry.compression() != CompressionMethod::Stored || entry.encrypted() {
            return Err(format!("entry `{name}` is compressed or encrypted; .mml files hold plain entries").into());
        }
        let claimed = entry.size();
        total = total.saturating_add(claimed);
        if total > size {
            let problem = format!("entry `{name}` claims {claimed} bytes, more than the file of {size} can hold");
            return Err(problem.into());
        }
        let mut bytes = Vec::new();
        // The checksum is compared where the entry ends, so the end must be read too.
        entry
            .take(claimed.saturating_add(1))
            .read_to_end(&mut bytes)
            .map_err(|error| format!("entry `{name}` is damaged: {error}"))?;
        if bytes.len() as u64 != claimed {
            return Err(format!("entry `{name}` has {} bytes, {claimed} were announced", bytes.len()).into());
        }
        entries.insert(name, bytes);
    }
    Ok(entries)
}
