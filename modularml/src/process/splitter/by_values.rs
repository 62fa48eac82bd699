//! Splits of the rows whose values in one column are listed.

use std::collections::HashMap;

use super::complete::{self, Values};
use super::{Split, SplitNames, SplitterSpec};
use crate::data::View;
use crate::process::members::{LEFT_OUT, parts};
use crate::random::Rng;
use crate::spec::{Label, Lists, Literal, Settings};
use crate::text::Name;
use crate::{Error, Result};

/// Puts rows into splits by the value of one column: a column that names the split of each row, or lists of ids that are
/// short enough to stand in the declaration.
///
/// Each split has the rows whose value is among its own. A value that no row has is an error, with the one that was probably
/// meant. Rows with another value, or with none, are left out, unless [`rest`](Self::rest) names a split for them, or
/// [`complete`](Self::complete) refuses them. Rows of one value stay together. The column holds texts, classes or whole
/// numbers.
///
/// In `experiment!` a list is written in brackets, and one value alone:
/// `split pulse = ByValues::of(pulse.set).splits(train: "train", val: ["val", "early"], test: "test").complete();`, or
/// `split pulse = ByValues::of(pulse.cell).splits(train: [1, 2, 5], test: [3]);`.
///
/// ```
/// use modularml::data::Literal::{self, Text};
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
/// const TRAIN: &[Literal] = &[Text("a1"), Text("a2")];
/// let serials = ["a1", "b7", "a2", "a1", "c3"];
/// let pulses = FeatureSet::from_rows(serials.map(|serial| Pulse { volts: 3.7, serial: serial.to_owned() }))?;
/// let splitter = ByValues::of(Pulse::COLUMNS.serial).splits(&[("train", TRAIN), ("test", &[Text("b7")])]);
/// let splits = SplitRecord::new(0).split(splitter).replay(&pulses.view())?;
/// assert_eq!((splits[0].1.rows(), splits[1].1.rows()), (&[0, 2, 3][..], &[1][..]));
///
/// let refused = SplitRecord::new(0).split(splitter.complete()).replay(&pulses.view()).unwrap_err();
/// assert!(refused.to_string().contains("`serial` is \"c3\" in 1"), "{refused}");
/// # Ok::<(), modularml::Error>(())
/// ```
#[derive(crate::Settings, Clone, Copy, Debug, PartialEq)]
pub struct ByValues {
    /// The column of texts, classes or whole numbers.
    #[setting(first)]
    of: Name,
    /// The splits, each with the values of its rows.
    #[setting(default = Lists::new(&[]))]
    splits: Lists,
    /// The split of the rows whose value is in no list, which are left out without it.
    #[setting(default = None)]
    rest: Option<Label>,
    /// Refuses rows whose value is in no list, with counts and the value that was probably meant.
    #[setting(default = false)]
    complete: bool,
}

impl ByValues {
    /// The splitter with its type erased.
    #[must_use]
    pub const fn spec(self) -> SplitterSpec {
        let pairs = self.splits.pairs();
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
            group_by: Some(self.of),
            ..SplitterSpec::new("ByValues", self.settings(), &[], code!(Split, split))
        }
    }

    fn split(&self, rows: &View) -> Result<Vec<Vec<u32>>> {
        let (key, lists) = (self.of, self.splits.pairs());
        let values = rows.distinct(key)?.map(Values).ok_or_else(|| {
            let problem = "holds no texts, classes or whole numbers, one a row; take another column";
            Error::Data(format!("ByValues: column `{key}` {problem}"))
        })?;
        let listed =
            (0u32..).zip(lists).flat_map(|(part, (split, list))| list.iter().map(move |it| (part, *split, *it)));
        let listed: Vec<(u32, Label, Literal<'static>)> = listed.collect();
        let mut part_of_value = HashMap::new();
        for (part, split, literal) in &listed {
            let Some(value) = values.text(*literal) else { continue };
            if let Some(before) = part_of_value.insert(value.clone(), *part) {
                let before = lists.get(before as usize).map_or("?", |pair| pair.0);
                let value = values.quoted(&value);
                return Err(Error::Data(format!(
                    "ByValues: {value} stands twice, in `{before}` and in `{split}`; remove one"
                )));
            }
        }
        let asked: Vec<_> = listed.iter().map(|(_, split, literal)| (*split, *literal)).collect();
        values.refuse_unknown("ByValues", key, &asked)?;
        let part = |group: &u32| values.of_group(*group).and_then(|value| part_of_value.get(value)).copied();
        let part_of: Vec<u32> = values.groups().iter().map(|group| part(group).unwrap_or(LEFT_OUT)).collect();
        if self.complete {
            complete::refuse_left("ByValues.complete", rows, &part_of, |left| {
                let known: Vec<String> = asked.iter().filter_map(|(_, literal)| values.text(*literal)).collect();
                format!("; {}", values.counted(key, left, &known))
            })?;
        }
        let rest = u32::try_from(lists.len()).unwrap_or(LEFT_OUT);
        let part = |part: u32| if part == LEFT_OUT && self.rest.is_some() { rest } else { part };
        Ok(parts(&part_of.into_iter().map(part).collect::<Vec<_>>(), lists.len() + usize::from(self.rest.is_some())))
    }
}

impl From<ByValues> for SplitterSpec {
    fn from(splitter: ByValues) -> Self {
        splitter.spec()
    }
}

fn split(settings: &Settings, rows: &View, _: &mut Rng) -> Result<Vec<Vec<u32>>> {
    ByValues::from_settings(settings).split(rows)
}
