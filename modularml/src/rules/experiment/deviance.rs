//! A rule at deviances.

use super::context::Context;
use crate::plan::site::{Site, measured};
use crate::rules::part::Part;
use crate::spec::Value;
use crate::text::{Message, Verdict, same};

/// A Tweedie distribution has a power that is not between 0 and 1.
pub const fn power(context: Context<'_>, phase: usize, site: Site, part: Part<'_>) -> Verdict {
    let Some(measured) = measured(context.experiment, phase, site) else { return Ok(()) };
    if !part.holds("power") || !same(measured.name, "TweedieDeviance") {
        return Ok(());
    }
    let Value::Float(power) = measured.settings.get("power") else { return Ok(()) };
    if power > 0.0 && power < 1.0 {
        let message =
            Message::new().text("power(").number(power).text(") of TweedieDeviance: no distribution has a power ");
        return Err(
            message.text("between 0 and 1; use 1 for counts, 1.5 for amounts many of which are 0, 2 for others")
        );
    }
    Ok(())
}
