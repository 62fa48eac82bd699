use super::PERMISSIONS;

#[test]
fn the_document_has_the_same_table() {
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/dsl.md");
    let document = std::fs::read_to_string(document).unwrap();
    let written: Vec<_> = document.lines().filter(|line| line.starts_with("| `#[allow(")).collect();
    let rows = PERMISSIONS.iter().map(|permission| {
        let on: Vec<_> = permission.on.iter().map(|on| super::called(on)).collect();
        format!("| `#[allow({})]` | {} | {} |", permission.name, on.join(", "), permission.permits)
    });
    assert_eq!(written, rows.collect::<Vec<_>>());
}
