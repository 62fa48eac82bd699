//! What all pages have below their head.

use super::html::Html;

/// Sections by anchor and title, with links to them above; each is written by its position.
pub(super) fn sections(html: &mut Html, titles: &[(String, String)], mut write: impl FnMut(&mut Html, usize)) {
    html.element("nav", &[("aria-label", "sections")], |html| {
        for (anchor, title) in titles {
            html.say("a", &[("href", &format!("#{anchor}"))], title);
        }
    });
    html.element("main", &[], |html| {
        for (place, (anchor, title)) in titles.iter().enumerate() {
            html.element("section", &[("id", anchor)], |html| {
                html.say("h2", &[], title);
                html.element("div", &[], |html| write(html, place));
            });
        }
    });
}
