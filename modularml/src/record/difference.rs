//! How two recorded runs differ.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value as Json;

use super::measured::{self, Differing};
use super::reader::RunRecord;
use crate::{Error, Result};

/// Something in which two runs differ.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// What it belongs to.
    pub part: Part,
    /// Where it stands: `graph.nodes.encoder.layer.settings.hidden`.
    pub place: String,
    /// What the first run has; empty where it has nothing there.
    pub first: String,
    /// What the second run has.
    pub second: String,
}

/// A part of a run in which it may differ from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Part {
    /// What was declared.
    Description,
    /// The rows and columns, and how they were split.
    Data,
    /// Seed and fold.
    Settings,
    /// Versions, machine, device, command.
    Environment,
    /// What was measured, epoch by epoch, and the weights at the end.
    Results,
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Description => "description",
            Self::Data => "data",
            Self::Settings => "settings",
            Self::Environment => "environment",
            Self::Results => "results",
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_nothing = |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
        let (first, second) = (or_nothing(&self.first), or_nothing(&self.second));
        write!(f, "{}: {}: {first} | {second}", self.part, self.place)
    }
}

impl RunRecord {
    /// In what another run differs from this one: the parts in order, none where all is the same to the bit. Times and
    /// folders are no differences.
    ///
    /// # Errors
    /// When a file of one of them cannot be read.
    pub fn differences(&self, other: &Self) -> Result<Vec<Difference>> {
        let mut found = Differences::default();
        let (a, b) = (self.manifest(), other.manifest());
        found.json(Part::Description, "", &a.description, &b.description);
        found.json(Part::Data, "", &json(&a.data)?, &json(&b.data)?);
        found.json(Part::Data, "split", &named(&a.splits)?, &named(&b.splits)?);
        found.texts(Part::Settings, "seed", a.seed.to_string(), b.seed.to_string());
        found.texts(Part::Settings, "fold", a.fold.to_string(), b.fold.to_string());
        found.json(Part::Environment, "", &json(&a.versions)?, &json(&b.versions)?);
        found.json(Part::Environment, "", &json(&a.machine)?, &json(&b.machine)?);
        found.texts(Part::Environment, "command", a.command.join(" "), b.command.join(" "));
        found.texts(Part::Results, "outcome", a.outcome.clone(), b.outcome.clone());
        self.measured(other, &mut found)?;
        // Matrices, curves and reports by class are in no line of the measured numbers.
        if let (Some(a), Some(b)) = (self.results()?, other.results()?)
            && found.0.iter().all(|difference| difference.part != Part::Results)
        {
            found.json(Part::Results, "", &json(&a)?, &json(&b)?);
        }
        let digest = |digest: &Option<String>| digest.clone().unwrap_or_default();
        found.texts(Part::Results, "weights", digest(&a.weights_digest), digest(&b.weights_digest));
        Ok(found.0)
    }

    /// Of each measured value the first epoch in which it differs, and the last value of both.
    fn measured(&self, other: &Self, found: &mut Differences) -> Result<()> {
        let differing = measured::differing(|| self.metrics(), || other.metrics())?;
        for Differing { phase, name, epoch, last: [first, second] } in differing {
            let last = |value: Option<f64>| value.map(|value| format!("{value:?}")).unwrap_or_default();
            let from = epoch.map(|epoch| format!(" (from epoch {epoch})")).unwrap_or_default();
            found.texts_that_differ(Part::Results, format!("{phase}.{name}{from}"), last(first), last(second));
        }
        Ok(())
    }
}

#[derive(Default)]
struct Differences(Vec<Difference>);

impl Differences {
    fn texts(&mut self, part: Part, place: &str, first: String, second: String) {
        if first != second {
            self.texts_that_differ(part, place.to_owned(), first, second);
        }
    }

    fn texts_that_differ(&mut self, part: Part, place: String, first: String, second: String) {
        self.0.push(Difference { part, place, first, second });
    }

    /// Compares values part by part, lists of things that have names by name.
    fn json(&mut self, part: Part, place: &str, first: &Json, second: &Json) {
        if first == second {
            return;
        }
        match (fields(first), fields(second)) {
            (Some(a), Some(b)) => {
                let keys: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
                for key in keys {
                    let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                    let of =
                        |fields: &BTreeMap<String, &Json>| fields.get(key).map_or(Json::Null, |value| (*value).clone());
                    self.json(part, &place, &of(&a), &of(&b));
                }
            }
            _ => self.texts_that_differ(part, place.to_owned(), shown(first), shown(second)),
        }
    }
}

/// The fields of an object, or the things of a list by their names.
fn fields(value: &Json) -> Option<BTreeMap<String, &Json>> {
    match value {
        Json::Object(fields) => Some(fields.iter().map(|(key, value)| (key.clone(), value)).collect()),
        Json::Array(items) if !items.is_empty() => {
            let named = items.iter().map(|item| Some((item.get("name")?.as_str()?.to_owned(), item)));
            let named: BTreeMap<String, &Json> = named.collect::<Option<_>>()?;
            (named.len() == items.len()).then_some(named)
        }
        _ => None,
    }
}

fn shown(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn json(value: &impl serde::Serialize) -> Result<Json> {
    serde_json::to_value(value).map_err(|error| Error::Data(error.to_string()))
}

/// The splits by input and name.
fn named(splits: &[super::splits::SplitSummary]) -> Result<Json> {
    let mut all = serde_json::Map::new();
    for split in splits {
        all.insert(format!("{}.{}", split.input, split.split), json(split)?);
    }
    Ok(Json::Object(all))
}
