//! How the value of a setting is held when the component's type is erased, by the type of its field.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{GenericArgument, PathArguments, Type};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Float,
    Int,
    Size,
    Seed,
    Bool,
    Sizes,
    Shape,
    Shares,
    Conditions,
    Texts,
    Lists,
    Column,
    Label,
    Similarities,
    Layers,
    Choice,
}

/// The types that are no choice, each with its kind.
const TYPES: [(&str, Kind); 14] = [
    ("f64", Kind::Float),
    ("i64", Kind::Int),
    ("usize", Kind::Size),
    ("u64", Kind::Seed),
    ("bool", Kind::Bool),
    ("Sizes", Kind::Sizes),
    ("Shape", Kind::Shape),
    ("Shares", Kind::Shares),
    ("Conditions", Kind::Conditions),
    ("Texts", Kind::Texts),
    ("Lists", Kind::Lists),
    ("Label", Kind::Label),
    ("Name", Kind::Column),
    ("Similarities", Kind::Similarities),
];

/// Types that look like an enum's path and cannot be a setting, with what to use instead.
const REFUSED: [(&str, &str); 17] = [
    ("f32", "f64"),
    ("i8", "i64"),
    ("i16", "i64"),
    ("i32", "i64"),
    ("isize", "i64"),
    ("i128", "i64"),
    ("u8", "usize or u64"),
    ("u16", "usize or u64"),
    ("u32", "usize or u64"),
    ("u128", "usize or u64"),
    ("char", "an enum of the choices"),
    ("String", "an enum of the choices, or Name for a column"),
    ("PathBuf", "an enum of the choices"),
    ("Vec", "Sizes for sizes or Shares for named shares"),
    ("Box", "a plain value"),
    ("HashMap", "Shares for named shares"),
    ("BTreeMap", "Shares for named shares"),
];

impl Kind {
    /// The kind of a field's type; `None` where it is refused.
    pub(super) fn of(ty: &Type) -> Option<Self> {
        if is_layers(ty) {
            return Some(Self::Layers);
        }
        let Type::Path(path) = ty else { return None };
        let last = path.path.segments.last()?;
        if !last.arguments.is_none() || REFUSED.iter().any(|(refused, _)| last.ident == refused) {
            return None;
        }
        Some(TYPES.iter().find(|(name, _)| last.ident == name).map_or(Self::Choice, |(_, kind)| *kind))
    }

    /// What makes a `spec::Value` of a held value, and what reads it back out of an `Option<Value>`.
    pub(super) fn ways(self) -> (TokenStream, TokenStream) {
        match self {
            Self::Float => (quote!(Float), quote!(as_float)),
            Self::Int => (quote!(Int), quote!(as_int)),
            Self::Size => (quote!(size), quote!(as_size)),
            Self::Seed => (quote!(seed), quote!(as_seed)),
            Self::Bool => (quote!(Bool), quote!(as_bool)),
            Self::Sizes => (quote!(Sizes), quote!(as_sizes)),
            Self::Shape => (quote!(shape), quote!(as_shape)),
            Self::Shares => (quote!(Shares), quote!(as_shares)),
            Self::Conditions => (quote!(Conditions), quote!(as_conditions)),
            Self::Texts => (quote!(Texts), quote!(as_texts)),
            Self::Lists => (quote!(Lists), quote!(as_lists)),
            Self::Column => (quote!(Column), quote!(as_column)),
            Self::Similarities => (quote!(Similarities), quote!(as_similarities)),
            Self::Layers => (quote!(Layers), quote!(as_layers)),
            Self::Label | Self::Choice => (quote!(Choice), quote!(as_choice)),
        }
    }

    /// The value that stands for a required setting which a file does not give; the ranges of required numbers refuse it.
    pub(super) fn nothing(self) -> Option<TokenStream> {
        match self {
            Self::Float => Some(quote!(f64::NAN)),
            Self::Int | Self::Size | Self::Seed => Some(quote!(0)),
            Self::Bool => Some(quote!(false)),
            Self::Sizes => Some(quote!(::modularml::spec::Sizes::NONE)),
            Self::Shape => Some(quote!(::modularml::data::Shape::SCALAR)),
            Self::Shares => Some(quote!(::modularml::spec::Shares::new(&[]))),
            Self::Conditions => Some(quote!(::modularml::spec::Conditions::new(&[]))),
            Self::Texts => Some(quote!(::modularml::spec::Texts::new(&[]))),
            Self::Lists => Some(quote!(::modularml::spec::Lists::new(&[]))),
            Self::Similarities => Some(quote!(::modularml::process::Similarities::NONE)),
            Self::Layers => Some(quote!(&[])),
            Self::Column | Self::Label => Some(quote!("")),
            Self::Choice => None,
        }
    }

    /// Whether values have a range.
    pub(super) fn is_ranged(self) -> bool {
        matches!(self, Self::Float | Self::Int | Self::Size | Self::Seed | Self::Sizes | Self::Shape)
    }

    /// What the method that takes a setting called `name` has: generics, a parameter, and the value that it stores.
    pub(super) fn argument(self, name: &impl ToTokens, ty: &Type) -> (TokenStream, TokenStream, TokenStream) {
        let list = |item: TokenStream, list: TokenStream| {
            (quote!(<const N: usize>), quote!(#name: [#item; N]), quote!(::modularml::#list(&#name)))
        };
        let plain = |ty: TokenStream, value: TokenStream| (TokenStream::new(), quote!(#name: #ty), value);
        match self {
            Self::Sizes => list(quote!(usize), quote!(spec::Sizes::new)),
            Self::Shape => list(quote!(usize), quote!(spec::shape)),
            Self::Shares => list(quote!((&'static str, f64)), quote!(spec::Shares::new)),
            Self::Similarities => list(quote!(::modularml::process::Similar), quote!(process::Similarities::new)),
            Self::Conditions => plain(
                quote!(&'static [(&'static str, ::modularml::data::Condition<'static>)]),
                quote!(::modularml::spec::Conditions::new(#name)),
            ),
            Self::Texts => {
                plain(quote!(&'static [(&'static str, &'static str)]), quote!(::modularml::spec::Texts::new(#name)))
            }
            Self::Lists => {
                plain(quote!(&'static [::modularml::spec::NamedList]), quote!(::modularml::spec::Lists::new(#name)))
            }
            Self::Label => plain(quote!(&'static str), name.to_token_stream()),
            Self::Column => (quote!(<T>), quote!(#name: ::modularml::data::Column<T>), quote!(#name.key())),
            _ => plain(ty.to_token_stream(), name.to_token_stream()),
        }
    }
}

/// The `T` of `Option<T>`.
pub(crate) fn option_of(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last()?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first()? {
        GenericArgument::Type(inner) if last.ident == "Option" => Some(inner),
        _ => None,
    }
}

/// Whether it is `&'static [LayerSpec]`.
fn is_layers(ty: &Type) -> bool {
    let Type::Reference(reference) = ty else { return false };
    let Type::Slice(slice) = &*reference.elem else { return false };
    let Type::Path(element) = &*slice.elem else { return false };
    element.path.segments.last().is_some_and(|last| last.ident == "LayerSpec")
}

/// What to use in place of a refused type.
pub(super) fn instead_of(ty: &Type) -> &'static str {
    let last = match ty {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.to_string()),
        Type::Array(_) => Some("Vec".to_owned()),
        Type::Reference(_) => Some("String".to_owned()),
        _ => None,
    };
    let instead = REFUSED.iter().find(|(refused, _)| last.as_deref() == Some(*refused));
    instead.map_or("f64, usize, u64, i64, bool, Sizes, Shape, Shares, Name or an enum", |(_, instead)| instead)
}
