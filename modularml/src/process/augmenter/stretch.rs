//! Windows of an axis, stretched over all of it.

/// Puts so many positions of an axis, from one on, over the whole axis, by linear interpolation between the middles of positions.
pub(super) fn stretch(row: &mut [f64], shape: &[usize], axis: usize, (begins, count): (usize, usize)) {
    let length = shape.get(axis).copied().unwrap_or_default();
    let inner: usize = shape.iter().skip(axis + 1).product();
    if count == 0 || count >= length || inner == 0 {
        return;
    }
    for block in row.chunks_mut(length * inner) {
        let before = block.to_vec();
        let at = |position: usize| before.chunks(inner).nth(begins + position.min(count - 1)).unwrap_or_default();
        for (position, values) in block.chunks_mut(inner).enumerate() {
            let (from, part) = source(position, length, count);
            for (value, (left, right)) in values.iter_mut().zip(at(from).iter().zip(at(from + 1))) {
                *value = if part > 0.0 { left * (1.0 - part) + right * part } else { *left };
            }
        }
    }
}

/// The position of `count` in front of one of `length`, and how far behind it that lies.
#[allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions are far below 2^52, and no less than 0"
)]
fn source(position: usize, length: usize, count: usize) -> (usize, f64) {
    let place = (position as f64 + 0.5) * count as f64 / length as f64 - 0.5;
    let place = place.clamp(0.0, (count - 1) as f64);
    (place as usize, place.fract())
}
