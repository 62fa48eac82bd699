//! Looks for a declared column among the columns of a file.

use super::locate::listed;
use super::source::Source;
use crate::Error;
use crate::data::names::full_name;
use crate::data::{ColumnSpec, Domain, Representation, SchemaSpec};
use crate::text::Message;

/// Looks for a column under its full name, its plain name, with the names of its positions, and with its elements numbered.
pub(super) fn find(source: &Source, spec: &ColumnSpec) -> Option<Located> {
    let ColumnSpec { domain, key, stored_as, positions, .. } = *spec;
    let position = |name: &str| source.position(name);
    let full = position(&full_name(domain, key, Representation::Raw));
    if full.is_none()
        && !positions.is_empty()
        && let Some(named) = positions.iter().map(|name| position(name)).collect()
    {
        return Some(Located::Spread(named));
    }
    let whole = full.or_else(|| position(stored_as));
    if !positions.is_empty() {
        return whole.map(Located::Whole);
    }
    whole.map(Located::Whole).or_else(|| {
        ["_", "."].into_iter().find_map(|separator| {
            let elements: Vec<usize> =
                (0..).map_while(|element| position(&format!("{stored_as}{separator}{element}"))).collect();
            (!elements.is_empty()).then_some(Located::Spread(elements))
        })
    })
}

/// The error for a column that is nowhere.
pub(super) fn absent(source: &Source, schema: &SchemaSpec, spec: &ColumnSpec) -> Error {
    let names: Vec<&str> = source.names.iter().map(String::as_str).collect();
    if let Some(position) = spec.positions.iter().find(|position| !names.contains(position)) {
        let start = Message::new().text("not in the file, but ").name(schema.name).text(" declares it, a position of ");
        let message = start.name(spec.key).did_you_mean(position, &names);
        return source.refuse(position, format!("{message}; the file has: {}", listed(&names)));
    }
    let is_field = |name: &&&str| name.rsplit_once('.').is_some_and(|(_, field)| field == spec.stored_as);
    if let Some(name) = names.iter().find(is_field) {
        let problem = format!(
            "not in the file by itself, but as the field `{name}` of an object; say Reader::rename(\"{name}\", \"{}\")",
            spec.stored_as
        );
        return source.refuse(spec.stored_as, problem);
    }
    let is_number = |name: &&str| name.parse::<f64>().is_ok();
    if source.numerals.is_some() && !names.is_empty() && names.iter().all(is_number) {
        let problem = format!(
            "not in the file, whose first line holds numbers and no names: {}; if it has no header, say \
             Reader::dialect(Dialect::new().without_header())",
            listed(&names)
        );
        return source.refuse(spec.stored_as, problem);
    }
    let near = crate::text::nearest(spec.stored_as, &names);
    let start = Message::new().text("not in the file, but ").name(schema.name).text(" declares it");
    let way_out = near.map_or_else(String::new, |near| {
        format!("; rename `{near}` in the file, or write {}(rename = \"{near}\")]", open_attribute(spec.domain))
    });
    let message = start.did_you_mean(spec.stored_as, &names);
    source.refuse(spec.stored_as, format!("{message}{way_out}; the file has: {}", listed(&names)))
}

/// A column that was found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Located {
    /// In one column of the file, by its position.
    Whole(usize),
    /// Spread over columns, one an element in row-major order.
    Spread(Vec<usize>),
}

/// The attribute of a domain without its last bracket: `#[feature`.
fn open_attribute(domain: Domain) -> &'static str {
    domain.attribute().trim_end_matches(']')
}
