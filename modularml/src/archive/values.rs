//! Settings and numbers as JSON, exact: what is read back has the same bits.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use serde_json::{Map, Number, Value as Json, json};

use crate::data::Predicate;
use crate::graph::LayerSpec;
use crate::process::{MAX_SIMILARITIES, ScalerSpec, Similar, Similarities, Weighting};
use crate::registry::Restore;
use crate::spec::{Conditions, MAX_SETTINGS, MAX_SHARES, Range, Settings, Shares, Value};
use crate::text::{MAX_RANK, Name, Shape, intern};

/// The components that a file may name as settings of others.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    pub scalers: &'a BTreeMap<Name, Restore<ScalerSpec>>,
    pub layers: &'a BTreeMap<Name, Restore<LayerSpec>>,
}

impl Parts<'_> {
    /// None at all.
    pub const NONE: Self = Self { scalers: &BTreeMap::new(), layers: &BTreeMap::new() };
}

/// A number that JSON may have no notation for: infinity and NaN are texts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Real(pub(super) f64);

impl Serialize for Real {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        real(self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Real {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        as_real(&json).map(Self).ok_or_else(|| de::Error::custom(format!("{json} is not a number")))
    }
}

/// A number as JSON.
fn real(value: f64) -> Json {
    match Number::from_f64(value) {
        Some(number) => Json::Number(number),
        None if value.is_nan() => json!("nan"),
        None if value > 0.0 => json!("inf"),
        None => json!("-inf"),
    }
}

fn as_real(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => match text.as_str() {
            "nan" => Some(f64::NAN),
            "inf" => Some(f64::INFINITY),
            "-inf" => Some(f64::NEG_INFINITY),
            _ => None,
        },
        _ => None,
    }
}

/// The settings of a component as a JSON object. Kinds that JSON cannot tell apart are named: `{"choice": "Relu"}`.
pub(super) fn to_json(settings: &Settings) -> Map<String, Json> {
    let entry = |setting: &crate::spec::Setting| {
        let json = match setting.value {
            Value::Unset => Json::Null,
            Value::Float(value) if value.is_finite() => real(value),
            Value::Float(value) => json!({ "float": real(value) }),
            Value::Int(value) => json!(value),
            Value::Bool(value) => json!(value),
            Value::Choice(name) => json!({ "choice": name }),
            Value::Sizes(shape) => json!(shape.axes()),
            Value::Column(key) => json!({ "column": key }),
            Value::Scaler(scaler) => {
                json!({ "scaler": { "component": scaler.name, "settings": to_json(&scaler.settings) } })
            }
            Value::Layers(layers) => {
                let one = |layer: &LayerSpec| json!({ "component": layer.name, "settings": to_json(&layer.settings) });
                json!({ "layers": layers.iter().map(one).collect::<Vec<_>>() })
            }
            Value::Shares(shares) => {
                let pairs = shares.names().iter().zip(shares.shares());
                json!({ "shares": pairs.map(|(name, share)| json!([name, real(*share)])).collect::<Vec<_>>() })
            }
            Value::Conditions(conditions) => {
                let pairs = conditions.pairs().iter();
                json!({ "conditions": pairs.map(|(name, it)| json!([name, Predicate::from(*it)])).collect::<Vec<_>>() })
            }
            Value::Similarities(conditions) => {
                json!({ "similarities": conditions.items().iter().map(condition_to_json).collect::<Vec<_>>() })
            }
        };
        (setting.name.to_owned(), json)
    };
    settings.entries().iter().map(entry).collect()
}

/// Settings from a JSON object; the ranges are the component's own business, which it states when it is made again.
///
/// # Errors
/// A text that names the setting that cannot be read.
pub(super) fn from_json(object: &Map<String, Json>) -> Result<Settings, String> {
    from_json_with(object, Parts::NONE)
}

/// Settings among which there may be some of these components.
///
/// # Errors
/// As [`from_json`].
pub(super) fn from_json_with(object: &Map<String, Json>, parts: Parts<'_>) -> Result<Settings, String> {
    if object.len() > MAX_SETTINGS {
        return Err(format!("{} settings; at most {MAX_SETTINGS} are possible", object.len()));
    }
    let mut settings = Settings::NONE;
    for (name, json) in object {
        if let Some(column) = column_with_metric(json) {
            return Err(format!(
                "setting `{name}`: the condition on `{column}` has a metric of its own, which is code and so not in the \
                 file; load it into the experiment that declares it: `load` of the declared type, or Session::load_into"
            ));
        }
        let value = value(json, parts).ok_or_else(|| format!("setting `{name}` cannot be {json}"))?;
        settings = settings.with(intern(name), value, Range::ANY);
    }
    Ok(settings)
}

fn value(json: &Json, parts: Parts<'_>) -> Option<Value> {
    match json {
        Json::Null => Some(Value::Unset),
        Json::Bool(value) => Some(Value::Bool(*value)),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Some(Value::Int(value)),
            None if number.is_f64() => number.as_f64().map(Value::Float),
            None => None,
        },
        Json::Array(sizes) => {
            let axes: Option<Vec<usize>> = sizes.iter().map(size).collect();
            axes.filter(|axes| axes.len() <= MAX_RANK).map(|axes| Value::Sizes(Shape::new(&axes)))
        }
        Json::Object(tagged) => match tagged.iter().next() {
            Some((kind, json)) if tagged.len() == 1 => match kind.as_str() {
                "float" => as_real(json).map(Value::Float),
                "choice" => json.as_str().map(|name| Value::Choice(intern(name))),
                "column" => json.as_str().map(|key| Value::Column(intern(key))),
                "shares" => shares(json.as_array()?),
                "conditions" => conditions(json.as_array()?),
                "scaler" => scaler(json, parts),
                "layers" => layers(json.as_array()?, parts),
                "similarities" => similarities(json.as_array()?),
                _ => None,
            },
            _ => None,
        },
        Json::String(_) => None,
    }
}

/// A component that is a setting of another one, made again.
fn part<T>(json: &Json, registered: &BTreeMap<Name, Restore<T>>, parts: Parts<'_>) -> Option<T> {
    let restore = registered.get(json.get("component")?.as_str()?)?;
    Some(restore(&from_json_with(json.get("settings")?.as_object()?, parts).ok()?))
}

/// What is equal to this and kept already, or this, kept for the life of the process as names are.
fn kept<T: ?Sized + 'static>(
    all: &Mutex<Vec<&'static T>>,
    is_same: impl Fn(&T) -> bool,
    leak: impl FnOnce() -> &'static T,
) -> &'static T {
    let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(same) = all.iter().copied().find(|known| is_same(known)) {
        return same;
    }
    let new = leak();
    all.push(new);
    new
}

fn scaler(json: &Json, parts: Parts<'_>) -> Option<Value> {
    static KEPT: Mutex<Vec<&'static ScalerSpec>> = Mutex::new(Vec::new());
    let spec = part(json, parts.scalers, parts)?;
    let is_same = |known: &ScalerSpec| *known == spec && known.is_made_as(&spec);
    Some(Value::Scaler(kept(&KEPT, is_same, || Box::leak(Box::new(spec)))))
}

fn layers(items: &[Json], parts: Parts<'_>) -> Option<Value> {
    static KEPT: Mutex<Vec<&'static [LayerSpec]>> = Mutex::new(Vec::new());
    let layers: Option<Vec<LayerSpec>> = items.iter().map(|item| part(item, parts.layers, parts)).collect();
    let layers = layers?;
    let is_same = |known: &[LayerSpec]| {
        known == layers.as_slice() && known.iter().zip(&layers).all(|(known, layer)| known.is_made_as(layer))
    };
    Some(Value::Layers(kept(&KEPT, is_same, || layers.clone().leak())))
}

fn size(json: &Json) -> Option<usize> {
    json.as_u64().and_then(|size| usize::try_from(size).ok())
}

fn shares(pairs: &[Json]) -> Option<Value> {
    let pair = |pair: &Json| match pair.as_array()?.as_slice() {
        [name, share] => Some((intern(name.as_str()?), as_real(share)?)),
        _ => None,
    };
    let pairs: Option<Vec<_>> = pairs.iter().map(pair).collect();
    pairs.filter(|pairs| pairs.len() <= MAX_SHARES).map(|pairs| Value::Shares(Shares::new(&pairs)))
}

fn conditions(pairs: &[Json]) -> Option<Value> {
    let pair = |pair: &Json| match pair.as_array()?.as_slice() {
        [name, condition] => {
            let condition: Predicate = serde_json::from_value(condition.clone()).ok()?;
            Some((intern(name.as_str()?), condition.interned()?))
        }
        _ => None,
    };
    let pairs: Option<Vec<_>> = pairs.iter().map(pair).collect();
    pairs.filter(|pairs| pairs.len() <= MAX_SHARES).map(|pairs| Value::Conditions(Conditions::interned(pairs)))
}

fn condition_to_json(condition: &Similar) -> Json {
    let (min_weight, max_weight) = condition.weights();
    json!({
        "column": condition.column(),
        "alike": condition.is_alike(),
        "within": real(condition.tolerance()),
        "weighting": condition.weighs_by().name(),
        "min_weight": real(min_weight),
        "max_weight": real(max_weight),
        "allow_fallback": condition.allows_fallback(),
        "metric": condition.has_metric(),
    })
}

/// The column of the first similarity with a metric of one's own, where a setting has such.
fn column_with_metric(setting: &Json) -> Option<&str> {
    let conditions = setting.as_object()?.values().filter_map(Json::as_array).flatten();
    let with_metric = conditions.filter_map(Json::as_object).find(|it| it.get("metric") == Some(&json!(true)))?;
    with_metric.get("column")?.as_str()
}

/// Similarities; one with a metric, which is code, cannot be read from a file.
fn similarities(list: &[Json]) -> Option<Value> {
    let condition = |json: &Json| {
        let object =
            json.as_object().filter(|object| object.len() == 8 && object.get("metric") == Some(&json!(false)))?;
        let number = |key: &str| object.get(key).and_then(as_real);
        let condition = Similar::new(intern(object.get("column")?.as_str()?), object.get("alike")?.as_bool()?)
            .within(number("within")?)
            .weighting(Weighting::from_name(object.get("weighting")?.as_str()?)?)
            .min_weight(number("min_weight")?)
            .max_weight(number("max_weight")?);
        Some(if object.get("allow_fallback")?.as_bool()? { condition.allow_fallback() } else { condition })
    };
    let conditions: Option<Vec<_>> = list.iter().map(condition).collect();
    conditions.filter(|it| it.len() <= MAX_SIMILARITIES).map(|it| Value::Similarities(Similarities::new(&it)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{Linear, Relu, Sequential};
    use crate::process::MinMax;

    #[test]
    fn every_kind_of_value_comes_back_with_its_bits() {
        let registry = crate::Registry::new();
        let parts = Parts { scalers: &registry.scalers, layers: &registry.layers };
        let values = [
            Value::Unset,
            Value::Float(0.1 + 0.2),
            Value::Float(1.0),
            Value::Float(-0.0),
            Value::Float(5e-324),
            Value::Float(f64::INFINITY),
            Value::Int(i64::MIN),
            Value::Int(1),
            Value::Bool(true),
            Value::Choice("Relu"),
            Value::Sizes(Shape::new(&[64, 32])),
            Value::Column("cell"),
            Value::Shares(Shares::new(&[("train", 0.7), ("test", 0.3)])),
            Value::Scaler(const { &MinMax::new().low(-1.0).spec() }),
            Value::Layers(const { &[Linear::to([3]).spec(), Sequential::of(const { &[Relu.spec()] }).spec()] }),
            Value::Similarities(Similarities::new(&[
                Similar::new("temperature", true).within(0.1).weighting(Weighting::Linear).allow_fallback(),
                Similar::new("cell", false).max_weight(2.0).min_weight(0.5),
            ])),
        ];
        for value in values {
            let settings = Settings::NONE.with("it", value, Range::ANY);
            let text = serde_json::to_string(&to_json(&settings)).expect("JSON");
            let read = from_json_with(&serde_json::from_str(&text).expect("JSON"), parts).expect("settings").get("it");
            assert_eq!(read, value, "{text}");
            if let (Value::Float(read), Value::Float(value)) = (read, value) {
                assert_eq!(read.to_bits(), value.to_bits(), "{text}");
            }
        }
    }

    #[test]
    fn nan_comes_back() {
        let settings = Settings::NONE.with("it", Value::Float(f64::NAN), Range::ANY);
        let Ok(read) = from_json(&to_json(&settings)) else { panic!("cannot be read back") };
        assert!(matches!(read.get("it"), Value::Float(value) if value.is_nan()));
    }

    #[test]
    fn what_is_no_setting_is_refused() {
        for text in [r#""Relu""#, r#"{"choice": 1}"#, r#"{"a": 1, "b": 2}"#, "[1.5]", "[-1]", "[1,1,1,1,1,1,1,1,1]"] {
            let object = serde_json::from_str(&format!(r#"{{"it": {text}}}"#)).expect("JSON");
            assert!(from_json(&object).is_err(), "{text}");
        }
    }
}
