//! What a run was made of.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::folder::{Folder, MANIFEST};
use super::settings::Settings;
use super::splits::SplitSummary;
use super::time;
use crate::archive::checkpoint::{Fingerprint, same_data, same_description};
use crate::archive::tensors;
use crate::digest::Digest;
use crate::error::{FileFault, Problem};
use crate::experiment::{ExperimentSpec, Session, Sharing};
use crate::graph::Summary;
use crate::spec;
use crate::{Error, Result};

/// The version of the layout of the folder.
const VERSION: u64 = 2;
/// The version of candle, which the numbers depend on.
const CANDLE: &str = "0.11.1";

const RUNNING: &str = "running";
const FINISHED: &str = "finished";

/// What a run was made of, where it ran, and how it ended: `manifest.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    version: u64,
    /// The name of the experiment.
    pub experiment: String,
    /// The digest of the description.
    pub description_digest: String,
    /// Digests of the data by input, then by column.
    pub data: Fingerprint,
    /// The splits, with what is in them.
    pub splits: Vec<SplitSummary>,
    /// The nodes of the graph, with shapes and numbers of parameters.
    pub graph: Summary,
    /// The seed of everything random.
    pub seed: u64,
    /// The fold of a cross-validation; 0 outside of one.
    pub fold: u32,
    /// Into how many shares each batch is cut, whose gradients are added in a fixed order; none where it is taken whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares: Option<usize>,
    records: Settings,
    /// The versions that the numbers depend on.
    pub versions: BTreeMap<String, String>,
    /// Where it ran.
    pub machine: Machine,
    /// The command that ran it.
    pub command: Vec<String>,
    /// When it began, in UTC.
    pub started: String,
    /// When it ended; none while it runs, and where it was killed.
    pub ended: Option<String>,
    /// `running`, `finished`, `interrupted`, or `failed: ..`; `running` too where the process was killed.
    pub outcome: String,
    /// The digest of the weights at the end of a run that has finished.
    pub weights_digest: Option<String>,
    pub(crate) description: serde_json::Value,
}

/// Where a run ran.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Machine {
    /// The operating system and the kind of processor.
    pub system: String,
    /// How many threads compute.
    pub threads: usize,
    /// What the processor can do of what the numbers may depend on.
    pub features: Vec<String>,
    /// The device that the graph is on.
    pub device: String,
    /// The compiler.
    pub rustc: String,
}

impl Machine {
    fn this(session: &Session) -> Self {
        Self {
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            threads: rayon::current_num_threads(),
            features: features(),
            device: session.graph().device_name(),
            rustc: env!("MODULARML_RUSTC").to_owned(),
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
            splits: SplitSummary::of(session)?,
            graph: session.graph().summary(),
            seed: session.seed(),
            fold: session.fold(),
            shares: session.sharing().map(Sharing::shares),
            records,
            versions: versions(),
            machine: Machine::this(session),
            command: std::env::args_os().map(|argument| argument.to_string_lossy().into_owned()).collect(),
            started: time::written(time::now()),
            ended: None,
            outcome: RUNNING.to_owned(),
            weights_digest: None,
            description,
        };
        folder.write(MANIFEST, &manifest)?;
        Ok(manifest)
    }

    pub(super) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(MANIFEST);
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
        self.same_draws(session)?;
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

    /// Rule: a session is of the experiment, seed and fold of then.
    pub(super) fn same_draws(&self, session: &Session) -> Result<(), Problem> {
        let own = (session.spec().name, session.seed(), session.fold());
        let theirs = (self.experiment.as_str(), self.seed, self.fold);
        if own == theirs {
            return Ok(());
        }
        let text = format!(
            "is of experiment `{}`, seed {}, fold {}; this is `{}`, seed {}, fold {}",
            theirs.0, theirs.1, theirs.2, own.0, own.1, own.2
        );
        Err(text.into())
    }

    /// Whether all phases have ended.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.outcome == FINISHED
    }

    /// Writes that the run goes on.
    pub(super) fn runs(&mut self, folder: &Folder) -> Result<()> {
        if self.outcome == RUNNING {
            return Ok(());
        }
        (self.ended, self.outcome, self.weights_digest) = (None, RUNNING.to_owned(), None);
        folder.write(MANIFEST, self)
    }

    pub(super) fn settings(&self) -> Settings {
        self.records.clone()
    }

    /// Writes that all phases have ended, and with which weights.
    pub(super) fn finish(&mut self, folder: &Folder, session: &Session) -> Result<()> {
        self.weights_digest = Some(weights_digest(session)?);
        self.end(folder, FINISHED)
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

/// The digest of the weights as safetensors.
pub(super) fn weights_digest(session: &Session) -> Result<String> {
    let mut digest = Digest::new();
    tensors::write(&session.graph().state()?, &mut digest).map_err(|problem| Error::State(problem.text))?;
    Ok(digest.finish())
}

fn versions() -> BTreeMap<String, String> {
    let versions = [("modularml", env!("CARGO_PKG_VERSION")), ("candle", CANDLE)];
    versions.into_iter().map(|(name, version)| (name.to_owned(), version.to_owned())).collect()
}
