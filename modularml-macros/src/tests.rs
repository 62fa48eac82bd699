//! The grammar in `docs/dsl.md`, to which the tests of each macro hold its tables of keywords.

mod mutations;

/// The right side of a rule, in the section of the document whose heading names a macro.
pub(crate) fn rule(section: &str, name: &str) -> String {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/dsl.md");
    let document = std::fs::read_to_string(document).unwrap();
    let text = document.split("\n## ").find(|text| text.lines().next().unwrap().contains(section)).unwrap();
    let start = format!("    {name} ");
    let mut lines = text.lines().skip_while(|line| !(line.starts_with(&start) && line.contains(" = ")));
    let first = lines.next().unwrap_or_else(|| panic!("no rule `{name}` in the section about {section}"));
    let (_, first) = first.split_once(" = ").unwrap();
    let more = lines.take_while(|line| line.starts_with("        "));
    std::iter::once(first).chain(more).collect::<Vec<_>>().join("\n")
}

/// The words of a text without its punctuation.
pub(crate) fn words(text: &str) -> Vec<String> {
    let words = text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_'));
    words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// The words with which the alternatives of a rule begin: `frozen` and `allow` of `'#[frozen]' | allow`.
pub(crate) fn keywords(section: &str, name: &str) -> Vec<String> {
    let (mut alternatives, mut depth, mut is_quoted) = (vec![String::new()], 0, false);
    for letter in rule(section, name).chars() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth -= 1,
            '|' if !is_quoted && depth == 0 => alternatives.push(String::new()),
            _ => alternatives.last_mut().unwrap().push(letter),
        }
    }
    alternatives.iter().map(|alternative| words(alternative).remove(0)).collect()
}

/// Refuses a table of keywords that is not that of the rule, in any order.
pub(crate) fn assert_documented(section: &str, name: &str, table: &[&str]) {
    let mut documented = keywords(section, name);
    let mut table = table.to_vec();
    documented.sort_unstable();
    table.sort_unstable();
    assert_eq!(documented, table, "left: the rule `{name}` of docs/dsl.md; right: the keywords that are parsed");
}

/// The attributes that a derive registers, but those of its settings.
fn registered(derive: &str) -> Vec<String> {
    let library = include_str!("lib.rs");
    let start = format!("#[proc_macro_derive({derive}, attributes(");
    let (_, attributes) = library.split_once(&start).unwrap();
    let mut attributes = words(attributes.split(')').next().unwrap());
    attributes.retain(|attribute| attribute != "setting");
    attributes
}

#[test]
fn the_document_has_the_attributes_that_derives_register() {
    for derive in ["Sampler", "Layer", "Splitter", "Loss"] {
        let documented = keywords(&format!("#[derive({derive})]"), "attribute");
        assert_eq!(documented, registered(derive), "{derive}");
    }
    let schema = "#[derive(SampleSchema)]";
    let mut documented = keywords(schema, "domain");
    documented.extend(keywords(schema, "classes"));
    documented.extend(keywords(schema, "windows"));
    documented.extend(keywords(schema, "resampled"));
    assert_eq!(documented, registered("SampleSchema"));
    assert_eq!(keywords("#[derive(Settings)]", "setting"), ["setting"]);
}

#[test]
fn the_keywords_of_a_rule_begin_its_alternatives() {
    assert_eq!(keywords("`model_graph!`", "attribute"), ["frozen", "output", "optimizer", "allow"]);
    assert_eq!(keywords("#[derive(Layer)]", "word"), ["shape", "inputs", "learns", "builds", "padding"]);
}
