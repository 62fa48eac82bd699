//! The least that a step can take: the products of its matrices alone, back to back, by the fastest `gemm` at hand.

use std::time::Instant;

use gemm::Parallelism;

/// A product of `rows` x `inner` and `inner` x `columns` numbers, done so many times a step.
#[derive(Clone, Copy)]
pub struct Product {
    times: usize,
    rows: usize,
    inner: usize,
    columns: usize,
}

const fn product(times: usize, rows: usize, inner: usize, columns: usize) -> Product {
    Product { times, rows, inner, columns }
}

/// Forward, for the weight, and for the input unless it is data, of a linear map.
fn map(rows: usize, inputs: usize, outputs: usize, of_data: bool) -> Vec<Product> {
    let mut all = vec![product(1, rows, inputs, outputs), product(1, outputs, rows, inputs)];
    if !of_data {
        all.push(product(1, rows, outputs, inputs));
    }
    all
}

fn chain(rows: usize, widths: &[usize]) -> Vec<Product> {
    widths.windows(2).enumerate().flat_map(|(place, pair)| map(rows, pair[0], pair[1], place == 0)).collect()
}

/// A convolution as the product of its kernel and the windows of all rows.
fn convolutions(rows: usize, length: usize, channels: usize) -> Vec<Product> {
    let windows = rows * length;
    let mut all = map(windows, 3, channels, true);
    all.extend(map(windows, 3 * channels, channels, false));
    all.extend(map(rows, length * channels, 1, false));
    all
}

/// The products of a work.
pub fn products(name: &str) -> Vec<Product> {
    match name {
        "mlp_small" => chain(32, &[10, 32, 32, 1]),
        "mlp" => chain(128, &[101, 256, 256, 1]),
        "mlp_classes" => chain(256, &[784, 512, 512, 10]),
        "cnn_small" => convolutions(32, 101, 16),
        "cnn" => convolutions(128, 64, 32),
        "lstm" => {
            let mut all = map(50 * 32, 8, 128, true);
            all.extend([product(50, 32, 32, 128), product(50, 32, 128, 32), product(1, 128, 50 * 32, 32)]);
            all.extend(map(32, 32, 1, false));
            all
        }
        "transformer" => {
            let mut all = map(1024, 64, 192, true);
            for (times, rows, inner, columns) in [(3, 32, 16, 32), (3, 32, 32, 16)] {
                all.push(product(times * 128, rows, inner, columns));
            }
            for (inputs, outputs) in [(64, 64), (64, 256), (256, 64)] {
                all.extend(map(1024, inputs, outputs, false));
            }
            all.extend(map(32, 2048, 1, false));
            all
        }
        "triplet" => (0..3).flat_map(|_| chain(64, &[64, 64, 32])).collect(),
        _ => Vec::new(),
    }
}

/// The seconds that they take once, after a first time that does not count.
pub fn seconds(products: &[Product], threads: usize) -> f64 {
    let largest = |size: fn(&Product) -> usize| products.iter().map(size).max().unwrap_or(0);
    let a = vec![0.5f32; largest(|product| product.rows * product.inner)];
    let b = vec![0.5f32; largest(|product| product.inner * product.columns)];
    let mut y = vec![0f32; largest(|product| product.rows * product.columns)];
    let parallelism = if threads > 1 { Parallelism::Rayon(threads) } else { Parallelism::None };
    let mut once = || {
        for &Product { times, rows, inner, columns } in products {
            for _ in 0..times {
                let (row_a, row_b) = (inner.cast_signed(), columns.cast_signed());
                // SAFETY: the three slices are at least as long as the largest product needs, and rows lie one behind
                // the other; the result is a slice of its own.
                unsafe {
                    gemm::gemm(
                        rows,
                        columns,
                        inner,
                        y.as_mut_ptr(),
                        1,
                        row_b,
                        false,
                        a.as_ptr(),
                        1,
                        row_a,
                        b.as_ptr(),
                        1,
                        row_b,
                        0.0,
                        1.0,
                        false,
                        false,
                        false,
                        parallelism,
                    );
                }
            }
        }
    };
    once();
    let mut rounds = 0u32;
    let start = Instant::now();
    while start.elapsed().as_secs_f64() < 0.1 {
        once();
        rounds += 1;
    }
    start.elapsed().as_secs_f64() / f64::from(rounds)
}
