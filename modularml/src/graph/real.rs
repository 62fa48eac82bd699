//! The two types of numbers that parameters and columns can have.

use candle_core::cpu::erf;
use candle_core::{CpuStorage, FloatDType, Result, bail};
use pulp::Simd;

use super::kernel::exponential;

/// `f32` or `f64`, with the functions that layers, losses and optimizers compute with.
pub(crate) trait Real: FloatDType + Default {
    /// The numbers of storage of this type.
    fn numbers_mut(storage: &mut CpuStorage) -> Result<&mut [Self]>;
    fn exp(self) -> Self;
    /// exp of a number below 0, to be added to one that is not small.
    fn exp_below_one(self) -> Self;
    fn exp_m1(self) -> Self;
    fn ln(self) -> Self;
    fn ln_1p(self) -> Self;
    fn sqrt(self) -> Self;
    fn tanh(self) -> Self;
    fn erf(self) -> Self;
    fn abs(self) -> Self;
    /// Numbers side by side that one instruction works on.
    type Vector<S: Simd>: Copy;
    /// How many numbers a vector holds.
    fn lanes<S: Simd>() -> usize;
    fn splat<S: Simd>(simd: S, number: Self) -> Self::Vector<S>;
    /// As many numbers as a vector holds, or all there are, with zeros behind them.
    fn load<S: Simd>(simd: S, numbers: &[Self]) -> Self::Vector<S>;
    /// The whole vectors in some numbers, from the first one on.
    fn vectors<S: Simd>(numbers: &[Self]) -> &[Self::Vector<S>];
    fn vectors_mut<S: Simd>(numbers: &mut [Self]) -> &mut [Self::Vector<S>];
    /// Writes as many numbers as there is place for.
    fn store<S: Simd>(simd: S, numbers: &mut [Self], vector: Self::Vector<S>);
    /// a b + c.
    fn mul_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>, c: Self::Vector<S>) -> Self::Vector<S>;
}

macro_rules! real {
    (
        $float:ident, $variant:ident, $exp:path, $exp_below_one:path, $tanh:path, $erf:path,
        $vector:ident $lanes:ident $splat:ident $load:ident $as_vectors:ident $as_vectors_mut:ident $store:ident $mul_add:ident
    ) => {
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
            fn exp_below_one(self) -> Self {
                $exp_below_one(self)
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
            type Vector<S: Simd> = S::$vector;
            #[inline(always)]
            fn lanes<S: Simd>() -> usize {
                S::$lanes
            }
            #[inline(always)]
            fn splat<S: Simd>(simd: S, number: Self) -> S::$vector {
                simd.$splat(number)
            }
            #[inline(always)]
            fn load<S: Simd>(simd: S, numbers: &[Self]) -> S::$vector {
                simd.$load(numbers)
            }
            #[inline(always)]
            fn vectors<S: Simd>(numbers: &[Self]) -> &[S::$vector] {
                S::$as_vectors(numbers).0
            }
            #[inline(always)]
            fn vectors_mut<S: Simd>(numbers: &mut [Self]) -> &mut [S::$vector] {
                S::$as_vectors_mut(numbers).0
            }
            #[inline(always)]
            fn store<S: Simd>(simd: S, numbers: &mut [Self], vector: S::$vector) {
                simd.$store(numbers, vector);
            }
            #[inline(always)]
            fn mul_add<S: Simd>(simd: S, a: S::$vector, b: S::$vector, c: S::$vector) -> S::$vector {
                simd.$mul_add(a, b, c)
            }
        }
    };
}

real!(
    f32, F32, exponential::exp, exponential::exp_below_one, exponential::tanh, erf::erf_f32,
    f32s F32_LANES splat_f32s partial_load_f32s as_simd_f32s as_mut_simd_f32s partial_store_f32s mul_add_f32s
);
real!(
    f64, F64, f64::exp, f64::exp, f64::tanh, erf::erf_f64,
    f64s F64_LANES splat_f64s partial_load_f64s as_simd_f64s as_mut_simd_f64s partial_store_f64s mul_add_f64s
);
