//! The text of a file: decompressed, and in UTF-8 without a byte order mark, whatever the file is compressed by and encoded
//! in.

use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use encoding_rs::{Encoding, UTF_8};

pub(super) use super::compressed::Text;
use super::decoded::Decoded;
use super::{compressed, not_whole, open as open_file};
use crate::Result;
use crate::error::Problem;

/// A record or an object that is longer is a file without line ends, or a bomb.
pub(super) const LONGEST: usize = 1 << 26;
/// How much text is in memory at once, but for a record that is longer.
pub(super) const AT_ONCE: usize = 1 << 26;
/// How much is read of a file at once.
const PART: usize = 1 << 16;

/// Opens a file as text in an encoding, where one is told.
pub(super) fn open(path: &Path, encoding: Option<&'static Encoding>) -> Result<Text> {
    let (mut start, rest) = bytes(path)?;
    if let Some(encoding) = encoding {
        let decoded = Decoded::of(joined(start, rest), encoding.new_decoder());
        return Ok(Box::new(BufReader::with_capacity(PART, decoded)));
    }
    if let Some(problem) = foreign_encoding(&start) {
        return Err(Problem::from(problem).in_file(path));
    }
    if let Some((_, mark)) = Encoding::for_bom(&start) {
        start.drain(..mark);
    }
    Ok(joined(start, rest))
}

/// The first bytes of a file, decompressed: at most so many.
pub(super) fn sample(path: &Path, most: usize) -> Result<Vec<u8>> {
    let (start, rest) = bytes(path)?;
    let mut sample = Vec::new();
    joined(start, rest)
        .take(most as u64)
        .read_to_end(&mut sample)
        .map_err(|error| broken("text", error).in_file(path))?;
    Ok(sample)
}

/// Lines that are left out before the text.
pub(super) fn skip(text: &mut dyn BufRead, lines: usize) -> io::Result<()> {
    for _ in 0..lines {
        if text.skip_until(b'\n')? == 0 {
            break;
        }
    }
    Ok(())
}

/// The first of a file's bytes and the others, decompressed where they are compressed.
fn bytes(path: &Path) -> Result<(Vec<u8>, Text)> {
    let file = BufReader::with_capacity(PART, open_file(path)?);
    let mut rest = compressed::decompressed(file, path)?;
    // A decompressor gives as much as it likes.
    let mut start = Vec::new();
    let read = Read::by_ref(&mut rest).take(TAR.end as u64).read_to_end(&mut start);
    read.map_err(|error| broken("text", error).in_file(path))?;
    refuse_binary(path, &start)?;
    Ok((start, rest))
}

fn joined(start: Vec<u8>, rest: Text) -> Text {
    Box::new(BufReader::with_capacity(PART, io::Cursor::new(start).chain(rest)))
}

/// Where a tar archive says that it is one.
const TAR: std::ops::Range<usize> = 257..262;

/// Refuses files that are not text, by the bytes with which their formats begin.
fn refuse_binary(path: &Path, start: &[u8]) -> Result<()> {
    const FORMATS: [(&[u8], &str); 7] = [
        (&[0x1f, 0x8b], "is compressed twice; decompress it once (gunzip)"),
        (&[0x28, 0xb5, 0x2f, 0xfd], "is compressed twice; decompress it once"),
        (b"BZh", "is compressed by bzip2; decompress it first (bunzip2), or compress it by gzip or Zstandard"),
        (
            &[0xfd, b'7', b'z', b'X', b'Z'],
            "is compressed by xz; decompress it first (unxz), or compress it by gzip or Zstandard",
        ),
        (b"PK\x03\x04", "is a ZIP archive, as spreadsheets are; write its rows as CSV"),
        (b"PAR1", "is a Parquet file; read it by `parquet`"),
        (b"ARROW1", "is an Arrow file; read it by `arrow`"),
    ];
    if start.get(TAR) == Some(b"ustar") {
        return Err(Problem::from("is a tar archive; take the files out of it (tar xf)").in_file(path));
    }
    let start = start.get(..8).unwrap_or(start);
    // A column may be called PAR1 as well: text has no control characters behind its name.
    let is_binary = start.iter().any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace());
    // What stands behind the level of compression, in digits of pi.
    let is_bzip2 = start.ends_with(b"1AY&");
    let is_told =
        |magic: &[u8]| start.starts_with(magic) && (is_binary || !magic.is_ascii() || (magic == b"BZh" && is_bzip2));
    match FORMATS.iter().find(|(magic, _)| is_told(magic)) {
        Some((_, what)) => Err(Problem::from(*what).in_file(path)),
        None => Ok(()),
    }
}

/// What to say about text that is in UTF-16, with its mark or with a zero byte in each letter.
fn foreign_encoding(start: &[u8]) -> Option<String> {
    let marked = Encoding::for_bom(start).map(|(encoding, _)| encoding).filter(|encoding| *encoding != UTF_8);
    let name = marked.or_else(|| utf_16(start))?.name().to_ascii_lowercase();
    Some(format!(
        "is text in UTF-16; read it by Reader::dialect(Dialect::new().encoding(\"{name}\")), or write it in UTF-8"
    ))
}

/// UTF-16, where every other byte of a text is zero, as those of letters of ASCII are.
pub(super) fn utf_16(start: &[u8]) -> Option<&'static Encoding> {
    let zeros = |first: usize| start.iter().skip(first).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let most = start.len() / 4;
    match () {
        () if start.len() < 4 => None,
        () if odd > most && even == 0 => Some(encoding_rs::UTF_16LE),
        () if even > most && odd == 0 => Some(encoding_rs::UTF_16BE),
        () => None,
    }
}

/// What is wrong with a file whose bytes are, or that the system does not read.
pub(super) fn broken(kind: &str, error: io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof => not_whole(kind, error.to_string()),
        _ => error.into(),
    }
}

/// What to do about bytes that are not UTF-8.
pub(super) const NOT_UTF_8: &str =
    "; name the encoding that it has, Reader::dialect(Dialect::new().encoding(\"latin1\"))";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf_16_is_told_by_its_zeros() {
        let bytes = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<u8>>();
        assert_eq!(utf_16(&bytes("x;y\nü;2\n")), Some(encoding_rs::UTF_16LE));
        let big: Vec<u8> = "x;y\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(utf_16(&big), Some(encoding_rs::UTF_16BE));
        assert_eq!(utf_16(b"x;y\n1;2\n"), None);
        assert_eq!(utf_16(b"\0\0\0\0\0\0"), None);
    }
}
