use candle_core::{DType, Device, Tensor, Var};

use super::scale_shift;

fn random(dims: &[usize], seed: usize) -> Tensor {
    let count: usize = dims.iter().product();
    let value = |at: usize| {
        let mixed = (at * 7919 + seed * 104_729) % 10_007;
        #[allow(clippy::cast_precision_loss)]
        let share = mixed as f64 / 10_007.0;
        share + 0.5
    };
    Tensor::from_vec((0..count).map(value).collect::<Vec<f64>>(), dims, &Device::Cpu).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f64> {
    tensor.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

/// Values and gradients are those of products and sums that are broadcast, computed in f64; sums over 2^20 rows in f32
/// alone would be off by a hundred times as much.
#[test]
fn it_is_what_broadcasting_gives() {
    for (dims, inner) in [
        (vec![5, 3], 1),
        (vec![4, 3, 7], 7),
        (vec![2, 3, 2, 9], 18),
        (vec![1 << 20, 3], 1),
        (vec![64, 3, 1 << 14], 1 << 14),
    ] {
        let mut wide = vec![1; dims.len() - 1];
        wide[0] = 3;
        let run = |dtype: DType| {
            let [x, weight, bias] = [(dims.clone(), 1), (vec![3], 2), (vec![3], 3)].map(|(dims, seed)| {
                Var::from_tensor(&random(&dims, seed).to_dtype(DType::F32).unwrap().to_dtype(dtype).unwrap()).unwrap()
            });
            let y = if dtype == DType::F32 {
                scale_shift(&x, &weight, Some(&bias), inner).unwrap()
            } else {
                let seen = |parameter: &Var| parameter.reshape(wide.as_slice()).unwrap();
                x.broadcast_mul(&seen(&weight)).unwrap().broadcast_add(&seen(&bias)).unwrap()
            };
            let factors = random(&dims, 4).to_dtype(DType::F32).unwrap().to_dtype(dtype).unwrap();
            let gradients = (&y * factors).unwrap().sum_all().unwrap().backward().unwrap();
            let slopes = [&x, &weight, &bias].map(|var| numbers(gradients.get(var).unwrap()));
            [vec![numbers(&y)], slopes.to_vec()].concat()
        };
        for (found, expected) in run(DType::F32).into_iter().zip(run(DType::F64)) {
            for (found, expected) in found.into_iter().zip(expected) {
                assert!(
                    (found - expected).abs() <= 2e-7 * expected.abs().max(1.0),
                    "{dims:?}: {found}, not {expected}"
                );
            }
        }
    }
}
