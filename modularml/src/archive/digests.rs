//! Digests: an entry that was exchanged for another valid one is noticed.

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::content::{Content, Entries};
use crate::digest::Digest;
use crate::error::Problem;

/// The entry that lists the digests of all others.
pub(super) const MANIFEST: &str = "manifest.json";

/// The SHA-256 of each entry in hexadecimal digits, by its name.
pub(super) type Digests = BTreeMap<String, String>;

/// The digests of what is written.
pub(super) fn of(contents: &BTreeMap<String, Content>) -> Result<Digests, Problem> {
    let digest = |(name, content): (&String, &Content)| {
        let mut digest = Digest::new();
        content.write(&mut digest)?;
        Ok((name.clone(), digest.finish()))
    };
    contents.iter().map(digest).collect()
}

/// Rule: every entry but the manifest is the one that the manifest lists; of those that are wanted none is missing.
pub(super) fn check(manifest: &Json, entries: &Entries, is_wanted: fn(&str) -> bool) -> Result<(), Problem> {
    let listed = manifest.get("digests").and_then(Json::as_object);
    let Some(listed) = listed else { return Err("entry `manifest.json` has no `digests`".into()) };
    for (name, bytes) in entries.iter().filter(|(name, _)| *name != MANIFEST) {
        let Some(digest) = listed.get(name) else {
            return Err(format!("has an entry `{name}` that `manifest.json` does not list").into());
        };
        if digest.as_str() != Some(&Digest::of(bytes)) {
            let problem = format!(
                "entry `{name}` is not the one that was saved; if that is meant, put its SHA-256, {}, into `digests` of \
                 `manifest.json`",
                Digest::of(bytes)
            );
            return Err(problem.into());
        }
    }
    match listed.keys().find(|name| is_wanted(name) && !entries.contains_key(*name)) {
        Some(name) => Err(format!("has no entry `{name}`, which `manifest.json` lists").into()),
        None => Ok(()),
    }
}
