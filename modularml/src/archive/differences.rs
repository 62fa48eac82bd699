//! How the configuration in a file differs from a declared one, in the user's terms.

use serde_json::Value as Json;

use crate::error::Problem;
use crate::experiment::ExperimentSpec;
use crate::spec::{from_json, read_as};

/// What is not written where it is not said.
const UNSAID: [&str; 5] = ["choices", "choose", "parameters", "rows_seed", "within"];

/// The most differences that are named.
const SHOWN: usize = 5;

/// The first differences, each as a text such as "`encoder` hidden is [32], `SohStudy` declares [64,32]". What the file
/// does not have takes its default, as where it is loaded without a declaration.
///
/// # Errors
/// When the file does not differ in what is known here, and holds more than that.
pub(super) fn differences(file: &[u8], declared: &ExperimentSpec) -> Result<Vec<String>, Problem> {
    let json = |spec: &ExperimentSpec| serde_json::to_value(spec).map_err(|error| error.to_string());
    match read_as(declared, file) {
        Ok(read) => Ok(compared(&json(&read)?, &json(declared)?, declared.name)),
        Err(problem) => {
            let found = compared(&from_json(file)?, &json(declared)?, declared.name);
            if found.is_empty() { Err(problem) } else { Ok(found) }
        }
    }
}

/// The differences in what both have.
fn compared(file: &Json, declared: &Json, owner: &str) -> Vec<String> {
    let mut found = Differences { owner, texts: Vec::new() };
    found.compare(&mut Vec::new(), file, declared);
    let more = found.texts.len().saturating_sub(SHOWN);
    found.texts.truncate(SHOWN);
    if more > 0 {
        found.texts.push(format!("{more} more"));
    }
    found.texts
}

type Fields = serde_json::Map<String, Json>;

struct Differences<'a> {
    owner: &'a str,
    texts: Vec<String>,
}

/// The parts of a configuration that only group others and say nothing to a reader.
const GROUPS: [&str; 11] =
    ["graph", "nodes", "inputs", "columns", "phases", "layer", "settings", "kind", "metrics", "stopping", "reducing"];

impl Differences<'_> {
    fn compare(&mut self, place: &mut Vec<String>, file: &Json, declared: &Json) {
        match (file, declared) {
            (Json::Object(a), Json::Object(b)) => {
                if a.contains_key("component") {
                    return self.compare_components(place, a, b);
                }
                if let (Some((a_kind, a)), Some((b_kind, b))) = (only(a), only(b))
                    && a_kind != b_kind
                {
                    // Of phases the kinds say enough.
                    let is_phase = a.is_object() && b.is_object();
                    let kinds = (Json::from(a_kind.as_str()), Json::from(b_kind.as_str()));
                    let (a, b) = if is_phase { (&kinds.0, &kinds.1) } else { (file, declared) };
                    return self.differ(place, a, b);
                }
                self.compare_fields(place, a, b);
            }
            (Json::Array(a), Json::Array(b)) if are_named(a) && are_named(b) && !(a.is_empty() && b.is_empty()) => {
                self.compare_named(place, a, b);
            }
            _ if file == declared => {}
            _ => self.differ(place, file, declared),
        }
    }

    /// Compares components: by name, then by settings.
    fn compare_components(&mut self, place: &mut Vec<String>, file: &Fields, declared: &Fields) {
        let part = |component: &Fields, key: &str| component.get(key).cloned().unwrap_or_default();
        let (a, b) = (part(file, "component"), part(declared, "component"));
        if a != b {
            return self.at(place, "component", |this, place| this.differ(place, &a, &b));
        }
        if let (Json::Object(a), Json::Object(b)) = (part(file, "settings"), part(declared, "settings")) {
            self.compare_fields(place, &a, &b);
        }
    }

    /// Compares what both have, names first: they say most. What the file lacks has its default.
    fn compare_fields(&mut self, place: &mut Vec<String>, file: &Fields, declared: &Fields) {
        let others = file.iter().filter(|(key, _)| *key != "name");
        for (key, a) in file.get_key_value("name").into_iter().chain(others) {
            match declared.get(key) {
                Some(b) => self.at(place, key, |this, place| this.compare(place, a, b)),
                // All else that the file alone has is refused by its name.
                None if a.is_null() || !UNSAID.contains(&key.as_str()) => {}
                None => self.texts.push(format!("{}stands in the file alone", say(place, &format!("`{key}`")))),
            }
        }
    }

    /// Compares lists of things that have names: by name, then the order.
    fn compare_named(&mut self, place: &mut Vec<String>, file: &[Json], declared: &[Json]) {
        let before = self.texts.len();
        for a in file {
            let name = format!("`{}`", name(a).unwrap_or_default());
            match declared.iter().find(|b| self::name(b) == self::name(a)) {
                Some(b) => self.at(place, &name, |this, place| this.compare(place, a, b)),
                None => self.texts.push(format!("{}`{}` does not declare it", say(place, &name), self.owner)),
            }
        }
        for b in declared.iter().filter(|b| !file.iter().any(|a| name(a) == name(b))) {
            let name = format!("`{}`", name(b).unwrap_or_default());
            self.texts.push(format!("{}missing in the file", say(place, &name)));
        }
        let order =
            |items: &[Json]| -> Vec<Option<String>> { items.iter().map(|it| name(it).map(str::to_owned)).collect() };
        if self.texts.len() == before && order(file) != order(declared) {
            let place = place.join(" ");
            self.texts.push(format!("{place} stand in another order in the file"));
        }
    }

    fn at(&mut self, place: &mut Vec<String>, part: &str, compare: impl FnOnce(&mut Self, &mut Vec<String>)) {
        let is_said = !GROUPS.contains(&part);
        if is_said {
            place.push(part.to_owned());
        }
        compare(self, place);
        if is_said {
            place.pop();
        }
    }

    fn differ(&mut self, place: &[String], file: &Json, declared: &Json) {
        self.texts.push(format!("{} is {file}, `{}` declares {declared}", place.join(" "), self.owner));
    }
}

/// The only part of an object.
fn only(object: &Fields) -> Option<(&String, &Json)> {
    object.iter().next().filter(|_| object.len() == 1)
}

fn say(place: &[String], name: &str) -> String {
    let place = place.join(" ");
    let gap = if place.is_empty() { "" } else { " " };
    format!("{place}{gap}{name}: ")
}

fn are_named(items: &[Json]) -> bool {
    items.iter().all(|item| name(item).is_some())
}

fn name(item: &Json) -> Option<&str> {
    item.get("name").and_then(Json::as_str)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Json, compared as differences};

    #[test]
    fn names_the_node_and_both_values() {
        let node = |name: &str, hidden: Json| json!({"name": name, "layer": {"component": "Mlp", "settings": {"hidden": hidden}}});
        let file = json!({"name": "Soh", "graph": {"nodes": [node("encoder", json!([32]))]}});
        let declared = json!({"name": "Soh", "graph": {
            "nodes": [node("encoder", json!([64, 32])), node("thermal", json!([8]))]
        }});
        assert_eq!(
            differences(&file, &declared, "SohNet"),
            ["`encoder` hidden is [32], `SohNet` declares [64,32]", "`thermal`: missing in the file"]
        );
        assert_eq!(differences(&declared, &file, "SohNet")[1], "`thermal`: `SohNet` does not declare it");
        assert!(differences(&file, &file, "SohNet").is_empty());
    }

    #[test]
    fn another_kind_is_one_difference() {
        let phase = |kind: &str| json!({"phases": [{"name": "fit", "kind": {kind: {"feeds": [kind]}}}]});
        let found = differences(&phase("train"), &phase("eval"), "Soh");
        assert_eq!(found, [r#"`fit` is "train", `Soh` declares "eval""#]);
        let found = differences(&json!({"it": {"float": "inf"}}), &json!({"it": {"choice": "Relu"}}), "Soh");
        assert_eq!(found, [r#"it is {"float":"inf"}, `Soh` declares {"choice":"Relu"}"#]);
    }

    #[test]
    fn another_component_is_one_difference() {
        let loss = |name: &str, settings: Json| json!({"loss": {"component": name, "settings": settings}});
        let found = differences(&loss("Mse", json!({})), &loss("Huber", json!({"delta": 1.0})), "Soh");
        assert_eq!(found, [r#"loss component is "Mse", `Soh` declares "Huber""#]);
    }
}
