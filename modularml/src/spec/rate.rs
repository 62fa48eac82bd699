//! Learning rates over a phase, with their types erased.

use serde::{Deserialize, Serialize};

use super::code::Code;
use super::settings::Settings;
use crate::text::{List, Name};

/// A rate component with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct RateSpec {
    /// The name, for example `Cosine`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// After how many steps or epochs the next one of a chain begins; none where it never ends.
    pub length: Option<usize>,
    /// Whether it leads the momenta of optimizers.
    pub leads_momentum: bool,
    /// Makes the rate.
    pub code: Code,
}

/// What the time of a rate is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Changes of the parameters.
    Step,
    /// Epochs of the phase.
    Epoch,
}

/// `rate = [Ramp::over(5), Cosine::over(95)] per epoch;`
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CourseSpec {
    /// One after the other, each counting from 0.
    pub rates: List<RateSpec>,
    /// What time is counted in.
    pub per: Per,
    /// Whether the phase may end before the last rate does.
    #[serde(default)]
    pub unfinished: bool,
}
