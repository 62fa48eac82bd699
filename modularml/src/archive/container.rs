//! The outer form of a saved file: a zip of uncompressed entries that any zip reader opens.
//!
//! Entries are stored, not compressed, so that none can be larger than the file itself, and a file that claims more is
//! refused before memory is asked for.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Read as _};
use std::path::Path;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use super::content::{Content, Entries};
use super::digests::{self, Digests, MANIFEST};
use crate::Result;
use crate::data::beside::{open_regular, replace};
use crate::error::Problem;

/// The most entries that are read.
const MAX_ENTRIES: usize = 4096;

/// Digests take as long as writing does: of so many bytes or more they are made in a thread beside it.
const WORTH_A_THREAD: usize = 1 << 20;

/// Writes a file whole or not at all. Its last entry is the manifest, which lists the digests of the others.
pub(super) fn write(
    path: &Path,
    contents: &BTreeMap<String, Content>,
    manifest: impl FnOnce(Digests) -> Result<Vec<u8>>,
) -> Result<()> {
    replace(path, |file| {
        let mut zip = ZipWriter::new(BufWriter::new(file));
        let mut write = || contents.iter().try_for_each(|(name, content)| write_entry(&mut zip, name, content));
        let digests = if contents.values().map(Content::bytes).sum::<usize>() < WORTH_A_THREAD {
            write()?;
            digests::of(contents)?
        } else {
            std::thread::scope(|scope| {
                let digests = scope.spawn(|| digests::of(contents));
                write()?;
                digests.join().map_err(|_| Problem::from("the thread that makes digests has panicked"))?
            })?
        };
        write_entry(&mut zip, MANIFEST, &Content::Bytes(manifest(digests)?))?;
        let writer = zip.finish().map_err(|error| Problem::from(error.to_string()).of("cannot be written"))?;
        writer.into_inner().map(drop).map_err(|error| system("cannot be written", error.into_error()))
    })
}

/// What the system refuses, and that it does.
fn system(what: &str, error: std::io::Error) -> Problem {
    Problem::from(error).of(what)
}

fn write_entry(zip: &mut ZipWriter<BufWriter<&File>>, name: &str, content: &Content) -> Result<(), Problem> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .large_file(content.is_large());
    let at = format!("entry `{name}`");
    zip.start_file(name, options).map_err(|error| Problem::from(error.to_string()).of(&at))?;
    content.write(zip).map_err(|problem| problem.of(&at))
}

/// Reads all entries of a file.
pub(super) fn read(path: &Path) -> Result<Entries> {
    read_wanted(path, |_| true)
}

/// Reads the wanted entries of a file.
pub(super) fn read_wanted(path: &Path, is_wanted: fn(&str) -> bool) -> Result<Entries> {
    let file = open_regular(path).map_err(|problem| problem.of("cannot be opened").in_file(path))?;
    let size = file.metadata().map_err(|error| system("cannot be read", error).in_file(path))?.len();
    read_entries(BufReader::new(file), size, is_wanted).map_err(|problem| problem.in_file(path))
}

/// Reads all entries from bytes in memory.
#[cfg(test)]
pub(super) fn read_bytes(bytes: &[u8]) -> Result<Entries, Problem> {
    read_entries(std::io::Cursor::new(bytes), bytes.len() as u64, |_| true)
}

fn read_entries(
    reader: impl std::io::Read + std::io::Seek,
    size: u64,
    is_wanted: fn(&str) -> bool,
) -> Result<Entries, Problem> {
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
        if !is_wanted(&name) {
            continue;
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
