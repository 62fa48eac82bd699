//! Eigenvectors of symmetric matrices.

/// The eigenvalues of a symmetric matrix `[size, size]`, the largest first, and their eigenvectors, one after the other; none
/// where a number is not finite.
///
/// The matrix is made tridiagonal by reflections, and that diagonal by the QL algorithm with implicit shifts (Bowdler,
/// Martin, Reinsch and Wilkinson, 1968), as `tred2` and `tql2` of EISPACK.
pub(super) fn eigen(matrix: &[f64], size: usize) -> Option<(Vec<f64>, Vec<f64>)> {
    if matrix.len() != size * size || matrix.iter().any(|number| !number.is_finite()) {
        return None;
    }
    // In rows, so that both loops over rotations go along memory: row i becomes the eigenvector i.
    let mut vectors = matrix.to_vec();
    let (mut diagonal, mut beside) = tridiagonal(&mut vectors, size);
    rotate(&mut vectors, &mut diagonal, &mut beside)?;
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| diagonal[b].total_cmp(&diagonal[a]).then(a.cmp(&b)));
    let values = order.iter().map(|&at| diagonal[at]).collect();
    Some((values, order.iter().flat_map(|&at| &vectors[at * size..][..size]).copied().collect()))
}

/// Makes a symmetric matrix tridiagonal, and puts the transposed transformation in its place: its diagonal, and what stands
/// beside it, of which the first is 0.
#[allow(clippy::many_single_char_names, reason = "the letters of the algorithm")]
fn tridiagonal(v: &mut [f64], n: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut d, mut e) = (vec![0.0; n], vec![0.0; n]);
    let at = |i: usize, j: usize| i * n + j;
    // The matrix is symmetric, so that its transpose is itself; from here on v[j][i] is the element of row i and column j.
    for (j, d) in d.iter_mut().enumerate() {
        *d = v[at(j, n - 1)];
    }
    for i in (1..n).rev() {
        let scale: f64 = d[..i].iter().map(|x| x.abs()).sum();
        let mut h = 0.0;
        if scale == 0.0 {
            e[i] = d[i - 1];
            for j in 0..i {
                d[j] = v[at(j, i - 1)];
                v[at(j, i)] = 0.0;
                v[at(i, j)] = 0.0;
            }
        } else {
            for x in &mut d[..i] {
                *x /= scale;
                h += *x * *x;
            }
            let f = d[i - 1];
            let g = if f > 0.0 { -h.sqrt() } else { h.sqrt() };
            e[i] = scale * g;
            h -= f * g;
            d[i - 1] = f - g;
            e[..i].fill(0.0);
            for j in 0..i {
                let f = d[j];
                v[at(i, j)] = f;
                let mut g = e[j] + v[at(j, j)] * f;
                for k in j + 1..i {
                    g += v[at(j, k)] * d[k];
                    e[k] += v[at(j, k)] * f;
                }
                e[j] = g;
            }
            let mut f = 0.0;
            for (e, d) in e[..i].iter_mut().zip(&d) {
                *e /= h;
                f += *e * d;
            }
            let half = f / (h + h);
            for (e, d) in e[..i].iter_mut().zip(&d) {
                *e -= half * d;
            }
            for j in 0..i {
                let (f, g) = (d[j], e[j]);
                for k in j..i {
                    v[at(j, k)] -= f * e[k] + g * d[k];
                }
                d[j] = v[at(j, i - 1)];
                v[at(j, i)] = 0.0;
            }
        }
        d[i] = h;
    }
    for i in 0..n.saturating_sub(1) {
        v[at(i, n - 1)] = v[at(i, i)];
        v[at(i, i)] = 1.0;
        let h = d[i + 1];
        if h != 0.0 {
            for k in 0..=i {
                d[k] = v[at(i + 1, k)] / h;
            }
            for j in 0..=i {
                let g: f64 = (0..=i).map(|k| v[at(i + 1, k)] * v[at(j, k)]).sum();
                for k in 0..=i {
                    v[at(j, k)] -= g * d[k];
                }
            }
        }
        for k in 0..=i {
            v[at(i + 1, k)] = 0.0;
        }
    }
    for (j, d) in d.iter_mut().enumerate() {
        *d = v[at(j, n - 1)];
        v[at(j, n - 1)] = 0.0;
    }
    if n > 0 {
        v[at(n - 1, n - 1)] = 1.0;
        e[0] = 0.0;
    }
    (d, e)
}

/// Makes a tridiagonal matrix diagonal, and turns the rows of the transformation along; none where that takes too long.
#[allow(clippy::many_single_char_names, reason = "the letters of the algorithm")]
fn rotate(v: &mut [f64], d: &mut [f64], e: &mut [f64]) -> Option<()> {
    let n = d.len();
    e.rotate_left(usize::from(n > 0));
    let (mut f, mut largest) = (0.0, 0.0f64);
    for l in 0..n {
        largest = largest.max(d[l].abs() + e[l].abs());
        let small = f64::EPSILON * largest;
        let m = (l..n).find(|&m| e[m].abs() <= small || m + 1 == n)?;
        let mut rounds = 0;
        while m > l && e[l].abs() > small {
            rounds += 1;
            if rounds > 1000 {
                return None;
            }
            let g = d[l];
            let p = (d[l + 1] - g) / (2.0 * e[l]);
            let r = if p < 0.0 { -p.hypot(1.0) } else { p.hypot(1.0) };
            d[l] = e[l] / (p + r);
            d[l + 1] = e[l] * (p + r);
            let (second, h) = (d[l + 1], g - d[l]);
            for x in &mut d[l + 2..] {
                *x -= h;
            }
            f += h;
            let mut p = d[m];
            let (mut c, mut c2, mut c3, mut s, mut s2) = (1.0, 1.0, 1.0, 0.0, 0.0);
            let beside = e[l + 1];
            for i in (l..m).rev() {
                (c3, c2, s2) = (c2, c, s);
                let (g, h) = (c * e[i], c * p);
                let r = p.hypot(e[i]);
                e[i + 1] = s * r;
                (s, c) = (e[i] / r, p / r);
                p = c * d[i] - s * g;
                d[i + 1] = h + s * (c * g + s * d[i]);
                let (before, behind) = v.split_at_mut((i + 1) * n);
                for (a, b) in before[i * n..].iter_mut().zip(&mut behind[..n]) {
                    let h = *b;
                    *b = s * *a + c * h;
                    *a = c * *a - s * h;
                }
            }
            p = -s * s2 * c3 * beside * e[l] / second;
            e[l] = s * p;
            d[l] = c * p;
        }
        d[l] += f;
        e[l] = 0.0;
    }
    d.iter().all(|value| value.is_finite()).then_some(())
}

#[cfg(test)]
mod tests {
    use super::eigen;
    use crate::random::{Place, Purpose, Rng};

    #[test]
    fn vectors_are_orthogonal_and_give_the_matrix_back() {
        let mut rng = Rng::new(1, Purpose::Fit, Place::default());
        for size in [1, 2, 3, 7, 40] {
            let mut matrix = vec![0.0; size * size];
            for i in 0..size {
                for j in 0..=i {
                    let number = rng.unit() - 0.5;
                    (matrix[i * size + j], matrix[j * size + i]) = (number, number);
                }
            }
            let (values, vectors) = eigen(&matrix, size).unwrap();
            assert!(values.is_sorted_by(|a, b| a >= b));
            for (i, a) in vectors.chunks(size).enumerate() {
                for (j, b) in vectors.chunks(size).enumerate() {
                    let product: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
                    assert!((product - f64::from(u8::from(i == j))).abs() < 1e-12);
                }
                for (row, x) in matrix.chunks(size).zip(a) {
                    let product: f64 = row.iter().zip(a).map(|(a, b)| a * b).sum();
                    assert!((product - values[i] * x).abs() < 1e-12, "{size}: {i}");
                }
            }
        }
    }

    #[test]
    fn takes_matrices_that_are_diagonal_or_of_equal_values() {
        let (values, _) = eigen(&[2.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 2.0], 3).unwrap();
        assert_eq!(values, [5.0, 2.0, 2.0]);
        assert_eq!(eigen(&[0.0; 9], 3).unwrap().0, [0.0; 3]);
        assert!(eigen(&[f64::NAN], 1).is_none());
    }
}
