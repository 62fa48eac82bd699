//! The files of a run, sent to a server that takes them.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use serde_json::json;

use super::entries::name_of;
use super::remote::Remote;
use super::server::{Answer, Server, in_address};
use crate::Result;
use crate::digest::Digest;
use crate::error::Problem;
use crate::record::{MANIFEST, METRICS, REPORT, RESULTS, RunRecord};

/// The scheme of the artifacts that the server itself takes.
const SERVED: &str = "mlflow-artifacts:";

/// Sends the files that are not there yet, and adds their names to a list; what was not sent is noted.
pub(super) fn send(
    server: &Server,
    remote: &Remote,
    run: &RunRecord,
    sent: &mut Vec<String>,
    notes: &mut Vec<String>,
) -> Result<()> {
    let files = files(run);
    let Some(place) = place(&remote.artifacts) else {
        notes.push(not_taken(&files, &format!("keeps them at `{}` and takes none", remote.artifacts)));
        return Ok(());
    };
    for (position, (name, path)) in files.iter().enumerate() {
        let (digest, bytes) = digest(path)?;
        let tag = name_of(&format!("modularml.digest.{name}"));
        if remote.tags.get(&tag) == Some(&digest) {
            continue;
        }
        let file = File::open(path).map_err(|error| Problem::from(error).of("cannot be read").in_file(path))?;
        let answer = server.put(&format!("{place}/{}", in_address(name)), file, bytes)?;
        if !answer.is_accepted() {
            if !is_without_artifacts(&answer) {
                return Err(server.refused(name, &answer));
            }
            notes.push(not_taken(
                files.get(position..).unwrap_or_default(),
                &format!("takes none ({})", answer.words()),
            ));
            return Ok(());
        }
        server.tell("runs/set-tag", &json!({ "run_id": remote.id, "key": tag, "value": digest }))?;
        sent.push(name.clone());
    }
    Ok(())
}

/// The files that are there, by their names in the folder.
fn files(run: &RunRecord) -> Vec<(String, PathBuf)> {
    let own = [REPORT, MANIFEST, METRICS, RESULTS].map(|name| (name.to_owned(), run.path().join(name)));
    let predictions = run.predictions().into_iter().filter_map(|path| {
        let name = path.file_name()?.to_string_lossy().into_owned();
        Some((format!("predictions/{name}"), path))
    });
    own.into_iter().filter(|(_, path)| path.is_file()).chain(predictions).collect()
}

/// Where the artifacts of a run are among those that the server takes: `mlflow-artifacts:/1/4f1c/artifacts`.
fn place(uri: &str) -> Option<String> {
    let path = uri.strip_prefix(SERVED)?;
    let path = match path.strip_prefix("//") {
        Some(with_host) => with_host.split_once('/')?.1,
        None => path,
    };
    Some(in_address(path.trim_matches('/')))
}

/// Whether a server was started without them: those that are have no such address, or say so by 503.
fn is_without_artifacts(answer: &Answer) -> bool {
    matches!(answer.status, 404 | 405 | 501 | 503)
}

fn not_taken(files: &[(String, PathBuf)], why: &str) -> String {
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    format!("not sent: {}; the server {why}: start it with `--serve-artifacts`, or copy them", names.join(", "))
}

/// The digest of a file, and how many bytes it has; it may grow meanwhile.
fn digest(path: &Path) -> Result<(String, u64)> {
    let failed = |error| Problem::from(error).of("cannot be read").in_file(path);
    let file = File::open(path).map_err(failed)?;
    let bytes = file.metadata().map_err(failed)?.len();
    let (mut reader, mut digest) = (BufReader::new(file.take(bytes)), Digest::new());
    loop {
        let some = reader.fill_buf().map_err(failed)?;
        if some.is_empty() {
            return Ok((digest.finish(), bytes));
        }
        digest.add(some);
        let length = some.len();
        reader.consume(length);
    }
}
