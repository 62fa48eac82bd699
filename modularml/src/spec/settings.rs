//! Settings of a component with its type erased: what the rules check, a saved file holds and `build` reads back.
//!
//! A component such as `Mlp` is a small `Copy` struct with `const` builder methods, made by
//! [`#[derive(Settings)]`](crate::Settings). Its `settings()` lists the values under their names, each with the range
//! that it must lie in; `from_settings` reads them back.

use super::code::Code;
use super::layer::{Activation, Arity, Learns};
use super::range::Range;
use super::shape_rule::ShapeRule;
use super::shares::{Conditions, Shares};
use super::similarity::Similarities;
use crate::text::{MAX_RANK, Message, Name, Shape, Verdict, same};

/// The most settings that one component can have.
pub const MAX_SETTINGS: usize = 10;

/// Stands for more sizes than a [`Shape`] holds, so that [`Settings::check`] refuses them; no tensor has this shape.
const TOO_MANY_SIZES: Shape = Shape::new(&[usize::MAX; MAX_RANK]);

/// The sizes as a setting holds them, for the derive: too many are kept as such and refused by [`Settings::check`].
#[must_use]
pub const fn sizes(sizes: &[usize]) -> Shape {
    if Shape::fits(sizes.len()) { Shape::new(sizes) } else { TOO_MANY_SIZES }
}

/// The value of one setting.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// Not given; the component's documentation says what that means.
    Unset,
    /// A number.
    Float(f64),
    /// A whole number.
    Int(i64),
    /// Yes or no.
    Bool(bool),
    /// One of a component's named choices, for example an activation.
    Choice(&'static str),
    /// Sizes, for example hidden widths or an output shape.
    Sizes(Shape),
    /// A column of the input's schema, by its key.
    Column(&'static str),
    /// Named shares of a whole.
    Shares(Shares),
    /// Named conditions on rows.
    Conditions(Conditions),
    /// A scaler inside another one.
    Scaler(&'static ScalerSpec),
    /// What a sampler demands of the rows of a role.
    Similarities(Similarities),
    /// The layers that a layer is made of.
    Layers(&'static [LayerSpec]),
}

/// A component that is made from its settings; [`#[derive(Settings)]`](crate::Settings) implements it.
pub trait FromSettings: Sized {
    /// Reads the settings back; one that is missing or of another kind has its default.
    fn from_settings(settings: &Settings) -> Self;
}

/// One setting: its name, value and range.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    /// The name of the setting, which is the name of its builder method.
    pub name: &'static str,
    /// The value.
    pub value: Value,
    /// What a number, or each of several sizes, must lie in.
    pub range: Range,
}

/// All settings of one component in the order of their declaration.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    entries: [Setting; MAX_SETTINGS],
    len: usize,
    reads: Option<fn(&Self) -> Self>,
}

impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        self.entries() == other.entries()
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::NONE
    }
}

impl Settings {
    /// No settings.
    pub const NONE: Self = Self {
        entries: [Setting { name: "", value: Value::Unset, range: Range::ANY }; MAX_SETTINGS],
        len: 0,
        reads: None,
    };

    /// No settings yet, of a component that reads its settings back so: those that are missing have their defaults.
    #[must_use]
    pub const fn read_by(reads: fn(&Self) -> Self) -> Self {
        Self { reads: Some(reads), ..Self::NONE }
    }

    /// The settings of the same component with the values that are found, and the defaults of those that are missing;
    /// none where the component does not say how it reads them.
    pub(crate) fn read_again(&self, found: &Self) -> Self {
        let given = |all: Self, own: &Setting| all.with(own.name, found.get(own.name), own.range);
        self.reads.map_or_else(|| self.entries().iter().fold(Self::NONE, given), |reads| reads(found))
    }

    /// The same settings and one more; those beyond [`MAX_SETTINGS`] are dropped (the derive refuses them).
    #[must_use]
    pub const fn with(mut self, name: &'static str, value: Value, range: Range) -> Self {
        if self.len < MAX_SETTINGS {
            self.entries[self.len] = Setting { name, value, range };
            self.len += 1;
        }
        self
    }

    /// All settings in order.
    #[must_use]
    pub const fn entries(&self) -> &[Setting] {
        let (used, _) = self.entries.split_at(self.len);
        used
    }

    /// The value of a setting; `Unset` when the component has no setting of that name.
    #[must_use]
    pub const fn get(&self, name: &str) -> Value {
        let mut i = 0;
        while i < self.len {
            if same(self.entries[i].name, name) {
                return self.entries[i].value;
            }
            i += 1;
        }
        Value::Unset
    }

    /// Whether the component has a setting of that name, given or not.
    #[must_use]
    pub const fn has(&self, name: &str) -> bool {
        let mut i = 0;
        while i < self.len {
            if same(self.entries[i].name, name) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Rule: the setting `name` of `owner` lies in its range.
    ///
    /// # Errors
    /// "dropout(1.5) of `Mlp`: must be at least 0 and below 1".
    pub const fn check(&self, owner: &str, name: &str) -> Verdict {
        let mut i = 0;
        while i < self.len {
            let entry = &self.entries[i];
            if same(entry.name, name) {
                return entry.check(owner);
            }
            i += 1;
        }
        Ok(())
    }

    /// Rule: every setting of `owner` but those that are named lies in its range.
    ///
    /// # Errors
    /// As [`Settings::check`], for the first setting out of range.
    pub const fn check_others(&self, owner: &str, named: &[&str]) -> Verdict {
        let mut i = 0;
        while i < self.len {
            if !crate::text::contains(named, self.entries[i].name)
                && let Err(message) = self.entries[i].check(owner)
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
    #[allow(clippy::cast_precision_loss, reason = "ranges of whole numbers are small")]
    const fn check(&self, owner: &str) -> Verdict {
        let start = Message::new().text(self.name).text("(");
        let message = match self.value {
            Value::Sizes(sizes) if sizes.same(&TOO_MANY_SIZES) => {
                return Err(start
                    .text("..) of ")
                    .name(owner)
                    .text(": must be at most ")
                    .count(MAX_RANK)
                    .text(" sizes"));
            }
            Value::Float(value) if !self.range.holds(value) => start.number(value),
            Value::Int(value) if !self.range.holds(value as f64) => start.int(value),
            Value::Sizes(sizes) if !self.all_hold(&sizes) => start.shape(&sizes),
            Value::Column(name) if name.is_empty() => start,
            Value::Scaler(scaler) => return scaler.settings.check_all(scaler.name),
            Value::Layers(layers) => return check_layers(layers),
            Value::Similarities(conditions) => {
                return match conditions.check() {
                    Ok(()) => Ok(()),
                    Err(why) => Err(start.text("..) of ").name(owner).text(": ").text(why.as_str())),
                };
            }
            _ => return Ok(()),
        };
        Err(self.range.describe(message.text(") of ").name(owner).text(": ")))
    }

    #[allow(clippy::cast_precision_loss, reason = "ranges of sizes are small")]
    const fn all_hold(&self, sizes: &Shape) -> bool {
        let mut axis = 0;
        while axis < sizes.rank() {
            if !self.range.holds(sizes.axis(axis) as f64) {
                return false;
            }
            axis += 1;
        }
        true
    }
}

/// The code of a [`ShapeRule::Own`]: the output shape of a layer of these settings for inputs of these shapes, or why there
/// is none.
pub type InferShape = fn(&Settings, &[Shape]) -> Result<Shape, Message>;

/// A layer with its type erased.
#[derive(Clone, Copy, Debug)]
pub struct LayerSpec {
    /// The registered name, for example `Mlp`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// How many inputs it takes.
    pub arity: Arity,
    /// Its output shape.
    pub shape: ShapeRule,
    /// How it learns.
    pub learns: Learns,
    /// Whether a gradient passes from its output to its inputs.
    pub passes_gradient: bool,
    /// The function at its end.
    pub activation: Activation,
    /// Whether one input may stand twice among the inputs (merges only).
    pub allows_repeat: bool,
    /// Makes the layer with its initial weights.
    pub code: Code,
}

impl PartialEq for LayerSpec {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.settings == other.settings
    }
}

/// A scaler with its type erased.
///
/// A setting `over` lists axes over which a statistic is shared, and a setting that is a scaler comes with `boundaries`
/// between which it works; rules check both against the shape of the column.
#[derive(Clone, Copy, Debug)]
pub struct ScalerSpec {
    /// The registered name, for example `Standard`.
    pub name: Name,
    /// Its settings.
    pub settings: Settings,
    /// Whether transformed values can be brought back.
    pub inverts: bool,
    /// Whether rows may get another shape.
    pub reshapes: bool,
    /// Whether values may be categories, which are told apart and not computed with: classes and truth values.
    pub encodes: bool,
    /// Learns from rows, and makes the fitted scaler again from what it has learned.
    pub code: Code,
}

/// Equality of names and settings, by which files know a scaler.
impl PartialEq for ScalerSpec {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.settings == other.settings
    }
}
