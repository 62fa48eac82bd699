//! A file that ends a phase.

use std::path::Path;
use std::time::{Duration, Instant};

use super::{BuildCallback, Callback, ENDS_PHASE, Moment, Next, StepInfo};
use crate::plan::watched::Watched;
use crate::spec::Label;
use crate::{Error, Result};

/// Ends a train phase behind the step at which a file is there, so that `touch STOP` ends it from outside.
///
/// The epoch is measured and counts as it is, and the phases that follow run. A path that is not absolute begins in the folder
/// of a recorded run, and in the working directory where nothing is recorded. It is looked for at the first step, and then at
/// most once a second. The file stays: beside the phases it ends each later train phase behind its first step as well, and
/// so does one that is left from before.
///
/// ```
/// use modularml::experiment::StopFile;
///
/// const STOP: StopFile = StopFile::at("STOP");
/// ```
#[derive(crate::Callback, Clone, Copy, Debug, PartialEq)]
pub struct StopFile {
    /// The path of the file.
    #[setting(first)]
    at: Label,
}

impl BuildCallback for StopFile {
    fn build(&self, _: &[Watched]) -> Box<dyn Callback> {
        Box::new(Looking { at: self.at, looked: None })
    }
}

/// The least time from one look to the next.
const PAUSE: Duration = Duration::from_secs(1);

struct Looking {
    at: Label,
    looked: Option<Instant>,
}

impl Callback for Looking {
    fn on_phase_start(&mut self, _: &mut Moment<'_>) -> Result<Next> {
        if self.at.is_empty() {
            return Err(Error::Component(
                "has no file to look for; name one, for example StopFile::at(\"STOP\")".to_owned(),
            ));
        }
        self.looked = None;
        Ok(Next::Continue)
    }

    fn on_step_end(&mut self, moment: &mut Moment<'_>, _: &StepInfo<'_>) -> Result<Next> {
        if self.looked.is_some_and(|looked| looked.elapsed() < PAUSE) {
            return Ok(Next::Continue);
        }
        self.looked = Some(Instant::now());
        let path = moment.run_folder().unwrap_or(Path::new("")).join(self.at);
        if !path.exists() {
            return Ok(Next::Continue);
        }
        moment.warn(format!("{} is there{ENDS_PHASE}", path.display()));
        Ok(Next::EndPhase)
    }
}
