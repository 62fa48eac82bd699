//! The standard normal distribution.

use std::f64::consts::SQRT_2;

use crate::onnx::{Element, OnnxGraph, OnnxValue};

/// The probability of a value up to `x`.
pub(super) fn cdf(x: f64) -> f64 {
    0.5 * libm::erfc(-x / SQRT_2)
}

/// The value up to which lies a share of the distribution, with a relative error near 1e-16; infinite at 0 and 1.
///
/// Wichura, "Algorithm AS 241: the percentage points of the normal distribution", 1988 (PPND16).
pub(super) fn quantile(share: f64) -> f64 {
    let centred = share - 0.5;
    if centred.abs() <= 0.425 {
        let r = 0.180_625 - centred * centred;
        return centred * ratio(r, &CENTRE);
    }
    let tail = if centred < 0.0 { share } else { 1.0 - share };
    if tail <= 0.0 {
        return if tail == 0.0 { f64::INFINITY.copysign(centred) } else { f64::NAN };
    }
    let r = (-tail.ln()).sqrt();
    let found = if r <= 5.0 { ratio(r - 1.6, &TAIL) } else { ratio(r - 5.0, &FAR_TAIL) };
    found.copysign(centred)
}

/// A ratio of two polynomials, coefficients from the highest power on.
fn ratio(x: f64, [numerator, denominator]: &[[f64; 8]; 2]) -> f64 {
    let value = |coefficients: &[f64; 8]| coefficients.iter().fold(0.0, |value, coefficient| value * x + coefficient);
    value(numerator) / value(denominator)
}

/// [`cdf`] in a graph of ONNX; runtimes have the error function in f32 alone.
pub(super) fn onnx_cdf(graph: &mut OnnxGraph, x: &OnnxValue) -> OnnxValue {
    let scaled = graph.with_number("Div", x, SQRT_2);
    let scaled = graph.cast(&scaled, Element::Float);
    let error = graph.unary("Erf", &scaled);
    let error = graph.cast(&error, x.element());
    let sum = graph.with_number("Add", &error, 1.0);
    graph.with_number("Mul", &sum, 0.5)
}

/// [`quantile`] of shares between 0 and 1 in a graph of ONNX.
pub(super) fn onnx_quantile(graph: &mut OnnxGraph, share: &OnnxValue) -> OnnxValue {
    let centred = graph.with_number("Sub", share, 0.5);
    let square = graph.binary("Mul", &centred, &centred);
    let bound = graph.constant(share.element(), &[0.180_625], &[]);
    let r = graph.binary("Sub", &bound, &square);
    let ratio = onnx_ratio(graph, &r, &CENTRE);
    let centre = graph.binary("Mul", &centred, &ratio);
    let one = graph.constant(share.element(), &[1.0], &[]);
    let other = graph.binary("Sub", &one, share);
    let tail = graph.binary("Min", share, &other);
    let logarithm = graph.unary("Log", &tail);
    let negated = graph.unary("Neg", &logarithm);
    let root = graph.unary("Sqrt", &negated);
    let [near, far] = [(1.6, &TAIL), (5.0, &FAR_TAIL)].map(|(middle, coefficients)| {
        let r = graph.with_number("Sub", &root, middle);
        onnx_ratio(graph, &r, coefficients)
    });
    let is_near = graph.compare_number("LessOrEqual", &root, 5.0);
    let found = graph.choose(&is_near, &near, &far);
    let sign = graph.unary("Sign", &centred);
    let tails = graph.binary("Mul", &found, &sign);
    let distance = graph.unary("Abs", &centred);
    let is_central = graph.compare_number("LessOrEqual", &distance, 0.425);
    graph.choose(&is_central, &centre, &tails)
}

fn onnx_ratio(graph: &mut OnnxGraph, x: &OnnxValue, coefficients: &[[f64; 8]; 2]) -> OnnxValue {
    let [numerator, denominator] = coefficients.each_ref().map(|coefficients| {
        let mut value = graph.constant(x.element(), &[0.0], &[]);
        for &coefficient in coefficients {
            let product = graph.binary("Mul", x, &value);
            value = graph.with_number("Add", &product, coefficient);
        }
        value
    });
    graph.binary("Div", &numerator, &denominator)
}

const CENTRE: [[f64; 8]; 2] = [
    [
        2.509_080_928_730_122_7e3,
        3.343_057_558_358_813e4,
        6.726_577_092_700_87e4,
        4.592_195_393_154_987e4,
        1.373_169_376_550_946e4,
        1.971_590_950_306_551_3e3,
        1.331_416_678_917_843_8e2,
        3.387_132_872_796_366_5,
    ],
    [
        5.226_495_278_852_854e3,
        2.872_908_573_572_194_3e4,
        3.930_789_580_009_271e4,
        2.121_379_430_158_659_7e4,
        5.394_196_021_424_751e3,
        6.871_870_074_920_579e2,
        4.231_333_070_160_091e1,
        1.0,
    ],
];

const TAIL: [[f64; 8]; 2] = [
    [
        7.745_450_142_783_414e-4,
        2.272_384_498_926_918_4e-2,
        2.417_807_251_774_506e-1,
        1.270_458_252_452_368_4,
        3.647_848_324_763_204_5,
        5.769_497_221_460_691,
        4.630_337_846_156_546,
        1.423_437_110_749_683_5,
    ],
    [
        1.050_750_071_644_416_9e-9,
        5.475_938_084_995_345e-4,
        1.519_866_656_361_645_7e-2,
        1.481_039_764_274_800_8e-1,
        6.897_673_349_851e-1,
        1.676_384_830_183_803_8,
        2.053_191_626_637_759,
        1.0,
    ],
];

const FAR_TAIL: [[f64; 8]; 2] = [
    [
        2.010_334_399_292_288_1e-7,
        2.711_555_568_743_487_6e-5,
        1.242_660_947_388_078_4e-3,
        2.653_218_952_657_612_4e-2,
        2.965_605_718_285_048_7e-1,
        1.784_826_539_917_291_3,
        5.463_784_911_164_114,
        6.657_904_643_501_103,
    ],
    [
        2.044_263_103_389_939_7e-15,
        1.421_511_758_316_446e-7,
        1.846_318_317_510_054_8e-5,
        7.868_691_311_456_133e-4,
        1.487_536_129_085_061_5e-2,
        1.369_298_809_227_358e-1,
        5.998_322_065_558_88e-1,
        1.0,
    ],
];
