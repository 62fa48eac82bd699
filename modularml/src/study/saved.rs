//! The parameters that a saved study or a recorded run was made with.

use std::io::{BufReader, Read as _};
use std::path::Path;

use serde_json::Value as Json;

use crate::Result;
use crate::data::beside::open_regular;
use crate::error::Problem;
use crate::experiment::Session;
use crate::spec::{Describe, ExperimentSpec, parameters_in};

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
    let description = description(path).unwrap_or_default();
    Session::load_into(described(describe, &description, path)?, path)
}

/// The declared description with the parameters of a saved one.
pub(super) fn described(describe: Describe, saved: &[u8], path: &Path) -> Result<ExperimentSpec> {
    match describe(&assignments(saved)) {
        Ok(spec) => Ok(spec),
        // Parameters of another experiment are none of this one: which experiment it is says more.
        Err(error) => describe(&[])
            .ok()
            .filter(|spec| is_of_another(saved, spec))
            .ok_or_else(|| Problem::from(error).of("its parameters").in_file(path)),
    }
}

/// Whether a description has another name than an experiment.
fn is_of_another(description: &[u8], spec: &ExperimentSpec) -> bool {
    let description: Json = serde_json::from_slice(description).unwrap_or_default();
    description.get("name").and_then(Json::as_str).is_some_and(|name| name != spec.name)
}

/// The description in a file; what is wrong with the file is told where all of it is read.
pub(super) fn description(path: &Path) -> Option<Vec<u8>> {
    let file = open_regular(path).ok()?;
    let size = file.metadata().ok()?.len();
    let mut zip = zip::ZipArchive::new(BufReader::new(file)).ok()?;
    let entry = zip.by_name(DESCRIPTION).ok()?;
    let mut description = Vec::new();
    // Entries are stored as they are, so that none is larger than the file.
    entry.take(size).read_to_end(&mut description).ok()?;
    Some(description)
}
