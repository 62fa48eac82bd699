//! A plan: the items of a study in a file.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::item::{Item, description};
use super::trials::trials;
use crate::archive::checkpoint::{Fingerprint, same_data};
use crate::data::beside::replace;
use crate::digest::Digest;
use crate::error::{FileFault, Problem};
use crate::experiment::Session;
use crate::{Error, Result, spec};

/// The name of the file.
const FILE: &str = "plan.json";
/// How the name of a folder of trials begins.
const TRIALS: &str = "trials-";
/// The version of the format that is written and read.
const VERSION: u64 = 1;
/// How many digits of its digest the folder of a plan has in its name.
const DIGITS: usize = 8;

/// The items of a study, and what they are of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct ItemPlan {
    version: u64,
    /// The name of the experiment.
    pub experiment: String,
    /// The digest of its description, whatever the seed.
    pub description_digest: String,
    /// The parameters that it was described with, as a command line gives them: `width=128`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<String>,
    /// Digests of the data by input, then by column.
    pub data: Fingerprint,
    /// The digest of the program that runs the items; none where it cannot be read.
    pub program: Option<String>,
    /// The version of this crate.
    pub modularml: String,
    /// The items: the trials and the folds of the first seed, then those of the second.
    pub items: Vec<Item>,
}

impl ItemPlan {
    /// An item for each fold under each seed, behind those of the trials where something is chosen; of an experiment without
    /// folds, one for each seed.
    ///
    /// # Errors
    /// When the rows cannot be divided, no seed is given, one is given twice, or a rule refuses what is tried.
    pub fn of(session: &Session, seeds: &[u64]) -> Result<Self> {
        if seeds.is_empty() {
            return Err(Error::Data("a plan needs a seed; that of the experiment is session.seed()".to_owned()));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = seeds.iter().find(|seed| !seen.insert(**seed)) {
            return Err(Error::Data(format!("seed {twice} is given twice; the same run would count twice")));
        }
        let data = session.fingerprint()?;
        let mut items = Vec::new();
        for &seed in seeds {
            let session = session.seeded(seed)?;
            // How many folds there are may depend on how the rows were split before.
            let folds = u32::try_from(session.folds()?.unwrap_or(1)).unwrap_or(u32::MAX);
            items.extend(trials(&session, &data, folds)?);
            for fold in 0..folds {
                items.push(Item::of(&session, &data, seed, fold)?);
            }
        }
        Ok(Self {
            version: VERSION,
            experiment: session.spec().name.to_owned(),
            description_digest: digest_of(session)?,
            parameters: session.spec().all_parameters().map(ToString::to_string).collect(),
            data,
            program: program().map(str::to_owned),
            modularml: env!("CARGO_PKG_VERSION").to_owned(),
            items,
        })
    }

    /// The folder of this plan below that of all runs, the same for the same items of the same program: a study that is
    /// started again finds what it has left there.
    #[must_use]
    pub fn folder_in(&self, runs: &Path) -> PathBuf {
        let mut digest = Digest::new();
        self.items.iter().for_each(|item| digest.add(item.id.as_bytes()));
        digest.add(self.program.as_deref().unwrap_or_default().as_bytes());
        let mut digits = digest.finish();
        digits.truncate(DIGITS);
        runs.join(format!("plan-{digits}"))
    }

    /// The folder of trials that are asked for one by one, below that of all runs: the same for the same description, data and
    /// program.
    pub(super) fn folder_of_trials(session: &Session, runs: &Path) -> Result<PathBuf> {
        let mut digest = Digest::new();
        digest.add(digest_of(session)?.as_bytes());
        let data = serde_json::to_string(&session.fingerprint()?).map_err(|error| Error::Data(error.to_string()))?;
        digest.add(data.as_bytes());
        digest.add(program().unwrap_or_default().as_bytes());
        let mut digits = digest.finish();
        digits.truncate(DIGITS);
        Ok(runs.join(format!("{TRIALS}{digits}")))
    }

    /// Writes it into a folder, beside which its items are run, as `plan.json`, and gives the path. One that is there and
    /// the same stays.
    ///
    /// # Errors
    /// When the file cannot be written, or another plan is there.
    pub fn write(&self, folder: impl AsRef<Path>) -> Result<PathBuf> {
        let folder = folder.as_ref();
        let path = folder.join(FILE);
        if path.is_file() {
            if Self::read(&path)? == *self {
                return Ok(path);
            }
            return Err(Problem::from("is another plan; write this one into another folder").in_file(&path));
        }
        fs::create_dir_all(folder).map_err(|error| Problem::from(error).of("cannot be made").in_file(folder))?;
        let text = serde_json::to_vec_pretty(self).map_err(|error| Error::Data(error.to_string()))?;
        replace(&path, |mut file| Ok(file.write_all(&text)?))?;
        Ok(path)
    }

    /// Reads a plan: the file, or the folder that it is in.
    ///
    /// # Errors
    /// When it is not there, or none of this version.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = Self::file(path.as_ref());
        let bytes = fs::read(&path).map_err(|error| Problem::from(error).of("cannot be read").in_file(&path))?;
        let read = || -> Result<Self, Problem> {
            let json: serde_json::Value = spec::from_json(&bytes)?;
            let found = json.get("version").and_then(serde_json::Value::as_u64);
            if found != Some(VERSION) {
                let text = "is no plan of this version of modularml; plan again".to_owned();
                return Err(Problem { fault: FileFault::Version { found, read: VERSION }, text });
            }
            spec::from_json(&bytes)
        };
        read().map_err(|problem| problem.in_file(&path))
    }

    /// The file of a plan that is named by it or by its folder.
    pub(crate) fn file(path: &Path) -> PathBuf {
        if path.is_dir() { path.join(FILE) } else { path.to_owned() }
    }

    /// Whether a folder is that of a plan or of trials, or of an item in it: what was stopped there is run by the same command
    /// again.
    #[cfg(feature = "cli")]
    pub(crate) fn holds(folder: &Path) -> bool {
        let is_of_trials =
            |folder: &Path| folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(TRIALS));
        let all = [Some(folder), folder.parent()];
        all.into_iter().flatten().any(|folder| folder.join(FILE).is_file() || is_of_trials(folder))
    }

    /// The item of an id, or at a position, counted from 0.
    ///
    /// # Errors
    /// When there is no such item.
    pub fn item(&self, id: &str) -> Result<&Item> {
        let by_id = || self.items.iter().find(|item| item.id == id);
        let by_place = id.parse().ok().and_then(|place: usize| self.items.get(place));
        by_id().or(by_place).ok_or_else(|| {
            let (name, count) = (&self.experiment, self.items.len());
            let problem = format!(
                "there is no item `{id}` in the plan of `{name}`: {count} items, 0 to {}",
                count.saturating_sub(1)
            );
            Error::Unknown { what: "item", name: id.to_owned(), problem }
        })
    }

    /// Rule: a session is of the description and the data of the plan, in the program that has planned.
    ///
    /// # Errors
    /// What differs.
    pub fn check(&self, session: &Session) -> Result<()> {
        let name = session.spec().name;
        if self.experiment != name || self.description_digest != digest_of(session)? {
            return Err(Error::Data(format!(
                "the plan is of `{}` as it was declared then, and `{name}` is declared otherwise now; plan again",
                self.experiment
            )));
        }
        same_data(&self.data, &session.fingerprint()?)
            .map_err(|problem| Error::Data(format!("the plan {}", problem.text)))?;
        if self.program.as_deref() != program() {
            return Err(Error::Data(
                "the plan was made by another build of this program, whose numbers may be others; plan again, or run the \
                 build that has planned"
                    .to_owned(),
            ));
        }
        Ok(())
    }
}

fn digest_of(session: &Session) -> Result<String> {
    Ok(Digest::of(description(session, 0)?.as_bytes()))
}

/// The digest of this program's file.
fn program() -> Option<&'static str> {
    static PROGRAM: OnceLock<Option<String>> = OnceLock::new();
    let digest = || {
        let mut file = fs::File::open(std::env::current_exe().ok()?).ok()?;
        let mut digest = Digest::new();
        std::io::copy(&mut file, &mut digest).ok()?;
        Some(digest.finish())
    };
    PROGRAM.get_or_init(digest).as_deref()
}
