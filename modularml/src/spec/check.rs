//! Rule: settings lie in their ranges, and lists are no longer than what settings hold.

use super::settings::{LayerSpec, Setting, Settings, TOO_MANY_AXES, Value};
use super::shares::MAX_SHARES;
use super::similarity::MAX_SIMILARITIES;
use crate::text::{MAX_RANK, MAX_SIZES, Message, Verdict, contains};

impl Settings {
    /// Rule: the setting `name` of `owner` lies in its range.
    ///
    /// # Errors
    /// "dropout(1.5) of `Mlp`: must be at least 0 and below 1".
    pub const fn check(&self, owner: &str, name: &str) -> Verdict {
        match self.find(name) {
            Some(setting) => setting.check(owner),
            None => Ok(()),
        }
    }

    /// Rule: every setting of `owner` but those that are named lies in its range.
    ///
    /// # Errors
    /// As [`Settings::check`], for the first setting out of range.
    pub const fn check_others(&self, owner: &str, named: &[&str]) -> Verdict {
        let mut i = 0;
        while i < self.len() {
            if !self.is_plainly_right(i)
                && let Some(setting) = self.at(i)
                && !contains(named, setting.name)
                && let Err(message) = setting.check(owner)
            {
                return Err(message);
            }
            i += 1;
        }
        Ok(())
    }

    /// Rule: every setting of `owner` lies in its range.
    ///
    /// # Errors
    /// As [`Settings::check`], for the first setting out of range.
    pub const fn check_all(&self, owner: &str) -> Verdict {
        self.check_others(owner, &[])
    }

    /// Rule: no list of `owner` is too long.
    pub(super) fn check_lengths(&self, owner: &str) -> Verdict {
        self.iter().try_for_each(|setting| setting.check_length(owner))
    }
}

const fn check_layers(layers: &[LayerSpec]) -> Verdict {
    let mut i = 0;
    while i < layers.len() {
        if let Err(message) = layers[i].settings.check_all(layers[i].name) {
            return Err(message);
        }
        i += 1;
    }
    Ok(())
}

impl Setting {
    const fn start(&self) -> Message {
        Message::new().text(self.written).text("(")
    }

    #[allow(clippy::cast_precision_loss, reason = "ranges of whole numbers are small")]
    const fn check(&self, owner: &str) -> Verdict {
        if let Err(message) = self.check_length(owner) {
            return Err(message);
        }
        // A message is made only where something is wrong: this runs for every setting at every edit.
        let message = match self.value {
            Value::Float(value) if !self.range.holds(value) => self.start().number(value),
            Value::Int(value) if !self.range.holds(value as f64) => self.start().int(value),
            Value::Sizes(sizes) if !self.all_hold(sizes.as_slice()) => self.start().sizes(sizes.as_slice()),
            Value::Column(name) if name.is_empty() => self.start(),
            Value::Scaler(scaler) => return scaler.settings.check_all(scaler.name),
            Value::Layers(layers) => return check_layers(layers),
            Value::Similarities(conditions) => {
                return match conditions.check() {
                    Ok(()) => Ok(()),
                    Err(why) => Err(self.start().text("..) of ").name(owner).text(": ").text(why.as_str())),
                };
            }
            _ => return Ok(()),
        };
        Err(self.range.describe(message.text(") of ").name(owner).text(": ")))
    }

    const fn check_length(&self, owner: &str) -> Verdict {
        let (whole, given, most, what) = match self.value {
            Value::Sizes(sizes) if is_too_many(sizes.as_slice()) => (false, 0, MAX_RANK, " sizes"),
            Value::Sizes(sizes) => (sizes.list().is_whole(), sizes.list().given(), MAX_SIZES, " sizes"),
            Value::Shares(shares) => (shares.list().is_whole(), shares.list().given(), MAX_SHARES, " named parts"),
            Value::Conditions(all) => (all.pairs().len() <= MAX_SHARES, all.pairs().len(), MAX_SHARES, " named parts"),
            Value::Texts(all) => (all.pairs().len() <= MAX_SHARES, all.pairs().len(), MAX_SHARES, " named parts"),
            Value::Lists(all) => (all.pairs().len() <= MAX_SHARES, all.pairs().len(), MAX_SHARES, " named parts"),
            Value::Similarities(all) => (all.list().is_whole(), all.list().given(), MAX_SIMILARITIES, " conditions"),
            _ => return Ok(()),
        };
        if whole {
            return Ok(());
        }
        let message = self.start().text("..) of ").name(owner).text(": must be at most ").count(most).text(what);
        Err(if given > most {
            message.text(", found ").count(given)
        } else if given > 0 {
            message.text(" together with those of the settings before it")
        } else {
            message
        })
    }

    #[allow(clippy::cast_precision_loss, reason = "ranges of sizes are small")]
    const fn all_hold(&self, sizes: &[usize]) -> bool {
        let mut i = 0;
        while i < sizes.len() {
            if !self.range.holds(sizes[i] as f64) {
                return false;
            }
            i += 1;
        }
        true
    }
}

/// Whether the sizes are a shape that was given too many axes.
const fn is_too_many(sizes: &[usize]) -> bool {
    sizes.len() == MAX_RANK && sizes[0] == TOO_MANY_AXES.axis(0)
}
