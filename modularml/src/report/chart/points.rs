//! Points of pairs of values.

use super::super::html::Html;
use super::Frame;
use super::path::Path;

/// Draws points; those without a place are left out.
pub(in crate::report) fn draw(svg: &mut Html, frame: &Frame, points: &[[f64; 2]], look: &str) {
    let mut path = Path::default();
    for (x, y) in points.iter().filter_map(|[x, y]| frame.place(*x, *y)) {
        path.dot(x, y);
    }
    path.draw(svg, look);
}
