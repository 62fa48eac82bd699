//! Rules at folds, beside those at all splits.

use super::context::Context;
use super::split::{made_at, statement};
use crate::rules::part::Part;
use crate::text::{Message, Verdict, same};

/// The split of the rows to train on, or of those to test on, has a new name.
pub const fn made(context: Context<'_>, split: usize, at: usize) -> Verdict {
    if context.experiment.splits.items()[split].splitter.folds {
        return made_at(context.experiment, split, at);
    }
    Ok(())
}

/// An input is divided into folds once.
pub const fn once(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let splits = context.experiment.splits.items();
    let spec = &splits[split];
    if !spec.splitter.folds || !part.is_name() {
        return Ok(());
    }
    let mut earlier = 0;
    while earlier < split {
        if splits[earlier].splitter.folds && same(splits[earlier].input, spec.input) {
            let message =
                Message::new().text("rows of ").name(spec.input).text(" are in folds already, and folds of folds ");
            let message = message.text("are run for none of them; split once what is trained on: split ");
            let message = message.text(spec.input).text(".").text(splits[earlier].splitter.names()[0]);
            return Err(message.text(" = Random::ratios(fit: 0.9, stop: 0.1)"));
        }
        earlier += 1;
    }
    Ok(())
}

/// Folds that are made several times are drawn at random, or they would be the same each time.
pub const fn repeats(context: Context<'_>, split: usize, part: Part<'_>) -> Verdict {
    let splitter = &statement(context.experiment, split).splitter;
    if !splitter.folds || !part.holds("repeats") {
        return Ok(());
    }
    match (splitter.settings.get("repeats").as_float(), splitter.settings.get("shuffled").as_bool()) {
        (Some(repeats), Some(false)) if repeats > 1.0 => {
            let message = Message::new().text("repeats(").number(repeats).text(") of ").name(splitter.name);
            Err(message.text(" would make the same folds each time; add .shuffled()"))
        }
        _ => Ok(()),
    }
}
