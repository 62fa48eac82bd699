//! Values in files that JSON has no notation for. What is read back has the same bits.

use serde::de::Error as _;
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A number as a file holds it: infinity and NaN, which JSON has no notation for, are texts.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Real(#[serde(with = "self")] pub(super) f64);

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for this type")]
pub(super) fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    match *value {
        value if value.is_finite() => serializer.serialize_f64(value),
        value if value.is_nan() => serializer.serialize_str("nan"),
        value => serializer.serialize_str(if value > 0.0 { "inf" } else { "-inf" }),
    }
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "a number was expected")]
    enum Written {
        Number(f64),
        Text(String),
    }

    match Written::deserialize(deserializer)? {
        Written::Number(number) => Ok(number),
        Written::Text(text) => match text.as_str() {
            "nan" => Ok(f64::NAN),
            "inf" => Ok(f64::INFINITY),
            "-inf" => Ok(f64::NEG_INFINITY),
            other => Err(D::Error::custom(format!("`{other}` is not a number"))),
        },
    }
}

/// A value of a kind that JSON does not tell from others: `{"choice": "Relu"}`.
pub(super) fn of_kind<S: Serializer, T: Serialize + ?Sized>(
    serializer: S,
    kind: &str,
    value: &T,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(kind, value)?;
    map.end()
}
