//! Settings of a component with its type erased: what the rules check, a saved file holds and `build` reads back.
//!
//! A component such as `Mlp` is a small `Copy` struct with `const` builder methods, made by
//! [`#[derive(Settings)]`](crate::Settings). Its `settings()` lists the values under their names, each with the range
//! that it must lie in; `from_settings` reads them back.

use super::code::Code;
use super::layer::{Activation, Arity, Learns, OnPadding};
use super::lists::Lists;
use super::range::Range;
use super::shape_rule::ShapeRule;
use super::shares::{Conditions, MAX_SHARES, Shares, Texts};
use super::similarity::{MAX_SIMILARITIES, Similar, Similarities};
use crate::text::{Bounded, MAX_RANK, MAX_SIZES, Message, Name, Shape, Sizes, Span, equal};

/// The most settings that one component can have.
pub const MAX_SETTINGS: usize = 24;

/// Stands for more axes than a [`Shape`] has, so that [`Settings::check`] refuses them; no tensor has this shape.
pub(super) const TOO_MANY_AXES: Shape = Shape::new(&[usize::MAX; MAX_RANK]);

/// The shape as a setting holds it, for the derive: one of too many axes is kept as such and refused by
/// [`Settings::check`].
#[must_use]
pub const fn shape(axes: &[usize]) -> Shape {
    if Shape::fits(axes.len()) { Shape::new(axes) } else { TOO_MANY_AXES }
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
    Sizes(Sizes),
    /// A column of the input's schema, by its key.
    Column(&'static str),
    /// Named shares of a whole.
    Shares(Shares),
    /// Named conditions on rows.
    Conditions(Conditions),
    /// Named texts.
    Texts(Texts),
    /// Named lists of values.
    Lists(Lists),
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
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The name of the setting, which is the name of its builder method.
    pub name: &'static str,
    /// How a declaration writes it: the name, or that of the constructor which takes it.
    pub written: &'static str,
    /// The value.
    pub value: Value,
    /// What a number, or each of several sizes, must lie in.
    pub range: Range,
}

/// How a declaration writes it is no part of what it is.
impl PartialEq for Setting {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.value == other.value && self.range == other.range
    }
}

/// A setting as [`Settings`] keep it: lists stand in the room that all settings share, so that each takes little.
#[derive(Clone, Copy)]
struct Entry {
    name: &'static str,
    kept: Kept,
    range: Range,
}

#[derive(Clone, Copy)]
enum Kept {
    Unset,
    Float(f64),
    Int(i64),
    Bool(bool),
    Choice(&'static str),
    Sizes(Span),
    Column(&'static str),
    Shares(Span),
    Conditions(Conditions),
    Texts(Texts),
    Lists(Lists),
    Scaler(&'static ScalerSpec),
    Similarities(Span),
    Layers(&'static [LayerSpec]),
}

/// All settings of one component in the order of their declaration.
#[derive(Clone, Copy)]
pub struct Settings {
    entries: Bounded<Entry, MAX_SETTINGS>,
    sizes: Bounded<usize, MAX_SIZES>,
    shares: Bounded<(&'static str, f64), MAX_SHARES>,
    similarities: Bounded<Similar, MAX_SIMILARITIES>,
    /// Which setting is written as a constructor, and its name.
    constructor: Option<(usize, &'static str)>,
    reads: Option<fn(&Self) -> Self>,
}

impl PartialEq for Settings {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && (0..self.len()).all(|position| self.on_heap(position) == other.on_heap(position))
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
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
        entries: Bounded::new(Entry { name: "", kept: Kept::Unset, range: Range::ANY }),
        sizes: Bounded::new(0),
        shares: Bounded::new(Shares::BLANK),
        similarities: Bounded::new(Similarities::BLANK),
        constructor: None,
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
        let given = |all: Self, own: Setting| all.with(own.name, found.get(own.name), own.range);
        let read = self.reads.map_or(Self::NONE, |reads| reads(found));
        self.iter().filter(|own| !read.has(own.name)).fold(read, given)
    }

    /// The same settings and one more; those beyond [`MAX_SETTINGS`] are dropped (the derive refuses them).
    #[must_use]
    pub const fn with(mut self, name: &'static str, value: Value, range: Range) -> Self {
        let kept = match value {
            Value::Unset => Kept::Unset,
            Value::Float(value) => Kept::Float(value),
            Value::Int(value) => Kept::Int(value),
            Value::Bool(value) => Kept::Bool(value),
            Value::Choice(name) => Kept::Choice(name),
            Value::Column(key) => Kept::Column(key),
            Value::Conditions(conditions) => Kept::Conditions(conditions),
            Value::Texts(texts) => Kept::Texts(texts),
            Value::Lists(lists) => Kept::Lists(lists),
            Value::Scaler(scaler) => Kept::Scaler(scaler),
            Value::Layers(layers) => Kept::Layers(layers),
            Value::Sizes(sizes) => Kept::Sizes(self.sizes.append(sizes.list())),
            Value::Shares(shares) => Kept::Shares(self.shares.append(shares.list())),
            Value::Similarities(conditions) => Kept::Similarities(self.similarities.append(conditions.list())),
        };
        self.entries.push(Entry { name, kept, range });
        self
    }

    /// The same settings, the last of which a declaration writes as the constructor of that name.
    #[must_use]
    pub const fn by_constructor(mut self, name: &'static str) -> Self {
        self.constructor = Some((self.len().saturating_sub(1), name));
        self
    }

    /// The same settings, of which one has another value.
    #[must_use]
    pub(crate) fn replacing(&self, name: &str, value: Value) -> Self {
        let none = Self { reads: self.reads, constructor: self.constructor, ..Self::NONE };
        let with = |all: Self, own: Setting| {
            let value = if own.name == name { value } else { own.value };
            all.with(own.name, value, own.range)
        };
        self.iter().fold(none, with)
    }

    const fn value(&self, kept: Kept) -> Value {
        match kept {
            Kept::Unset => Value::Unset,
            Kept::Float(value) => Value::Float(value),
            Kept::Int(value) => Value::Int(value),
            Kept::Bool(value) => Value::Bool(value),
            Kept::Choice(name) => Value::Choice(name),
            Kept::Column(key) => Value::Column(key),
            Kept::Conditions(conditions) => Value::Conditions(conditions),
            Kept::Texts(texts) => Value::Texts(texts),
            Kept::Lists(lists) => Value::Lists(lists),
            Kept::Scaler(scaler) => Value::Scaler(scaler),
            Kept::Layers(layers) => Value::Layers(layers),
            Kept::Sizes(span) => Value::Sizes(Sizes::from_list(self.sizes.part(0, span))),
            Kept::Shares(span) => Value::Shares(Shares::from_list(self.shares.part(Shares::BLANK, span))),
            Kept::Similarities(span) => {
                Value::Similarities(Similarities::from_list(self.similarities.part(Similarities::BLANK, span)))
            }
        }
    }

    /// How many settings there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The setting at a position, in the order of their declaration.
    #[must_use]
    pub const fn at(&self, position: usize) -> Option<Setting> {
        if position >= self.len() {
            return None;
        }
        let Entry { name, kept, range } = *self.entries.at(position);
        let written = match self.constructor {
            Some((of, constructor)) if of == position => constructor,
            _ => name,
        };
        Some(Setting { name, written, value: self.value(kept), range })
    }

    /// Whether a setting has a value that its range holds, where that can be told without a copy of it: constants copy
    /// slowly, and nearly every setting is right.
    #[allow(clippy::cast_precision_loss, reason = "ranges of whole numbers are small")]
    pub(super) const fn is_plainly_right(&self, position: usize) -> bool {
        let Entry { kept, range, .. } = self.entries.at(position);
        match kept {
            Kept::Unset | Kept::Bool(_) | Kept::Choice(_) => true,
            Kept::Float(value) => range.holds(*value),
            Kept::Int(value) => range.holds(*value as f64),
            Kept::Sizes(span) if span.is_whole() && span.len() < MAX_RANK => {
                let mut i = 0;
                while i < span.len() {
                    if !range.holds(self.sizes.within(*span, i) as f64) {
                        return false;
                    }
                    i += 1;
                }
                true
            }
            _ => false,
        }
    }

    /// As [`Settings::at`], for what goes into settings within settings: a setting is large for all of them to stand on
    /// the stack.
    #[inline(never)]
    pub(super) fn on_heap(&self, position: usize) -> Option<Box<Setting>> {
        self.at(position).map(Box::new)
    }

    /// All settings in order.
    pub fn iter(&self) -> impl Iterator<Item = Setting> + '_ {
        (0..self.len()).filter_map(|position| self.at(position))
    }

    /// Where a setting of that name stands.
    #[must_use]
    const fn position(&self, name: &str) -> Option<usize> {
        let mut i = 0;
        while i < self.len() {
            if equal!(self.entries.at(i).name, name) {
                return Some(i);
            }
            i += 1;
        }
        None
    }

    /// The setting of that name.
    #[must_use]
    pub const fn find(&self, name: &str) -> Option<Setting> {
        match self.position(name) {
            Some(position) => self.at(position),
            None => None,
        }
    }

    /// The value of a setting; `Unset` when the component has no setting of that name.
    #[must_use]
    pub const fn get(&self, name: &str) -> Value {
        match self.find(name) {
            Some(setting) => setting.value,
            None => Value::Unset,
        }
    }

    /// Whether the component has a setting of that name, given or not.
    #[must_use]
    pub const fn has(&self, name: &str) -> bool {
        self.position(name).is_some()
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
    /// Whether it computes over the rows of a batch in training, so that a single number a channel is too few.
    pub batch_statistics: bool,
    /// What it makes of padding.
    pub padding: OnPadding,
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
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
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
    /// Whether it looks at all values of a sample together, so that it takes none whose length differs from row to row.
    pub of_sample: bool,
    /// Learns from rows, and makes the fitted scaler again from what it has learned.
    pub code: Code,
}

/// Equality of names and settings, by which files know a scaler.
impl PartialEq for ScalerSpec {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.settings == other.settings
    }
}
