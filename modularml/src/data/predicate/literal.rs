//! Literals: what columns are compared with, borrowed in conditions and owned in predicates.

use std::fmt;

use super::{Literal, Literals};
use crate::data::Class;
use serde::{Deserialize, Serialize};

macro_rules! literals_from {
    ($($value:ty => $literal:ident),*; $($item:ty => $list:ident),*) => {
        $(
            impl<'a> From<$value> for Literal<'a> {
                fn from(value: $value) -> Self {
                    Self::$literal(value.into())
                }
            }
        )*
        $(
            impl<'a> From<&'a [$item]> for Literals<'a> {
                fn from(values: &'a [$item]) -> Self {
                    Self::$list(values)
                }
            }

            impl<'a, const N: usize> From<&'a [$item; N]> for Literals<'a> {
                fn from(values: &'a [$item; N]) -> Self {
                    Self::$list(values)
                }
            }

            impl<'a> From<&'a Vec<$item>> for Literals<'a> {
                fn from(values: &'a Vec<$item>) -> Self {
                    Self::$list(values)
                }
            }
        )*
    };
}

literals_from! {
    bool => Bool, i8 => Int, i16 => Int, i32 => Int, i64 => Int, u8 => Int, u16 => Int, u32 => Int, u64 => Uint,
    f32 => F32, f64 => F64, &'a str => Text;
    i8 => I8, i16 => I16, i32 => I32, i64 => I64, u8 => U8, u16 => U16, u32 => U32, u64 => U64,
    f32 => F32, f64 => F64, &'a str => Text, Literal<'a> => Any
}

impl From<Class> for Literal<'_> {
    fn from(class: Class) -> Self {
        Self::Int(class.index().into())
    }
}

/// A literal that owns its text; as JSON it is the plain value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Value {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Text(String),
}

impl Value {
    pub(super) fn literal(&self) -> Literal<'_> {
        match self {
            Self::Bool(value) => Literal::Bool(*value),
            Self::Int(value) => Literal::Int(*value),
            Self::Uint(value) => Literal::Uint(*value),
            Self::Float(value) => Literal::F64(*value),
            Self::Text(text) => Literal::Text(text),
        }
    }
}

impl From<Literal<'_>> for Value {
    fn from(literal: Literal<'_>) -> Self {
        match literal {
            Literal::Bool(value) => Self::Bool(value),
            Literal::Int(value) => Self::Int(value),
            Literal::Uint(value) => i64::try_from(value).map_or(Self::Uint(value), Self::Int),
            Literal::F32(value) => Self::Float(shortest(value)),
            Literal::F64(value) => Self::Float(value),
            Literal::Text(text) => Self::Text(text.to_owned()),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Uint(value) => value.fmt(f),
            Self::Float(value) => fmt::Debug::fmt(value, f),
            Self::Text(text) => fmt::Debug::fmt(text, f),
        }
    }
}

/// The number with the fewest digits that is still this one in single precision, so that 0.8 is saved as 0.8.
#[allow(clippy::cast_possible_truncation, clippy::float_cmp, reason = "whether it comes back is the question")]
fn shortest(value: f32) -> f64 {
    value.to_string().parse().ok().filter(|&short: &f64| short as f32 == value).unwrap_or_else(|| value.into())
}
