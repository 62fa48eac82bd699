//! What a run was made of.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::folder::{Folder, MANIFEST};
use super::settings::Settings;
use super::time;
use crate::archive::checkpoint::{Fingerprint, same_data, same_description};
use crate::digest::Digest;
use crate::error::{FileFault, Problem};
use crate::experiment::{ExperimentSpec, Session};
use crate::spec;
use crate::{Error, Result};

/// The version of the layout of the folder.
const VERSION: u64 = 1;
/// The version of candle, which the numbers depend on.
const CANDLE: &str = "0.11.1";

const RUNNING: &str = "running";
const FINISHED: &str = "finished";

/// The manifest as it is in the file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Manifest {
    version: u64,
    experiment: String,
    /// The digest of the description.
    description_digest: String,
    data: Fingerprint,
    seed: u64,
    fold: u32,
    records: Settings,
    versions: BTreeMap<String, String>,
    machine: Machine,
    command: Vec<String>,
    started: String,
    ended: Option<String>,
    /// `running`, `finished`, `interrupted`, or `failed: ..`; `running` too where the process was killed.
    outcome: String,
    description: serde_json::Value,
}

/// Where it ran.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    system: String,
    threads: usize,
    features: Vec<String>,
    device: String,
}

impl Machine {
    fn this(session: &Session) -> Self {
        Self {
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            threads: rayon::current_num_threads(),
            features: features(),
            device: session.graph().device_name(),
        }
    }
}

/// What the processor can do of what the numbers may depend on.
#[cfg(target_arch = "x86_64")]
fn features() -> Vec<String> {
    let all = [
        ("avx2", std::arch::is_x86_feature_detected!("avx2")),
        ("fma", std::arch::is_x86_feature_detected!("fma")),
        ("avx512f", std::arch::is_x86_feature_detected!("avx512f")),
    ];
    all.into_iter().filter(|(_, has)| *has).map(|(name, _)| name.to_owned()).collect()
}

#[cfg(not(target_arch = "x86_64"))]
fn features() -> Vec<String> {
    Vec::new()
}

impl Manifest {
    /// That of a run which begins, written into its folder.
    pub(super) fn begun(session: &Session, folder: &Folder, data: &Fingerprint, records: Settings) -> Result<Self> {
        let (description, digest) = described(session)?;
        let manifest = Self {
            version: VERSION,
            experiment: session.spec().name.to_owned(),
            description_digest: digest,
            data: data.clone(),
            seed: session.seed(),
            fold: session.fold(),
            records,
            versions: versions(),
            machine: Machine::this(session),
            command: std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect(),
            started: time::written(time::now()),
            ended: None,
            outcome: RUNNING.to_owned(),
            description,
        };
        folder.write(MANIFEST, &manifest)?;
        Ok(manifest)
    }

    pub(super) fn read(folder: &Folder) -> Result<Self> {
        let path = folder.path().join(MANIFEST);
        let bytes = std::fs::read(&path).map_err(|error| Problem::from(error).of("cannot be read").in_file(&path))?;
        Self::of_json(&bytes).map_err(|problem| problem.in_file(&path))
    }

    fn of_json(bytes: &[u8]) -> Result<Self, Problem> {
        let json: serde_json::Value = spec::from_json(bytes)?;
        let found = json.get("version").and_then(serde_json::Value::as_u64);
        if found != Some(VERSION) {
            let text =
                "is of another version of the layout of runs; resume it with the modularml that made it".to_owned();
            return Err(Problem { fault: FileFault::Version { found, read: VERSION }, text });
        }
        spec::from_json(bytes)
    }

    /// Rule: a session is of the description, seed, fold and data of then, and computes as it did: another version or device
    /// gives other bits.
    pub(super) fn check(&self, session: &Session, data: &Fingerprint) -> Result<(), Problem> {
        let own = (session.spec().name, session.seed(), session.fold());
        let theirs = (self.experiment.as_str(), self.seed, self.fold);
        if own != theirs {
            let text = format!(
                "is of experiment `{}`, seed {}, fold {}; this is `{}`, seed {}, fold {}",
                theirs.0, theirs.1, theirs.2, own.0, own.1, own.2
            );
            return Err(text.into());
        }
        same_description(self.description.to_string().as_bytes(), session)?;
        same_data(&self.data, data)?;
        let (versions, device) = (versions(), session.graph().device_name());
        if self.versions != versions {
            let listed = |versions: &BTreeMap<String, String>| {
                versions.iter().map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>().join(", ")
            };
            let (then, now) = (listed(&self.versions), listed(&versions));
            return Err(
                format!("was made by {then}, this is {now}, which may give other bits; resume it with those").into()
            );
        }
        if self.machine.device != device {
            let then = &self.machine.device;
            return Err(format!(
                "ran on device `{then}`, this is on `{device}`; call study.device(\"{then}\")? before"
            )
            .into());
        }
        Ok(())
    }

    pub(super) fn is_finished(&self) -> bool {
        self.outcome == FINISHED
    }

    /// Writes that the run goes on.
    pub(super) fn runs(&mut self, folder: &Folder) -> Result<()> {
        if self.outcome == RUNNING {
            return Ok(());
        }
        (self.ended, self.outcome) = (None, RUNNING.to_owned());
        folder.write(MANIFEST, self)
    }

    pub(super) const fn settings(&self) -> Settings {
        self.records
    }

    /// Writes how the run ended.
    pub(super) fn end(&mut self, folder: &Folder, outcome: &str) -> Result<()> {
        (self.ended, self.outcome) = (Some(time::written(time::now())), outcome.to_owned());
        folder.write(MANIFEST, self)
    }
}

/// The description, and its digest.
fn described(session: &Session) -> Result<(serde_json::Value, String)> {
    let spec = ExperimentSpec { seed: session.seed(), ..session.spec().clone() };
    let description = serde_json::to_value(&spec).map_err(|error| Error::Data(error.to_string()))?;
    let digest = Digest::of(description.to_string().as_bytes());
    Ok((description, digest))
}

fn versions() -> BTreeMap<String, String> {
    let versions = [("modularml", env!("CARGO_PKG_VERSION")), ("candle", CANDLE)];
    versions.into_iter().map(|(name, version)| (name.to_owned(), version.to_owned())).collect()
}
