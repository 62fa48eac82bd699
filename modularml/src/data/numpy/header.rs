//! The header of an array in a file.

use crate::error::Problem;

/// How a file begins.
const MAGIC: &[u8] = b"\x93NUMPY";
/// A header ends at a multiple of so many bytes.
const ALIGNED: usize = 64;
/// The most axes of an array in NumPy.
const MOST_AXES: usize = 64;

/// What is said of the values of an array.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The type: `<f4`.
    pub descr: String,
    /// Whether the first axis is the fastest.
    pub fortran: bool,
    pub shape: Vec<usize>,
}

impl Header {
    /// How many values there are.
    pub fn count(&self) -> Result<usize, Problem> {
        let count = self.shape.iter().try_fold(1usize, |count, &axis| count.checked_mul(axis));
        count.ok_or_else(|| format!("has more values than can be counted, {:?}", self.shape).into())
    }

    /// The header as it is written.
    pub fn write(&self) -> Vec<u8> {
        let axes: Vec<String> = self.shape.iter().map(|axis| format!("{axis},")).collect();
        let fortran = if self.fortran { "True" } else { "False" };
        let mut text =
            format!("{{'descr': '{}', 'fortran_order': {fortran}, 'shape': ({}), }}", self.descr, axes.join(" "));
        let begin = MAGIC.len() + 2 + 4;
        while !(begin + text.len() + 1).is_multiple_of(ALIGNED) {
            text.push(' ');
        }
        text.push('\n');
        // Version 2, whose length takes four bytes.
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        [MAGIC, &[2, 0], &length.to_le_bytes(), text.as_bytes()].concat()
    }

    /// The header of a file, and the values behind it.
    pub fn read(bytes: &[u8]) -> Result<(Self, &[u8]), Problem> {
        let cut = || Problem::from("ends in its header");
        let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| Problem::from("is no array of NumPy"))?;
        let (version, rest) = rest.split_at_checked(2).ok_or_else(cut)?;
        let (length, rest) = match version.first() {
            Some(1) => {
                let (length, rest) = rest.split_first_chunk::<2>().ok_or_else(cut)?;
                (usize::from(u16::from_le_bytes(*length)), rest)
            }
            Some(2 | 3) => {
                let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(cut)?;
                (u32::from_le_bytes(*length) as usize, rest)
            }
            _ => return Err("is of a version of the format that is not read here, 1 to 3 are".into()),
        };
        let (text, values) = rest.split_at_checked(length).ok_or_else(cut)?;
        let text = std::str::from_utf8(text).map_err(|_| Problem::from("has a header that is no text"))?;
        let header =
            Self::parse(text).ok_or_else(|| format!("has a header that is not read here: {}", text.trim_end()))?;
        Ok((header, values))
    }

    /// A dictionary with a type, an order and a shape, and nothing else.
    fn parse(text: &str) -> Option<Self> {
        let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        while !rest.is_empty() {
            let (key, behind) = quoted(rest)?;
            let value = behind.trim_start().strip_prefix(':')?.trim_start();
            match key {
                "descr" => {
                    let (text, behind) = quoted(value)?;
                    descr = Some(text.to_owned());
                    rest = behind;
                }
                "fortran_order" => {
                    let (is, word) = if value.starts_with("True") { (true, "True") } else { (false, "False") };
                    fortran = Some(is);
                    rest = value.strip_prefix(word)?;
                }
                "shape" => {
                    let (axes, behind) = value.strip_prefix('(')?.split_once(')')?;
                    let axes = axes.split(',').map(str::trim).filter(|axis| !axis.is_empty());
                    shape = Some(axes.map(|axis| axis.parse().ok()).collect::<Option<Vec<usize>>>()?);
                    rest = behind;
                }
                _ => return None,
            }
            rest = rest.trim_start();
            rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
        }
        let shape = shape.filter(|axes| axes.len() <= MOST_AXES)?;
        Some(Self { descr: descr?, fortran: fortran?, shape })
    }
}

/// A text in quotes, and what stands behind it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    text.get(1..)?.split_once(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written() {
        for shape in [vec![], vec![3], vec![3, 101], vec![1; 12]] {
            let header = Header { descr: "<f4".to_owned(), fortran: false, shape };
            let bytes = header.write();
            assert_eq!(bytes.len() % ALIGNED, 0);
            assert_eq!(Header::read(&bytes).unwrap(), (header, [].as_slice()));
        }
    }

    #[test]
    fn what_is_no_header_is_refused() {
        for text in ["", "{}", "{'descr': '<f4'}", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"] {
            assert_eq!(Header::parse(text), None, "{text}");
        }
        let numpy = "{'descr': '>i8', 'fortran_order': True, 'shape': (2, 3), }             \n";
        let header = Header { descr: ">i8".to_owned(), fortran: true, shape: vec![2, 3] };
        assert_eq!(Header::parse(numpy), Some(header));
        for end in 0..20 {
            assert!(
                Header::read(&Header { descr: "<f4".to_owned(), fortran: false, shape: vec![] }.write()[..end])
                    .is_err()
            );
        }
    }
}
