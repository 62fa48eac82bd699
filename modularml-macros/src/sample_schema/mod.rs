//! `#[derive(SampleSchema)]`: the columns of a sample from the fields of a row struct.

mod check;
mod expand;
mod half_typed;
mod parse;
mod resampled;
#[cfg(test)]
mod tests;
mod windows;

use proc_macro2::TokenStream;
use syn::{Attribute, DeriveInput, Ident, LitStr, Type, Visibility};

use crate::declaration;
use crate::errors::Errors;
use resampled::{Filled, Resampled};
use windows::{Taken, Windows};

/// A row struct as it was declared.
struct Schema {
    ident: Ident,
    vis: Visibility,
    columns: Vec<Column>,
    /// The windows of rows that it is one of.
    windows: Option<Windows>,
    /// Whether it is said that it is one, be it that what is said is wrong.
    has_windows: bool,
    /// The rows of recordings of which it is one at a fixed step.
    resampled: Option<Resampled>,
    /// Whether it is said that it is one, be it that what is said is wrong.
    is_resampled: bool,
    /// Whether no mistake was found, so that constant checks make sense.
    is_sound: bool,
    /// Why the name of a field is not known: no use of a column is a mistake then.
    unnamed: Option<syn::Error>,
}

/// A field as it was declared.
struct Column {
    ident: Ident,
    /// The name of the field, `r#` removed.
    key: String,
    docs: Vec<Attribute>,
    ty: Type,
    /// The domains that were written; one, unless there is a mistake.
    domains: Vec<(Domain, Attribute)>,
    rename: Option<LitStr>,
    allows_missing: bool,
    /// The word `group`.
    group: Option<Ident>,
    classes: Option<Classes>,
    /// The greatest length of a sequence.
    length: Option<syn::Expr>,
    /// What happens to longer sequences: `refuse` or `truncate`.
    longer: Option<Ident>,
    /// How texts write the times of the column.
    format: Option<LitStr>,
    /// Where the clock stood that they show.
    zone: Option<LitStr>,
    /// What is meant where that clock showed a time twice.
    twice: Option<Ident>,
    /// What it takes of a window of rows.
    taken: Taken,
    /// How it is made of the rows around a step.
    filled: Filled,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Domain {
    Feature,
    Target,
    Tag,
}

/// The list of `#[classes(..)]`, or its length for classes that are numbered from 0.
struct Classes {
    attribute: Attribute,
    names: Vec<LitStr>,
    count: Option<syn::LitInt>,
}

impl Domain {
    const ALL: [Self; 3] = [Self::Feature, Self::Target, Self::Tag];

    /// The variant of `data::Domain`.
    fn variant(self) -> &'static str {
        match self {
            Self::Feature => "Feature",
            Self::Target => "Target",
            Self::Tag => "Tag",
        }
    }

    /// The attribute's name. It is `feat` because the compiler has an attribute `feature` of its own, which no derive
    /// can use (rust-lang/rust#151276).
    fn name(self) -> &'static str {
        match self {
            Self::Feature => "feat",
            Self::Target => "target",
            Self::Tag => "tag",
        }
    }
}

impl Column {
    /// The domain; that of a feature where none was written.
    fn domain(&self) -> Domain {
        self.domains.first().map_or(Domain::Feature, |(domain, _)| *domain)
    }

    fn stored_as(&self) -> String {
        self.rename.as_ref().map_or_else(|| self.key.clone(), LitStr::value)
    }
}

fn read(input: &DeriveInput, errors: &mut Errors) -> Option<Schema> {
    let mut schema = parse::schema(input, errors)?;
    check::all(&mut schema, errors);
    schema.is_sound = errors.is_empty();
    Some(schema)
}

/// The derive of a struct with a syntax error, which rustc has told: what could be read is still a schema.
pub(crate) fn derive_half_typed(input: TokenStream) -> TokenStream {
    half_typed::read(input).as_ref().map(expand::expand).unwrap_or_default()
}

/// The whole derive.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    declaration::derive(input, read, expand::expand)
}
