//! Small pictures in SVG: axes with round numbers, and what is drawn between them.

pub(super) mod bars;
pub(super) mod line;
pub(super) mod path;
pub(super) mod points;
pub(super) mod scale;

use super::html::{Html, short};
use super::number::{count, length};
use path::Path;
use scale::Scale;

/// How wide a character of a label is, about, in a picture whose letters are 11 units high.
const CHARACTER: f64 = 6.4;
/// How high a line of labels is.
const LINE: f64 = 16.0;

/// A picture with two axes.
pub(super) struct Frame {
    pub width: f64,
    pub height: f64,
    pub x: Scale,
    pub y: Scale,
    left: f64,
    bottom: f64,
    top: f64,
    right: f64,
    x_steps: f64,
    y_steps: f64,
}

impl Frame {
    /// A picture of a size, whose axes go over these values.
    pub(super) fn new(width: f64, height: f64, x: Scale, y: Scale) -> Self {
        let (x_steps, y_steps) = ((width / 75.0).floor().clamp(2.0, 10.0), (height / 48.0).floor().clamp(2.0, 6.0));
        let longest = y.ticks(y_steps).iter().map(|tick| tick.label.chars().count()).max().unwrap_or(1);
        let left = count(longest) * CHARACTER + 10.0;
        let (top, right, bottom) = (26.0, width - 14.0, height - 36.0);
        Self {
            width,
            height,
            x: x.onto(left, right),
            y: y.onto(bottom, top),
            left,
            bottom,
            top,
            right,
            x_steps,
            y_steps,
        }
    }

    /// The same with whole numbers alone along the axis that goes to the right.
    pub(super) fn whole(mut self) -> Self {
        let (low, high) = self.x.bounds();
        self.x_steps = self.x_steps.min(high - low).max(1.0);
        self
    }

    /// Draws the axes with what they measure, then what is between them.
    pub(super) fn draw(
        &self,
        html: &mut Html,
        class: &str,
        title: &str,
        (x_title, y_title): (&str, &str),
        inner: impl FnOnce(&mut Html),
    ) {
        picture(html, (self.width, self.height), class, title, |svg| {
            let most = |room: f64| count_of(room / CHARACTER);
            text(svg, (2.0, 11.0), "axis", &short(y_title, most(self.width)));
            for tick in self.y.ticks(self.y_steps) {
                line(svg, (self.left, tick.place), (self.right, tick.place), "grid");
                text(svg, (self.left - 6.0, tick.place + 4.0), "tick end", &tick.label);
            }
            line(svg, (self.left, self.bottom), (self.right, self.bottom), "base");
            for tick in self.x.ticks(self.x_steps) {
                line(svg, (tick.place, self.bottom), (tick.place, self.bottom + 4.0), "base");
                // A label at the end of the axis stays in the picture.
                let half = count(tick.label.chars().count()) * CHARACTER / 2.0;
                let middle = tick.place.min(self.width - half - 1.0).max(half + 1.0);
                text(svg, (middle, self.bottom + LINE), "tick mid", &tick.label);
            }
            text(svg, (self.right, self.height - 4.0), "axis end", &short(x_title, most(self.right)));
            inner(svg);
        });
    }

    /// Where a pair of values stands; none of what has no place.
    pub(super) fn place(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        Some((self.x.place(x)?, self.y.place(y)?))
    }

    /// The lower and upper end of the axis that goes up.
    pub(super) const fn span(&self) -> (f64, f64) {
        (self.bottom, self.top)
    }
}

/// A picture that says in words what is in it.
fn picture(html: &mut Html, size: (f64, f64), class: &str, title: &str, inner: impl FnOnce(&mut Html)) {
    styled_picture(html, size, (class, ""), title, inner);
}

/// A picture with a class and a style of its own.
pub(super) fn styled_picture(
    html: &mut Html,
    size: (f64, f64),
    (class, style): (&str, &str),
    title: &str,
    inner: impl FnOnce(&mut Html),
) {
    let (width, height) = (length(size.0), length(size.1));
    let view = format!("0 0 {width} {height}");
    let size = [("viewBox", &*view), ("width", &width), ("height", &height)];
    let all = [("class", class), ("style", style), ("role", "img"), ("aria-label", title)];
    let attributes: Vec<(&'static str, &str)> = all.into_iter().chain(size).filter(|(_, it)| !it.is_empty()).collect();
    html.element("svg", &attributes, inner);
}

/// A line from one place to another.
pub(super) fn line(svg: &mut Html, from: (f64, f64), to: (f64, f64), class: &str) {
    let mut path = Path::default();
    path.from(from.0, from.1);
    path.to(to.0, to.1);
    path.draw(svg, class);
}

/// A label.
pub(super) fn text(svg: &mut Html, at: (f64, f64), class: &str, text: &str) {
    svg.say("text", &[("class", class), ("x", &length(at.0)), ("y", &length(at.1))], text);
}

/// A number of characters from a room for them.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is at least 1, and pictures are small")]
pub(super) fn count_of(room: f64) -> usize {
    room.max(1.0) as usize
}
