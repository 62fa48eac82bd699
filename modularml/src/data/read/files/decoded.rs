//! Text of any encoding in UTF-8.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult};

/// Reads text as UTF-8, and fails at what is none in its encoding.
pub(super) struct Decoded<R> {
    from: R,
    decoder: Decoder,
    /// How many bytes were read of the file.
    read: u64,
    /// What was decoded and has found no room yet.
    rest: Vec<u8>,
    is_over: bool,
}

/// No letter takes more bytes.
const LETTER: usize = 4;

impl<R: BufRead> Decoded<R> {
    pub(super) fn of(from: R, decoder: Decoder) -> Self {
        Self { from, decoder, read: 0, rest: Vec::new(), is_over: false }
    }

    /// Decodes into a buffer that has room for a letter.
    fn decode(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while !self.is_over {
            let bytes = self.from.fill_buf()?;
            let is_last = bytes.is_empty();
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(bytes, buffer, is_last);
            self.from.consume(read);
            self.read += read as u64;
            if let DecoderResult::Malformed(length, behind) = result {
                let before = self.read.saturating_sub(u64::from(length) + u64::from(behind));
                let name = self.decoder.encoding().name();
                let problem =
                    format!("what stands behind {before} bytes is no letter in {name}; name the encoding that it has");
                return Err(io::Error::new(io::ErrorKind::InvalidData, problem));
            }
            self.is_over = is_last && result == DecoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() && buffer.len() >= LETTER {
            return self.decode(buffer);
        }
        if self.rest.is_empty() {
            let mut letter = [0; LETTER];
            let written = self.decode(&mut letter)?;
            self.rest.extend(letter.into_iter().take(written));
        }
        let count = self.rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(self.rest.drain(..count)) {
            *to = from;
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_come_whole_through_buffers_of_any_size() {
        let text = "aü€😀\n";
        let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for size in 1..9 {
            let from = io::BufReader::with_capacity(size, utf_16.as_slice());
            let mut decoded = Decoded::of(from, encoding_rs::UTF_16BE.new_decoder());
            let (mut all, mut buffer) = (Vec::new(), vec![0; size]);
            loop {
                match decoded.read(&mut buffer).unwrap() {
                    0 => break,
                    count => all.extend_from_slice(&buffer[..count]),
                }
            }
            assert_eq!(String::from_utf8(all).unwrap(), text, "{size}");
        }
        let mut cut = Decoded::of(&utf_16[..utf_16.len() - 1], encoding_rs::UTF_16BE.new_decoder());
        assert!(cut.read_to_end(&mut Vec::new()).unwrap_err().to_string().contains("no letter in UTF-16BE"));
    }
}
