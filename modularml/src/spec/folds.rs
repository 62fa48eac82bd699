//! Folds with their type erased, and as the splitter that a statement makes of them.

use super::code::Code;
use super::range::Range;
use super::settings::{Settings, Value};
use super::shares::Conditions;
use super::splitter::{SplitNames, SplitterSpec};
use crate::text::Name;

/// The setting that names the split of the rows to train on, and that of the rows to test on.
const NAMES: [Name; 2] = ["train", "test"];

/// A way to make folds, with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct FoldsSpec {
    /// The registered name, for example `KFold`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// The column whose equal values stay together.
    pub group_by: Option<Name>,
    /// The column whose values are spread evenly.
    pub stratify_by: Option<Name>,
    /// The column whose values order the rows.
    pub order_by: Option<Name>,
    /// Divides the rows.
    pub code: Code,
}

impl FoldsSpec {
    /// Folds of single rows in any order; the other fields say otherwise.
    #[must_use]
    pub const fn new(name: Name, settings: Settings, code: Code) -> Self {
        Self { name, settings, group_by: None, stratify_by: None, order_by: None, code }
    }

    /// The splitter of `folds pulse = KFold::of(5) into train, val;`: in each fold it makes these two splits.
    #[must_use]
    pub const fn into_splits(self, train: Name, test: Name) -> SplitterSpec {
        let settings = self.settings.with(NAMES[0], Value::Choice(train), Range::ANY);
        SplitterSpec {
            name: self.name,
            settings: settings.with(NAMES[1], Value::Choice(test), Range::ANY),
            splits: SplitNames::of(&[train, test]),
            shares: None,
            conditions: Conditions::new(&[]),
            group_by: self.group_by,
            stratify_by: self.stratify_by,
            order_by: self.order_by,
            overlaps: false,
            folds: true,
            code: self.code,
        }
    }

    /// The same, with the names that settings which were read hold.
    pub(super) fn read_splitter(self, settings: &Settings) -> SplitterSpec {
        let [train, test] = NAMES.map(|name| settings.get(name).as_choice().unwrap_or(name));
        self.into_splits(train, test)
    }
}
