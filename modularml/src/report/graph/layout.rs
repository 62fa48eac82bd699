//! Where the parts of a graph stand: in layers from top to bottom, each part below all that it reads.

use std::collections::BTreeMap;

use super::super::number::count;

/// Between parts beside each other, and between layers.
const GAP: (f64, f64) = (18.0, 34.0);
/// How often each layer is ordered and moved by its neighbours.
const SWEEPS: usize = 8;

/// The size of a part, and the parts that it reads by position.
pub(super) struct Part {
    pub width: f64,
    pub height: f64,
    pub reads: Vec<usize>,
    /// Whether it stands right above what reads it and not at the top.
    pub is_source: bool,
}

/// Where parts stand.
pub(super) struct Layout {
    pub width: f64,
    pub height: f64,
    /// By part, the middle of its top.
    pub parts: Vec<(f64, f64)>,
    /// A line for each read.
    pub lines: Vec<Line>,
}

/// A line from what is read to what reads it.
#[derive(Debug, PartialEq)]
pub(super) struct Line {
    /// The part that reads.
    pub reader: usize,
    /// Where the line begins, goes through and ends.
    pub places: Vec<(f64, f64)>,
}

/// A part, or the place where a line crosses a layer.
struct Cell {
    layer: usize,
    width: f64,
    x: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Lays parts out, of which each reads earlier ones only.
pub(super) fn layout(parts: &[Part]) -> Layout {
    let layers = layers(parts);
    let mut cells: Vec<Cell> = parts
        .iter()
        .zip(&layers)
        .map(|(part, layer)| Cell { layer: *layer, width: part.width, x: 0.0, above: Vec::new(), below: Vec::new() })
        .collect();
    let mut lines = Vec::new();
    for (reader, part) in parts.iter().enumerate() {
        for &read in part.reads.iter().filter(|read| **read < reader) {
            lines.push((reader, read, through(&mut cells, read, reader)));
        }
    }
    let depth = layers.iter().max().map_or(0, |last| last + 1);
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); depth];
    for (place, cell) in cells.iter().enumerate() {
        if let Some(layer) = order.get_mut(cell.layer) {
            layer.push(place);
        }
    }
    arrange(&mut cells, &mut order);

    let left = cells.iter().map(|cell| cell.x - cell.width / 2.0).fold(f64::INFINITY, f64::min);
    let right = cells.iter().map(|cell| cell.x + cell.width / 2.0).fold(f64::NEG_INFINITY, f64::max);
    let mut tops = Vec::new();
    let mut y = 0.0;
    for layer in 0..depth {
        tops.push(y);
        let of_layer = parts.iter().zip(&layers).filter(|(_, of)| **of == layer);
        y += of_layer.map(|(part, _)| part.height).fold(0.0, f64::max) + GAP.1;
    }
    let x = |place: usize| cells.get(place).map_or(0.0, |cell| cell.x - left);
    let top = |place: usize| cells.get(place).and_then(|cell| tops.get(cell.layer)).copied().unwrap_or_default();
    let line = |(reader, read, through): (usize, usize, Vec<usize>)| {
        let bottom = top(read) + parts.get(read).map_or(0.0, |part| part.height);
        let between = through.into_iter().map(|place| (x(place), top(place)));
        let places = std::iter::once((x(read), bottom)).chain(between).chain([(x(reader), top(reader))]);
        Line { reader, places: places.collect() }
    };
    Layout {
        width: (right - left).max(0.0),
        height: (y - GAP.1).max(0.0),
        parts: (0..parts.len()).map(|place| (x(place), top(place))).collect(),
        lines: lines.into_iter().map(line).collect(),
    }
}

/// By part, how many layers are above it: one more than above any that it reads.
fn layers(parts: &[Part]) -> Vec<usize> {
    let mut layers: Vec<usize> = Vec::new();
    for (place, part) in parts.iter().enumerate() {
        let above = part.reads.iter().filter(|read| **read < place).filter_map(|read| layers.get(*read)).max();
        layers.push(above.map_or(0, |above| above + 1));
    }
    let mut readers: BTreeMap<usize, usize> = BTreeMap::new();
    for (part, layer) in parts.iter().zip(&layers) {
        for read in &part.reads {
            readers.entry(*read).and_modify(|first| *first = (*first).min(*layer)).or_insert(*layer);
        }
    }
    for (place, layer) in layers.iter_mut().enumerate() {
        if parts.get(place).is_some_and(|part| part.is_source) {
            *layer = readers.get(&place).map_or(0, |first| first.saturating_sub(1));
        }
    }
    layers
}

/// Makes the cells between two parts, one a layer, and joins them.
fn through(cells: &mut Vec<Cell>, from: usize, to: usize) -> Vec<usize> {
    let layer = |cells: &[Cell], place: usize| cells.get(place).map_or(0, |cell| cell.layer);
    let (first, last) = (layer(cells, from) + 1, layer(cells, to));
    let (mut chain, mut made) = (vec![from], Vec::new());
    for layer in first..last {
        made.push(cells.len());
        chain.push(cells.len());
        cells.push(Cell { layer, width: 8.0, x: 0.0, above: Vec::new(), below: Vec::new() });
    }
    chain.push(to);
    for pair in chain.windows(2) {
        let &[above, below] = pair else { continue };
        if let Some(cell) = cells.get_mut(above) {
            cell.below.push(below);
        }
        if let Some(cell) = cells.get_mut(below) {
            cell.above.push(above);
        }
    }
    made
}

/// Orders each layer by the middle of what it is joined to, so that few lines cross, and moves it there.
fn arrange(cells: &mut [Cell], order: &mut [Vec<usize>]) {
    for layer in order.iter() {
        let wanted = vec![None; layer.len()];
        spread(cells, layer, &wanted);
    }
    for sweep in 0..SWEEPS {
        let downwards = sweep % 2 == 0;
        let places: Vec<usize> = if downwards { (0..order.len()).collect() } else { (0..order.len()).rev().collect() };
        for place in places {
            let Some(mut layer) = order.get_mut(place).map(std::mem::take) else { continue };
            let middle = |cell: usize| {
                let cell = cells.get(cell)?;
                let joined = if downwards { &cell.above } else { &cell.below };
                let xs = joined.iter().filter_map(|other| cells.get(*other)).map(|other| other.x);
                (!joined.is_empty()).then(|| xs.sum::<f64>() / count(joined.len()))
            };
            let at = |cell: usize| middle(cell).or_else(|| cells.get(cell).map(|cell| cell.x)).unwrap_or_default();
            // Cells that want the same place keep their order.
            layer.sort_by(|a, b| at(*a).total_cmp(&at(*b)));
            let wanted: Vec<Option<f64>> = layer.iter().map(|cell| middle(*cell)).collect();
            spread(cells, &layer, &wanted);
            if let Some(slot) = order.get_mut(place) {
                *slot = layer;
            }
        }
    }
}

/// Puts the cells of a layer as close to where they are wanted as their widths allow, in their order.
fn spread(cells: &mut [Cell], layer: &[usize], wanted: &[Option<f64>]) {
    let width = |cells: &[Cell], cell: usize| cells.get(cell).map_or(0.0, |cell| cell.width);
    let wanted: Vec<f64> = layer
        .iter()
        .zip(wanted)
        .map(|(cell, x)| x.or_else(|| cells.get(*cell).map(|cell| cell.x)).unwrap_or(0.0))
        .collect();
    let mut xs: Vec<f64> = Vec::new();
    let mut end = f64::NEG_INFINITY;
    for (cell, wanted) in layer.iter().zip(&wanted) {
        let half = width(cells, *cell) / 2.0;
        let x = wanted.max(end + half);
        end = x + half + GAP.0;
        xs.push(x);
    }
    // What was pushed to the right all moves back by the mean of it.
    let pushed = xs.iter().zip(&wanted).map(|(x, wanted)| x - wanted).sum::<f64>() / count(xs.len().max(1));
    for (cell, x) in layer.iter().zip(xs) {
        if let Some(cell) = cells.get_mut(*cell) {
            cell.x = x - pushed;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(reads: &[usize]) -> Part {
        Part { width: 100.0, height: 40.0, reads: reads.to_vec(), is_source: false }
    }

    #[test]
    fn a_chain_is_straight_and_a_merge_below_the_middle() {
        let chain = layout(&[part(&[]), part(&[0]), part(&[1])]);
        assert_eq!(chain.parts, [(50.0, 0.0), (50.0, 74.0), (50.0, 148.0)]);
        assert_eq!((chain.width, chain.height), (100.0, 188.0));
        let line = |reader, from, to| Line { reader, places: vec![(50.0, from), (50.0, to)] };
        assert_eq!(chain.lines, [line(1, 40.0, 74.0), line(2, 114.0, 148.0)]);

        let merge = layout(&[part(&[]), part(&[]), part(&[0, 1])]);
        let x = |place: usize| merge.parts[place].0;
        assert!((x(0) + x(1) - 2.0 * x(2)).abs() < 1e-9, "{:?}", merge.parts);
        assert!(x(1) - x(0) >= 100.0 + GAP.0);
    }

    #[test]
    fn no_parts_lie_over_each_other_and_lines_go_around_them() {
        // 0 feeds three branches, one of which skips to the end.
        let parts = [part(&[]), part(&[0]), part(&[0]), part(&[0]), part(&[1, 2]), part(&[4]), part(&[5, 0, 3])];
        let layout = layout(&parts);
        for (a, first) in layout.parts.iter().enumerate() {
            for second in &layout.parts[a + 1..] {
                let apart = (first.0 - second.0).abs() >= 100.0 || (first.1 - second.1).abs() >= 40.0;
                assert!(apart, "{:?}", layout.parts);
            }
        }
        let skipped = layout.lines.iter().find(|line| line.reader == 6 && line.places.len() == 5).unwrap();
        for (x, y) in &skipped.places {
            for (place, (left, top)) in layout.parts.iter().enumerate().filter(|(place, _)| ![0, 6].contains(place)) {
                let inside = (x - left).abs() < 50.0 && *y > *top - 1.0 && *y < top + 40.0;
                assert!(!inside, "the line goes through part {place}: {skipped:?}, {:?}", layout.parts);
            }
        }
        assert!(layout.parts.iter().all(|(x, _)| *x >= 50.0 - 1e-9 && *x <= layout.width - 50.0 + 1e-9));
    }

    #[test]
    fn a_source_stands_above_its_first_reader() {
        let source = Part { is_source: true, ..part(&[]) };
        let layout = layout(&[part(&[]), source, part(&[0]), part(&[2, 1])]);
        assert!((layout.parts[1].1 - layout.parts[2].1).abs() < 1e-9, "{:?}", layout.parts);
    }
}
