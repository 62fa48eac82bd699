//! Statements of a builder of which each may stand once.

use super::list::Name;

/// The statements that were made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    once: Vec<Name>,
    twice: Vec<Name>,
}

impl Said {
    /// Notes a statement.
    pub(crate) fn say(&mut self, name: Name) {
        if self.once.contains(&name) && !self.twice.contains(&name) {
            self.twice.push(name);
        }
        self.once.push(name);
    }

    /// A line for each that was made twice, of what `owner` names.
    pub(crate) fn mistakes(&self, owner: &str) -> Vec<String> {
        self.twice.iter().map(|name| format!("{owner} says {name} twice; remove one")).collect()
    }
}
