//! The loop that a person would write by hand in candle, for the networks of linear maps.

use std::time::Instant;

use candle_core::{DType, Device, Tensor};
use candle_nn::{Linear, Module, Optimizer, VarBuilder, VarMap};

use super::works::Timed;
use crate::Result;

const STEPS: usize = 32;

/// The widths and the batch of a work, and whether it tells classes apart; none where only Python has a peer.
fn network(name: &str) -> Option<(&'static [usize], usize, bool)> {
    match name {
        "mlp_small" => Some((&[10, 32, 32, 1], 32, false)),
        "mlp" => Some((&[101, 256, 256, 1], 128, false)),
        "mlp_classes" => Some((&[784, 512, 512, 10], 256, true)),
        _ => None,
    }
}

pub fn ready(name: &str) -> Result<Option<Timed>> {
    let Some((widths, batch, has_classes)) = network(name) else { return Ok(None) };
    let (variables, device) = (VarMap::new(), Device::Cpu);
    let builder = VarBuilder::from_varmap(&variables, DType::F32, &device);
    let map = |(place, pair): (usize, &[usize])| candle_nn::linear(pair[0], pair[1], builder.pp(place));
    let maps: Vec<Linear> = widths.windows(2).enumerate().map(map).collect::<candle_core::Result<_>>()?;
    let settings = candle_nn::ParamsAdamW { lr: 1e-3, weight_decay: 0.0, ..Default::default() };
    let mut adam = candle_nn::AdamW::new(variables.all_vars(), settings)?;
    let rows = batch * STEPS;
    let x = Tensor::randn(0f32, 1.0, (rows, widths[0]), &device)?;
    let y = if has_classes {
        let classes: Vec<u32> = (0..10).cycle().take(rows).collect();
        Tensor::new(classes, &device)?
    } else {
        Tensor::randn(0f32, 1.0, (rows, 1), &device)?
    };
    let order: Vec<u32> =
        (0..u32::try_from(rows)?).map(|row| (row * 7919) % u32::try_from(rows).unwrap_or(1)).collect();
    let order = Tensor::new(order, &device)?;
    let epochs = (2_000_000 / (batch * widths.iter().sum::<usize>() * STEPS)).clamp(1, 60);
    Ok(Some(Box::new(move || {
        let start = Instant::now();
        for step in (0..epochs).flat_map(|_| 0..STEPS) {
            let taken = order.narrow(0, step * batch, batch)?;
            let (mut h, target) = (x.index_select(&taken, 0)?, y.index_select(&taken, 0)?);
            for (place, map) in maps.iter().enumerate() {
                h = map.forward(&h)?;
                if place + 1 < maps.len() {
                    h = h.relu()?;
                }
            }
            let loss = if has_classes {
                candle_nn::loss::cross_entropy(&h, &target)?
            } else {
                candle_nn::loss::mse(&h, &target)?
            };
            adam.backward_step(&loss)?;
        }
        Ok(start.elapsed().as_secs_f64() / f64::from(u32::try_from(epochs * STEPS)?))
    })))
}
