//! The parameters that a saved study or a recorded run was made with.

use std::io::{BufReader, Read as _};
use std::path::Path;

use crate::Result;
use crate::data::beside::open_regular;
use crate::error::Problem;
use crate::experiment::Session;
use crate::spec::{Describe, parameters_in};

/// The entry of a saved study that holds its description.
const DESCRIPTION: &str = "config.json";

/// The parameters in a description, as a command line gives them: `width=128`. None of what is no description.
pub(crate) fn assignments(description: &[u8]) -> Vec<String> {
    parameters_in(description).iter().map(ToString::to_string).collect()
}

/// Loads a saved study into its declaration, with the parameters that it was saved with.
///
/// They are only looked up: what is loaded then is compared with the whole file as with any description.
pub(crate) fn load_as(describe: Describe, path: &Path) -> Result<Session> {
    let given = description(path).map(|description| assignments(&description)).unwrap_or_default();
    let spec = describe(&given).map_err(|error| Problem::from(error).of("its parameters").in_file(path))?;
    Session::load_into(spec, path)
}

/// The description in a file; what is wrong with the file is told where all of it is read.
fn description(path: &Path) -> Option<Vec<u8>> {
    let file = open_regular(path).ok()?;
    let size = file.metadata().ok()?.len();
    let mut zip = zip::ZipArchive::new(BufReader::new(file)).ok()?;
    let entry = zip.by_name(DESCRIPTION).ok()?;
    let mut description = Vec::new();
    // Entries are stored as they are, so that none is larger than the file.
    entry.take(size).read_to_end(&mut description).ok()?;
    Some(description)
}
