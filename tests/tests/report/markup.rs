//! Whether a page is whole markup, and what can be read in it.

/// Checks that every element is closed where it must be, and that no markup names what would be fetched or run.
///
/// # Panics
/// When it is not so.
pub fn check(page: &str) {
    let rest = page.strip_prefix("<!DOCTYPE html>\n").unwrap();
    let mut open: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(start) = rest[at..].find('<').map(|start| at + start) {
        let end = start + closing(&rest[start..]);
        let tag = &rest[start + 1..end];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closed at {}", &rest[start.saturating_sub(80)..end]);
        } else {
            let name = tag.split([' ', '/']).next().unwrap();
            assert!(name.bytes().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit()), "<{tag}>");
            for never in ["script", "iframe", "img", "object", "embed", "base", "form"] {
                assert_ne!(name, never, "<{tag}>");
            }
            attributes(tag);
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
        at = end + 1;
    }
    assert!(open.is_empty(), "{open:?} is left open");
}

/// Where a tag that starts here ends: `>` may stand in values.
fn closing(text: &str) -> usize {
    let mut quoted = false;
    text.bytes()
        .position(|byte| {
            quoted ^= byte == b'"';
            byte == b'>' && !quoted
        })
        .unwrap()
}

/// Links lead within the page, and nothing waits for an event.
fn attributes(tag: &str) {
    for part in tag.split("\" ").flat_map(|part| part.split(' ').filter(|word| word.contains("=\""))) {
        let (name, value) = part.split_once("=\"").unwrap();
        assert!(!name.starts_with("on") && name != "src", "<{tag}>");
        if name == "href" {
            assert!(value.starts_with('#') || value.starts_with("data:,"), "<{tag}>");
        }
    }
}

/// What a reader sees: the texts without markup and style.
pub fn texts(page: &str) -> String {
    let (head, body) = page.split_once("</style>").unwrap();
    assert!(!head.contains("<body"));
    let (mut text, mut inside) = (String::new(), false);
    for character in body.chars() {
        match character {
            '<' => inside = true,
            '>' => {
                inside = false;
                text.push(' ');
            }
            _ if !inside => text.push(character),
            _ => {}
        }
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let plain = words.join(" ").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    plain.replace("&#39;", "'").replace("&amp;", "&")
}
