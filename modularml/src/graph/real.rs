//! The two types of numbers that parameters and columns can have.

use candle_core::{CpuStorage, FloatDType, Result, bail, cpu::erf};

use super::kernel::exponential;

/// `f32` or `f64`, with the functions that layers, losses and optimizers compute with.
pub(crate) trait Real: FloatDType + Default {
    /// The numbers of storage of this type.
    fn numbers_mut(storage: &mut CpuStorage) -> Result<&mut [Self]>;
    fn exp(self) -> Self;
    fn exp_m1(self) -> Self;
    fn ln(self) -> Self;
    fn ln_1p(self) -> Self;
    fn sqrt(self) -> Self;
    fn tanh(self) -> Self;
    fn erf(self) -> Self;
    fn abs(self) -> Self;
}

macro_rules! real {
    ($float:ident, $variant:ident, $exp:path, $tanh:path, $erf:path) => {
        impl Real for $float {
            fn numbers_mut(storage: &mut CpuStorage) -> Result<&mut [Self]> {
                match storage {
                    CpuStorage::$variant(numbers) => Ok(numbers),
                    _ => bail!("{} numbers are needed", stringify!($float)),
                }
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $exp(self)
            }
            #[inline(always)]
            fn exp_m1(self) -> Self {
                $float::exp_m1(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                $float::ln(self)
            }
            #[inline(always)]
            fn ln_1p(self) -> Self {
                $float::ln_1p(self)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $tanh(self)
            }
            #[inline(always)]
            fn erf(self) -> Self {
                $erf(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }
        }
    };
}

real!(f32, F32, exponential::exp, exponential::tanh, erf::erf_f32);
real!(f64, F64, f64::exp, f64::tanh, erf::erf_f64);
