//! Settings in files: an object of values. Kinds of values that JSON cannot tell apart are named: `{"choice": "Relu"}`.

use std::fmt;

use serde::de::{Error, MapAccess, SeqAccess, Visitor, value::SeqAccessDeserializer};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::component::Written;
use super::real::{Real, of_kind};
use super::settings::{LayerSpec, ScalerSpec, Settings, Value};
use crate::text::{Pool, Shape, intern};

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.entries().iter().map(|setting| (setting.name, setting.value)))
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
            Self::Scaler(scaler) => of_kind(serializer, "scaler", scaler),
            Self::Similarities(similarities) => of_kind(serializer, "similarities", similarities),
            Self::Layers(layers) => of_kind(serializer, "layers", layers),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value of a setting")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Unset)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        i64::try_from(value).map(Value::Int).map_err(|_| E::custom(format!("{value} is too large a number")))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sizes: A) -> Result<Value, A::Error> {
        Shape::deserialize(SeqAccessDeserializer::new(sizes)).map(Value::Sizes)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let kind = map.next_key::<String>()?.unwrap_or_default();
        let value = match kind.as_str() {
            "float" => Value::Float(map.next_value::<Real>()?.0),
            "choice" => Value::Choice(intern(&map.next_value::<String>()?)),
            "column" => Value::Column(intern(&map.next_value::<String>()?)),
            "shares" => Value::Shares(map.next_value()?),
            "conditions" => Value::Conditions(map.next_value()?),
            "scaler" => Value::Scaler(kept_scaler(&map.next_value()?).map_err(A::Error::custom)?),
            "similarities" => Value::Similarities(map.next_value()?),
            "layers" => Value::Layers(kept_layers(&map.next_value::<Vec<_>>()?).map_err(A::Error::custom)?),
            other => return Err(A::Error::custom(format!("there is no kind of value `{other}`"))),
        };
        match map.next_key::<String>()? {
            Some(second) => Err(A::Error::custom(format!("both a `{kind}` and a `{second}`"))),
            None => Ok(value),
        }
    }
}

/// The scaler for the life of the process.
fn kept_scaler(written: &Written) -> Result<&'static ScalerSpec, String> {
    static KEPT: Pool<ScalerSpec> = Pool::new();
    let scaler: ScalerSpec = written.component()?;
    let is_same = |known: &ScalerSpec| known.code == scaler.code && hold_the_same(&known.settings, &scaler.settings);
    Ok(KEPT.keep(text(&scaler)?, is_same, || Box::leak(Box::new(scaler))))
}

/// The layers for the life of the process.
fn kept_layers(written: &[Written]) -> Result<&'static [LayerSpec], String> {
    static KEPT: Pool<[LayerSpec]> = Pool::new();
    let layers = written.iter().map(Written::component).collect::<Result<Vec<LayerSpec>, _>>()?;
    let is_same = |known: &[LayerSpec]| {
        known.iter().zip(&layers).all(|(a, b)| a.code == b.code && hold_the_same(&a.settings, &b.settings))
    };
    Ok(KEPT.keep(text(&layers)?, is_same, || layers.clone().leak()))
}

fn text<T: Serialize>(parts: &T) -> Result<String, String> {
    serde_json::to_string(parts).map_err(|error| error.to_string())
}

/// Whether settings that are written alike hold the very same components, which registries may make differently.
fn hold_the_same(a: &Settings, b: &Settings) -> bool {
    a.entries().iter().zip(b.entries()).all(|(a, b)| match (a.value, b.value) {
        (Value::Scaler(a), Value::Scaler(b)) => std::ptr::eq(a, b),
        (Value::Layers(a), Value::Layers(b)) => std::ptr::eq(a, b),
        _ => true,
    })
}
