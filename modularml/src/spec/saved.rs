//! Settings in files: an object of values. Kinds of values that JSON cannot tell apart are named: `{"choice": "Relu"}`.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::component::{ReadValue, Written};
use super::real::{Real, of_kind};
use super::settings::{LayerSpec, ScalerSpec, Settings, Value};
use crate::error::Problem;
use crate::text::{Pool, Sizes, intern};

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for setting in (0..self.len()).filter_map(|position| self.on_heap(position)) {
            map.serialize_entry(setting.name, &setting.value)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unset => serializer.serialize_unit(),
            Self::Float(value) if value.is_finite() => serializer.serialize_f64(*value),
            Self::Float(value) => of_kind(serializer, "float", &Real(*value)),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Choice(name) => of_kind(serializer, "choice", name),
            Self::Sizes(sizes) => sizes.serialize(serializer),
            Self::Column(key) => of_kind(serializer, "column", key),
            Self::Shares(shares) => of_kind(serializer, "shares", shares),
            Self::Conditions(conditions) => of_kind(serializer, "conditions", conditions),
            Self::Texts(texts) => of_kind(serializer, "texts", texts),
            Self::Lists(lists) => of_kind(serializer, "lists", lists),
            Self::Scaler(scaler) => of_kind(serializer, "scaler", scaler),
            Self::Similarities(similarities) => of_kind(serializer, "similarities", similarities),
            Self::Layers(layers) => of_kind(serializer, "layers", layers),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        ReadValue::deserialize(deserializer).map(|value| *value.0)
    }
}

impl ReadValue {
    /// A function of its own, so that only its frame has room for the value.
    #[inline(never)]
    fn of<T>(parts: T, value: fn(T) -> Value) -> Self {
        Self(Box::new(value(parts)))
    }

    /// As [`ReadValue::of`], of parts that are large themselves.
    #[inline(never)]
    fn read<'de, T: Deserialize<'de>, A: MapAccess<'de>>(map: &mut A, value: fn(T) -> Value) -> Result<Self, A::Error> {
        map.next_value().map(|parts| Self::of(parts, value))
    }
}

impl<'de> Deserialize<'de> for ReadValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = ReadValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value of a setting")
    }

    fn visit_unit<E: Error>(self) -> Result<ReadValue, E> {
        Ok(ReadValue::of((), |()| Value::Unset))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<ReadValue, E> {
        Ok(ReadValue::of(value, Value::Bool))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<ReadValue, E> {
        Ok(ReadValue::of(value, Value::Int))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<ReadValue, E> {
        let number = i64::try_from(value).map_err(|_| E::custom(format!("{value} is too large a number")))?;
        self.visit_i64(number)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<ReadValue, E> {
        Ok(ReadValue::of(value, Value::Float))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sizes: A) -> Result<ReadValue, A::Error> {
        Sizes::deserialize(SeqAccessDeserializer::new(sizes)).map(|sizes| ReadValue::of(sizes, Value::Sizes))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ReadValue, A::Error> {
        let kind = map.next_key::<String>()?.unwrap_or_default();
        let value = match kind.as_str() {
            "float" => ReadValue::of(map.next_value::<Real>()?.0, Value::Float),
            "choice" => ReadValue::of(intern(&map.next_value::<String>()?), Value::Choice),
            "column" => ReadValue::of(intern(&map.next_value::<String>()?), Value::Column),
            "shares" => ReadValue::read(&mut map, Value::Shares)?,
            "conditions" => ReadValue::read(&mut map, Value::Conditions)?,
            "texts" => ReadValue::read(&mut map, Value::Texts)?,
            "lists" => ReadValue::read(&mut map, Value::Lists)?,
            "scaler" => {
                let scaler = kept_scaler(&map.next_value()?).map_err(A::Error::custom)?;
                ReadValue::of(scaler, Value::Scaler)
            }
            "similarities" => ReadValue::read(&mut map, Value::Similarities)?,
            "layers" => {
                let layers = kept_layers(&map.next_value::<Vec<_>>()?).map_err(A::Error::custom)?;
                ReadValue::of(layers, Value::Layers)
            }
            other => return Err(A::Error::custom(format!("there is no kind of value `{other}`"))),
        };
        match map.next_key::<String>()? {
            Some(second) => Err(A::Error::custom(format!("both a `{kind}` and a `{second}`"))),
            None => Ok(value),
        }
    }
}

/// The scaler for the life of the process.
fn kept_scaler(written: &Written) -> Result<&'static ScalerSpec, Problem> {
    static KEPT: Pool<ScalerSpec> = Pool::new();
    let scaler: ScalerSpec = written.component()?;
    let is_same = |known: &ScalerSpec| known.code == scaler.code && hold_the_same(&known.settings, &scaler.settings);
    Ok(KEPT.keep(text(&scaler)?, is_same, || Box::leak(Box::new(scaler))))
}

/// The layers for the life of the process.
fn kept_layers(written: &[Written]) -> Result<&'static [LayerSpec], Problem> {
    Ok(keep_layers(&written.iter().map(Written::component).collect::<Result<Vec<_>, _>>()?))
}

/// The layers for the life of the process, each different list of them once.
pub(crate) fn keep_layers(layers: &[LayerSpec]) -> &'static [LayerSpec] {
    static KEPT: Pool<[LayerSpec]> = Pool::new();
    let is_same = |known: &[LayerSpec]| {
        known.iter().zip(layers).all(|(a, b)| a.code == b.code && hold_the_same(&a.settings, &b.settings))
    };
    KEPT.keep(format!("{layers:?}"), is_same, || layers.to_vec().leak())
}

fn text<T: Serialize>(parts: &T) -> Result<String, Problem> {
    Ok(serde_json::to_string(parts).map_err(|error| error.to_string())?)
}

/// Whether settings that are written alike hold the very same components, which registries may make differently.
fn hold_the_same(a: &Settings, b: &Settings) -> bool {
    a.iter().zip(b.iter()).all(|(a, b)| match (a.value, b.value) {
        (Value::Scaler(a), Value::Scaler(b)) => std::ptr::eq(a, b),
        (Value::Layers(a), Value::Layers(b)) => std::ptr::eq(a, b),
        _ => true,
    })
}
