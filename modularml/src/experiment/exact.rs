//! Numbers of a state as JSON, bit for bit: what is not finite, which JSON cannot say, is written as its bits.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A number in JSON.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Json {
    Finite(f64),
    Bits(String),
}

/// What JSON holds bit for bit under `#[serde(with = "exact")]`.
pub(super) trait Exact: Sized {
    type Json: Serialize + for<'de> Deserialize<'de>;

    fn to_json(&self) -> Self::Json;

    fn of_json(json: Self::Json) -> Option<Self>;
}

pub(super) fn serialize<T: Exact, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.to_json().serialize(serializer)
}

pub(super) fn deserialize<'de, T: Exact, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    T::of_json(T::Json::deserialize(deserializer)?).ok_or_else(|| de::Error::custom("not the bits of a number"))
}

impl Exact for f64 {
    type Json = Json;

    fn to_json(&self) -> Json {
        if self.is_finite() { Json::Finite(*self) } else { Json::Bits(format!("{:016x}", self.to_bits())) }
    }

    fn of_json(json: Json) -> Option<Self> {
        match json {
            Json::Finite(number) => Some(number),
            Json::Bits(bits) => u64::from_str_radix(&bits, 16).ok().map(Self::from_bits),
        }
    }
}

impl<T: Exact> Exact for Option<T> {
    type Json = Option<T::Json>;

    fn to_json(&self) -> Self::Json {
        self.as_ref().map(T::to_json)
    }

    fn of_json(json: Self::Json) -> Option<Self> {
        json.map_or(Some(None), |json| T::of_json(json).map(Some))
    }
}

impl<T: Exact> Exact for Vec<T> {
    type Json = Vec<T::Json>;

    fn to_json(&self) -> Self::Json {
        self.iter().map(T::to_json).collect()
    }

    fn of_json(json: Self::Json) -> Option<Self> {
        json.into_iter().map(T::of_json).collect()
    }
}

/// Numbers by two positions, as lists of three.
impl Exact for BTreeMap<(usize, usize), f64> {
    type Json = Vec<(usize, usize, Json)>;

    fn to_json(&self) -> Self::Json {
        self.iter().map(|(&(first, second), number)| (first, second, number.to_json())).collect()
    }

    fn of_json(json: Self::Json) -> Option<Self> {
        let number = |(first, second, number)| Some(((first, second), f64::of_json(number)?));
        json.into_iter().map(number).collect()
    }
}

/// A number with its name.
impl Exact for (crate::text::Name, f64) {
    type Json = (String, Json);

    fn to_json(&self) -> Self::Json {
        (self.0.to_owned(), self.1.to_json())
    }

    fn of_json((name, number): Self::Json) -> Option<Self> {
        Some((crate::text::intern(&name), f64::of_json(number)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_keeps_its_bits() {
        for bits in [0.0f64, -0.0, 0.1, f64::MIN_POSITIVE / 3.0, f64::MAX, f64::INFINITY, f64::NEG_INFINITY]
            .map(f64::to_bits)
            .into_iter()
            .chain([f64::NAN.to_bits(), f64::NAN.to_bits() | 1 << 63, f64::NAN.to_bits() | 7])
        {
            let text = serde_json::to_string(&f64::from_bits(bits).to_json()).expect("JSON");
            let number = f64::of_json(serde_json::from_str(&text).expect("a number")).expect("bits");
            assert_eq!(number.to_bits(), bits, "{text}");
        }
        assert!(f64::of_json(Json::Bits("nan".to_owned())).is_none());
    }
}
