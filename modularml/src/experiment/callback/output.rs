//! Where callbacks write files.

use std::fs;
use std::path::PathBuf;

use super::Moment;
use crate::error::Problem;
use crate::spec::{Label, PhaseKind};
use crate::{Error, Result};

/// The folder that a callback was given, or the one of that name in the folder of a recorded run; it is made where it is not
/// there.
///
/// # Errors
/// When there is neither, or it cannot be made.
pub(super) fn folder(moment: &Moment<'_>, to: Option<Label>, name: &str) -> Result<PathBuf> {
    let in_run = moment.run_folder().map(|run| run.join(name));
    let folder = to.map(PathBuf::from).or(in_run).ok_or_else(|| {
        Error::Component(format!(
            "has no folder to write to, as the run is not recorded; give it one, .to(\"{name}\"), or record the run: \
             study.run_in(\"runs\")"
        ))
    })?;
    fs::create_dir_all(&folder).map_err(|error| Problem::from(error).of("cannot be made").in_file(&folder))?;
    Ok(folder)
}

/// The name of a file of an epoch, counted from 0 as in all records: `regress-0004.csv`.
pub(super) fn file(phase: &str, epoch: usize, extension: &str) -> String {
    format!("{phase}-{epoch:04}.{extension}")
}

/// Whether the phase trains, so that it has epochs.
pub(super) fn trains(moment: &Moment<'_>) -> bool {
    moment.phase().is_some_and(|phase| matches!(phase.kind, PhaseKind::Train(_)))
}

/// Whether this is the rank that writes.
pub(super) fn writes(moment: &Moment<'_>) -> bool {
    moment.session().rank() == 0
}
