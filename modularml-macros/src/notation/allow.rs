//! Attributes of statements: `#[allow(overlap)]` says that what is refused as a likely mistake is meant.

#[cfg(test)]
mod tests;

use proc_macro2::Ident;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Token};

use crate::errors::{Errors, did_you_mean, listed};

/// What may be allowed.
pub(crate) struct Permission {
    pub name: &'static str,
    /// The statements on which it may stand, by their first word; `node` for those of a graph.
    pub on: &'static [&'static str],
    pub permits: &'static str,
}

/// All that may be allowed; `docs/dsl.md` has the same table.
pub(crate) const PERMISSIONS: [Permission; 9] = [
    Permission { name: "repeat", on: &["node"], permits: "a node reads one input twice" },
    Permission { name: "reconstruct", on: &["node"], permits: "a node predicts a feature" },
    Permission { name: "own_optimizer", on: &["node"], permits: "a node has an optimizer beside the graph's" },
    Permission { name: "overlap", on: &["split"], permits: "a row is in several splits" },
    Permission {
        name: "ungrouped",
        on: &["split", "folds", "choose"],
        permits: "rows that belong together are in several splits",
    },
    Permission { name: "unused", on: &["split", "folds"], permits: "nothing in the experiment uses a split" },
    Permission { name: "untrained", on: &["freeze"], permits: "a node is frozen that no earlier phase trains" },
    Permission { name: "unfinished", on: &["rate"], permits: "a phase ends before its last rate does" },
    Permission {
        name: "training_rows",
        on: &["validate", "eval"],
        permits: "rows are measured that a phase learns from",
    },
];

/// The attributes before a statement.
#[derive(Default)]
pub(crate) struct Attributes {
    pub docs: Vec<Attribute>,
    pub allowed: Allowed,
    /// Those that only some statements have.
    pub others: Vec<Attribute>,
}

/// What is allowed on a statement.
#[derive(Default)]
pub(crate) struct Allowed {
    words: Vec<Ident>,
}

impl Attributes {
    /// Sorts the attributes before a statement, which is called by its first word.
    pub(crate) fn of(attributes: Vec<Attribute>, on: &str, errors: &mut Errors) -> Self {
        let mut sorted = Self::default();
        for attribute in attributes {
            if attribute.path().is_ident("doc") {
                sorted.docs.push(attribute);
            } else if attribute.path().is_ident("allow") {
                sorted.allowed.read(&attribute, on, errors);
            } else {
                sorted.others.push(attribute);
            }
        }
        sorted
    }

    /// Sorts the attributes before a statement that has none but documentation and what is allowed.
    pub(crate) fn plain(attributes: Vec<Attribute>, on: &str, errors: &mut Errors) -> Self {
        let sorted = Self::of(attributes, on, errors);
        for attribute in &sorted.others {
            let word = attribute.path().get_ident().map(ToString::to_string).unwrap_or_default();
            let known = match names(on).as_slice() {
                [] => "; it has none; remove it".to_owned(),
                names => {
                    let known: Vec<_> = names.iter().map(|name| format!("#[allow({name})]")).collect();
                    format!("{} it has {}", did_you_mean(&word, ["allow"]), listed(known))
                }
            };
            errors.add(attribute.path(), format!("unknown attribute `{word}` on {}{known}", called(on)));
        }
        sorted
    }
}

impl Allowed {
    /// Whether that is allowed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.word(name).is_some()
    }

    /// Where that is allowed.
    pub(crate) fn word(&self, name: &str) -> Option<&Ident> {
        self.words.iter().find(|word| *word == name)
    }

    fn read(&mut self, attribute: &Attribute, on: &str, errors: &mut Errors) {
        let words =
            |input: ParseStream<'_>| Punctuated::<Ident, Token![,]>::parse_terminated_with(input, Ident::parse_any);
        let words = attribute.parse_args_with(words).unwrap_or_default();
        if words.is_empty() {
            errors.add(attribute.path(), "say what is allowed, for example #[allow(overlap)] on a split");
        }
        for word in words {
            if self.has(&word.to_string()) {
                errors.add(&word, format!("`{word}` is allowed twice; remove one"));
            } else if names(on).iter().any(|name| word == name) {
                self.words.push(word);
            } else {
                errors.add(&word, unknown(&word.to_string(), on));
            }
        }
    }
}

/// What may be allowed on a statement.
fn names(on: &str) -> Vec<&'static str> {
    PERMISSIONS.iter().filter(|permission| permission.on.contains(&on)).map(|permission| permission.name).collect()
}

/// What to say of a name that cannot be allowed on a statement.
fn unknown(word: &str, on: &str) -> String {
    let here = match names(on).as_slice() {
        [] => format!("nothing can be allowed on {}", called(on)),
        names => format!("on {} can be allowed: {}", called(on), listed(names)),
    };
    match PERMISSIONS.iter().find(|permission| permission.name == word) {
        Some(Permission { on: other, permits, .. }) => {
            let other: Vec<_> = other.iter().map(|on| called(on)).collect();
            format!("`{word}` allows that {permits}, and stands on {}; {here}", other.join(" or "))
        }
        None => format!("nothing is called `{word}`{} {here}", did_you_mean(word, names(on))),
    }
}

/// A statement in messages.
fn called(on: &str) -> String {
    if on == "node" { "a node".to_owned() } else { format!("`{on}`") }
}
