//! Splits of the rows whose ids stand in files.

use std::collections::HashMap;
use std::fs;
use std::hash::Hash;

use uuid::Uuid;

use super::{Split, SplitNames, SplitterSpec};
use crate::data::{Distinct, View};
use crate::digest::Digest;
use crate::error::Problem;
use crate::process::members::{LEFT_OUT, parts};
use crate::random::Rng;
use crate::spec::{Label, Settings, Texts};
use crate::text::{Name, nearest};
use crate::{Error, Result};

/// How many ids an error shows.
const SHOWN: usize = 3;

/// Puts rows into splits by lists of ids: those that others have published, or that were kept from an earlier study.
///
/// Each split has a file with one id a line; empty lines are passed over. Ids are those of the rows, as
/// [`View::ids`] gives them and a store keeps them, or the values of a [column](Self::in_column), of which all rows go
/// along. An id that no row has, and one that stands twice, in one file or in two, is an error that names the line. Rows
/// whose id is in no list are left out, unless [`rest`](Self::rest) names a split for them. The files are read when data is
/// bound; where their names are relative, from the working directory.
///
/// In `experiment!` it is written `split pulse = ByIds::files(train: "train.txt", test: "test.txt").in_column(pulse.serial);`.
///
/// ```
/// use modularml::prelude::*;
/// use modularml::process::SplitRecord;
///
/// #[derive(SampleSchema)]
/// struct Pulse {
///     #[feat]
///     volts: f32,
///     #[tag]
///     serial: String,
/// }
///
/// let file = std::env::temp_dir().join(format!("modularml-by-ids-{}.txt", std::process::id()));
/// std::fs::write(&file, "b7\na1\n")?;
/// let serials = ["a1", "a2", "b7", "a1"];
/// let pulses = FeatureSet::from_rows(serials.map(|serial| Pulse { volts: 3.7, serial: serial.to_owned() }))?;
/// let files: &'static str = file.to_string_lossy().into_owned().leak();
/// let splitter = ByIds::files(vec![("ours", files)].leak()).in_column(Pulse::COLUMNS.serial).rest("others");
/// let splits = SplitRecord::new(0).split(splitter).replay(&pulses.view())?;
/// assert_eq!((splits[0].1.rows(), splits[1].1.rows()), (&[0, 2, 3][..], &[1][..]));
/// # std::fs::remove_file(&file)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct ByIds {
    /// The splits, each with the file that lists its ids.
    #[setting(first)]
    files: Texts,
    /// The column of texts, classes or whole numbers whose values are listed, in place of the ids of rows.
    #[setting(default = None)]
    in_column: Option<Name>,
    /// The split of the rows whose ids are in no list, which are left out without it.
    #[setting(default = None)]
    rest: Option<Label>,
}

impl ByIds {
    /// The splitter with its type erased.
    #[must_use]
    pub const fn spec(self) -> SplitterSpec {
        let pairs = self.files.pairs();
        let mut names = SplitNames::of(&[]);
        let mut i = 0;
        while i < pairs.len() {
            names = names.with(pairs[i].0);
            i += 1;
        }
        if let Some(rest) = self.rest {
            names = names.with(rest);
        }
        SplitterSpec {
            splits: names,
            group_by: self.in_column,
            ..SplitterSpec::new("ByIds", self.settings(), &[], code!(Split, split))
        }
    }

    /// What identifies the lists of a splitter of this kind, by split; of another splitter nothing.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub(crate) fn digests(splitter: &SplitterSpec) -> Result<Vec<(Label, String)>> {
        if splitter.name != "ByIds" {
            return Ok(Vec::new());
        }
        let digest = |&(split, path): &(Label, Label)| {
            let text = fs::read(path).map_err(|error| Problem::from(error).in_file(path))?;
            let mut digest = Digest::new();
            digest.add(&text);
            Ok((split, digest.finish()))
        };
        Self::from_settings(&splitter.settings).files.pairs().iter().map(digest).collect()
    }

    fn split(&self, rows: &View) -> Result<Vec<Vec<u32>>> {
        let part_of = if let Some(key) = self.in_column {
            let listed = Listed::read(&self.files, |line| Ok(line.to_owned()))?;
            let Some(Distinct { values, groups, .. }) = rows.distinct(key)? else {
                return Err(Error::Data(format!(
                    "ByIds.in_column({key}): ids are texts or whole numbers, one a row; take another column"
                )));
            };
            let texts: Vec<&str> = values.iter().flatten().map(String::as_str).collect();
            let of_value = listed.parts_of(values.iter().map(Option::as_ref), &format!("in `{key}`"), &texts)?;
            groups.iter().map(|group| of_value.get(*group as usize).copied().unwrap_or(LEFT_OUT)).collect()
        } else {
            let listed = Listed::read(&self.files, |line| {
                Uuid::parse_str(line).map_err(|_| {
                    "is not the id of a row, as 0f8fad5b-d9cb-469f-a165-70867728950e is; of ids in a column add \
                     .in_column(..)"
                })
            })?;
            listed.parts_of(rows.ids().iter().map(Some), "of the rows", &[])?
        };
        let all = self.spec().splits.as_slice().len();
        let rest = u32::try_from(self.files.pairs().len()).unwrap_or(LEFT_OUT);
        let part = |part: u32| if part == LEFT_OUT && self.rest.is_some() { rest } else { part };
        Ok(parts(&part_of.into_iter().map(part).collect::<Vec<_>>(), all))
    }
}

/// The ids in all files, each with its split and where it stands.
struct Listed<'f, K> {
    files: &'f Texts,
    ids: HashMap<K, (u32, usize)>,
}

impl<K: Hash + Eq + Clone + std::fmt::Display> Listed<'_, K> {
    fn read(files: &Texts, parse: impl Fn(&str) -> Result<K, &'static str>) -> Result<Listed<'_, K>> {
        let mut ids = HashMap::new();
        for (part, (_, path)) in (0u32..).zip(files.pairs()) {
            let text = fs::read_to_string(path).map_err(|error| Problem::from(error).in_file(path))?;
            let lines = (1..).zip(text.trim_start_matches('\u{feff}').lines());
            for (line, id) in lines.map(|(line, id)| (line, id.trim())).filter(|(_, id)| !id.is_empty()) {
                let key = parse(id).map_err(|why| Error::Data(format!("line {line} of `{path}`: `{id}` {why}")))?;
                if let Some(before) = ids.insert(key, (part, line)) {
                    return Err(Error::Data(format!(
                        "`{id}` stands twice: in {} and in line {line} of `{path}`; remove one",
                        place(files, before)
                    )));
                }
            }
        }
        Ok(Listed { files, ids })
    }

    /// The part of each of some keys; refuses ids that are among none of them.
    fn parts_of<'k>(&self, keys: impl Iterator<Item = Option<&'k K>>, of: &str, known: &[&str]) -> Result<Vec<u32>>
    where
        K: 'k,
    {
        let mut missing = self.ids.clone();
        let part = |key: Option<&K>| {
            let key = key?;
            missing.remove(key);
            self.ids.get(key).map(|(part, _)| *part)
        };
        let parts: Vec<u32> = keys.map(part).map(|part| part.unwrap_or(LEFT_OUT)).collect();
        let mut missing: Vec<(K, (u32, usize))> = missing.into_iter().collect();
        missing.sort_by_key(|(_, place)| *place);
        let Some((first, at)) = missing.first() else { return Ok(parts) };
        let near = nearest(&first.to_string(), known);
        let near = near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default();
        let others: Vec<String> = missing.iter().skip(1).take(SHOWN - 1).map(|(id, _)| format!(", `{id}`")).collect();
        Err(Error::Data(format!(
            "{} of {} listed ids are none {of}: `{first}` in {}{near}{}; remove them, or read the data that they are from",
            missing.len(),
            self.ids.len(),
            place(self.files, *at),
            others.concat()
        )))
    }
}

/// Where an id stands.
fn place(files: &Texts, (part, line): (u32, usize)) -> String {
    format!("line {line} of `{}`", files.pairs().get(part as usize).map_or("?", |pair| pair.1))
}

impl From<ByIds> for SplitterSpec {
    fn from(splitter: ByIds) -> Self {
        splitter.spec()
    }
}

fn split(settings: &Settings, rows: &View, _: &mut Rng) -> Result<Vec<Vec<u32>>> {
    ByIds::from_settings(settings).split(rows)
}
