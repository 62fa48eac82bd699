//! Devices by name.

use candle_core::Device;

use super::precision::Precision;
use crate::text::nearest;
use crate::{Error, Result};

/// What a name can begin with.
const KINDS: [&str; 3] = ["cuda", "metal", "cpu"];

/// The device of a name: `cpu`, `cuda`, `cuda:1`, `metal`, `metal:1`; without a number the first of its kind.
///
/// # Errors
/// When there is no such name, the program was built without that kind, or the machine has no such device.
pub(crate) fn named(name: &str) -> Result<Device> {
    let refuse = |problem: String| Error::Device { device: name.to_owned(), problem };
    let (kind, number) = match name.split_once(':') {
        None => (name, Some(0)),
        Some((kind, number)) => (kind, number.parse::<usize>().ok().filter(|_| kind != "cpu")),
    };
    let make: fn(usize) -> candle_core::Result<Device> = match (kind, number) {
        ("cpu", Some(_)) => return Ok(Device::Cpu),
        ("cuda", Some(_)) if cfg!(feature = "cuda") => Device::new_cuda,
        ("metal", Some(_)) if cfg!(feature = "metal") => Device::new_metal,
        ("cuda" | "metal", Some(_)) => {
            return Err(refuse(format!(
                "device `{name}`: modularml was built without the feature `{kind}`; nothing was moved; turn it on: \
                 cargo build --features modularml/{kind}"
            )));
        }
        _ => {
            // A processor for graphics is not nearly one for all else.
            let near = nearest(kind, &KINDS).filter(|_| kind != "gpu");
            let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(refuse(format!(
                "no device `{name}`; there are cpu, cuda, cuda:N, metal and metal:N, where N counts from 0{near}"
            )));
        }
    };
    make(number.unwrap_or(0))
        .map_err(|error| refuse(format!("device `{name}` cannot be used, nothing was moved: {error}")))
}

/// Rule: a device can hold numbers of a precision.
pub(crate) fn check(device: &Device, precision: Precision) -> Result<()> {
    if device.is_metal() && precision == Precision::F64 {
        return Err(Error::Device {
            device: "metal".to_owned(),
            problem: "metal has no numbers of 64 bits; nothing was moved; use the precision F32, Bf16 or F16"
                .to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::named;

    fn refused(name: &str) -> String {
        named(name).expect_err("an error").to_string()
    }

    #[test]
    fn the_cpu_is_always_there() {
        assert!(named("cpu").expect("the CPU").is_cpu());
    }

    #[test]
    fn unknown_names_are_refused_with_those_that_there_are() {
        let there = "there are cpu, cuda, cuda:N, metal and metal:N, where N counts from 0";
        assert_eq!(refused("cdua"), format!("no device `cdua`; {there}; did you mean `cuda`?"));
        assert_eq!(refused("CPU"), format!("no device `CPU`; {there}; did you mean `cpu`?"));
        assert_eq!(refused("tpu"), format!("no device `tpu`; {there}; did you mean `cpu`?"));
        assert_eq!(refused("gpu:0"), format!("no device `gpu:0`; {there}"));
        assert_eq!(refused("cuda:first"), format!("no device `cuda:first`; {there}; did you mean `cuda`?"));
        assert_eq!(refused("metal:-1"), format!("no device `metal:-1`; {there}; did you mean `metal`?"));
        assert_eq!(refused("cpu:0"), format!("no device `cpu:0`; {there}; did you mean `cpu`?"));
        assert_eq!(refused(""), format!("no device ``; {there}"));
    }

    #[cfg(not(any(feature = "cuda", feature = "metal")))]
    #[test]
    fn a_kind_that_is_not_built_in_names_its_feature() {
        for (name, kind) in [("cuda", "cuda"), ("cuda:1", "cuda"), ("metal", "metal"), ("metal:0", "metal")] {
            let message = format!(
                "device `{name}`: modularml was built without the feature `{kind}`; nothing was moved; turn it on: \
                 cargo build --features modularml/{kind}"
            );
            assert_eq!(refused(name), message);
        }
    }
}
