//! Files of a run that only grow: events and metrics.

use std::fs::File;
use std::io::{BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::folder::{EVENTS, Folder, METRICS};
use super::time;
use crate::error::Problem;
use crate::{Error, Result};

/// The events and the metrics of a run.
pub(super) struct Logs {
    events: Log,
    metrics: Log,
}

/// How long both were when a checkpoint was made: what a resumed run has written behind that is written again.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Lengths {
    pub events: u64,
    pub metrics: u64,
}

/// Where a number belongs: no phase at the run itself, no epoch where a phase does not train, no step where it belongs to none.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub phase: &'a str,
    pub epoch: Option<usize>,
    pub step: Option<usize>,
}

struct Log {
    path: PathBuf,
    file: BufWriter<File>,
    length: u64,
}

impl Logs {
    /// Opens both, and leaves them as they are; [`begin`](Self::begin) cuts them off where a checkpoint was made.
    pub(super) fn open(folder: &Folder, Lengths { events, metrics }: Lengths) -> Result<Self> {
        let path = |name| folder.path().join(name);
        Ok(Self { events: Log::open(path(EVENTS), events)?, metrics: Log::open(path(METRICS), metrics)? })
    }

    /// Begins to write, or goes on behind the checkpoint of that name.
    pub(super) fn begin(&mut self, resumed: Option<&str>) -> Result<()> {
        self.events.cut()?;
        self.metrics.cut()?;
        if self.metrics.length == 0 {
            self.metrics.line("phase,epoch,name,value,step")?;
        }
        match resumed {
            Some(checkpoint) => {
                self.event("resume", json!({ "checkpoint": checkpoint }))?;
                self.flush()
            }
            None => Ok(()),
        }
    }

    /// Appends an error, which ends nothing.
    pub(super) fn error(&mut self, error: &Error) -> Result<()> {
        self.event("error", json!({ "error": error.to_string() }))?;
        self.flush()
    }

    /// Appends an event with its time.
    pub(super) fn event(&mut self, event: &str, more: Json) -> Result<()> {
        let mut all = json!({ "event": event, "time": time::now() });
        if let (Some(all), Json::Object(more)) = (all.as_object_mut(), more) {
            all.extend(more);
        }
        self.events.line(&all.to_string())
    }

    /// Appends a measured number; the epoch is none behind an eval phase.
    pub(super) fn metric(&mut self, phase: &str, epoch: Option<usize>, name: &str, value: f64) -> Result<()> {
        self.number(Place { phase, epoch, step: None }, name, value)
    }

    /// Appends a number.
    pub(super) fn number(&mut self, place: Place<'_>, name: &str, value: f64) -> Result<()> {
        let text = |number: Option<usize>| number.map(|number| number.to_string()).unwrap_or_default();
        let (phase, epoch, step) = (place.phase, text(place.epoch), text(place.step));
        self.metrics.line(&format!("{phase},{epoch},{name},{value:?},{step}"))
    }

    /// How long both are, all that was appended being in the hands of the system.
    pub(super) fn lengths(&mut self) -> Result<Lengths> {
        self.flush()?;
        Ok(Lengths { events: self.events.length, metrics: self.metrics.length })
    }

    pub(super) fn flush(&mut self) -> Result<()> {
        self.events.flush()?;
        self.metrics.flush()
    }

    /// Both files, to be synchronised by whoever writes a checkpoint.
    pub(super) fn files(&self) -> Result<[File; 2]> {
        Ok([self.events.file()?, self.metrics.file()?])
    }
}

impl Log {
    fn open(path: PathBuf, length: u64) -> Result<Self> {
        let in_file = |error| Problem::from(error).of("cannot be opened").in_file(&path);
        let file = File::options().create(true).truncate(false).read(true).write(true).open(&path).map_err(in_file)?;
        let found = file.metadata().map_err(in_file)?.len();
        if found < length {
            let problem = format!("has {found} bytes, and had {length} when the checkpoint was made; was it changed?");
            return Err(Problem::from(problem).in_file(&path));
        }
        Ok(Self { path, file: BufWriter::new(file), length })
    }

    /// Cuts off what stands behind its length, and goes on there.
    fn cut(&mut self) -> Result<()> {
        let length = self.length;
        let file = self.file.get_mut();
        let cut = file.set_len(length).and_then(|()| file.seek(SeekFrom::Start(length)));
        cut.map(drop).map_err(|error| self.failed(error))
    }

    fn line(&mut self, line: &str) -> Result<()> {
        let written = writeln!(self.file, "{line}");
        written.map_err(|error| self.failed(error))?;
        self.length += line.len() as u64 + 1;
        Ok(())
    }

    fn flush(&mut self) -> Result<()> {
        self.file.flush().map_err(|error| self.failed(error))
    }

    fn file(&self) -> Result<File> {
        self.file.get_ref().try_clone().map_err(|error| self.failed(error))
    }

    fn failed(&self, error: std::io::Error) -> Error {
        Problem::from(error).of("cannot be written").in_file(&self.path)
    }
}
