//! The buffers of chunks, one after the other in a temporary file, until their final lengths are known.

use std::fs::File;
use std::io::{BufWriter, Read as _, Seek as _, SeekFrom, Write};
use std::path::Path;

use arrow::array::BooleanBufferBuilder;
use arrow::buffer::BooleanBuffer;

use super::pieces::Piece;
use crate::Result;
use crate::data::beside::Beside;
use crate::error::Problem;

/// A temporary file beside a store.
#[derive(Debug)]
pub(super) struct Spool {
    // Before the place, so that the file is closed when it is removed, which some systems ask for.
    file: BufWriter<File>,
    length: u64,
    _place: Beside,
}

/// Bytes of the spool.
#[derive(Clone, Copy, Debug)]
struct Segment {
    start: u64,
    length: u64,
}

/// One buffer of the store, chunk after chunk.
#[derive(Debug, Default)]
pub(super) struct Stream {
    segments: Vec<Segment>,
    /// How many bits there were, all of them set, before the first that is not; only for validity.
    all_valid: usize,
    /// Bits that do not make up a byte yet, and whether any was kept.
    bits: Option<BooleanBuffer>,
    /// Where the next text or list begins; none before the first chunk.
    end: Option<i32>,
}

impl Spool {
    pub(super) fn beside(store: &Path) -> Result<Self> {
        let mut place = Beside::of(store)?;
        let file = place.create().map_err(|problem| problem.in_file(store))?;
        Ok(Self { file: BufWriter::with_capacity(1 << 18, file), length: 0, _place: place })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<Segment, Problem> {
        self.file.write_all(bytes)?;
        let segment = Segment { start: self.length, length: bytes.len() as u64 };
        self.length += segment.length;
        Ok(segment)
    }

    /// Makes what was written readable.
    pub(super) fn flush(&mut self) -> Result<(), Problem> {
        Ok(self.file.flush()?)
    }

    /// Copies a stream's bytes; the system does it without a detour through this process where it can.
    pub(super) fn copy(&self, stream: &Stream, to: &mut BufWriter<File>) -> Result<(), Problem> {
        for segment in &stream.segments {
            let mut from = self.file.get_ref();
            let copied = from.seek(SeekFrom::Start(segment.start));
            let copied = copied.and_then(|_| std::io::copy(&mut from.take(segment.length), to));
            if copied? != segment.length {
                return Err("its temporary file was cut off by another program".into());
            }
        }
        Ok(())
    }
}

impl Stream {
    /// How many bytes there are.
    pub(super) fn length(&self) -> u64 {
        self.segments.iter().map(|segment| segment.length).sum()
    }

    /// Appends the same buffer of the next chunk.
    pub(super) fn append(&mut self, piece: &Piece, spool: &mut Spool) -> Result<(), Problem> {
        match piece {
            Piece::Bytes(bytes) => self.push(bytes, spool),
            Piece::Bits(bits) => self.push_bits(bits, spool),
            Piece::Validity(None, count) if self.bits.is_none() => {
                self.all_valid += count;
                Ok(())
            }
            Piece::Validity(nulls, count) => {
                if self.bits.is_none() {
                    self.push_bits(&BooleanBuffer::new_set(self.all_valid), spool)?;
                }
                match nulls {
                    Some(nulls) => self.push_bits(nulls.inner(), spool),
                    None => self.push_bits(&BooleanBuffer::new_set(*count), spool),
                }
            }
            Piece::Offsets(offsets) => {
                let first = offsets.first();
                let base = self.end.unwrap_or(0);
                let joined = offsets.iter().skip(usize::from(self.end.is_some()));
                let joined = joined.map(|offset| (offset - first).checked_add(base)).collect::<Option<Vec<i32>>>();
                let joined =
                    joined.ok_or("a column has more than 2 GiB of text; shorten it, or write several stores")?;
                self.end = joined.last().copied().or(self.end);
                let bytes: Vec<u8> = joined.into_iter().flat_map(i32::to_ne_bytes).collect();
                self.push(&bytes, spool)
            }
        }
    }

    /// Writes the bits of a last byte that is not full.
    pub(super) fn end(&mut self, spool: &mut Spool) -> Result<(), Problem> {
        let Some(bits) = self.bits.take() else { return Ok(()) };
        self.push(&bits.sliced(), spool)
    }

    fn push(&mut self, bytes: &[u8], spool: &mut Spool) -> Result<(), Problem> {
        let segment = spool.write(bytes)?;
        match self.segments.last_mut() {
            Some(last) if last.start + last.length == segment.start => last.length += segment.length,
            _ => self.segments.push(segment),
        }
        Ok(())
    }

    /// Writes whole bytes and keeps the rest.
    fn push_bits(&mut self, bits: &BooleanBuffer, spool: &mut Spool) -> Result<(), Problem> {
        let kept = self.bits.take();
        let mut joined = BooleanBufferBuilder::new(bits.len() + kept.as_ref().map_or(0, BooleanBuffer::len));
        if let Some(kept) = kept {
            joined.append_buffer(&kept);
        }
        joined.append_buffer(bits);
        let joined = joined.finish();
        let whole = joined.len() / 8 * 8;
        self.push(&joined.slice(0, whole).sliced(), spool)?;
        self.bits = Some(joined.slice(whole, joined.len() - whole));
        Ok(())
    }
}
