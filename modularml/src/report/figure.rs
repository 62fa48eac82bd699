//! Pictures with what is said of them, and numbers that are set large.

use super::html::{Html, short};

/// What a look stands for.
pub(super) struct Key<'a> {
    pub look: &'a str,
    pub text: String,
}

/// A picture with its title, its key, and a note where there is something to be said.
pub(super) fn figure(html: &mut Html, title: &str, keys: &[Key<'_>], note: &str, inner: impl FnOnce(&mut Html)) {
    html.element("figure", &[], |html| {
        html.element("figcaption", &[], |html| {
            html.say("b", &[], title);
            for key in keys {
                html.element("span", &[("class", "key")], |html| {
                    html.element(
                        "svg",
                        &[("viewBox", "0 0 26 8"), ("width", "26"), ("height", "8"), ("aria-hidden", "true")],
                        |svg| {
                            svg.leaf("path", &[("class", key.look), ("d", "M1 4H25")]);
                        },
                    );
                    html.text(&key.text);
                });
            }
        });
        inner(html);
        if !note.is_empty() {
            html.say("p", &[("class", "small")], note);
        }
    });
}

/// Numbers with their names, set large; what stands behind a name is small.
pub(super) fn figures(html: &mut Html, class: &str, values: &[(String, String, String)]) {
    if values.is_empty() {
        return;
    }
    html.element("dl", &[("class", class)], |html| {
        for (name, value, exact) in values {
            html.element("div", &[], |html| {
                html.say("dt", &[], &short(name, 60));
                html.say("dd", &[("title", exact)], value);
            });
        }
    });
}

/// A bar as long as a share of its place.
pub(super) fn bar(html: &mut Html, share: f64) {
    let width = format!("{:.1}", 100.0 * share.clamp(0.0, 1.0));
    html.element(
        "svg",
        &[("class", "bar"), ("viewBox", "0 0 100 6"), ("preserveAspectRatio", "none"), ("aria-hidden", "true")],
        |svg| {
            svg.leaf("rect", &[("class", "rest"), ("width", "100"), ("height", "6")]);
            svg.leaf("rect", &[("class", "part"), ("width", &width), ("height", "6")]);
        },
    );
}
