//! Which part of a component a rule is asked at.

use crate::spec::Settings;
use crate::text::{Verdict, contains, same};

/// A part of a component with a token of its own: of `Random::ratios(train: 0.7, test: 0.3).group_by(cell)` the setting
/// `group_by`, the arguments `train: 0.7` and `test: 0.3`, the rest in the brackets of `ratios`, and the name `Random`.
///
/// A rule at a component is asked at each part, and answers at its own one alone.
#[derive(Clone, Copy, Debug)]
pub enum Part<'a> {
    /// The setting that is written behind the constructor.
    Setting(&'a str),
    /// The named argument at this position.
    Argument(usize),
    /// A condition among those that a named argument joins.
    Test {
        /// The position of the argument.
        argument: usize,
        /// At each level, the position among the conditions that are joined there.
        path: &'a [usize],
    },
    /// All that has no token of its own, as in a constant.
    Rest {
        /// The settings that have one.
        settings: &'a [&'a str],
        /// How many arguments have one.
        arguments: usize,
    },
    /// The component itself.
    Name,
}

impl Part<'_> {
    /// The whole of a component none of whose settings and arguments has a token of its own.
    pub(super) const WHOLE: [Self; 2] = [Self::Rest { settings: &[], arguments: 0 }, Self::Name];

    /// Whether a rule at the component itself is asked.
    pub(super) const fn is_name(self) -> bool {
        matches!(self, Self::Name)
    }

    /// Whether a rule at a setting is asked.
    pub(super) const fn holds(self, setting: &str) -> bool {
        match self {
            Self::Setting(written) => same(written, setting),
            Self::Rest { settings, .. } => !contains(settings, setting),
            Self::Argument(_) | Self::Test { .. } | Self::Name => false,
        }
    }

    /// Rule: the settings of `owner` that this part holds lie in their ranges.
    pub(super) const fn in_range(self, settings: &Settings, owner: &str) -> Verdict {
        match self {
            Self::Setting(written) => settings.check(owner, written),
            Self::Rest { settings: others, .. } => settings.check_others(owner, others),
            Self::Argument(_) | Self::Test { .. } | Self::Name => Ok(()),
        }
    }
}
