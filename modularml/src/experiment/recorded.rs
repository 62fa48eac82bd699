//! Numbers that callbacks leave behind.

use crate::spec::ValidationSpec;
use crate::spec::callback::VAL;
use crate::spec::term::TERMS;
use crate::{Error, Result};

/// A number that a callback leaves behind, under a name that no measured value has.
pub(crate) struct Recorded {
    pub name: String,
    pub value: f64,
}

impl Recorded {
    /// Given are the evaluations of the phase.
    ///
    /// # Errors
    /// When the name could be that of a measured value, or does not fit into a line of a table.
    pub(super) fn new(name: String, value: f64, validations: &[ValidationSpec]) -> Result<Self> {
        let is_measured =
            |what: &str| [VAL, TERMS].contains(&what) || validations.iter().any(|validation| validation.name == what);
        let in_two =
            name.split_once('.').is_some_and(|(what, of)| !what.is_empty() && !of.is_empty() && !is_measured(what));
        if in_two && !name.contains(|letter: char| letter.is_control() || matches!(letter, ',' | '"')) {
            return Ok(Self { name, value });
        }
        Err(Error::Component(format!(
            "a number cannot be recorded as {name:?}: write what it is and of what, with a dot between and neither commas nor \
             quotes, for example `gradient_norm.encoder`; `val.`, or the name of another evaluation, is what `validate` \
             measures, `terms.` a term of the loss"
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_that_of_a_measured_value() {
        for name in ["gradient_norm.encoder", "weight_mean.encoder.0", "values.x"] {
            assert!(Recorded::new(name.to_owned(), 0.0, &[]).is_ok(), "{name}");
        }
        for name in ["", "loss", "terms.fit", "val.loss", "val.", ".x", "x.", "a.b,c", "a.b\n", "a.\"b"] {
            let message = Recorded::new(name.to_owned(), 0.0, &[]).map(drop).expect_err(name).to_string();
            assert!(message.contains("write what it is and of what"), "{message}");
        }
    }
}
