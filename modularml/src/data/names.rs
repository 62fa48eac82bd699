//! The names and notes that a FeatureSet's columns carry in Arrow.

use super::{Domain, Representation};

/// The name of the column that holds the ids.
pub(super) const IDS: &str = "sample_uuids";

/// Field metadata: the classes as a JSON list.
pub(super) const CLASSES: &str = "modularml.classes";
/// Field metadata: "true" where whole numbers that no type holds together became floats.
pub(super) const ROUNDED: &str = "modularml.rounded";
/// Field metadata: "allow" when values may be missing.
pub(super) const MISSING: &str = "modularml.missing";
/// Field metadata: "true" for `#[tag(group)]`.
pub(super) const GROUPS: &str = "modularml.groups";
/// Field metadata: the name under which foreign files hold the column, where it is not the key.
pub(super) const STORED_AS: &str = "modularml.stored_as";
/// Field metadata: the names of the positions of an array as a JSON list.
pub(super) const POSITIONS: &str = "modularml.positions";
/// Field metadata: the zone of a column of timestamps, which are in UTC.
pub(super) const ZONE: &str = "modularml.zone";
/// Field metadata: the declared shape of a sequence column, and what happens to longer rows.
pub(super) const SEQUENCE: &str = "modularml.sequence";
/// Schema metadata: the name of the schema.
pub(super) const SCHEMA: &str = "modularml.schema";

/// Arrow's own metadata keys and names of canonical extension types.
pub(super) const EXTENSION: &str = "ARROW:extension:name";
pub(super) const EXTENSION_METADATA: &str = "ARROW:extension:metadata";
pub(super) const TENSOR: &str = "arrow.fixed_shape_tensor";
pub(super) const UUID: &str = "arrow.uuid";

/// A column's name in Arrow: `features.voltage.raw`.
pub(super) fn full_name(domain: Domain, key: &str, form: Representation) -> String {
    format!("{}.{key}.{}", domain.prefix(), self::form(form))
}

/// A representation's part of a full name.
pub(super) fn form(form: Representation) -> &'static str {
    match form {
        Representation::Raw => "raw",
        Representation::Transformed => "transformed",
    }
}

/// The domain and key in a full name of raw values.
pub(super) fn split_name(name: &str) -> Option<(Domain, &str)> {
    Domain::ALL.into_iter().find_map(|domain| {
        let key = name.strip_prefix(domain.prefix())?.strip_prefix('.')?.strip_suffix(".raw")?;
        (!key.is_empty()).then_some((domain, key))
    })
}

/// Whether a name begins as a full name, and is none of raw nor of transformed values.
pub(super) fn is_misnamed(name: &str) -> bool {
    let begins =
        Domain::ALL.iter().any(|domain| name.strip_prefix(domain.prefix()).is_some_and(|rest| rest.starts_with('.')));
    let form = self::form(Representation::Transformed);
    let is_transformed = name.strip_suffix(form).is_some_and(|rest| rest.ends_with('.'));
    begins && !is_transformed && split_name(name).is_none()
}
