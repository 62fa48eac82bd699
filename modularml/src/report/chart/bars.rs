//! Bars of a histogram.

use super::super::html::Html;
use super::super::number::count;
use super::Frame;
use super::path::Path;

/// Draws a bar for each count, side by side from `start`, each `width` wide on the axis.
pub(in crate::report) fn draw(svg: &mut Html, frame: &Frame, start: f64, width: f64, counts: &[usize], look: &str) {
    let mut path = Path::default();
    for (place, number) in counts.iter().enumerate().filter(|(_, number)| **number > 0) {
        let from = start + count(place) * width;
        let corners = (frame.place(from, 0.0), frame.place(from + width, count(*number)));
        let (Some((left, foot)), Some((right, top))) = corners else { continue };
        // A bar is never so low that it is not seen.
        path.bar((left + 0.5, right - 0.5), foot, top.min(foot - 1.0));
    }
    path.draw(svg, look);
}
