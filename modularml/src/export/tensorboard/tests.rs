//! Bytes as other programs write them.

use super::checksum::crc32c;
use super::histogram::Histogram;
use super::message::Message;
use super::writer::EventWriter;
use super::{event, scalar};

#[test]
fn checksums_are_those_of_rfc_3720() {
    // RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
    let rising: Vec<u8> = (0..32).collect();
    let falling: Vec<u8> = (0..32).rev().collect();
    assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
    assert_eq!(crc32c(&[0xff; 32]), 0x62a8_ab43);
    assert_eq!(crc32c(&rising), 0x46dd_794e);
    assert_eq!(crc32c(&falling), 0x113f_db5c);
    assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    assert_eq!(crc32c(b""), 0);
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}

fn record(message: &Message) -> String {
    let mut bytes = Vec::new();
    EventWriter::new(&mut bytes).write(message).unwrap();
    hexadecimal(&bytes)
}

#[test]
fn records_are_those_of_the_tensorboard_package() {
    // `RecordWriter` of tensorboard 2.21.0 with `Event(wall_time=1796011832.5, file_version="brain.Event:2")`, and with a
    // `simple_value` of 0.25 under "regress/val.rmse" at step 300.
    let version = Message::default().double(1, 1_796_011_832.5).text(3, super::VERSION);
    assert_eq!(record(&version), "1800000000000000a37f4b2209000020ce3dc3da411a0d627261696e2e4576656e743a323a24345b");
    assert_eq!(
        record(&event(1_796_011_832.5, 300, &scalar("regress/val.rmse", 0.25))),
        "2700000000000000bbe1b14609000020ce3dc3da4110ac022a190a170a10726567726573732f76616c2e726d7365150000803ec639a7dc"
    );
}

#[test]
fn a_histogram_is_that_of_the_tensorboard_package() {
    // `HistogramProto(min=-1, max=3, num=4, sum=4, sum_squares=12, bucket_limit=[1, 3], bucket=[1, 3])`.
    let histogram = Histogram {
        least: -1.0,
        greatest: 3.0,
        numbers: 4.0,
        sum: 4.0,
        squares: 12.0,
        limits: vec![1.0, 3.0],
        counts: vec![1.0, 3.0],
    };
    let expected = "09000000000000f0bf1100000000000008401900000000000010402100000000000010402900000000000028403210000000000000f0\
                    3f00000000000008403a10000000000000f03f0000000000000840";
    assert_eq!(hexadecimal(histogram.message().bytes()), expected);
}

#[test]
fn numbers_are_in_the_bucket_below_whose_limit_they_are() {
    let numbers: Vec<f64> = (0..300u16).map(|number| f64::from(number) / 10.0 + 0.05).collect();
    let Histogram { least, greatest, numbers: count, limits, counts, .. } = Histogram::of(&numbers).unwrap();
    assert_eq!((least, greatest, count), (0.05, 29.95, 300.0));
    assert_eq!(counts, [10.0; 30]);
    assert!(limits.is_sorted());
    assert_eq!(limits.last(), Some(&greatest));
}

#[test]
fn a_histogram_of_odd_numbers_counts_what_is_finite() {
    assert!(Histogram::of(&[]).is_none());
    assert!(Histogram::of(&[f64::NAN, f64::INFINITY]).is_none());
    let same = Histogram::of(&[0.5, f64::NAN, 0.5, f64::NEG_INFINITY]).unwrap();
    assert_eq!((same.limits, same.counts, same.sum, same.squares), (vec![0.5], vec![2.0], 1.0, 0.5));
    let far = Histogram::of(&[f64::MIN, 0.0, f64::MAX]).unwrap();
    assert_eq!((far.counts[0], far.counts[15], far.counts[29], far.numbers), (1.0, 1.0, 1.0, 3.0));
    assert!(far.limits.is_sorted() && far.limits.iter().all(|limit| limit.is_finite()));
}
