//! The way of a line, as SVG writes it.

use super::super::html::Html;
use super::super::number::length;

/// A way that is drawn by one element.
#[derive(Default)]
pub(in crate::report) struct Path(String);

impl Path {
    /// Begins at a place.
    pub(in crate::report) fn from(&mut self, x: f64, y: f64) {
        self.add('M', &[x, y]);
    }

    /// Goes straight on.
    pub(in crate::report) fn to(&mut self, x: f64, y: f64) {
        self.add('L', &[x, y]);
    }

    /// Goes on in a curve that leaves and comes straight down.
    pub(in crate::report) fn down(&mut self, from: (f64, f64), to: (f64, f64)) {
        let middle = f64::midpoint(from.1, to.1);
        self.add('C', &[from.0, middle, to.0, middle, to.0, to.1]);
    }

    /// A dot, of the size that its style says.
    pub(in crate::report) fn dot(&mut self, x: f64, y: f64) {
        self.from(x, y);
        self.0.push_str("h0");
    }

    /// A bar between two sides, from its foot to its top.
    pub(in crate::report) fn bar(&mut self, (left, right): (f64, f64), foot: f64, top: f64) {
        self.from(left, foot);
        self.add('V', &[top]);
        self.add('H', &[right]);
        self.add('V', &[foot]);
        self.0.push('Z');
    }

    /// The tip of an arrow that points down to a place.
    pub(in crate::report) fn tip(&mut self, x: f64, y: f64) {
        self.from(x, y);
        self.0.push_str("l-4 -7h8Z");
    }

    /// Draws it; nothing where it does not begin.
    pub(in crate::report) fn draw(&self, svg: &mut Html, look: &str) {
        if !self.0.is_empty() {
            svg.leaf("path", &[("class", look), ("d", &self.0)]);
        }
    }

    fn add(&mut self, command: char, numbers: &[f64]) {
        self.0.push(command);
        let numbers: Vec<String> = numbers.iter().map(|number| length(*number)).collect();
        self.0.push_str(&numbers.join(" "));
    }
}
