//! Components in files: `{"component": "Mlp", "settings": {"hidden": [64, 32]}}`, by names that a registry knows.
//!
//! A setting that a file does not have takes its default; one that the component does not have is refused.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::SerializeStruct as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::range::Range;
use super::registry::Registry;
use super::settings::{LayerSpec, MAX_SETTINGS, ScalerSpec, Settings, Value};
use super::{
    AugmenterSpec, CallbackSpec, ClipSpec, FoldsSpec, LossSpec, MetricSpec, MixSpec, OptimizerSpec, RateSpec,
    SamplerSpec, ScheduleSpec, SearchSpec, SplitterSpec,
};
use crate::Error;
use crate::error::{FileFault, Problem};
use crate::text::{Name, instead, intern};

impl Registry {
    /// Reads what was written as JSON, a description or a part of one: components by name and settings.
    ///
    /// ```
    /// use modularml::Registry;
    /// use modularml::graph::{LayerSpec, Mlp};
    ///
    /// let layer = Mlp::hidden([64, 32]).spec();
    /// let json = serde_json::to_string(&layer).unwrap();
    /// let read: LayerSpec = Registry::new().read(&json)?;
    /// assert_eq!(read, layer);
    ///
    /// let misspelt = Registry::new().read::<LayerSpec>(r#"{"component": "Mlp", "settings": {"hiden": [64]}}"#);
    /// assert!(misspelt.unwrap_err().to_string().contains("`Mlp` has no setting `hiden`; did you mean `hidden`?"));
    /// # Ok::<(), modularml::Error>(())
    /// ```
    ///
    /// # Errors
    /// When the text is something else, or has a name, field or setting that is not known here.
    pub fn read<T: DeserializeOwned>(&self, json: &str) -> crate::Result<T> {
        read(self, json.as_bytes()).map_err(|problem| match problem.fault {
            FileFault::UnknownComponent { kind, name } => Error::Unknown { what: kind, name, problem: problem.text },
            _ => Error::Data(problem.text),
        })
    }
}

/// As [`Registry::read`], with the problem as a text.
pub(crate) fn read<T: DeserializeOwned>(registry: &Registry, json: &[u8]) -> Result<T, Problem> {
    UNKNOWN.take();
    let (result, _) = within(Known::Registered(Rc::new(registry.clone())), || from_json(json));
    result.map_err(|problem: Problem| match UNKNOWN.take() {
        Some(fault) => Problem { fault, ..problem },
        None => problem,
    })
}

/// Reads a description as one that holds no other components than a declared one.
pub(crate) fn read_as<T: Serialize + DeserializeOwned>(declared: &T, json: &[u8]) -> Result<T, Problem> {
    let (written, known) = within(Known::Gathered(Vec::new()), || serde_json::to_value(declared));
    written.map_err(|error| error.to_string())?;
    let Known::Gathered(components) = known else {
        return Err("a description was read within another".into());
    };
    within(Known::Declared(components.into()), || from_json(json)).0
}

/// Reads JSON; a problem tells its line.
pub(crate) fn from_json<T: DeserializeOwned>(json: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(json).map_err(|error| {
        let text = error.to_string();
        match text.strip_suffix(&format!(" at line {} column {}", error.line(), error.column())) {
            Some(problem) => format!("line {}: {problem}", error.line()),
            None => text,
        }
        .into()
    })
}

/// Where components that are read come from.
#[derive(Clone)]
enum Known {
    /// From nowhere.
    None,
    /// From a registry.
    Registered(Rc<Registry>),
    /// They are written, not read, and gathered here.
    Gathered(Vec<Rc<dyn Any>>),
    /// From a declared description.
    Declared(Rc<[Rc<dyn Any>]>),
}

thread_local! {
    /// What descriptions are read with on this thread: serde hands nothing down to the parts of what it reads.
    static KNOWN: RefCell<Known> = const { RefCell::new(Known::None) };

    /// The component that was not known, since serde hands up no more than a text.
    static UNKNOWN: RefCell<Option<FileFault>> = const { RefCell::new(None) };
}

/// Reads or writes with some components, and gives them back.
fn within<T>(known: Known, act: impl FnOnce() -> T) -> (T, Known) {
    /// Sets what was known before, also after a panic.
    struct Before(Option<Known>);

    impl Drop for Before {
        fn drop(&mut self) {
            if let Some(known) = self.0.take() {
                KNOWN.replace(known);
            }
        }
    }

    let mut before = Before(Some(KNOWN.replace(known)));
    let result = act();
    (result, KNOWN.replace(before.0.take().unwrap_or(Known::None)))
}

/// A component with its type erased.
pub(super) trait Component: Copy + 'static {
    /// What it is, in messages, and the method of [`Registry`] that takes it where there is one.
    const KIND: &'static str;

    fn name(&self) -> Name;
    /// On the heap, since components may stand in components.
    fn settings(&self) -> Box<Settings>;

    /// The component under other settings, as far as a file knows it.
    fn with(self, settings: &Settings) -> Self;

    /// The names that a registry knows.
    fn names(registry: &Registry) -> Vec<Name>;

    /// The component that a registry knows by a name, under some settings.
    fn made(registry: &Registry, name: &str, settings: &Settings) -> Option<Self>;
}

/// Writes how a kind of component is saved and read.
macro_rules! components {
    ($($spec:ident: $kind:literal in $map:ident $(or $others:ident by $as:expr)?;)*) => {$(
        impl Component for $spec {
            const KIND: &'static str = $kind;

            fn name(&self) -> Name {
                self.name
            }

            #[inline(never)]
            fn settings(&self) -> Box<Settings> {
                Box::new(self.settings)
            }

            fn with(self, settings: &Settings) -> Self {
                Self { settings: *settings, ..self }
            }

            fn names(registry: &Registry) -> Vec<Name> {
                registry.$map.keys()$(.chain(registry.$others.keys()))?.copied().collect()
            }

            fn made(registry: &Registry, name: &str, settings: &Settings) -> Option<Self> {
                let made = registry.$map.get(name).map(|restore| restore(settings));
                $(let made = made.or_else(|| registry.$others.get(name).map(|restore| $as(restore(settings), settings)));)?
                made
            }
        }

        impl Serialize for $spec {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                write_component(self, serializer)
            }
        }

        impl<'de> Deserialize<'de> for $spec {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let written = Written::deserialize(deserializer)?;
                written.component().map_err(D::Error::custom)
            }
        }
    )*};
}

components! {
    LayerSpec: "layer" in layers;
    OptimizerSpec: "optimizer" in optimizers;
    LossSpec: "loss" in losses;
    MetricSpec: "metric" in metrics or losses by |loss: LossSpec, _| loss.as_metric();
    SplitterSpec: "splitter" in splitters or folds by FoldsSpec::read_splitter;
    ScalerSpec: "scaler" in scalers;
    SamplerSpec: "sampler" in samplers;
    AugmenterSpec: "augmenter" in augmenters;
    ScheduleSpec: "schedule" in schedules;
    ClipSpec: "clip" in clips;
    MixSpec: "mix" in mixes;
    RateSpec: "rate" in rates;
    CallbackSpec: "callback" in callbacks;
    SearchSpec: "search" in searches;
}

#[inline(never)]
fn gather<T: Component>(component: &T) {
    KNOWN.with_borrow_mut(|known| {
        if let Known::Gathered(all) = known {
            all.push(Rc::new(*component));
        }
    });
}

fn write_component<T: Component, S: Serializer>(component: &T, serializer: S) -> Result<S::Ok, S::Error> {
    gather(component);
    let mut fields = serializer.serialize_struct("Component", 2)?;
    fields.serialize_field("component", component.name())?;
    fields.serialize_field("settings", &component.settings())?;
    fields.end()
}

/// A component as it was written. It is small, where a component is not: components may hold others, and every one of
/// them takes from the stack while it is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    component: String,
    #[serde(default)]
    settings: BTreeMap<String, ReadValue>,
}

/// A value as it is read, on the heap: it may stand within as many others.
pub(super) struct ReadValue(pub(super) Box<Value>);

impl Written {
    /// The settings that were written, each of any range.
    fn settings(&self) -> Result<Settings, Problem> {
        match self.settings.len() {
            0..=MAX_SETTINGS => {
                let with =
                    |all: Settings, (name, value): (&String, &ReadValue)| all.with(intern(name), *value.0, Range::ANY);
                let settings = self.settings.iter().fold(Settings::NONE, with);
                settings.check_lengths(&self.component).map_err(|message| message.to_string())?;
                Ok(settings)
            }
            found => {
                Err(format!("`{}` has {found} settings; at most {MAX_SETTINGS} are possible", self.component).into())
            }
        }
    }

    /// The component.
    pub(super) fn component<T: Component>(&self) -> Result<T, Problem> {
        let settings = self.settings()?;
        let (kind, name) = (T::KIND, self.component.as_str());
        // Cloned, so that the code of components may read descriptions too.
        let component = match KNOWN.with_borrow(Known::clone) {
            Known::Registered(registry) => {
                refuse_metric(&settings)?;
                let made = T::made(&registry, name, &settings);
                made.ok_or_else(|| unknown(kind, name, &T::names(&registry)))?
            }
            Known::Declared(all) => {
                let mut of_kind = all.iter().filter_map(|it| it.downcast_ref::<T>());
                let declared = of_kind.find(|it| it.name() == name);
                let declared = declared.ok_or_else(|| format!("no {kind} `{name}` is declared"))?;
                declared.with(&declared.settings().read_again(&settings))
            }
            Known::None | Known::Gathered(_) => {
                return Err(format!("{kind} `{name}` is found by name; read it with Registry::read").into());
            }
        };
        check(name, &settings, &component.settings())?;
        Ok(component)
    }
}

/// Rule: there is no code among the settings.
fn refuse_metric(settings: &Settings) -> Result<(), Problem> {
    for setting in settings.iter() {
        if let Value::Similarities(conditions) = setting.value
            && let Some(condition) = conditions.items().iter().find(|condition| condition.has_metric())
        {
            return Err(format!(
                "setting `{}`: the condition on `{}` has a metric of its own, which is code and so not in the file; \
                 load it into the experiment that declares it: `load` of the declared type, or Session::load_into",
                setting.name,
                condition.column()
            )
            .into());
        }
    }
    Ok(())
}

/// Rule: the component has understood every setting that was written.
fn check(owner: &str, written: &Settings, understood: &Settings) -> Result<(), Problem> {
    let json = |value: &Value| serde_json::to_string(value).map_err(|error| error.to_string());
    for setting in written.iter() {
        let (name, read) = (setting.name, understood.get(setting.name));
        if !understood.has(name) {
            let known: Vec<Name> = understood.iter().map(|setting| setting.name).collect();
            return Err(format!("`{owner}` has no setting `{name}`{}", instead(name, &known)).into());
        }
        let (written, shown) = (json(&setting.value)?, json(&read)?);
        if setting.value != read && written != shown {
            return Err(format!("`{owner}`: {name} cannot be {written}, which is read as {shown}").into());
        }
    }
    Ok(())
}

fn unknown(kind: &'static str, name: &str, names: &[Name]) -> Problem {
    let fault = FileFault::UnknownComponent { kind, name: name.to_owned() };
    UNKNOWN.set(Some(fault.clone()));
    Problem { fault, text: unknown_text(kind, name, names) }
}

fn unknown_text(kind: &str, name: &str, names: &[Name]) -> String {
    let near = crate::text::nearest(name, names).map(|near| format!(" (near: {near})")).unwrap_or_default();
    format!(
        "no {kind} `{name}` is registered{near}; load with \
         Registry::new().{kind}(|settings| {name}::from_settings(settings).spec())"
    )
}
