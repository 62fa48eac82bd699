//! HTML in the making. Here, and nowhere else, texts become markup: all that comes from a folder goes through [`Html::text`]
//! or an attribute, and both escape it.

/// Markup, and SVG within it.
#[derive(Default)]
pub(super) struct Html {
    text: String,
}

/// The attributes of an element; values are escaped.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

impl Html {
    /// A whole page with a title and its style.
    pub(super) fn page(title: &str, css: &'static str, body: impl FnOnce(&mut Self)) -> String {
        let mut html = Self { text: "<!DOCTYPE html>\n".to_owned() };
        html.element("html", &[("lang", "en")], |html| {
            html.element("head", &[], |html| {
                html.leaf("meta", &[("charset", "utf-8")]);
                // Nothing is fetched and nothing is run, whatever stands in the page.
                let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
                html.leaf("meta", &[("http-equiv", "Content-Security-Policy"), ("content", policy)]);
                html.leaf("meta", &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")]);
                html.leaf("meta", &[("name", "color-scheme"), ("content", "light dark")]);
                html.leaf("link", &[("rel", "icon"), ("href", "data:,")]);
                html.say("title", &[], title);
                html.element("style", &[], |html| html.text.push_str(css));
            });
            html.element("body", &[], body);
        });
        html.text.push('\n');
        html.text
    }

    /// An element with what is written into it.
    pub(super) fn element(&mut self, tag: &'static str, attributes: Attributes<'_>, inner: impl FnOnce(&mut Self)) {
        self.open(tag, attributes);
        self.text.push('>');
        inner(self);
        self.text.push_str("</");
        self.text.push_str(tag);
        self.text.push('>');
        // Between blocks, so that the source can be read; within a line spaces would be seen.
        if matches!(tag, "section" | "figure" | "table" | "tr" | "dl" | "details" | "style" | "header" | "p") {
            self.text.push('\n');
        }
    }

    /// An element with nothing in it.
    pub(super) fn leaf(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.open(tag, attributes);
        self.text.push_str("/>");
    }

    /// An element with a text.
    pub(super) fn say(&mut self, tag: &'static str, attributes: Attributes<'_>, text: &str) {
        self.element(tag, attributes, |html| html.text(text));
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) {
        for character in text.chars() {
            match escaped(character) {
                Some(entity) => self.text.push_str(entity),
                None => self.text.push(character),
            }
        }
    }

    fn open(&mut self, tag: &'static str, attributes: Attributes<'_>) {
        self.text.push('<');
        self.text.push_str(tag);
        for (name, value) in attributes {
            self.text.push(' ');
            self.text.push_str(name);
            self.text.push_str("=\"");
            self.text(value);
            self.text.push('"');
        }
    }
}

/// What stands for a character that has a meaning in markup, or none in any text.
fn escaped(character: char) -> Option<&'static str> {
    match character {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        '\n' | '\t' => None,
        // Those that turn the direction of writing would turn that of what stands behind them.
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some("\u{fffd}"),
        control if control.is_control() => Some("\u{fffd}"),
        _ => None,
    }
}

/// A text of at most so many characters, with `…` where it is cut off.
pub(super) fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_owned(),
        Some(_) => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_said_becomes_markup() {
        let mut html = Html::default();
        html.say("td", &[("title", "\"><script>'")], "<script>alert(\"1\" & '2')</script>\u{0}\u{202e}é🐧");
        let expected = "<td title=\"&quot;&gt;&lt;script&gt;&#39;\">&lt;script&gt;alert(&quot;1&quot; &amp; \
                        &#39;2&#39;)&lt;/script&gt;\u{fffd}\u{fffd}é🐧</td>";
        assert_eq!(html.text, expected);
    }

    #[test]
    fn texts_are_cut_off_between_characters() {
        assert_eq!(short("🐧🐧🐧", 3), "🐧🐧🐧");
        assert_eq!(short("🐧🐧🐧🐧", 3), "🐧🐧…");
    }
}
