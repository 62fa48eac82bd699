//! What tests of several layers share.

pub(crate) mod fixture;

/// A message without the lines of the source that it names: they change whenever a test does.
///
/// ```text
/// node `encoder` (src/main.rs:17): ..
/// ```
pub(crate) fn without_lines(message: &str) -> String {
    let mut parts = message.split(" (");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(')') {
            Some((place, rest)) if place.contains(".rs:") => text.push_str(rest),
            _ => {
                text.push_str(" (");
                text.push_str(part);
            }
        }
    }
    text
}
