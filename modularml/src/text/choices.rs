//! Enums whose variants have names: one table a type.

use serde::de::Error as _;
use serde::{Deserialize as _, Deserializer};

use super::{Name, instead};

/// Writes the names of an enum without values, which messages, settings and files call its variants by: a variant is
/// called as it is written, or as a text beside it says.
macro_rules! choices {
    ($choice:ident: $($variant:ident $(= $name:literal)?),+ $(,)?) => {
        impl $choice {
            /// Every one.
            pub const ALL: [Self; [$(stringify!($variant)),+].len()] = [$(Self::$variant),+];

            /// The name as it is written.
            #[must_use]
            pub const fn name(self) -> $crate::text::Name {
                match self {
                    $(Self::$variant => $crate::text::choices!(@name $variant $($name)?)),+
                }
            }

            /// The one of that name.
            #[must_use]
            pub const fn from_name(name: &str) -> Option<Self> {
                $(if $crate::text::same(name, Self::$variant.name()) {
                    return Some(Self::$variant);
                })+
                None
            }
        }

        impl serde::Serialize for $choice {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> serde::Deserialize<'de> for $choice {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
                $crate::text::chosen(deserializer, &Self::ALL.map(|choice| (choice.name(), choice)))
            }
        }
    };
    (@name $variant:ident) => { stringify!($variant) };
    (@name $variant:ident $name:literal) => { $name };
}
pub(crate) use choices;

/// The one of these whose name is written.
pub(crate) fn chosen<'de, T: Copy, D: Deserializer<'de>>(deserializer: D, all: &[(Name, T)]) -> Result<T, D::Error> {
    let written = String::deserialize(deserializer)?;
    let found = all.iter().find(|(name, _)| *name == written).map(|(_, choice)| *choice);
    found.ok_or_else(|| {
        let names: Vec<Name> = all.iter().map(|(name, _)| *name).collect();
        D::Error::custom(format!("there is no `{written}`{}", instead(&written, &names)))
    })
}
