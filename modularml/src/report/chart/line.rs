//! Lines through measured values.

use super::super::html::Html;
use super::super::number::length;
use super::path::Path;
use super::{Frame, text};

/// A line with its look.
pub(in crate::report) struct Series<'a> {
    /// The class that says how it looks.
    pub look: &'a str,
    /// Its points from left to right.
    pub points: &'a [(f64, f64)],
}

/// Draws a line. Where a value has no place the line is broken; a point between two gaps is a dot.
pub(in crate::report) fn draw(svg: &mut Html, frame: &Frame, series: &Series<'_>) {
    let (mut path, mut dots) = (Path::default(), Path::default());
    let places: Vec<Option<(f64, f64)>> = series.points.iter().map(|(x, y)| frame.place(*x, *y)).collect();
    for run in places.split(Option::is_none) {
        let run: Vec<(f64, f64)> = run.iter().copied().flatten().collect();
        if let [(x, y)] = run.as_slice() {
            dots.dot(*x, *y);
            continue;
        }
        for (place, (x, y)) in thinned(&run).into_iter().enumerate() {
            if place == 0 { path.from(x, y) } else { path.to(x, y) }
        }
    }
    path.draw(svg, series.look);
    dots.draw(svg, &format!("{} dot", series.look));
}

/// Marks a place on a line, with a label over the picture.
pub(in crate::report) fn mark(svg: &mut Html, frame: &Frame, x: f64, y: Option<f64>, label: &str) {
    let Some(at) = frame.x.place(x) else { return };
    let (bottom, top) = frame.span();
    super::line(svg, (at, bottom), (at, top - 4.0), "mark");
    if let Some((x, y)) = y.and_then(|y| frame.place(x, y)) {
        svg.leaf("circle", &[("class", "mark"), ("cx", &length(x)), ("cy", &length(y)), ("r", "3.5")]);
    }
    let is_right = at > frame.width * 0.6;
    let (class, beside) = if is_right { ("note end", -5.0) } else { ("note", 5.0) };
    text(svg, (at + beside, top + 4.0), class, label);
}

/// Of the points that stand in one column of the picture, half a unit wide, the first, the lowest, the highest and the last: the
/// line looks the same.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    #[allow(clippy::cast_possible_truncation, reason = "places in a picture are small")]
    let column = |point: &(f64, f64)| (point.0 * 2.0).floor() as i64;
    let mut kept = Vec::new();
    for column in points.chunk_by(|a, b| column(a) == column(b)) {
        if column.len() <= 4 {
            kept.extend_from_slice(column);
            continue;
        }
        let ends = [0, column.len() - 1];
        let by_height = |a: &usize, b: &usize| {
            let height = |place: &usize| column.get(*place).map_or(0.0, |point| point.1);
            height(a).total_cmp(&height(b))
        };
        let extremes = [(0..column.len()).min_by(by_height), (0..column.len()).max_by(by_height)];
        let mut places: Vec<usize> = ends.into_iter().chain(extremes.into_iter().flatten()).collect();
        places.sort_unstable();
        places.dedup();
        kept.extend(places.into_iter().filter_map(|place| column.get(place)));
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thinning_keeps_ends_and_extremes_of_each_column() {
        let points: Vec<(f64, f64)> = (0..100).map(|i| (f64::from(i) * 0.004, f64::from((i * 37) % 100))).collect();
        let kept = thinned(&points);
        assert_eq!(kept.first(), points.first());
        assert_eq!(kept.last(), points.last());
        assert!(kept.len() <= 4, "{kept:?}");
        for extreme in [0.0, 99.0] {
            assert!(kept.iter().any(|point| (point.1 - extreme).abs() < 0.5), "{extreme}");
        }
        let few = [(0.0, 1.0), (10.0, 2.0), (20.0, 3.0)];
        assert_eq!(thinned(&few), few);
    }
}
