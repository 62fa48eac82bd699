//! Literals: what columns are compared with, from values of their types.

use super::{Literal, Literals};
use crate::data::Class;

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
