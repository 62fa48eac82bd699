//! Small products against sums written out.

use super::super::matrix::{Matrix, MatrixMut};
use super::{Factor, multiply_small};

/// Small whole numbers, whose products are exact.
#[allow(clippy::cast_precision_loss, reason = "numbers below 10")]
fn numbers(count: usize, seed: usize) -> Vec<f32> {
    (0..count).map(|place| ((place * 7 + seed * 5) % 9) as f32 - 4.0).collect()
}

#[test]
#[allow(clippy::float_cmp, reason = "sums of small whole numbers are exact")]
fn every_shape_and_layout_is_the_definition() {
    for (rows, inner, columns) in shapes([1, 3, 4, 8, 13, 17], [1, 2, 9], [1, 5, 8, 16, 21, 33, 70]) {
        for layout in 0..8 {
            let (a_turned, b_turned, adds) = (layout & 1 == 1, layout & 2 == 2, layout & 4 == 4);
            let (a, b) = (numbers(rows * inner, 1), numbers(inner * columns, 2));
            let at = |row: usize, k: usize| if a_turned { a[k * rows + row] } else { a[row * inner + k] };
            let bt = |k: usize, column: usize| if b_turned { b[column * inner + k] } else { b[k * columns + column] };
            let stride = columns + 2;
            let mut result = numbers(rows * stride, 3);
            let expected: Vec<f32> = (0..rows * stride)
                .map(|place| {
                    let (row, column, before) = (place / stride, place % stride, result[place]);
                    let sum: f32 = (0..inner).filter(|_| column < columns).map(|k| at(row, k) * bt(k, column)).sum();
                    if column < columns && !adds { sum } else { before + sum }
                })
                .collect();
            let a = if a_turned { Matrix::new(&a, inner, rows).map(Matrix::t) } else { Matrix::new(&a, rows, inner) };
            let b =
                if b_turned { Matrix::new(&b, columns, inner).map(Matrix::t) } else { Matrix::new(&b, inner, columns) };
            let to = MatrixMut::with_row_stride(&mut result, rows, columns, stride).expect("a matrix");
            multiply_small(to, adds, a.expect("a matrix"), b.expect("a matrix")).expect("a product");
            assert_eq!(result, expected, "{rows} x {inner} x {columns}, layout {layout}");
        }
    }
}

#[test]
#[allow(clippy::float_cmp, reason = "sums of small whole numbers are exact")]
fn listed_rows_may_overlap() {
    let (values, starts) = (numbers(20, 1), [3, 0, 3, 4]);
    let line = |row: usize, k: usize| values[starts[row] + k];
    let mut result = vec![0.0; 8];
    let a = Matrix::new(&values, 2, 4).expect("a matrix");
    let b = Factor::listed(&values, &starts, 4).expect("lines");
    multiply_small(MatrixMut::new(&mut result, 2, 4).expect("a matrix"), false, a, b).expect("a product");
    let at = |row: usize, column: usize| (0..4).map(|k| values[row * 4 + k] * line(k, column)).sum::<f32>();
    assert_eq!(result, (0..8).map(|place| at(place / 4, place % 4)).collect::<Vec<_>>());
    assert!(Factor::listed(&values, &starts, 17).is_err());
}

fn shapes<const A: usize, const B: usize, const C: usize>(
    a: [usize; A],
    b: [usize; B],
    c: [usize; C],
) -> impl Iterator<Item = (usize, usize, usize)> {
    a.into_iter().flat_map(move |a| b.into_iter().flat_map(move |b| c.into_iter().map(move |c| (a, b, c))))
}
