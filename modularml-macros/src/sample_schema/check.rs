//! The rules for a row struct. Each mistake is recorded at its token; none hides another.
//!
//! What depends on types (shapes, and whether classes belong to a `Class`) is checked in constant items by
//! `modularml::rules::schema`.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, Type};

use super::{Classes, Column, Domain, Schema, resampled, windows};
use crate::errors::Errors;

/// Names with a meaning of their own where columns are written.
const RESERVED: [(&str, &str); 5] = [
    ("raw", "the representation"),
    ("transformed", "the representation"),
    ("sample_uuids", "the sample ids"),
    ("shape", "the shape of a column"),
    ("dtype", "the element type of a column"),
];

/// The most classes that a number can stand for.
const MAX_CLASSES: usize = 10_000;

/// The most axes of a column, as `modularml::data::MAX_RANK`.
const MAX_AXES: usize = 8;

pub(super) fn all(schema: &mut Schema, errors: &mut Errors) {
    schema.unnamed = schema.columns.iter().find_map(two_domains);
    let schema = &*schema;
    if schema.columns.is_empty() {
        let message = format!("`{}` has no columns; add a field, for example #[feat] voltage: f32", schema.ident);
        errors.add(&schema.ident, message);
    }
    for column in &schema.columns {
        check_domain(column, errors);
        check_type(column, errors);
        check_name(schema, column, errors);
        check_group(column, errors);
        check_longer(column, errors);
        resampled::check(schema, column, errors);
        if !schema.is_resampled {
            windows::check(schema, column, errors);
        }
        if let Some(classes) = &column.classes {
            check_classes(column, classes, errors);
        }
    }
    if schema.has_windows && schema.is_resampled {
        let message = format!(
            "`{}` is a window of rows and a row at a fixed step; declare the row by #[resampled(..)] in a struct of its own, \
             and name that in #[windows(of = ..)]",
            schema.ident
        );
        errors.add(&schema.ident, message);
    }
    for (i, column) in schema.columns.iter().enumerate() {
        let stored_as = column.stored_as();
        let Some(first) = schema.columns.iter().take(i).find(|other| other.stored_as() == stored_as) else { continue };
        let message = format!(
            "`{}` and `{}` are both stored as column `{stored_as}`; give one another name",
            first.key, column.key
        );
        match &column.rename {
            Some(rename) => errors.add(rename, message),
            None => errors.add(&column.ident, message),
        }
    }
}

/// Why a field has two domains: the second one may be that of a field which is not named yet.
fn two_domains(column: &Column) -> Option<syn::Error> {
    let [(first, _), .., (second, attribute)] = column.domains.as_slice() else { return None };
    (first != second).then(|| syn::Error::new_spanned(attribute, different_domains(&column.key, *first, *second)))
}

fn different_domains(key: &str, first: Domain, second: Domain) -> String {
    format!("`{key}` is both #[{}] and #[{}]; a column has one domain, remove one", first.name(), second.name())
}

fn check_domain(column: &Column, errors: &mut Errors) {
    let key = &column.key;
    let Some((first, _)) = column.domains.first() else {
        let message = format!("field `{key}` has no domain; write #[feat], #[target] or #[tag] before it");
        errors.add(&column.ident, message);
        return;
    };
    for (second, attribute) in column.domains.iter().skip(1) {
        let message = if first == second {
            format!("`{key}` is marked #[{}] twice; remove one", first.name())
        } else {
            different_domains(key, *first, *second)
        };
        errors.add(attribute, message);
    }
}

/// Why a type whose name says so cannot be a column; all other types are left to the trait `ColumnValue`.
pub(super) fn refused(ty: &Type) -> Option<&'static str> {
    match ty {
        Type::Array(_) if axes(ty) > MAX_AXES => Some("has more than eight axes, the most that a column can have"),
        Type::Slice(_) => Some("has no fixed shape; write [f32; N]"),
        Type::Reference(reference) => match &*reference.elem {
            Type::Path(path) if path.path.is_ident("str") => Some("is borrowed; write String"),
            Type::Slice(_) => Some("has no fixed shape; write [f32; N]"),
            _ => Some("is borrowed; write the type without `&`"),
        },
        Type::Tuple(_) => Some("is a tuple; write one field a column, or [f32; N]"),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "VecDeque" | "Box" | "HashMap" | "BTreeMap" | "Tensor" => Some("has no fixed shape; write [f32; N]"),
                "Option" => match &last.arguments {
                    PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
                        GenericArgument::Type(inner) => refused(inner),
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            }
        }
        _ => None,
    }
}

fn axes(ty: &Type) -> usize {
    if let Type::Array(array) = ty { 1 + axes(&array.elem) } else { 0 }
}

fn check_type(column: &Column, errors: &mut Errors) {
    if let Some(problem) = refused(&column.ty) {
        errors.add(&column.ty, format!("`{}: {}` {problem}", column.key, type_text(&column.ty)));
    }
}

/// A type as a person writes it.
pub(super) fn type_text(ty: &Type) -> String {
    let text = ty.to_token_stream().to_string();
    text.replace(" :: ", "::")
        .replace(" <", "<")
        .replace("< ", "<")
        .replace(" >", ">")
        .replace(" ;", ";")
        .replace("& ", "&")
}

fn check_name(schema: &Schema, column: &Column, errors: &mut Errors) {
    let key = &column.key;
    if let Some((_, meaning)) = RESERVED.iter().find(|(name, _)| name == key) {
        let other = schema.columns.iter().map(|other| &other.key).find(|other| !is_reserved(other));
        let example = other.map_or_else(|| format!("{key}_value"), |other| format!("{key}_{other}"));
        let message = format!("`{key}` is reserved for {meaning}; rename the field, for example `{example}`");
        errors.add(&column.ident, message);
    }
    let Some(rename) = &column.rename else { return };
    let name = rename.value();
    if name.is_empty() {
        errors.add(rename, format!("`{key}` has an empty column name; write the name that files use"));
    } else if name.contains('.') {
        let instead = name.replace('.', "_");
        let message = format!("column name `{name}` contains `.`, which separates domain.key.rep; use `{instead}`");
        errors.add(rename, message);
    } else if let Some((_, meaning)) = RESERVED.iter().find(|(reserved, _)| *reserved == name) {
        errors.add(rename, format!("`{name}` is reserved for {meaning}; give the column another name"));
    }
}

fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|(reserved, _)| *reserved == name)
}

fn check_group(column: &Column, errors: &mut Errors) {
    let domain = column.domain();
    if let Some(group) = column.group.as_ref().filter(|_| domain != Domain::Tag) {
        let (key, domain) = (&column.key, domain.name());
        errors.add(group, format!("only a #[tag] groups rows, and `{key}` is a #[{domain}]; remove `group`"));
    }
}

fn check_longer(column: &Column, errors: &mut Errors) {
    if let (Some(longer), None) = (&column.longer, &column.length) {
        let key = &column.key;
        let message = format!("`longer` says what happens beyond a length, and `{key}` has none; add length = 50");
        errors.add(longer, message);
    }
}

fn check_classes(column: &Column, classes: &Classes, errors: &mut Errors) {
    let key = &column.key;
    if let Some(count) = &classes.count {
        match count.base10_parse::<usize>() {
            Ok(0 | 1) => {
                errors.add(count, format!("`{key}` has {count} classes; a class column needs two or more"));
            }
            Ok(2..=MAX_CLASSES) => {}
            _ => errors.add(count, format!("`{key}` has {count} classes; at most {MAX_CLASSES} can be numbered")),
        }
        return;
    }
    match classes.names.as_slice() {
        [] => errors.add(&classes.attribute, format!("`{key}` lists no class; a class list needs two or more names")),
        [only] => {
            let message = format!("`{key}` lists one class, `{}`; a class list needs two or more names", only.value());
            errors.add(only, message);
        }
        names => {
            for (i, name) in names.iter().enumerate() {
                let value = name.value();
                if names.iter().take(i).any(|other| other.value() == value) {
                    let message =
                        format!("`{key}` lists class `{value}` twice; a class list needs two or more different names");
                    errors.add(name, message);
                }
            }
        }
    }
}

/// The names of the classes; two stand in for a list that is refused.
pub(super) fn class_names(classes: &Classes) -> Vec<String> {
    let count = classes.count.as_ref().and_then(|count| count.base10_parse::<usize>().ok()).unwrap_or_default();
    if (2..=MAX_CLASSES).contains(&count) {
        return (0..count).map(|class| class.to_string()).collect();
    }
    if classes.names.len() > 1 {
        return classes.names.iter().map(syn::LitStr::value).collect();
    }
    vec!["0".to_owned(), "1".to_owned()]
}
